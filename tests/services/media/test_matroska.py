"""The reader goes by element size through whatever Connect, and others, have been seen to send."""

import os
from dataclasses import replace

import pytest
from antiphon.services.media.items import (
    Block,
    BlockDropped,
    FragmentBegun,
    SegmentNamed,
    Tags,
    Unreadable,
)
from antiphon.services.media.matroska import ELEMENT_BYTES_MAX, MatroskaReader

from .bytes_by_hand import (
    FROM,
    TO,
    ZERO_MS,
    Fragment,
    Sound,
    block_group,
    ebml_header,
    element,
    info,
    lay,
    simple_block,
    tags,
    tracks,
    unknown,
    vint,
)
from .readings import MS, TRACKS, UID, blocks, cluster, document, payloads, read, two_voices


def test_a_fragment_as_connect_makes_it_is_read_in_order() -> None:
    fragment = Fragment(sounds=two_voices(2))

    items = read(fragment.encode())

    assert isinstance(items[0], FragmentBegun)
    assert items[1] == SegmentNamed(UID)
    assert isinstance(items[2], Tags)
    assert items[2].pairs[0] == ("AWS_KINESISVIDEO_FRAGMENT_NUMBER", str(fragment.fragment_number))
    assert blocks(items) == [
        Block(track, (ZERO_MS + sound.at_ms) * MS, sound.samples)
        for track, sound in zip(TRACKS * 2, fragment.sounds, strict=True)
    ]
    assert isinstance(items[-1], Tags)
    assert dict(items[-1].pairs)["AWS_KINESISVIDEO_CONTINUATION_TOKEN"]


@pytest.mark.parametrize("width", range(1, 9))
def test_a_cluster_of_unknown_size_may_write_that_in_any_width(width: int) -> None:
    fragments = [
        Fragment(
            index=n, sounds=two_voices(seed=n), cluster_size=f"u{width}", segment_size=f"u{width}"
        )
        for n in range(3)
    ]

    items = read(b"".join(one.encode() for one in fragments))

    assert [block.payload for block in blocks(items)] == payloads(fragments)


@pytest.mark.parametrize("segment_size", ["u8", 8, 4])
@pytest.mark.parametrize("cluster_size", ["u8", 8, 4, 3])
@pytest.mark.parametrize("block_width", [0, 2, 3, 4, 5, 8])
def test_sizes_may_be_known_and_of_any_width(
    segment_size: int | str, cluster_size: int | str, block_width: int
) -> None:
    fragments = [
        Fragment(
            index=n,
            sounds=two_voices(seed=n),
            segment_size=segment_size,
            cluster_size=cluster_size,
            block_width=block_width,
            tags_width=block_width or 1 + n // 9,
        )
        for n in range(3)
    ]

    items = read(b"".join(replace(one, tags_width=4).encode() for one in fragments))

    assert [block.payload for block in blocks(items)] == payloads(fragments)
    assert sum(isinstance(item, FragmentBegun) for item in items) == 3


def test_unknown_elements_are_stepped_over_wherever_they_stand() -> None:
    junk = (
        element("ec", b"\0" * 300)  # Void
        + element("bf", b"\1\2\3\4")  # CRC-32
        + element("114d9b74", os.urandom(50))  # SeekHead
        + element("4fff", b"", 8)
        + element("63c0", b"\xa3\x81")  # Targets, out of place, holding a block's id
    )
    fragment = Fragment(sounds=two_voices(), junk=junk, cluster_junk=element("ec", b"\xa3" * 40))

    items = read(fragment.encode())

    assert [block.payload for block in blocks(items)] == payloads([fragment])


