"""Bytes cut anywhere, changed anywhere, written by another library: the reader copes with all."""

import io
import itertools
from collections.abc import Sequence

import pytest
from antiphon.services.media.elements import WIDTHS
from antiphon.services.media.items import (
    Block,
    SegmentNamed,
    Tags,
    Unreadable,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from .bytes_by_hand import (
    FROM,
    TO,
    ZERO_MS,
    Fragment,
    Sound,
    element,
    vint,
)
from .readings import SCHEMA, UID, blocks, cluster, document, read, two_voices

WELL_MADE = b"".join(
    Fragment(
        index=n,
        sounds=two_voices(3, seed=n),
        identity=("both", "after", "before", "nowhere")[n % 4],
        token=n % 3 != 2,
        segment_size=("u8", 8)[n % 2],
        cluster_size=("u8", 4, "u1")[n % 3],
        junk=element("ec", b"\0" * (n * 7)),
    ).encode()
    for n in range(6)
)
ALIKE = b"".join(
    Fragment(index=n, sounds=two_voices(3, seed=n), identity="after").encode() for n in range(5)
)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_pieces_of_any_length_give_the_same_items(data: st.DataObject) -> None:
    stream = data.draw(st.sampled_from([WELL_MADE, ALIKE]))
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=60))
    borders = [0, *sorted(cuts), len(stream)]

    items = read(*(stream[a:b] for a, b in itertools.pairwise(borders)))

    assert items == read(stream)


@pytest.mark.parametrize("stream", [WELL_MADE, ALIKE], ids=["every form", "every fragment alike"])
def test_single_bytes_give_the_same_items(stream: bytes) -> None:
    assert read(*(stream[at : at + 1] for at in range(len(stream)))) == read(stream)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, len(WELL_MADE) - 1), st.integers(0, 255)), min_size=1, max_size=8
    ),
    st.integers(1, 5_000),
)
def test_changed_bytes_never_raise_and_never_hang(
    changes: list[tuple[int, int]], piece_bytes: int
) -> None:
    changed = bytearray(WELL_MADE)
    for at, value in changes:
        changed[at] = value
    stream = bytes(changed)

    items = read(*(stream[at : at + piece_bytes] for at in range(0, len(stream), piece_bytes)))

    assert items == read(stream)
    assert sum(isinstance(item, Unreadable) for item in items) <= 1


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=4_000))
def test_chance_bytes_never_raise(stream: bytes) -> None:
    for item in read(document(cluster(b"")) + stream):
        assert not isinstance(item, Block) or len(item.payload) <= len(stream)


def test_every_first_byte_but_zero_has_a_width() -> None:
    assert [WIDTHS[first] for first in (0x80, 0x7F, 0x20, 0x10, 0x08, 0x04, 0x02, 0x01, 0x00)] == [
        1, 2, 3, 4, 5, 6, 7, 8, 0,
    ]  # fmt: skip


def test_what_another_library_wrote_is_read() -> None:
    sounds = two_voices(5)
    stream = written_by_ebmlite(sounds)

    items = read(stream)

    assert SegmentNamed(UID) in items
    assert [(block.track, block.payload) for block in blocks(items)] == [
        ("to_customer" if sound.track == 1 else "from_customer", sound.samples) for sound in sounds
    ]
    assert Tags((("ContactId", "ours"), ("Events", "[]"))) in items


def test_another_library_reads_from_our_bytes_what_our_reader_reads() -> None:
    # Known sizes: ebmlite cannot tell where a document of unknown size ends.
    stream = b"".join(
        Fragment(index=n, sounds=two_voices(seed=n), segment_size=8, cluster_size=8).encode()
        for n in range(3)
    )

    theirs = [
        bytes(block.value)[4:]
        for top in SCHEMA.load(io.BytesIO(stream), headers=True)
        if top.name == "Segment"
        for child in top
        if child.name == "Cluster"
        for block in child
        if block.name == "SimpleBlock"
    ]

    assert theirs == [block.payload for block in blocks(read(stream))]


def written_by_ebmlite(sounds: Sequence[Sound]) -> bytes:
    out = io.BytesIO()
    header = {
        "EBMLVersion": 1, "EBMLReadVersion": 1, "EBMLMaxIDLength": 4, "EBMLMaxSizeLength": 8,
        "DocType": "matroska", "DocTypeVersion": 2, "DocTypeReadVersion": 2,
    }  # fmt: skip
    segment = {
        "Info": {"SegmentUID": UID, "TimecodeScale": 1_000_000, "WritingApp": "ebmlite"},
        "Tracks": {
            "TrackEntry": [
                {"TrackNumber": 1, "TrackUID": 1, "TrackType": 2, "Name": TO, "CodecID": "A_AAC"},
                {"TrackNumber": 2, "TrackUID": 2, "TrackType": 2, "Name": FROM, "CodecID": "A_AAC"},
            ]
        },
        "Cluster": {
            "Timecode": ZERO_MS,
            "SimpleBlock": [
                vint(sound.track) + sound.at_ms.to_bytes(2, "big") + b"\x80" + sound.samples
                for sound in sounds
            ],
        },
        "Tags": {
            "Tag": {
                "SimpleTag": [
                    {"TagName": "ContactId", "TagString": "ours"},
                    {"TagName": "Events", "TagString": "[]"},
                ]
            }
        },
    }
    out.write(SCHEMA["EBML"].encode(header))
    out.write(SCHEMA["Segment"].encode(segment))
    return out.getvalue()
