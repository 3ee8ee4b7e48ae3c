"""Every error this system raises on purpose.

AntiphonError
├── Refused                    the domain says no; repeating the request cannot help
│   ├── Unknown                what the request names is not there
│   │   ├── ContactUnknown
│   │   ├── EventUnknown       the catalogue lists no such type and version
│   │   ├── GuidanceUnknown
│   │   ├── WebhookUnknown
│   │   ├── ArticleUnknown         no article of that id was published
│   │   ├── RecordingAbsent    nobody has said yet whether there is to be one
│   │   ├── RecordingUnwanted  nobody consented to one
│   │   ├── RecordingMissed    there was consent, and no recording came of it
│   │   ├── CustomerUnknown
│   │   ├── ReplyUnknown       the contact has no such reply
│   │   ├── ErasureUnknown
│   │   ├── HoldUnknown        nobody placed such a legal hold
│   │   ├── PlaybookUnknown    no such playbook, version or draft
│   │   ├── PolicyUnknown      no such version of the policy, or none at all
│   │   └── TenantUnknown
│   ├── Malformed              the request is not what it should be; names the field
│   ├── SignatureRefused       a machine did not prove who it is
│   ├── IngestRefused          a source of audio does not keep to the protocol
│   ├── StreamForbidden        of an account that the tenant may not use
│   ├── ContactFinished
│   ├── ContactStale
│   ├── SummaryUnwritten       the contact is not summed up yet
│   ├── ReviewStale            of another attempt of a redaction than the newest
│   ├── ReviewUnwanted         no redaction waits for people there
│   ├── ReviewerUnnamed        who lets something out says who they are
│   ├── ReviewForbidden        who reviews has to be able to listen: the policy names them
│   ├── ContactGone            the person was erased
│   ├── RecordingUnfinished    the contact is being recorded
│   ├── RecordingInQuarantine  its redaction is not verified; says how far it is
│   ├── OriginalsForbidden     the privacy policy does not name who asks
│   ├── OriginalsGone          nothing unmasked is left of the contact
│   ├── RecordingGone          the person was erased
│   ├── ErasureClosed          decided, withdrawn, or nobody decided in time
│   ├── ErasureDiffers         the key of a request asked to erase others
│   ├── SecondPersonNeeded     who asked for an erasure cannot decide about it
│   ├── ErasureUnfinished      there is no receipt before everything is done
│   ├── ReceiptRefused         a receipt of an erasure that proves nothing; says why
│   ├── HoldDiffers            the key of a request placed a hold that says something else
│   ├── UnderHold              what was to be deleted must be kept; names the legal holds
│   ├── PastRetention          deleted when its time was over
│   ├── TranslationUnconfigured  nothing can translate for the tenant
│   ├── ReplyUnspoken          no audio of it, or none yet
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
│   ├── PlaybookMalformed      names file, line and field
│   └── PolicyMalformed        names file, line and field
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
    ├── VoiceFailed            a text was not spoken; says why
    ├── SegmentsUnavailable    a stream of transcribed segments; says what to do about it
    ├── HistoryUnreadable      an event of a contact that this version cannot read
    ├── ArchiveUnavailable     the object store does not answer
    ├── ArchiveCorrupt         names the object, and what is wrong with it
    ├── RecordingDamaged       names the object, and what is wrong with it
    ├── WorkflowsUnavailable   what drives long work does not answer
    ├── ReceiptDamaged         the register does not say what was signed
    ├── ReadersBehind          read models that do not show an erasure yet
    ├── ArchiveBehind          the archive does not say yet that an erasure's keys are gone
    ├── FactsLost              the log let go of facts before they were archived
    └── ServerDown             an embedded server does not run

Bugs are not in this tree: they surface as the builtin exceptions they are.
Errors never carry what a person said, nor a name or a number of theirs.
"""

from .erasures import (
    ArchiveBehind,
    ErasureClosed,
    ErasureDiffers,
    ErasureUnfinished,
    ReadersBehind,
    ReceiptDamaged,
    ReceiptRefused,
    SecondPersonNeeded,
)
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
    VoiceFailed,
    VoiceFailure,
)
from .holds import HoldDiffers, HoldUnknown, PastRetention, UnderHold
from .playbooks import PlaybookMalformed, PlaybookUnknown, PolicyMalformed, PolicyUnknown
from .privacy import OriginalsForbidden, OriginalsGone
from .refusals import (
    ArchiveOfOtherEpoch,
    ArticleUnknown,
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
    PositionBeyondEnd,
    RebuildUnderWay,
    RecordingAbsent,
    RecordingGone,
    RecordingInQuarantine,
    RecordingMissed,
    RecordingUnfinished,
    RecordingUnwanted,
    RootKeyMissing,
    SettingWrong,
    SignatureRefused,
    StreamForbidden,
    SummaryUnwritten,
    TenantUnknown,
    WebhookUnknown,
)
from .replies import ReplyUnknown, ReplyUnspoken, TranslationUnconfigured
from .reviews import (
    ContactGone,
    ReviewerUnnamed,
    ReviewForbidden,
    ReviewStale,
    ReviewUnwanted,
)
from .roots import AntiphonError, Fault, Refused, Unknown
from .workflows import WorkflowsUnavailable

__all__ = [
    "AntiphonError",
    "ArchiveBehind",
    "ArchiveCorrupt",
    "ArchiveOfOtherEpoch",
    "ArchiveUnavailable",
    "ArticleUnknown",
    "ContactFinished",
    "ContactGone",
    "ContactStale",
    "ContactUnknown",
    "CustomerUnknown",
    "DataDirectoryBusy",
    "EpochChanged",
    "ErasureClosed",
    "ErasureDiffers",
    "ErasureUnfinished",
    "ErasureUnknown",
    "EventUnknown",
    "FactsLost",
    "Fault",
    "GuidanceUnknown",
    "HistoryUnreadable",
    "HoldDiffers",
    "HoldUnknown",
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
    "OriginalsForbidden",
    "OriginalsGone",
    "PastRetention",
    "PlaybookMalformed",
    "PlaybookUnknown",
    "PolicyMalformed",
    "PolicyUnknown",
    "PositionBeyondEnd",
    "PositionsSkipped",
    "ReadersBehind",
    "RebuildUnderWay",
    "ReceiptDamaged",
    "ReceiptRefused",
    "RecognizerFailed",
    "RecordingAbsent",
    "RecordingDamaged",
    "RecordingGone",
    "RecordingInQuarantine",
    "RecordingMissed",
    "RecordingUnfinished",
    "RecordingUnwanted",
    "Refused",
    "ReplyUnknown",
    "ReplyUnspoken",
    "ReviewForbidden",
    "ReviewStale",
    "ReviewUnwanted",
    "ReviewerUnnamed",
    "RootKeyMissing",
    "SecondPersonNeeded",
    "SegmentsFailure",
    "SegmentsUnavailable",
    "ServerDown",
    "SettingWrong",
    "SignatureRefused",
    "StoreUnavailable",
    "StreamForbidden",
    "StreamMoved",
    "SummaryUnwritten",
    "TenantUnknown",
    "TranslationUnconfigured",
    "UnderHold",
    "Unknown",
    "VoiceFailed",
    "VoiceFailure",
    "WebhookUnknown",
    "WorkflowsUnavailable",
]
