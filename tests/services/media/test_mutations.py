"""One wrong element among right ones: nothing raises, nothing leaks, and the rest is read."""

import sys
import tracemalloc
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest
from antiphon.services.media.fragments import Fragments
from antiphon.services.media.matroska import MatroskaReader
from antiphon.services.media.patience import HELD_BYTES_MAX
from hypothesis import example, given, settings
from hypothesis import strategies as st

from .bytes_by_hand import Fragment, element, info, simple_block, tags, vint
from .examination import OURS, examined, payloads, sorted_out
from .malformed import HARMLESS, SPOILED
from .mutations import BLOCK_BYTES, MUTATIONS, fragment, spoiled, taken_apart
from .readings import UID, cluster, document, read, two_voices

FIRST, SAID = fragment(0, contact_id="ours", seed=1, uid=1)
MIDDLE, SAID_BETWEEN = fragment(1, contact_id="ours", seed=2, uid=1)
LAST, SAID_LAST = fragment(2, contact_id="ours", seed=3, uid=1)
FOREIGN, SAID_BY_ANOTHER = fragment(3, contact_id="another", seed=4, uid=2)
STRETCH = 64  # bytes of another's samples: 4 ms, and no chance


def test_what_is_taken_apart_goes_together_again() -> None:
    assert b"".join(one.encode() for one in taken_apart(FIRST)) == FIRST
    assert payloads(examined(FIRST + MIDDLE, piece_bytes=700)) == [*SAID, *SAID_BETWEEN]


@settings(max_examples=100, deadline=None)
@given(
    kinds=st.lists(st.sampled_from(sorted(MUTATIONS)), min_size=1, max_size=4),
    seed=st.integers(0, 2**32),
    piece_bytes=st.integers(1, 9_000),
)
# A token cut short swallowed the next header, and another's cluster stood in our fragment.
@example(kinds=["twice", "cut"], seed=403, piece_bytes=1)
def test_a_wrong_element_harms_neither_what_stands_before_it_nor_anybody_else(
    kinds: list[str], seed: int, piece_bytes: int
) -> None:
    between = spoiled(MIDDLE, kinds, seed)

    outcomes = examined(FIRST + between + FOREIGN, piece_bytes=piece_bytes)

    heard = payloads(outcomes)
    assert heard[: len(SAID)] == SAID
    everything = b"".join(heard)
    assert not [said for said in SAID_BY_ANOTHER if said[-STRETCH:] in everything]


HEAD_BYTES = 7  # of a SimpleBlock
TO_THE_NEXT = FOREIGN.index(SAID_BY_ANOTHER[0]) - HEAD_BYTES  # its first block; all its headers


def _swallowing(what: str) -> bytes:
    """Our fragment, ending in an element that reaches to the first block of what follows."""
    last = MIDDLE.index(SAID_BETWEEN[-1])
    before = MIDDLE[: last - HEAD_BYTES]
    block = MIDDLE[last - HEAD_BYTES : last]
    return {
        "a block, cut": before + block + SAID_BETWEEN[-1][: BLOCK_BYTES - TO_THE_NEXT],
        "a longer block": before + b"\xa3" + vint(TO_THE_NEXT + 4, 2) + block[3:],
        "a Void": before + b"\xec" + vint(TO_THE_NEXT, 2),
        "an unknown element": before + b"\x4f\xfe" + vint(TO_THE_NEXT, 4),
        "tags": before
        + b"\x12\x54\xc3\x67"
        + vint(TO_THE_NEXT + 3, 2)
        + b"\xec"
        + vint(TO_THE_NEXT, 2),
    }[what]


@pytest.mark.parametrize("piece_bytes", [1, 39, 41, 500, 1_200, 20_000])
@pytest.mark.parametrize(
    "what", ["a block, cut", "a longer block", "a Void", "an unknown element", "tags"]
)
def test_what_swallows_the_next_header_does_not_make_the_next_caller_ours(
    what: str, piece_bytes: int
) -> None:
    stream = FIRST + _swallowing(what) + FOREIGN

    heard = payloads(examined(stream, piece_bytes=piece_bytes))

    assert heard == [*SAID, *SAID_BETWEEN[:-1]]