def test_an_unknown_element_is_stepped_over_up_to_the_length_of_any_fragment() -> None:
    reader = MatroskaReader()
    long = ELEMENT_BYTES_MAX
    reader.feed(ebml_header() + bytes.fromhex("18538067") + unknown(8) + b"\xec" + vint(long, 8))

    for _ in range(long // 65_536):
        assert reader.feed(b"\xa3" * 65_536) == []

    after = reader.feed(info(UID))
    assert after == [SegmentNamed(UID)]


@pytest.mark.parametrize("names", [(FROM, TO), (TO, FROM), ("video", FROM, TO)])
def test_tracks_are_known_by_their_names_not_by_their_numbers(names: tuple[str, ...]) -> None:
    content = b"".join(simple_block(n, 0, bytes([n]) * 8) for n in range(1, len(names) + 1))

    items = read(document(cluster(content), names=names))

    wanted = {FROM: "from_customer", TO: "to_customer"}
    assert [(block.track, block.payload) for block in blocks(items)] == [
        (wanted[name], bytes([n]) * 8) for n, name in enumerate(names, start=1) if name in wanted
    ]


def test_the_tracks_of_one_fragment_say_nothing_about_the_next() -> None:
    fragments = [
        Fragment(index=0, sounds=two_voices(seed=1), names=(FROM, TO)),
        Fragment(index=1, sounds=two_voices(seed=2), names=(TO, FROM)),
        Fragment(index=2, sounds=two_voices(seed=3), names=(FROM, TO)),
    ]

    items = read(b"".join(one.encode() for one in fragments))

    tracks_heard = [block.track for block in blocks(items)]
    assert tracks_heard[:2] == ["from_customer", "to_customer"]
    assert tracks_heard[8:10] == ["to_customer", "from_customer"]
    assert tracks_heard[16:18] == ["from_customer", "to_customer"]


@pytest.mark.parametrize("name", ["Track_audio/L16", "", None])
def test_a_lone_track_of_an_older_producer_is_the_customer(name: str | None) -> None:
    items = read(document(cluster(simple_block(1, 0, b"ab")), names=[name]))

    assert [block.track for block in blocks(items)] == ["from_customer"]


def test_tags_that_differ_only_in_their_values_are_told_apart() -> None:
    odd = element(
        "1254c367",
        element(
            "7373",
            element("63c0", b"")
            + element("67c8", element("45a3", b"outer") + element("67c8", element("4487", b"in")))
            + element("67c8", element("4487", b"value first\0") + element("45a3", b"name"))
            + element("67c8", element("45a3", b"no value")),
        ),
    )
    many = [tags(("n", str(n)), ("same", "x")) + odd for n in range(10, 15)]

    items = read(*(document(cluster(b"") + one) for one in many))

    assert [item.pairs for item in items if isinstance(item, Tags)] == [
        pairs
        for n in range(10, 15)
        for pairs in (
            (("n", str(n)), ("same", "x")),
            (("outer", ""), ("name", "value first"), ("no value", "")),
        )
    ]


def test_the_magic_number_inside_samples_is_samples() -> None:
    # But for the word in the header: no voice says that, and a block that holds it was cut.
    header = ebml_header().replace(b"matroska", b"mMtRoSkA")
    trap = header + bytes.fromhex("18538067") + unknown(8) + info(b"\x66" * 16)
    sounds = [Sound(1, 0, b"\x01\x02" + trap + b"\x03"), Sound(2, 0, b"\x1a\x45\xdf\xa3" * 256)]
    fragments = [Fragment(index=n, sounds=sounds) for n in range(2)]

    items = read(b"".join(one.encode() for one in fragments))

    assert [block.payload for block in blocks(items)] == payloads(fragments)
    assert sum(isinstance(item, FragmentBegun) for item in items) == 2


@pytest.mark.parametrize("length", [0, 1, 2, 3, 192, 333, 1_023, 4_000])
def test_a_block_may_have_any_length(length: int) -> None:
    content = simple_block(1, 0, b"\x05" * 1_024) + simple_block(1, 64, b"\x06" * length)

    items = read(document(cluster(content + simple_block(1, 128, b"\x07" * 1_024))))

    assert [len(block.payload) for block in blocks(items)] == [1_024, length, 1_024]


def test_a_block_in_a_group_is_a_block() -> None:
    content = simple_block(1, 0, b"ab") + block_group(2, -3, b"cd") + simple_block(1, 64, b"ef")

    items = read(document(cluster(content)))

    assert [
        (block.track, block.time_ns - ZERO_MS * MS, block.payload) for block in blocks(items)
    ] == [
        ("from_customer", 0, b"ab"),
        ("to_customer", -3 * MS, b"cd"),
        ("from_customer", 64 * MS, b"ef"),
    ]


@pytest.mark.parametrize(
    ("flags", "lace"),
    [
        pytest.param(0x82, b"\x02" + b"\x04" + b"\xff\x03", id="Xiph"),
        pytest.param(0x84, b"\x02", id="fixed"),
        pytest.param(0x86, b"\x02" + b"\x84" + b"\x5f\xff", id="EBML"),
    ],
)
def test_laced_frames_are_joined(flags: int, lace: bytes) -> None:
    samples = os.urandom(600)
    content = simple_block(1, 0, lace + samples, flags=flags) + simple_block(1, 64, b"zz")

    items = read(document(cluster(content)))

    assert [block.payload for block in blocks(items)] == [samples, b"zz"]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        pytest.param(element("a3", b"\x81\x00"), "block_too_short", id="too short"),
        pytest.param(element("a3", b""), "block_too_short", id="empty"),
        pytest.param(simple_block(9, 0, b"ab"), "undeclared_track", id="track nobody declared"),
        pytest.param(simple_block(1, 0, b"", flags=0x86), "bad_lacing", id="lacing cut off"),
    ],
)
def test_a_block_that_cannot_be_read_is_reported_and_the_next_is_read(
    content: bytes, problem: str
) -> None:
    items = read(document(cluster(content + simple_block(1, 64, b"cd"))))

    assert [item for item in items if isinstance(item, BlockDropped)] == [BlockDropped(problem)]
    assert [block.payload for block in blocks(items)] == [b"cd"]


