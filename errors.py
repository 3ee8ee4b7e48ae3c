"""Every error this system raises on purpose.

AntiphonError
├── Refused                    the domain says no; repeating the request cannot help
│   ├── Unknown                what the request names is not there
│   │   ├── ContactUnknown
│   │   ├── GuidanceUnknown
│   │   └── TenantUnknown
│   ├── Malformed              the request is not what it should be; names the field
│   ├── ContactFinished
│   ├── ContactStale
│   ├── KeyDestroyed
│   ├── EpochChanged
│   ├── LanguageUnsupported
│   ├── ModelUnusable          the local recogniser's files are missing or not what they should be
│   ├── PositionBeyondEnd
│   ├── SettingWrong           of this process: it does not start
│   ├── DataDirectoryBusy
│   ├── RootKeyMissing
│   └── PlaybookMalformed      names file, line and field
└── Fault                      a dependency let us down; repeating may help
    ├── StreamMoved
    ├── LogUnavailable
    ├── StoreUnavailable
    ├── PositionsSkipped
    ├── LeaseLost
    ├── MediaFailed            a contact's audio cannot be had now; says whether to try again
    ├── RecognizerFailed
    ├── HistoryUnreadable      an event of a contact that this version cannot read
    └── ServerDown             an embedded server does not run

Bugs are not in this tree: they surface as the builtin exceptions they are.
Errors never carry what a person said, nor a name or a number of theirs.
"""

from typing import ClassVar, Literal


class AntiphonError(Exception):
    """Root of the tree. Caught at the edges of a process and nowhere else."""

    code: ClassVar[str]  # public and stable; the message is for people and may change


class Refused(AntiphonError):
    """A rule of the domain says no."""


class Unknown(Refused):
    """The request names something that does not exist."""


class ContactUnknown(Unknown):
    code = "contact_unknown"

    def __init__(self, contact_id: str) -> None:
        super().__init__(f"no contact {contact_id} has started")
        self.contact_id = contact_id


class GuidanceUnknown(Unknown):
    code = "guidance_unknown"

    def __init__(self, contact_id: str, guidance_id: str) -> None:
        super().__init__(f"contact {contact_id} was never given guidance {guidance_id}")
        self.contact_id = contact_id
        self.guidance_id = guidance_id


class TenantUnknown(Unknown):
    code = "tenant_unknown"

    def __init__(self, tenant: str) -> None:
        super().__init__(
            f"no tenant {tenant} is registered; `antiphon tenant add {tenant}` adds it"
        )
        self.tenant = tenant


class Malformed(Refused):
    """What was sent cannot be taken. Names the field, never repeats its value."""

    code = "malformed"

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem


class ContactFinished(Refused):
    code = "contact_finished"

    def __init__(self, contact_id: str) -> None:
        super().__init__(f"contact {contact_id} has ended")
        self.contact_id = contact_id


class ContactStale(Refused):
    """A start that is older than what the streams still hold."""

    code = "contact_stale"

    def __init__(self, contact_id: str, *, age_s_max: int) -> None:
        super().__init__(f"contact {contact_id} began more than {age_s_max} s ago")
        self.contact_id = contact_id
        self.age_s_max = age_s_max


class KeyDestroyed(Refused):
    """What this key sealed is gone for good: a person was erased."""

    code = "key_destroyed"

    def __init__(self, key_id: str) -> None:
        super().__init__(f"key {key_id} was destroyed")
        self.key_id = key_id


class EpochChanged(Refused):
    """A position names a stream that has since been made anew."""

    code = "epoch_changed"

    def __init__(self, stream: str, *, asked: str, current: str) -> None:
        super().__init__(
            f"position is of epoch {asked} of stream {stream}, which is now {current}; "
            "start again without a position"
        )
        self.stream = stream
        self.asked = asked
        self.current = current


class PositionBeyondEnd(Refused):
    """A position past everything the stream holds: it cannot have been read here."""

    code = "position_beyond_end"

    def __init__(self, stream: str, *, asked: int, last: int) -> None:
        super().__init__(
            f"position {asked} lies beyond the end ({last}) of stream {stream}; "
            "start again without a position"
        )
        self.stream = stream
        self.asked = asked
        self.last = last


class SettingWrong(Refused):
    """A value this process was started with cannot be. Names the variable."""

    code = "setting_wrong"

    def __init__(self, variable: str, problem: str) -> None:
        super().__init__(f"{variable}: {problem}")
        self.variable = variable


