"""An incremental Matroska reader for the bytes of GetMedia: pieces in, items out.

One body is many EBML documents, one a fragment. The reader goes from element to element by
size and never looks for a magic number: samples may contain it. It keeps nothing but the
element it is in, steps over what it does not know, and believes no size blindly.
After damage it is finished: where the next fragment begins can no longer be known, so the
session asks for the stream again, from the last complete fragment.
"""

from collections.abc import Callable, Generator

from ...events.base import Track
from .elements import (
    BLOCK_GROUP,
    CLUSTER,
    EBML,
    INFO,
    KNOWN,
    LACING,
    SEGMENT,
    SIMPLE_BLOCK,
    TAGS,
    TIMECODE,
    TRACKS,
    UNKNOWN_SIZE,
    DamagedError,
    block_in_group,
    block_of,
    header_of,
    numbers_of,
    segment_of,
    tracks_of,
    unsigned_of,
)
from .items import (
    Block,
    BlockDropped,
    FragmentBegun,
    FurtherCluster,
    Item,
    SegmentNamed,
    Unreadable,
)
from .nesting import Nesting
from .repeats import Repeats, UsualBlock, usual_block

# Bytes of an element that has to be whole before it is of use. A fragment lasts 10 s at most
# (160 kB a track), its tags a few kB; and a size that lies keeps us waiting no longer than this.
# What is stepped over is held to it as well: a size that lies would swallow the rest of the call.
ELEMENT_BYTES_MAX = 512 * 1024

# Producer times up to the year 2262, as signed nanoseconds have it; no call is later.
_TIME_NS_MAX = 1 << 63
_FAR = 1 << 29  # bytes the tight loop goes without looking where it is
_REPEATED = (b"\x12", b"\x1a")  # how Tags and EBML headers begin
_OPENING_SIGN = 4  # bytes of an EBML header's id
_HEADER_BYTES_MAX = 12  # an id of four and a size of eight
# In the header of every document, and in nothing else: no voice says eleven such bytes. Inside
# an element it means that the element was cut, or lies about its size, and has swallowed what
# follows; what stands where it ends is another document's.
_DOCTYPE = bytes.fromhex("428288") + b"matroska"
_BUFFERED = frozenset({EBML, INFO, TRACKS, TAGS, TIMECODE, SIMPLE_BLOCK, BLOCK_GROUP})
_ENTERED = frozenset({SEGMENT, CLUSTER})