def test_a_cluster_without_a_time_has_no_place_on_the_clock() -> None:
    items = read(document(lay("1f43b675", simple_block(1, 0, b"ab"), "u8") + tags(("a", "b"))))

    assert BlockDropped("no_cluster_time") in items
    assert blocks(items) == []


def test_the_timecode_scale_is_heeded() -> None:
    body = ebml_header() + lay(
        "18538067",
        info(UID, scale_ns=100_000)
        + tracks((FROM,))
        + cluster(simple_block(1, 5, b"ab"), at_ms=ZERO_MS * 10),
        "u8",
    )

    assert [block.time_ns for block in blocks(read(body))] == [ZERO_MS * MS + 500_000]


@pytest.mark.parametrize(
    ("damaged", "problem"),
    [
        pytest.param(b'{"message": "no"}', "no_matroska", id="JSON instead"),
        pytest.param(b"\x00\x00\x00\x00", "bad_element_id", id="zeros"),
        pytest.param(simple_block(1, 0, b"ab"), "no_matroska", id="a block at the root"),
        pytest.param(
            document(element("a3", b"\x81\0\0\x80ab")), "block_outside_cluster", id="homeless block"
        ),
        pytest.param(document(b"\x12\x54\xc3\x67\x00"), "bad_element_size", id="size of no width"),
        pytest.param(document(b"\xec" + unknown(4)), "unknown_size_not_allowed", id="endless Void"),
        pytest.param(
            document(cluster(b"\xa3" + vint(ELEMENT_BYTES_MAX + 1))),
            "element_too_large",
            id="huge block",
        ),
        pytest.param(
            document(b"\x12\x54\xc3\x67" + vint(60_000_000)), "element_too_large", id="huge tags"
        ),
        pytest.param(
            document(b"\xec" + vint(ELEMENT_BYTES_MAX + 1)), "element_too_large", id="huge Void"
        ),
        pytest.param(b"\x1a\x45\xdf\xa3" + vint(1 << 50), "element_too_large", id="huge header"),
        pytest.param(
            document(lay("1f43b675", b"\xe7\x81\x01\xa3\x44\x00ab", 1)),
            "element_past_its_parent",
            id="block longer than its cluster",
        ),
        pytest.param(
            document(element("1254c367", b"\x73\x73\x90")),
            "element_past_its_parent",
            id="tags cut short",
        ),
        pytest.param(document(info(UID, scale_ns=0)), "bad_timecode_scale", id="no time at all"),
    ],
)
def test_damage_has_a_name_and_ends_the_reading(damaged: bytes, problem: str) -> None:
    reader = MatroskaReader()

    items = reader.feed(damaged)

    (unreadable,) = [item for item in items if isinstance(item, Unreadable)]
    assert unreadable.problem == problem
    assert items[-1] is unreadable
    assert reader.feed(Fragment(sounds=two_voices()).encode()) == []
    assert reader.end() == []


def test_a_block_that_claims_what_stands_behind_it_is_not_believed() -> None:
    ours = Fragment(sounds=two_voices(1)).encode()
    foreign = Fragment(sounds=two_voices(4), contact_id="foreign", uid=b"\x22" * 16).encode()
    at = ours.index(b"\xa3\x44\x04")
    lying = ours[:at] + b"\xa3\x4f\x00" + ours[at + 3 :]

    items = read(lying + foreign)

    assert blocks(items) == []


def test_the_last_block_before_the_end_of_the_body_is_heard() -> None:
    body = document(cluster(simple_block(1, 0, b"ab")))

    assert [block.payload for block in blocks(read(body))] == [b"ab"]
    assert blocks(read(body + b"\xa3")) == []


def test_blocks_are_handed_on_before_their_fragment_is_whole() -> None:
    content = Fragment(sounds=two_voices(8)).encode()
    reader = MatroskaReader()

    half = reader.feed(content[: len(content) // 2])

    assert len(blocks(half)) >= 6


def test_a_tag_behind_a_stepped_over_element_waits_for_nothing() -> None:
    skipped, block = element("ec", bytes(2_000)), simple_block(1, 0, bytes(1_024))
    reader = MatroskaReader()

    reader.feed(document(cluster(block * 3 + skipped[:-1])))
    reader.feed(skipped[-1:])

    assert reader.feed(tags(("a", "b"))) == [Tags((("a", "b"),))]