@settings(max_examples=60, deadline=None)
@given(
    kinds=st.lists(st.sampled_from(sorted(MUTATIONS)), min_size=1, max_size=4),
    seed=st.integers(0, 2**32),
)
def test_after_a_wrong_fragment_the_next_body_is_read_exactly(kinds: list[str], seed: int) -> None:
    sorter = Fragments(OURS)
    sorted_out(read(FIRST), sorter)
    sorted_out(read(spoiled(MIDDLE, kinds, seed)), sorter)

    outcomes = sorted_out(read(LAST), sorter)

    assert payloads(outcomes) == SAID_LAST


@pytest.mark.parametrize("kind", SPOILED)
def test_each_kind_of_the_corpus_is_called_what_it_is(kind: str) -> None:
    whole = [Fragment(index=nth, sounds=two_voices(8, seed=nth)) for nth in range(3)]
    stream = b"".join(one.encode() for one in (whole[0],))
    stream += SPOILED[kind].encode(whole[1]) + whole[2].encode()

    outcomes = examined(stream, piece_bytes=1_000)

    problems = {problem for one in outcomes if (problem := getattr(one, "problem", None))}
    assert SPOILED[kind].problem in (None, *problems), problems
    assert payloads(outcomes)[:16] == [sound.samples for sound in whole[0].sounds]


@pytest.mark.parametrize("kind", HARMLESS)
def test_each_oddity_of_the_corpus_is_read(kind: str) -> None:
    one = Fragment(sounds=two_voices(8))

    heard = payloads(examined(HARMLESS[kind](one), piece_bytes=1_000))

    assert [said for said in heard if said] == [sound.samples for sound in one.sounds]


def _endless_tags(size: int) -> bytes:
    return b"".join(tags(("Events", f"{nth}{'x' * (nth % 90)}")) for nth in range(size // 90))


ENDLESS: dict[str, Callable[[int], bytes]] = {
    "empty blocks": lambda size: document(cluster(simple_block(1, 0, b"") * (size // 6))),
    "blocks of one byte": lambda size: document(cluster(simple_block(1, 0, b"x") * (size // 7))),
    "blocks of two lengths": lambda size: document(
        cluster((simple_block(1, 0, b"x") + simple_block(2, 0, b"xy")) * (size // 15))
    ),
    "blocks that cannot be read": lambda size: document(cluster(b"\xa3\x80" * (size // 2))),
    "tags that all differ": lambda size: document(_endless_tags(size)),
    "empty elements": lambda size: document(b"\xec\x80" * (size // 2)),
    "headers": lambda size: element("1a45dfa3", b"") * (size // 5),
    "fragments of nobody": lambda size: document(cluster(b"")) * (size // 300),
    "names for one segment": lambda size: document(info(UID) * (size // 90)),
    "clusters": lambda size: document(cluster(b"") * (size // 20)),
    "children of tags": lambda size: document(element("1254c367", b"\xec\x80" * (size // 2))),
    "entries of tracks": lambda size: document(
        element("1654ae6b", element("ae", element("d7", b"\x01")) * (size // 6))
    ),
    "bytes of a number": lambda size: document(cluster(element("e7", b"\xff" * size))),
}
SIZE = 10_000
PIECE_BYTES = 8_192


def _fed(stream: bytes) -> tuple[MatroskaReader, Fragments]:
    reader, sorter = MatroskaReader(), Fragments(OURS)
    sorter.reopened(None)
    for at in range(0, len(stream), PIECE_BYTES):
        sorter.take(reader.feed(stream[at : at + PIECE_BYTES]))
    return reader, sorter


@pytest.mark.parametrize("kind", ENDLESS)
def test_what_never_ends_takes_time_in_proportion_to_its_length(kind: str) -> None:
    once, twice = _steps(ENDLESS[kind](SIZE)), _steps(ENDLESS[kind](2 * SIZE))

    assert twice <= 2.2 * once + 2_000


@pytest.mark.parametrize("kind", ENDLESS)
def test_what_never_ends_is_not_kept(kind: str) -> None:
    stream = ENDLESS[kind](14 * SIZE)
    tracemalloc.start()
    try:
        kept = _fed(stream)
        held_bytes, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert len(kept) == 2
    assert held_bytes <= 1.25 * HELD_BYTES_MAX
    assert peak_bytes <= 6 * HELD_BYTES_MAX


def _steps(stream: bytes) -> int:
    steps = 0

    def count(_frame: FrameType, _event: str, _argument: Any) -> None:
        nonlocal steps
        steps += 1

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        _fed(stream)
    finally:
        sys.setprofile(before)
    return steps