class DataDirectoryBusy(Refused):
    code = "data_directory_busy"

    def __init__(self, data_dir: str, *, pid: int | None) -> None:
        holder = "another process" if pid is None else f"process {pid}"
        super().__init__(
            f"{holder} runs Antiphon on {data_dir}; stop it, "
            "or name another directory with ANTIPHON_DATA_DIR"
        )
        self.data_dir = data_dir
        self.pid = pid


class RootKeyMissing(Refused):
    """Keys exist whose root is not the one at hand: nothing sealed could be read."""

    code = "root_key_missing"

    def __init__(self, root_key_file: str, problem: str) -> None:
        super().__init__(f"{root_key_file}: {problem}")
        self.root_key_file = root_key_file


class PlaybookMalformed(Refused):
    """A playbook breaks its written grammar. Names the place, so that its author finds it."""

    code = "playbook_malformed"

    def __init__(self, file: str, line: int, field: str, problem: str) -> None:
        super().__init__(f"{file}, line {line}, {field}: {problem}")
        self.file = file
        self.line = line
        self.field = field
        self.problem = problem


class Fault(AntiphonError):
    """Something outside this process failed."""


class StreamMoved(Fault):
    """Another writer appended between our read and our append."""

    code = "stream_moved"

    def __init__(self, subject: str, *, expected: int) -> None:
        super().__init__(f"subject {subject} has moved past position {expected}")
        self.subject = subject
        self.expected = expected


class LogUnavailable(Fault):
    code = "log_unavailable"

    def __init__(self, why: str) -> None:
        super().__init__(f"the event log does not answer: {why}")


class StoreUnavailable(Fault):
    code = "store_unavailable"

    def __init__(self, why: str) -> None:
        super().__init__(f"the read store does not answer: {why}")


class PositionsSkipped(Fault):
    """Facts that a read model has yet to see did not come, or are no longer kept."""

    code = "positions_skipped"

    def __init__(self, stream: str, *, after: int, found: int) -> None:
        super().__init__(
            f"stream {stream} gave position {found} after {after}; if what lies between is no "
            "longer kept, the read model has to be rebuilt"
        )
        self.stream = stream
        self.after = after
        self.found = found


class LeaseLost(Fault):
    """Another process holds what this one thought it held."""

    code = "lease_lost"

    def __init__(self, lease: str) -> None:
        super().__init__(f"lease {lease} is held by another process")
        self.lease = lease


class ServerDown(Fault):
    """A server that this process runs as its child did not come up."""

    code = "server_down"

    def __init__(self, server: str, why: str) -> None:
        super().__init__(f"{server} does not run: {why}")
        self.server = server


class HistoryUnreadable(Fault):
    """A contact holds a fact that this version cannot read; a newer one may. None skip it."""

    code = "history_unreadable"

    def __init__(self, contact_id: str, *, position: int, problem: str) -> None:
        super().__init__(f"contact {contact_id} cannot be read at position {position}: {problem}")
        self.contact_id = contact_id
        self.position = position
        self.problem = problem


class LanguageUnsupported(Refused):
    """The recogniser does not understand the contact's language."""

    code = "language_unsupported"

    def __init__(self, recognizer: str, *, language: str) -> None:
        super().__init__(f"{recognizer} does not understand {language}")
        self.recognizer = recognizer
        self.language = language


class ModelUnusable(Refused):
    """The local recogniser's model is missing, or is not the one that was asked for."""

    code = "model_unusable"

    def __init__(self, problem: str) -> None:
        super().__init__(problem)


class RecognizerFailed(Fault):
    """A recogniser's session is lost; another one may go on where its finals end."""

    code = "recognizer_failed"

    def __init__(self, reason: str) -> None:
        super().__init__(f"the recogniser failed: {reason}")
        self.reason = reason  # snake_case


MediaFailure = Literal[
    "retry",  # likely to pass
    "selector",  # what was asked to start from is not there; start from a time instead
    "endpoint",  # the data endpoint moved; ask for it again
    "denied",  # the caller may not, or the stream is not there; seldom passes
    "alarm",  # will not pass by itself: a person has to act
]


class MediaFailed(Fault):
    """A contact's audio stream could not be opened, or broke."""

    code = "media_failed"

    def __init__(self, kind: MediaFailure, problem: str) -> None:
        super().__init__(f"the audio stream failed: {problem}")
        self.kind: MediaFailure = kind
        self.problem = problem  # the vendor's code, or a snake_case word of ours