class MatroskaReader:
    """Reads one body. Holds at most `ELEMENT_BYTES_MAX` and the piece it was last given."""

    def __init__(self) -> None:
        self._offset = 0  # in the body, of the first byte not yet read
        self.is_inside = False  # what was fed ends within an element
        self._document_open = False  # an EBML header whose Segment has not come yet
        self._clustered = False  # the document has a cluster
        self._nesting = Nesting()
        self._tracks: dict[int, Track | None] = {}
        self._numbers: dict[bytes, Track] = {}  # our tracks, by their number as blocks write it
        self._scale_ns = 1_000_000
        self._cluster_ns: int | None = None  # None outside a cluster
        self._usual: UsualBlock | None = None
        self._proven = 0  # size of the longest block known to end where it said
        self._unproven: tuple[Block, int] | None = None
        self._repeats = Repeats()
        self._reading = self._read()
        next(self._reading)
        # Return what is complete after these bytes, in order; nothing after `Unreadable`.
        self.feed: Callable[[bytes], list[Item]] = self._reading.send

    def end(self) -> list[Item]:
        """Return what only the end of the body makes certain. Nothing can be fed after it."""
        self._reading.close()
        unproven, self._unproven = self._unproven, None
        # Nothing stands after it that its size could have swallowed.
        return [unproven[0]] if unproven and not self.is_inside else []

    def _read(self) -> Generator[list[Item], bytes]:
        # A coroutine: the tight loop keeps its state in locals from piece to piece.
        items: list[Item] = []
        buffer, at = (yield items), 0
        items = []
        try:
            while True:
                if self._usual and self._cluster_ns is not None and not self._unproven:
                    buffer, at, items = yield from self._blocks(self._usual, buffer, at, items)
                step, wanted = self._element(buffer, at, items)
                if at + step > len(buffer):
                    skip, found, items = at + step - len(buffer), items, []
                    buffer, at = (yield from self._beyond(buffer, skip, found)), 0
                    self._offset += step
                    continue
                at += step
                self._offset += step
                if wanted:
                    buffer, at, items = (yield from self._more(buffer[at:], wanted, items)), 0, []
        except DamagedError as damaged:
            self._unproven = None
            items.append(Unreadable(damaged.problem, self._offset))
        while True:
            yield items
            items = []

    def _blocks(
        self, usual: UsualBlock, buffer: bytes, at: int, items: list[Item]
    ) -> Generator[list[Item], bytes, tuple[bytes, int, list[Item]]]:
        # The tight loop: blocks whose head is the last one's, byte for byte, and nothing in
        # it but what each of them needs. Ends where something else stands.
        head, size, unpack = usual.head, usual.size, usual.unpack
        tracks: dict[bytes, Track] = {head + one: self._numbers[one] for one in self._numbers}
        track_of = tracks.get
        cluster_ns, scale_ns = self._cluster_ns or 0, self._scale_ns
        # Where the last block may begin that the cluster still holds; numbers stay small.
        end = at + min(self._nesting.end - self._offset, _FAR) - size
        read, lacing, make, header = -at, LACING, Block, _DOCTYPE
        while True:
            last = len(buffer) - size
            if last > end:  # noqa: PLR1730 (calling `min` costs as much as the rest of a turn)
                last = end
            while at <= last:
                start, relative, flags, payload = unpack(buffer, at)
                track = track_of(start)
                if track is None or flags & lacing or header in payload:
                    break
                items.append(make(track, cluster_ns + relative * scale_ns, payload))
                at += size
            may_follow = 0 < at == len(buffer) or buffer.startswith(head, at)
            if at <= last or at > end or not may_follow:
                self._offset += read + at
                return buffer, at, items
            if at:
                read += at
                end -= at
                buffer = buffer[at:] + (yield items)
                at = 0
            else:  # small pieces: joined once, however many
                buffer = yield from self._more(buffer, size, items)
            items = []

    def _more(
        self, rest: bytes, wanted: int, items: list[Item]
    ) -> Generator[list[Item], bytes, bytes]:
        # Gather until `wanted` bytes are there; joined once, however small the pieces are.
        pieces, have = [rest], len(rest)
        while have < wanted:
            self.is_inside = have > 0
            piece = yield items
            pieces.append(piece)
            have += len(piece)
            items = []
        self.is_inside = False
        return b"".join(pieces)

    def _beyond(
        self, buffer: bytes, skip: int, items: list[Item]
    ) -> Generator[list[Item], bytes, bytes]:
        # Step over what nobody needs without keeping it; `buffer` ends within it.
        self.is_inside = True
        seam = len(_DOCTYPE) - 1
        while True:
            tail = buffer[len(buffer) - min(seam, len(buffer)) :]
            piece = yield items
            _check_swallowed(tail + piece[:skip])
            if len(piece) >= skip:
                self.is_inside = False
                return piece[skip:]
            skip -= len(piece)
            buffer, items = tail + piece, []

    def _element(self, buffer: bytes, at: int, items: list[Item]) -> tuple[int, int]:
        # Read one element, or a master's header. Returns its bytes, or 0 and those wanted.
        if self._offset >= self._nesting.end:
            self._leave(self._offset)
        again, wanted = self._again(buffer, at, items)
        if again or wanted:
            return again, wanted
        header = header_of(buffer, at)
        if header is None:
            return 0, min(_HEADER_BYTES_MAX, len(buffer) - at + 1)
        identifier, size, head = header
        whole = head + size
        self._nesting.admit(identifier, self._offset + whole)
        if not self._nesting.in_cluster:
            self._cluster_ns = None
        if self._unproven is not None and identifier in KNOWN:
            self._believe(items)
        if identifier in _ENTERED:
            self._enter(identifier, self._offset + whole, buffer[at : at + head], items)
            return head, 0
        if size > ELEMENT_BYTES_MAX:
            raise DamagedError("element_too_large")
        if identifier in _BUFFERED:
            if at + whole > len(buffer):
                return 0, whole
            self._content(identifier, buffer[at : at + whole], head, items)
        else:
            _check_swallowed(buffer[at + head : at + whole])
        return whole, 0

    def _again(self, buffer: bytes, at: int, items: list[Item]) -> tuple[int, int]:
        # Bytes of what stands here word for word as in the fragment before. Where that may
        # yet turn out, 0 and the bytes wanted; otherwise 0 and 0.
        if buffer[at : at + 1] not in _REPEATED or self._nesting.is_bounded or self._unproven:
            return 0, 0  # what has borders or doubts has to be looked at
        repeats, began = self._repeats, at
        at = self._tags_again(buffer, at, items)
        opening = repeats.opening
        if opening is not None and buffer.startswith(opening.raw[:_OPENING_SIGN], at):
            if len(buffer) - at < len(opening.raw):
                if at == began and opening.raw.startswith(buffer[at:]):
                    return 0, len(opening.raw)
            elif buffer.startswith(opening.raw, at):
                items += (FragmentBegun(), opening.named)
                self._tracks, self._numbers = opening.tracks, opening.numbers
                self._scale_ns, repeats.last = opening.scale_ns, repeats.tracks
                self._document_open = self._clustered = False
                self._nesting.enter_segment(UNKNOWN_SIZE)
                at = self._tags_again(buffer, at + len(opening.raw), items)
        if at > began and self._nesting.in_cluster:
            self._leave(0)
        return at - began, 0

    def _tags_again(self, buffer: bytes, at: int, items: list[Item]) -> int:
        # Where the tags end that follow each other as they did the last time.
        repeats = self._repeats
        tags = repeats.last.after if repeats.last is not None else None
        while tags is not None and (item := tags.read(buffer, at)) is not None:
            items.append(item)
            at += tags.size
            repeats.last, tags = tags, tags.after
        return at

    def _leave(self, position: int) -> None:
        self._cluster_ns = None
        self._nesting.leave(position)

    def _enter(self, identifier: int, end: int, raw: bytes, items: list[Item]) -> None:
        if identifier == CLUSTER:
            self._repeats.cluster()
            if self._clustered:
                items.append(FurtherCluster())
            self._clustered = True
            self._cluster_ns = None
            self._nesting.enter_cluster(end)
            return
        if identifier == EBML or not self._document_open:
            self._tracks, self._numbers, self._scale_ns = {}, {}, 1_000_000
            items.append(FragmentBegun())
            self._clustered = False
        self._document_open = identifier == EBML
        if identifier == SEGMENT:
            self._nesting.enter_segment(end)
        if identifier == EBML or end >= UNKNOWN_SIZE:
            self._repeats.part(identifier, raw, b"")

    def _content(self, identifier: int, raw: bytes, head: int, items: list[Item]) -> None:
        content = raw[head:]
        if identifier == EBML:
            self._enter(identifier, 0, raw, items)
            return
        _check_swallowed(content)
        if identifier == TAGS:
            items.append(self._repeats.tags(raw, content))
        elif identifier == INFO:
            uid, self._scale_ns = segment_of(content)
            items.append(SegmentNamed(uid))
            self._repeats.part(identifier, raw, content)
        elif identifier == TRACKS:
            self._tracks = tracks_of(content)
            self._numbers = numbers_of(self._tracks)
            self._repeats.part(identifier, raw, content)
        elif not self._nesting.in_cluster:
            raise DamagedError("block_outside_cluster")
        elif identifier == TIMECODE:
            time_ns = unsigned_of(content) * self._scale_ns
            self._cluster_ns = time_ns if time_ns < _TIME_NS_MAX else None
        else:
            self._block(identifier, content, items)
            if identifier == SIMPLE_BLOCK:
                self._expect(raw[:head], content)

    def _block(self, identifier: int, content: bytes, items: list[Item]) -> None:
        try:
            raw = block_of(content) if identifier == SIMPLE_BLOCK else block_in_group(content)
        except DamagedError as damaged:
            # Its size led to the next element all the same: only this block is lost.
            items.append(BlockDropped(damaged.problem))
            return
        if raw is None:
            return
        if self._cluster_ns is None:
            items.append(BlockDropped("no_cluster_time"))
        elif raw.number not in self._tracks:
            items.append(BlockDropped("undeclared_track"))
        elif not any(self._tracks.values()):
            items.append(BlockDropped("no_known_track"))
        elif (track := self._tracks[raw.number]) is not None:
            time_ns = self._cluster_ns + raw.relative * self._scale_ns
            self._judge(Block(track, time_ns, raw.payload), len(content), items)

    def _judge(self, block: Block, size: int, items: list[Item]) -> None:
        # A size that lies would hand on what stands behind the block, another caller's
        # voice included. Longer than any before: wait for an element where it ends.
        if size <= self._proven:
            items.append(block)
        else:
            self._unproven = (block, size)

    def _believe(self, items: list[Item]) -> None:
        assert self._unproven is not None
        block, self._proven = self._unproven
        self._unproven = None
        items.append(block)

    def _expect(self, head: bytes, content: bytes) -> None:
        usual = self._usual
        if usual is None or usual.head != head:
            self._usual = usual_block(head, content)


def _check_swallowed(content: bytes) -> None:
    if _DOCTYPE in content:
        raise DamagedError("document_within_an_element")
