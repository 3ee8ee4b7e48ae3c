"""What becomes known of a contact's stream: its blocks, once each, and what concerns them."""

from msgspec import Struct

from ...errors import MediaFailure
from ...events.base import Track


class Heard(Struct, frozen=True, gc=False):
    """A block of the contact, for the first time."""

    fragment: str  # its number; `<number>.<n>` for the nth without one behind that
    ordinal: int  # of the block within its fragment, over all tracks
    track: Track
    time_ns: int
    payload: bytes


class Completed(Struct, frozen=True, gc=False):
    """All of a fragment was received. `ours`: it is the contact's, and all of it was heard."""

    number: str
    ours: bool


class Lost(Struct, frozen=True, gc=False):
    """Something of the contact could not be read."""

    problem: str  # snake_case
    fragment: str | None  # the number of the damaged fragment, when it is known
    rest: bool  # the body ends here; False: one block


class Failed(Struct, frozen=True, gc=False):
    """The service reported an error within the body, which ends here."""

    kind: MediaFailure
    problem: str


class Behind(Struct, frozen=True, gc=False):
    """How far behind the newest fragment this one was sent."""

    behind_ms: int


class Reused(Struct, frozen=True, gc=False):
    """The stream went on to another contact: this one has no more audio in it."""


Outcome = Heard | Completed | Lost | Failed | Behind | Reused
