"""Every error this system raises on purpose.

AntiphonError
├── Refused                    the domain says no; repeating the request cannot help
│   ├── Unknown                what the request names is not there
│   │   ├── ContactUnknown
│   │   ├── EventUnknown       the catalogue lists no such type and version
│   │   ├── GuidanceUnknown
│   │   ├── RecordingAbsent    nobody has said yet whether there is to be one
│   │   ├── RecordingUnwanted  nobody consented to one
│   │   ├── RecordingMissed    there was consent, and no recording came of it
│   │   ├── CustomerUnknown
│   │   ├── ErasureUnknown
│   │   └── TenantUnknown
│   ├── Malformed              the request is not what it should be; names the field
│   ├── SignatureRefused       a machine did not prove who it is
│   ├── IngestRefused          a source of audio does not keep to the protocol
│   ├── StreamForbidden        of an account that the tenant may not use
│   ├── ContactFinished
│   ├── ContactStale
│   ├── RecordingUnfinished    the contact is being recorded
│   ├── RecordingGone          the person was erased
│   ├── KeyDestroyed
│   ├── EpochChanged
│   ├── LanguageUnsupported
│   ├── ModelUnusable          the local recogniser's files are missing or not what they should be
│   ├── PositionBeyondEnd
│   ├── ArchiveOfOtherEpoch    the archive's positions are of another stream than the log's
│   ├── RebuildUnderWay        one rebuild of a read model at a time
│   ├── SettingWrong           of this process: it does not start
│   ├── DataDirectoryBusy
│   ├── RootKeyMissing
│   └── PlaybookMalformed      names file, line and field
└── Fault                      a dependency let us down; repeating may help
    ├── StreamMoved
    ├── LogUnavailable
    ├── StoreUnavailable
    ├── KeysUnavailable        what wraps the tenants' keys does not answer, or says not now
    ├── PositionsSkipped
    ├── LeaseLost
    ├── MediaFailed            a contact's audio cannot be had now; says whether to try again
    ├── RecognizerFailed
    ├── ModelFailed            a model did not answer, or not with what was asked for; says why
    ├── SegmentsUnavailable    a stream of transcribed segments; says what to do about it
    ├── HistoryUnreadable      an event of a contact that this version cannot read
    ├── ArchiveUnavailable     the object store does not answer
    ├── ArchiveCorrupt         names the object, and what is wrong with it
    ├── RecordingDamaged       names the object, and what is wrong with it
    ├── FactsLost              the log let go of facts before they were archived
    └── ServerDown             an embedded server does not run

Bugs are not in this tree: they surface as the builtin exceptions they are.
Errors never carry what a person said, nor a name or a number of theirs.
"""

from .faults import (
    ArchiveCorrupt,
    ArchiveUnavailable,
    FactsLost,
    HistoryUnreadable,
    KeysUnavailable,
    LeaseLost,
    LogUnavailable,
    MediaFailed,
    MediaFailure,
    ModelFailed,
    ModelFailure,
    PositionsSkipped,
    RecognizerFailed,
    RecordingDamaged,
    SegmentsFailure,
    SegmentsUnavailable,
    ServerDown,
    StoreUnavailable,
    StreamMoved,
)
from .refusals import (
    ArchiveOfOtherEpoch,
    ContactFinished,
    ContactStale,
    ContactUnknown,
    CustomerUnknown,
    DataDirectoryBusy,
    EpochChanged,
    ErasureUnknown,
    EventUnknown,
    GuidanceUnknown,
    IngestRefused,
    KeyDestroyed,
    LanguageUnsupported,
    Malformed,
    ModelUnusable,
    PlaybookMalformed,
    PositionBeyondEnd,
    RebuildUnderWay,
    RecordingAbsent,
    RecordingGone,
    RecordingMissed,
    RecordingUnfinished,
    RecordingUnwanted,
    RootKeyMissing,
    SettingWrong,
    SignatureRefused,
    StreamForbidden,
    TenantUnknown,
)
from .roots import AntiphonError, Fault, Refused, Unknown

__all__ = [
    "AntiphonError",
    "ArchiveCorrupt",
    "ArchiveOfOtherEpoch",
    "ArchiveUnavailable",
    "ContactFinished",
    "ContactStale",
    "ContactUnknown",
    "CustomerUnknown",
    "DataDirectoryBusy",
    "EpochChanged",
    "ErasureUnknown",
    "EventUnknown",
    "FactsLost",
    "Fault",
    "GuidanceUnknown",
    "HistoryUnreadable",
    "IngestRefused",
    "KeyDestroyed",
    "KeysUnavailable",
    "LanguageUnsupported",
    "LeaseLost",
    "LogUnavailable",
    "Malformed",
    "MediaFailed",
    "MediaFailure",
    "ModelFailed",
    "ModelFailure",
    "ModelUnusable",
    "PlaybookMalformed",
    "PositionBeyondEnd",
    "PositionsSkipped",
    "RebuildUnderWay",
    "RecognizerFailed",
    "RecordingAbsent",
    "RecordingDamaged",
    "RecordingGone",
    "RecordingMissed",
    "RecordingUnfinished",
    "RecordingUnwanted",
    "Refused",
    "RootKeyMissing",
    "SegmentsFailure",
    "SegmentsUnavailable",
    "ServerDown",
    "SettingWrong",
    "SignatureRefused",
    "StoreUnavailable",
    "StreamForbidden",
    "StreamMoved",
    "TenantUnknown",
    "Unknown",
]
