"""Matroska as far as GetMedia needs it: ids, variable-width numbers, and the small masters.

Source: RFC 8794 (EBML), RFC 9559 (Matroska), and dumps of what Connect sends.
"""

from collections.abc import Mapping

from msgspec import Struct

from ...events.base import Track

EBML = 0x1A45DFA3
SEGMENT = 0x18538067
INFO = 0x1549A966
TRACKS = 0x1654AE6B
TAGS = 0x1254C367
CLUSTER = 0x1F43B675
TIMECODE = 0xE7
SIMPLE_BLOCK = 0xA3
BLOCK_GROUP = 0xA0
VOID = 0xEC
CRC_32 = 0xBF

_BLOCK = 0xA1
_SEGMENT_UID = 0x73A4
_TIMECODE_SCALE = 0x2AD7B1
_TRACK_ENTRY = 0xAE
_TRACK_NUMBER = 0xD7
_NAME = 0x536E
_TAG = 0x7373
_SIMPLE_TAG = 0x67C8
_TAG_NAME = 0x45A3
_TAG_STRING = 0x4487

# SeekHead, Cues, Attachments, Chapters: with those above, all that may stand in a Segment.
_LEVEL_1 = {0x114D9B74, 0x1C53BB6B, 0x1941A469, 0x1043A770, INFO, TRACKS, TAGS, CLUSTER}
# An unknown-size Cluster ends at the first of these: they cannot be its children.
ENDS_CLUSTER = frozenset({EBML, SEGMENT, *_LEVEL_1})
# Position, PrevSize, EncryptedBlock, SilentTracks, and what this module reads.
_IN_CLUSTER = {0xA7, 0xAB, 0xAF, 0x5854, TIMECODE, SIMPLE_BLOCK, BLOCK_GROUP, VOID, CRC_32}
KNOWN = ENDS_CLUSTER | _IN_CLUSTER

# Bytes of a variable-width number by its first byte; 0 where there is no such number.
WIDTHS = tuple(9 - first.bit_length() if first else 0 for first in range(256))
ID_WIDTH_MAX = 4
# Values by width; all ones means "unknown size", whatever the width.
MASKS = tuple((1 << 7 * width) - 1 for width in range(9))
UNKNOWN_SIZE = 1 << 62  # beyond every size that can be written

# A call's Info, Tracks and Tags have a dozen children each, and Kinesis takes three tracks.
_CHILDREN_MAX = 4_096
_TRACKS_MAX = 16
_NUMBER_BYTES_MAX = 8
_SCALE_NS_MAX = 1_000_000_000  # a tick of a second: beyond, a block's place says nothing

LACING = 0x06  # bits of a block's flags
_LACING_XIPH, _LACING_FIXED = 0x02, 0x04

# What a track's Name says. Track numbers and the tags named alike disagree with each
# other from call to call; the name in the same fragment is the truth.
_TRACK_NAMES: Mapping[str, Track] = {
    "AUDIO_FROM_CUSTOMER": "from_customer",
    "AUDIO_TO_CUSTOMER": "to_customer",
}
_ONLY_TRACK_NAMES = ("Track_audio/L16", "")  # older producers: one track, the customer's voice


class DamagedError(Exception):
    """Bytes that are no Matroska. Never leaves the reader: it becomes `Unreadable`."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem  # snake_case


class RawBlock(Struct, frozen=True, gc=False):
    """A block as it stands in its cluster."""

    number: int  # of its track
    relative: int  # ticks after the cluster's timecode; may be negative
    payload: bytes


def header_of(buffer: bytes, at: int) -> tuple[int, int, int] | None:
    """Return id, size and the bytes both take; None when they are not all there yet.

    Raises:
        DamagedError: no element can begin like this.
    """
    length = len(buffer)
    if at >= length:
        return None
    id_width = WIDTHS[buffer[at]]
    if not 0 < id_width <= ID_WIDTH_MAX:
        raise DamagedError("bad_element_id")
    size_at = at + id_width
    if size_at >= length:
        return None
    width = WIDTHS[buffer[size_at]]
    start = size_at + width
    if not width:
        raise DamagedError("bad_element_size")
    if start > length:
        return None
    identifier = int.from_bytes(buffer[at:size_at], "big")
    size = int.from_bytes(buffer[size_at:start], "big") & MASKS[width]
    if size == MASKS[width]:
        if identifier not in (SEGMENT, CLUSTER):
            raise DamagedError("unknown_size_not_allowed")
        size = UNKNOWN_SIZE
    return identifier, size, start - at


def children(master: bytes) -> list[tuple[int, bytes]]:
    """Return id and content of each element of a master that is wholly there.

    Raises:
        DamagedError: an element has no valid header or reaches past its parent, or there are
            more of them than any producer writes.
    """
    found: list[tuple[int, bytes]] = []
    at, length = 0, len(master)
    try:
        while at < length:
            # Written out: reading tags is most of what a fragment costs beside its blocks.
            id_width = WIDTHS[master[at]]
            start = at + id_width
            width = WIDTHS[master[start]]
            if not 0 < id_width <= ID_WIDTH_MAX or not width:
                raise DamagedError("bad_element_id" if width else "bad_element_size")
            identifier = int.from_bytes(master[at:start], "big")
            size = master[start] - 0x80
            if width > 1:
                size = int.from_bytes(master[start : start + width], "big") & MASKS[width]
            start += width
            at = start + size
            if at > length or size == MASKS[width]:
                raise DamagedError("element_past_its_parent")
            found.append((identifier, master[start:at]))
            if len(found) > _CHILDREN_MAX:
                raise DamagedError("too_many_elements")
    except IndexError:
        raise DamagedError("element_past_its_parent") from None
    return found


def segment_of(info: bytes) -> tuple[bytes | None, int]:
    """Return SegmentUID (None when absent) and nanoseconds a tick from an Info's content."""
    uid, scale_ns = None, 1_000_000
    for identifier, content in children(info):
        if identifier == _SEGMENT_UID:
            uid = content
        elif identifier == _TIMECODE_SCALE:
            scale_ns = unsigned_of(content)
    if not 0 < scale_ns <= _SCALE_NS_MAX:
        raise DamagedError("bad_timecode_scale")
    return uid, scale_ns


