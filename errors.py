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
│   └── PositionBeyondEnd
└── Fault                      a dependency let us down; repeating may help
    ├── StreamMoved
    ├── LogUnavailable
    ├── StoreUnavailable
    └── LeaseLost

Bugs are not in this tree: they surface as the builtin exceptions they are.
Errors never carry what a person said, nor a name or a number of theirs.
"""

from typing import ClassVar


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


class LeaseLost(Fault):
    """Another process holds what this one thought it held."""

    code = "lease_lost"

    def __init__(self, lease: str) -> None:
        super().__init__(f"lease {lease} is held by another process")
        self.lease = lease
