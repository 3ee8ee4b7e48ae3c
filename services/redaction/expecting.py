"""Which personal data is to be expected of whom, after what was asked and told. Pure."""

from collections.abc import Mapping

from msgspec import Struct

from ...events.base import TRACKS, Track
from ...events.privacy.kinds import PersonalKind
from .asked import DIGITS_MIN, PART_DIGITS, Naming

# How long a question stands open: people look for their card meanwhile, and tell of it.
OPEN_MS = 45_000
OPEN_TURNS = 4  # of each speaker: digits come in instalments


class Told(Struct, frozen=True):
    """How many digits a turn told."""

    own: Mapping[PersonalKind, int]  # of what was recognised as personal
    nameless: int  # of anything else; they may be of any kind

    def of(self, kind: PersonalKind) -> int:
        """Return how many may be of a kind."""
        return self.own.get(kind, 0) + self.nameless


class _Open(Struct):
    digits: int  # that are still wanting; 0: of a kind that has none
    until_ms: int
    turns: dict[Track, int]  # left, by who may tell


class Expecting:
    """The fold of a call's turns, in order of time."""

    def __init__(self) -> None:
        self._open: dict[PersonalKind, _Open] = {}

    def of(self, track: Track, *, at_ms: int) -> dict[PersonalKind, int]:
        """Return what this speaker may be about to tell, and how many digits of it are wanting."""
        return {
            kind: one.digits
            for kind, one in self._open.items()
            if at_ms <= one.until_ms and one.turns[track] > 0
        }

    def name(self, naming: Naming, *, ended_ms: int) -> None:
        """Take what a turn names: either side may tell it from here on."""
        for kind in naming.kinds:
            wanted = DIGITS_MIN.get(kind, 0)
            self._open[kind] = _Open(
                min(wanted, PART_DIGITS) if naming.in_part else wanted,
                ended_ms + OPEN_MS,
                dict.fromkeys(TRACKS, OPEN_TURNS),
            )

    def take(self, track: Track, told: Told) -> None:
        """Take a turn of a speaker, and the digits that were in it."""
        for kind, one in tuple(self._open.items()):
            one.turns[track] -= 1
            if one.digits and told.of(kind) >= one.digits:
                del self._open[kind]
