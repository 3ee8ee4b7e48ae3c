"""What a fragment says as the one before it said is not read again.

Connect begins every fragment of a call with the same 300 bytes and ends it with the same half
a dozen tags, word for word; those that differ, such as the fragment's number, differ in their
values and not in their shape. Comparing bytes is several times as fast as reading them.
"""

from collections.abc import Callable
from itertools import pairwise
from struct import Struct as Layout

from msgspec import Struct

from ...events.base import Track
from .elements import (
    EBML,
    INFO,
    SEGMENT,
    TRACKS,
    numbers_of,
    segment_of,
    tag_values_in,
    tags_of,
    text_of,
    tracks_of,
)
from .items import SegmentNamed, Tags

_REMEMBERED_MAX = 32  # tags of a call are about eight
_REMEMBERED_BYTES_MAX = 4 * 1024  # of one Tags; longer ones are read each time
_BLOCK_HEAD_BYTES = 4  # track number, time, flags
_OPENING = (EBML, SEGMENT, INFO, TRACKS)


class TagsSeen:
    """A Tags element, and the one that followed it the last time."""

    __slots__ = ("_fixed", "_names", "_unpack", "after", "item", "raw", "size")

    def __init__(self, raw: bytes, item: Tags) -> None:
        self.raw = raw
        self.item = item
        self.size = len(raw)
        self.after: TagsSeen | None = None
        self._names = [name for name, _ in item.pairs]
        values = tag_values_in(raw)
        # Nested tags, or tags without a value, are read as they come.
        plain = [text_of(raw[one]) for one in values] == [value for _, value in item.pairs]
        self._fixed, self._unpack = _shape_of(raw, values if plain else [])

    def read(self, buffer: bytes, at: int) -> Tags | None:
        """Return the tags at `at` if they are these, or these with other values as long."""
        if buffer.startswith(self.raw, at):
            return self.item
        if at + self.size > len(buffer):
            return None
        parts = self._unpack(buffer, at)
        if parts[::2] != self._fixed or len(parts) == 1:
            return None
        return Tags(tuple(zip(self._names, map(text_of, parts[1::2]), strict=True)))


class UsualBlock(Struct, frozen=True):
    """How SimpleBlocks begin that are as long as the last one, and how they are laid out."""

    head: bytes  # id and size
    size: int  # of it all
    # Head with a track number of one byte, time, flags, payload.
    unpack: Callable[[bytes, int], tuple[bytes, int, int, bytes]]


def usual_block(head: bytes, content: bytes) -> UsualBlock | None:
    """Return the form of this block, or None where it has no payload."""
    payload_bytes = len(content) - _BLOCK_HEAD_BYTES
    if payload_bytes <= 0:
        return None
    layout = Layout(f">{len(head) + 1}shB{payload_bytes}s")
    return UsualBlock(head, layout.size, layout.unpack_from)


class Opening(Struct, frozen=True):
    """A document from its header to its Tracks."""

    raw: bytes
    named: SegmentNamed
    scale_ns: int
    tracks: dict[int, Track | None]  # by number; None: nothing of ours
    numbers: dict[bytes, Track]  # ours, by their number as blocks write it


class Repeats:
    """Learns from every element that was read."""

    def __init__(self) -> None:
        self.opening: Opening | None = None
        self._parts: list[tuple[int, bytes, bytes]] = []  # of an opening, as far as it came
        self._seen: dict[bytes, TagsSeen] = {}
        # Stand for whatever came last of their kind: what follows one will follow the next.
        self.tracks = TagsSeen(b"", Tags(()))
        self._cluster = TagsSeen(b"", Tags(()))
        self.last: TagsSeen | None = None  # the element before, when tags may follow it

    def tags(self, raw: bytes, content: bytes) -> Tags:
        """Return the tags in `content`; `raw` is the whole element."""
        if len(raw) > _REMEMBERED_BYTES_MAX:
            self.last = None
            return Tags(tags_of(content))
        seen = self._seen.get(raw)
        if seen is None:
            if len(self._seen) == _REMEMBERED_MAX:
                self._forget()
            seen = self._seen[raw] = TagsSeen(raw, Tags(tags_of(content)))
        if self.last is not None:
            self.last.after = seen
        self.last = seen
        return seen.item

    def cluster(self) -> None:
        """A cluster begins."""
        self.last = self._cluster

    def part(self, identifier: int, raw: bytes, content: bytes) -> None:
        """Take what may be part of an opening; `raw` is the element, or its head if entered."""
        self.last = self.tracks if identifier == TRACKS else None
        if identifier == EBML:
            self._parts = []
        self._parts.append((identifier, raw, content))
        if tuple(kind for kind, _, _ in self._parts) == _OPENING:
            self._learn_opening()
        elif len(self._parts) > len(_OPENING):
            self._parts = []

    def _forget(self) -> None:
        # Each knows the one behind it: a chain that is held at its head is held whole.
        self._seen.clear()
        self.last = self.tracks.after = self._cluster.after = None

    def _learn_opening(self) -> None:
        uid, scale_ns = segment_of(self._parts[2][2])
        tracks = tracks_of(self._parts[3][2])
        raw = b"".join(raw for _, raw, _ in self._parts)
        self.opening = Opening(raw, SegmentNamed(uid), scale_ns, tracks, numbers_of(tracks))


def _shape_of(
    raw: bytes, values: list[slice]
) -> tuple[tuple[bytes, ...], Callable[[bytes, int], tuple[bytes, ...]]]:
    # What stands around the values, and how to take both apart: fixed, value, fixed, ...
    borders = [0]
    for value in values:
        borders += [value.start, value.stop]
    borders.append(len(raw))
    lengths = [end - start for start, end in pairwise(borders)]
    unpack = Layout("".join(f"{length}s" for length in lengths)).unpack_from
    return unpack(raw, 0)[::2], unpack
