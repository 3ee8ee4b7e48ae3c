"""A corpus of what can be wrong with one fragment, each kind under its name.

Every kind is a way to write a fragment: it takes a well-made one and returns other bytes. The
tests of the reader, those of the service and the fuzz target start from the same kinds.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from .bytes_by_hand import (
    FROM,
    TO,
    Fragment,
    ebml_header,
    element,
    info,
    simple_block,
    tags,
    tracks,
    unknown,
    unsigned,
    vint,
)

BLOCK = b"\xa3\x44\x04"  # how a SimpleBlock of 1024 bytes begins
CLUSTER = bytes.fromhex("1f43b675")


@dataclass(frozen=True)
class Kind:
    """One way of being wrong."""

    encode: Callable[[Fragment], bytes]
    problem: str | None  # what the reader or the sorter calls it; None: nothing is lost by it


def _in_the_middle(junk: bytes) -> Callable[[Fragment], bytes]:
    def encode(fragment: Fragment) -> bytes:
        content = fragment.encode()
        at = content.index(BLOCK, len(content) // 2)
        return content[:at] + junk + content[at:]

    return encode


def _block_head(head: bytes) -> Callable[[Fragment], bytes]:
    # The head of a block in the middle, replaced.
    def encode(fragment: Fragment) -> bytes:
        content = fragment.encode()
        at = content.index(BLOCK, len(content) // 2)
        return content[:at] + head + content[at + len(BLOCK) :]

    return encode


def _cut(fragment: Fragment) -> bytes:
    # Within the size of a block. Within its samples, what stands there is taken for samples up
    # to the block's end: nothing tells it from them.
    content = fragment.encode()
    return content[: content.index(BLOCK, len(content) // 2) + 2]


def _before_the_cluster(junk: bytes) -> Callable[[Fragment], bytes]:
    def encode(fragment: Fragment) -> bytes:
        content = fragment.encode()
        at = content.index(CLUSTER)
        return content[:at] + junk + content[at:]

    return encode


def _timecode(raw: bytes) -> Callable[[Fragment], bytes]:
    def encode(fragment: Fragment) -> bytes:
        written = element("e7", unsigned(fragment.began_ms))
        return fragment.encode().replace(written, element("e7", raw), 1)

    return encode


def _tracks(written: bytes) -> Callable[[Fragment], bytes]:
    return lambda fragment: fragment.encode().replace(tracks(fragment.names), written, 1)


def _entry(number: int, name: str, codec: str = "A_AAC") -> bytes:
    return element(
        "ae",
        element("d7", unsigned(number))
        + element("73c5", unsigned(number))
        + element("83", b"\x02")
        + element("536e", name.encode())
        + element("86", codec.encode())
        + element("63a2", b"OpusHead"),
    )


def _scale(scale_ns: int) -> Callable[[Fragment], bytes]:
    return lambda one: one.encode().replace(info(one.uid), info(one.uid, scale_ns=scale_ns), 1)


def _mime(kind: str) -> Callable[[Fragment], bytes]:
    ours = tags(("MimeType", "audio/L16;rate=8000;channels=1;"))
    return lambda one: one.encode().replace(ours, tags(("MimeType", kind)))


def _laced(flags: int, lace: bytes) -> Callable[[Fragment], bytes]:
    return _in_the_middle(simple_block(1, 640, lace, flags=0x80 | flags))


def _many_tags() -> bytes:
    return tags(*((f"name {nth}", "value") for nth in range(6_000)))


SPOILED: Mapping[str, Kind] = {
    "a Void of a petabyte": Kind(_in_the_middle(b"\xec" + vint(1 << 50, 8)), "element_too_large"),
    "an unknown element of a petabyte": Kind(
        _in_the_middle(b"\x4f\xfe" + vint(1 << 50, 8)), "element_too_large"
    ),
    "a header of a petabyte": Kind(
        lambda one: b"\x1a\x45\xdf\xa3" + vint(1 << 50, 8) + one.encode(), "element_too_large"
    ),
    "a Void that swallows what comes behind it": Kind(
        _in_the_middle(b"\xec" + vint(400_000, 8)), None
    ),
    "a block that claims those behind it": Kind(_block_head(b"\xa3" + vint(9_000)), None),
    "a block shorter than it is": Kind(_block_head(b"\xa3" + vint(1_000, 2)), None),
    "a block of unknown size": Kind(_block_head(b"\xa3" + unknown(2)), "unknown_size_not_allowed"),
    "a block too large": Kind(_block_head(b"\xa3" + vint(1 << 30, 8)), "element_too_large"),
    "zeros where an element should be": Kind(_in_the_middle(bytes(40)), "bad_element_id"),
    "ones where an element should be": Kind(_in_the_middle(b"\xff" * 40), None),
    "a document within a cluster of known size": Kind(
        lambda one: replace(one, cluster_size=8, cluster_junk=ebml_header()).encode(),
        "element_past_its_parent",
    ),
    "a segment cut short by its size": Kind(
        lambda one: one.encode().replace(
            bytes.fromhex("18538067") + unknown(8), bytes.fromhex("18538067") + vint(4_000, 8)
        ),
        "element_past_its_parent",
    ),
    "a block outside any cluster": Kind(
        _before_the_cluster(simple_block(1, 0, b"ab")), "block_outside_cluster"
    ),
    "no cluster at all": Kind(
        lambda one: one.encode().replace(CLUSTER + unknown(8), b"", 1), "block_outside_cluster"
    ),
    "no tracks": Kind(_tracks(b""), "undeclared_track"),
    "tracks without a name of ours": Kind(_tracks(tracks(("left", "right"))), "no_known_track"),
    "two tracks of one number": Kind(
        _tracks(element("1654ae6b", _entry(1, FROM) + _entry(1, TO))), "undeclared_track"
    ),
    "track numbers that no block bears": Kind(
        _tracks(element("1654ae6b", _entry(5, FROM) + _entry(6, TO))), "undeclared_track"
    ),
    "forty tracks": Kind(_tracks(tracks((FROM, TO) * 20)), "too_many_tracks"),
    "a track number too long": Kind(
        _tracks(element("1654ae6b", element("ae", element("d7", b"\x01" * 9)))), "bad_number"
    ),
    "no timecode scale": Kind(_scale(0), "bad_timecode_scale"),
    "a tick of an hour": Kind(_scale(3_600 * 10**9), "bad_timecode_scale"),
    "a timecode past all years": Kind(_timecode(b"\xff" * 8), "no_cluster_time"),
    "a timecode too long": Kind(_timecode(b"\x01" * 400), "bad_number"),
    "tags of half a megabyte and more": Kind(
        _before_the_cluster(tags(("x", "y" * 600_000))), "element_too_large"
    ),
    "six thousand tags": Kind(_before_the_cluster(_many_tags()), "too_many_elements"),
    "tags longer than their parent": Kind(
        _before_the_cluster(element("1254c367", b"\x73\x73\x90")), "element_past_its_parent"
    ),
    "audio that is Opus": Kind(_mime("audio/opus;rate=48000;channels=2;"), "not_linear_pcm"),
    "audio of another rate": Kind(_mime("audio/L16;rate=16000;channels=1;"), "not_linear_pcm"),
    "a fragment cut in the middle": Kind(_cut, None),
    "a page of HTML behind it": Kind(
        lambda one: one.encode() + b"<html>502 Bad Gateway</html>", None
    ),
    "Info in it twice": Kind(_before_the_cluster(info(b"\x22" * 16)), None),
}

HARMLESS: Mapping[str, Callable[[Fragment], bytes]] = {
    "tracks swapped": lambda one: replace(
        one,
        names=(TO, FROM),
        sounds=[replace(sound, track=3 - sound.track) for sound in one.sounds],
    ).encode(),
    "another codec named": lambda one: one.encode().replace(
        tracks(one.names),
        element("1654ae6b", _entry(1, FROM, "A_OPUS") + _entry(2, TO, "V_MPEG4/ISO/AVC")),
    ),
    "a fragment number of five thousand digits": lambda one: replace(
        one, numbered="nowhere", extra=[("AWS_KINESISVIDEO_FRAGMENT_NUMBER", "9" * 5_000)]
    ).encode(),
    "a fragment number in other digits": lambda one: replace(
        one, numbered="nowhere", extra=[("AWS_KINESISVIDEO_FRAGMENT_NUMBER", "٣٤٥")]
    ).encode(),
    "a lag beyond all numbers": lambda one: replace(
        one, extra=[("AWS_KINESISVIDEO_MILLIS_BEHIND_NOW", "9" * 5_000)]
    ).encode(),
    "a tag of a hundred kilobytes": _before_the_cluster(tags(("Events", "[" * 100_000))),
    "blocks of no samples": _in_the_middle(simple_block(1, 640, b"") * 500),
    "laces that end nowhere": _laced(0x02, b"\xff" * 30),
    "EBML laces of no width": _laced(0x06, b"\x05\x00\x00"),
    "a size of eight bytes on everything": lambda one: replace(
        one, segment_size=8, cluster_size=8, block_width=8, tags_width=8
    ).encode(),
    "elements nobody knows between the blocks": lambda one: replace(
        one, cluster_junk=element("4ffe", b"\xa3" * 300) + element("ec", bytes(90))
    ).encode(),
}
