"""Matroska taken apart into its elements, spoiled one by one, and put together again.

Chance bytes are refused by their first id; what is spoiled here is right everywhere but in one
place, which is how far the reader has to come to go wrong. The stream to spoil is written by
the simulator, so that nobody who writes it also reads it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from uuid import UUID

from antiphon.infra.simulator import matroska

from .bytes_by_hand import BLOCK_MS, FIRST_NUMBER, FRAGMENT_STEP, FROM, TO, ZERO_MS, unknown, vint

FRAGMENT_MS = 256  # four blocks a track: short, so that many are tried
BLOCK_BYTES = 1_024
_MASTERS = {
    bytes.fromhex(one)
    for one in ("18538067", "1549a966", "1654ae6b", "ae", "1254c367", "7373", "67c8", "1f43b675")
}
_ENDS_CLUSTER = bytes.fromhex("1254c367")
_UNKNOWN = 0x01FFFFFFFFFFFFFF


@dataclass
class Element:
    """One element; `head` is how its id and size are written when that is wrong."""

    id: bytes
    content: bytes = b""
    children: list["Element"] = field(default_factory=list["Element"])
    is_open: bool = False  # its size is not told
    width: int = 0  # bytes of its size; 0: as few as it takes
    head: bytes | None = None

    def encode(self) -> bytes:
        content = self.content + b"".join(one.encode() for one in self.children)
        fits = len(content) < (1 << 7 * self.width) - 1
        size = unknown(8) if self.is_open else vint(len(content), self.width if fits else 0)
        return (self.id + size if self.head is None else self.head) + content


def fragment(index: int, *, contact_id: str, seed: int, uid: int) -> tuple[bytes, list[bytes]]:
    """Return a fragment as the simulator writes it, and the samples of its blocks in order."""
    chance = Random(seed)
    number = str(FIRST_NUMBER + index * (FRAGMENT_STEP + 17))
    identity = {"ContactId": contact_id, "MimeType": "audio/L16;rate=8000;channels=1;"}
    head = matroska.document_head(
        segment_uid=UUID(int=uid),
        tracks=[(1, FROM), (2, TO)],
        service_tags={"AWS_KINESISVIDEO_FRAGMENT_NUMBER": number},
    )
    head += b"".join(matroska.tags([{name: value}]) for name, value in identity.items())
    head += matroska.cluster_head(timecode_ms=ZERO_MS + index * FRAGMENT_MS, blocks_size=None)
    samples = [chance.randbytes(BLOCK_BYTES) for _ in range(2 * FRAGMENT_MS // BLOCK_MS)]
    blocks = b"".join(
        matroska.simple_block(
            track_number=1 + nth % 2, timecode_ms=nth // 2 * BLOCK_MS, samples=one
        )
        for nth, one in enumerate(samples)
    )
    tail = b"".join(matroska.tags([{name: value}]) for name, value in identity.items())
    tail += matroska.tags([{"AWS_KINESISVIDEO_CONTINUATION_TOKEN": number}])
    return head + blocks + tail, samples


def taken_apart(document: bytes) -> list[Element]:
    """Return the elements of a well-made document."""
    return _elements(document, 0, len(document))[0]


def _elements(
    document: bytes, at: int, end: int, *, in_cluster: bool = False
) -> tuple[list[Element], int]:
    found: list[Element] = []
    while at < end:
        if in_cluster and document.startswith(_ENDS_CLUSTER, at):
            break
        identifier, size, start = _head(document, at)
        width = start - at - len(identifier)
        is_open = size == _UNKNOWN
        stop = end if is_open else start + size
        made = Element(identifier, is_open=is_open, width=width)
        if identifier in _MASTERS:
            inside = is_open and identifier == matroska.CLUSTER.to_bytes(4, "big")
            made.children, at = _elements(document, start, stop, in_cluster=inside)
        else:
            made.content, at = document[start:stop], stop
        found.append(made)
    return found, at


def _head(document: bytes, at: int) -> tuple[bytes, int, int]:
    id_bytes = 9 - document[at].bit_length()
    size_at = at + id_bytes
    size_bytes = 9 - document[size_at].bit_length()
    start = size_at + size_bytes
    raw = int.from_bytes(document[size_at:start], "big")
    size = raw if raw == _UNKNOWN else raw - (1 << 7 * size_bytes)
    return document[at:size_at], size, start


def _every(elements: list[Element]) -> list[tuple[list[Element], int]]:
    return [
        place
        for nth, one in enumerate(elements)
        for place in [(elements, nth), *_every(one.children)]
    ]


def _absurd(siblings: list[Element], nth: int, chance: Random) -> None:
    one = siblings[nth]
    sizes = (unknown(1), unknown(8), vint(1 << 50, 8), vint(chance.randrange(1 << 20), 8), b"\x00")
    one.head = one.id + chance.choice(sizes)


def _little_off(siblings: list[Element], nth: int, chance: Random) -> None:
    one = siblings[nth]
    length = len(Element(one.id, one.content, one.children).encode()) - len(one.id) - 1
    one.head = one.id + vint(max(0, length + chance.randint(-40, 40)), 4)


def _overlong(siblings: list[Element], nth: int, chance: Random) -> None:
    one = siblings[nth]
    content = one.content + b"".join(child.encode() for child in one.children)
    one.head = one.id + vint(len(content), chance.randint(4, 8))


def _renamed(siblings: list[Element], nth: int, chance: Random) -> None:
    ids = ("ec", "4ffe", "1a45dfa3", "18538067", "1f43b675", "1654ae6b", "a3", "a0", "e7", "00")
    siblings[nth].id = bytes.fromhex(chance.choice(ids))


def _twice(siblings: list[Element], nth: int, _: Random) -> None:
    siblings.insert(nth, siblings[nth])


def _left_out(siblings: list[Element], nth: int, _: Random) -> None:
    del siblings[nth]


def _moved(siblings: list[Element], nth: int, chance: Random) -> None:
    siblings.insert(chance.randrange(len(siblings)), siblings.pop(nth))


def _cut(siblings: list[Element], nth: int, chance: Random) -> None:
    one = siblings[nth]
    whole = one.encode()
    siblings[nth] = Element(b"", whole[: chance.randrange(len(whole) + 1)], head=b"")


def _noise(siblings: list[Element], nth: int, chance: Random) -> None:
    junk = chance.randbytes(chance.randint(1, 60))
    siblings.insert(nth, Element(b"", junk, head=b""))


def _other_content(siblings: list[Element], nth: int, chance: Random) -> None:
    one = siblings[nth]
    one.children = []
    one.content = chance.choice(
        (b"", b"\xff" * 8, b"\x01" * 400, b"9" * 5_000, b"\x81\x00\x00\x86\x05\x00", b"\x81\x80")
    )


def _within_itself(siblings: list[Element], nth: int, _: Random) -> None:
    one = siblings[nth]
    siblings[nth] = Element(one.id, children=[one], is_open=one.is_open)


MUTATIONS: Mapping[str, Callable[[list[Element], int, Random], None]] = {
    "an absurd size": _absurd,
    "a size a little off": _little_off,
    "a size written overlong": _overlong,
    "another id": _renamed,
    "twice": _twice,
    "left out": _left_out,
    "in another place": _moved,
    "cut": _cut,
    "noise before it": _noise,
    "another content": _other_content,
    "within itself": _within_itself,
}


def spoiled(document: bytes, kinds: list[str], seed: int) -> bytes:
    """Return the document with so many of its elements, chosen by `seed`, wrong in these ways."""
    chance, elements = Random(seed), taken_apart(document)
    for kind in kinds:
        places = _every(elements)
        if places:
            MUTATIONS[kind](*chance.choice(places), chance)
    return b"".join(one.encode() for one in elements)
