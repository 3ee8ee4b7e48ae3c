"""Reading with our reader and saying what came of it: what the tests of the reader share."""

from collections.abc import Iterable, Sequence
from random import Random
from typing import Any

import ebmlite  # pyright: ignore[reportMissingTypeStubs]
from antiphon.events.base import Track
from antiphon.services.media.items import (
    Block,
    Item,
)
from antiphon.services.media.matroska import MatroskaReader

from .bytes_by_hand import (
    FROM,
    TO,
    ZERO_MS,
    Fragment,
    Sound,
    ebml_header,
    element,
    even_sounds,
    info,
    lay,
    tracks,
    unsigned,
)

UID = b"\x11" * 16
SCHEMA: Any = ebmlite.loadSchema("matroska.xml")  # pyright: ignore[reportUnknownMemberType]
MS = 1_000_000
TRACKS: tuple[Track, Track] = ("from_customer", "to_customer")


def read(*pieces: bytes) -> list[Item]:
    reader = MatroskaReader()
    items = [item for piece in pieces for item in reader.feed(piece)]
    return items + reader.end()


def blocks(items: Iterable[Item]) -> list[Block]:
    return [item for item in items if isinstance(item, Block)]


def two_voices(count: int = 4, seed: int = 1) -> list[Sound]:
    chance = Random(seed)
    return even_sounds([chance.randbytes(1_024 * count), chance.randbytes(1_024 * count)])


def payloads(fragments: Sequence[Fragment]) -> list[bytes]:
    return [sound.samples for fragment in fragments for sound in fragment.sounds]


def cluster(content: bytes, *, at_ms: int = ZERO_MS) -> bytes:
    return lay("1f43b675", element("e7", unsigned(at_ms)) + content, "u8")


def document(content: bytes, *, names: Sequence[str | None] = (FROM, TO)) -> bytes:
    return ebml_header() + lay("18538067", info(UID) + tracks(names) + content, "u8")
