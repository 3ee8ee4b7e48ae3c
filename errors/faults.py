"""A dependency let us down; repeating may help."""

from typing import Literal

from .roots import Fault


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


class KeysUnavailable(Fault):
    """Tenants' keys cannot be unwrapped now. Nothing is gone: nothing reads as erased."""

    code = "keys_unavailable"

    def __init__(self, wrapper: str, why: str) -> None:
        super().__init__(f"{wrapper} does not unwrap keys now: {why}")
        self.wrapper = wrapper
        self.why = why  # the vendor's code, or a snake_case word of ours


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


class ArchiveUnavailable(Fault):
    code = "archive_unavailable"

    def __init__(self, why: str) -> None:
        super().__init__(f"the archive's object store does not answer: {why}")


class ArchiveCorrupt(Fault):
    """An object of the archive is not what it was when it was written, or is gone."""

    code = "archive_corrupt"

    def __init__(self, key: str, problem: str) -> None:
        super().__init__(f"archive object {key}: {problem}; `antiphon verify` says what to do")
        self.key = key
        self.problem = problem


class FactsLost(Fault):
    """The log no longer holds what has yet to be archived."""

    code = "facts_lost"

    def __init__(self, stream: str, *, archived: int, first: int) -> None:
        super().__init__(
            f"stream {stream} is archived up to position {archived} and begins at {first}: "
            "what lay between is lost unless a copy of the stream still has it"
        )
        self.stream = stream
        self.archived = archived
        self.first = first


class RecordingDamaged(Fault):
    """A stored piece of a recording is not what it was when it was written, or is gone."""

    code = "recording_damaged"

    def __init__(self, key: str, problem: str) -> None:
        super().__init__(f"recording object {key}: {problem}")
        self.key = key
        self.problem = problem


class HistoryUnreadable(Fault):
    """A contact holds a fact that this version cannot read; a newer one may. None skip it."""

    code = "history_unreadable"

    def __init__(self, contact_id: str, *, position: int, problem: str) -> None:
        super().__init__(f"contact {contact_id} cannot be read at position {position}: {problem}")
        self.contact_id = contact_id
        self.position = position
        self.problem = problem


Retry = Literal[
    "now",  # likely to pass
    "later",  # it has too much to do: others may have less
    "never",  # will not pass by itself: a person has to act
]


class RecognizerFailed(Fault):
    """A recogniser's session is lost; another one may go on where its finals end."""

    code = "recognizer_failed"

    def __init__(self, reason: str, *, retry: Retry = "now") -> None:
        super().__init__(f"the recogniser failed: {reason}")
        self.reason = reason  # snake_case
        self.retry: Retry = retry


SegmentsFailure = Literal[
    "retry",  # likely to pass
    "throttled",  # asked too often, by us or by others who read the same shard
    "iterator",  # it expired; another one goes on where it was
    "position",  # the shard knows no such place; begin at its oldest record
    "denied",  # the caller may not, or the stream is not there; seldom passes
]


class SegmentsUnavailable(Fault):
    """A stream of transcribed segments could not be asked, or did not say what was asked."""

    code = "segments_unavailable"

    def __init__(self, kind: SegmentsFailure, problem: str) -> None:
        super().__init__(f"the stream of segments failed: {problem}")
        self.kind: SegmentsFailure = kind
        self.problem = problem  # the vendor's code, or a snake_case word of ours


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


ModelFailure = Literal[
    "unconfigured",  # nobody said where such a model is
    "busy",  # every endpoint of it has as much to do as it may have
    "limited",  # the endpoint said: not so often
    "unavailable",  # no endpoint of it answers
    "late",  # no answer before the deadline
    "refused",  # the endpoint will not answer this request: key, name or size
    "malformed",  # what it answered is not what was asked for
    "exhausted",  # the tenant's budget is used up
]


VoiceFailure = Literal[
    "unconfigured",  # no voice that speaks the language
    "unauthorized",  # the vendor does not know our key
    "unpaid",  # the account has nothing left
    "limited",  # too many at once, or too often
    "unavailable",  # no answer, or a fault of the vendor's own
    "late",  # not all of it before the deadline
    "refused",  # the vendor will not say this: voice, language or text
    "not_audio",  # what it answered is no audio
    "cut_off",  # the audio broke off
    "empty",  # it said nothing
    "too_long",  # more than a reply may last
]


class VoiceFailed(Fault):
    """A text was not spoken, or not to its end. Another voice may speak it."""

    code = "voice_failed"

    def __init__(self, reason: VoiceFailure, *, retry: Retry = "now") -> None:
        super().__init__(f"the voice failed: {reason}")
        self.reason: VoiceFailure = reason
        self.retry: Retry = retry


class ModelFailed(Fault):
    """A model did not answer, or not with what was asked for. Nothing else waits for it."""

    code = "model_failed"

    def __init__(self, reason: ModelFailure, *, task: str) -> None:
        super().__init__(f"no model answered for {task}: {reason}")
        self.reason: ModelFailure = reason
        self.task = task