def tracks_of(tracks: bytes) -> dict[int, Track | None]:
    """Return what each declared track number carries; None: nothing of ours."""
    names: dict[int, str | None] = {}
    for identifier, entry in children(tracks):
        if identifier != _TRACK_ENTRY:
            continue
        number, name = 0, ""
        for field, content in children(entry):
            if field == _TRACK_NUMBER:
                number = unsigned_of(content)
            elif field == _NAME:
                name = text_of(content)
        # Two tracks of one number: nobody can tell whose voice a block is.
        names[number] = name if names.get(number, name) == name else None
    if len(names) > _TRACKS_MAX:
        raise DamagedError("too_many_tracks")
    if len(names) == 1:
        number, name = next(iter(names.items()))
        if name in _ONLY_TRACK_NAMES:
            return {number: "from_customer"}
    return {number: _TRACK_NAMES.get(name or "") for number, name in names.items()}


def numbers_of(tracks: Mapping[int, Track | None]) -> dict[bytes, Track]:
    """Return our tracks by their numbers as blocks write them, where one byte is enough."""
    return {
        bytes((0x80 | number,)): track
        for number, track in tracks.items()
        if track is not None and number < MASKS[1]
    }


def tags_of(tags: bytes) -> tuple[tuple[str, str], ...]:
    """Return the names and values of a Tags' content, in order."""
    pairs: list[tuple[str, str]] = []
    for identifier, tag in children(tags):
        if identifier != _TAG:
            continue
        for simple, content in children(tag):
            if simple != _SIMPLE_TAG:
                continue
            name = value = ""
            for field, text in children(content):
                if field == _TAG_NAME:
                    name = text_of(text)
                elif field == _TAG_STRING:
                    value = text_of(text)
            pairs.append((name, value))
        if len(pairs) > _CHILDREN_MAX:
            raise DamagedError("too_many_elements")
    return tuple(pairs)


def tag_values_in(tags: bytes) -> list[slice]:
    """Return where in a whole Tags element, its head included, the tags' values stand."""
    found: list[slice] = []
    unread = [slice(0, len(tags))]
    while unread:
        part = unread.pop()
        if part.start == part.stop:
            continue
        header = header_of(tags, part.start)
        if header is None:
            raise DamagedError("element_past_its_parent")
        identifier, size, head = header
        content = slice(part.start + head, part.start + head + size)
        unread.append(slice(content.stop, part.stop))
        if identifier == _TAG_STRING:
            found.append(content)
        elif identifier in (TAGS, _TAG, _SIMPLE_TAG):
            unread.append(content)
    return found


def block_of(content: bytes) -> RawBlock:
    """Return a SimpleBlock's or Block's content taken apart, laced frames joined.

    Raises:
        DamagedError: it is too short for its own header or lacing.
    """
    width = WIDTHS[content[0]] if content else 0
    start = width + 3  # timecode and flags follow the track number
    if not width or len(content) < start:
        raise DamagedError("block_too_short")
    flags = content[start - 1]
    if flags & LACING:
        start = _after_lacing(content, start, flags & LACING)
    return RawBlock(
        int.from_bytes(content[:width], "big") & MASKS[width],
        int.from_bytes(content[width : width + 2], "big", signed=True),
        content[start:],
    )


def block_in_group(group: bytes) -> RawBlock | None:
    """Return the block of a BlockGroup's content, or None when it has none."""
    for identifier, content in children(group):
        if identifier == _BLOCK:
            return block_of(content)
    return None


def _after_lacing(content: bytes, at: int, lacing: int) -> int:
    # Raw samples need no frame borders: the frames' sizes are stepped over, not used.
    try:
        sizes, at = content[at], at + 1
        if lacing == _LACING_FIXED:
            return at
        for _ in range(sizes):
            if lacing == _LACING_XIPH:
                while content[at] == 0xFF:  # noqa: PLR2004 (a size goes on after 255)
                    at += 1
                at += 1
            else:
                width = WIDTHS[content[at]]
                if not width:
                    raise DamagedError("bad_lacing")
                at += width
    except IndexError:
        raise DamagedError("bad_lacing") from None
    if at > len(content):
        raise DamagedError("bad_lacing")
    return at


def unsigned_of(content: bytes) -> int:
    """Return an unsigned element's number.

    Raises:
        DamagedError: it is longer than any number may be.
    """
    if len(content) > _NUMBER_BYTES_MAX:
        raise DamagedError("bad_number")
    return int.from_bytes(content, "big")


def text_of(content: bytes) -> str:
    """Return a string element's text; Matroska lets it be padded with zero bytes."""
    return content.rstrip(b"\0").decode("utf-8", "replace")
