"""What the objects of an archive are called.

keys/<key id>.pub                                         public keys, one line of hexadecimal
EV_DEMO/epochs/<epoch>.json                               when the archive of it began
EV_DEMO/<epoch>/manifest/<ordinal>.json                   one link a segment
EV_DEMO/<epoch>/segments/<first>-<last>-<hash>.parquet
EV_DEMO/<epoch>/heads/<day>.json                          one a day
"""

import re
from datetime import date

from msgspec import Struct

from ...events.base import Epoch, Position

_POSITION_DIGITS = 20  # a position is an unsigned 64-bit number
_ORDINAL_DIGITS = 12
_HASH_CHARACTERS = 16  # enough to tell two segments of one range apart

_SEGMENT = re.compile(r"/segments/(\d{20})-(\d{20})-([0-9a-f]{16})\.parquet$")
_LINK = re.compile(r"/manifest/(\d{12})\.json$")
_HEAD = re.compile(r"/heads/(\d{4}-\d{2}-\d{2})\.json$")


class SegmentName(Struct, frozen=True):
    """What the key of a segment tells of it."""

    first: Position
    last: Position
    hash: str  # the beginning of its SHA-256


class Layout(Struct, frozen=True):
    """The keys of one stream's one epoch."""

    stream: str
    epoch: Epoch

    @property
    def beginning(self) -> str:
        return f"{epochs_folder(self.stream)}{self.epoch}.json"

    @property
    def folder(self) -> str:
        return f"{self.stream}/{self.epoch}/"

    @property
    def links(self) -> str:
        return f"{self.folder}manifest/"

    @property
    def segments(self) -> str:
        return f"{self.folder}segments/"

    @property
    def heads(self) -> str:
        return f"{self.folder}heads/"

    def link(self, ordinal: int) -> str:
        return f"{self.links}{ordinal:0{_ORDINAL_DIGITS}d}.json"

    def head(self, day: date) -> str:
        return f"{self.heads}{day.isoformat()}.json"

    def segments_from(self, first: Position) -> str:
        """Return how the keys of segments begin that begin there."""
        return f"{self.segments}{first:0{_POSITION_DIGITS}d}-"

    def segment(self, first: Position, last: Position, sha256: str) -> str:
        name = f"{last:0{_POSITION_DIGITS}d}-{sha256[:_HASH_CHARACTERS]}.parquet"
        return f"{self.segments_from(first)}{name}"


def epochs_folder(stream: str) -> str:
    """Return where it stands which epochs of a stream are archived."""
    return f"{stream}/epochs/"


def epoch_in(key: str) -> Epoch:
    """Return the epoch that a key of `epochs_folder` names."""
    return Epoch(key.rpartition("/")[2].removesuffix(".json"))


def public_key_name(key_id: str) -> str:
    """Return where a public key is published."""
    return f"keys/{key_id}.pub"


def segment_name(key: str) -> SegmentName | None:
    """Return what the key of a segment tells, or None for any other key."""
    found = _SEGMENT.search(key)
    if found is None:
        return None
    return SegmentName(Position(int(found[1])), Position(int(found[2])), found[3])


def ordinal_in(key: str) -> int | None:
    """Return the ordinal in the key of a link, or None for any other key."""
    found = _LINK.search(key)
    return None if found is None else int(found[1])


def day_in(key: str) -> date | None:
    """Return the day in the key of a head, or None for any other key."""
    found = _HEAD.search(key)
    try:
        return None if found is None else date.fromisoformat(found[1])
    except ValueError:
        return None
