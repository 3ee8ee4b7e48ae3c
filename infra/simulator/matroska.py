"""Writes the bytes that GetMedia sends: one Matroska document per fragment, as Connect makes them.

Source: https://www.matroska.org/technical/elements.html, RFC 8794 (EBML), and the dump of a real
Connect stream at https://nicolasneudeck.com/blog/python-kvs-audio-consumer.
"""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

EBML = 0x1A45DFA3
EBML_VERSION = 0x4286
EBML_READ_VERSION = 0x42F7
EBML_MAX_ID_LENGTH = 0x42F2
EBML_MAX_SIZE_LENGTH = 0x42F3
DOC_TYPE = 0x4282
DOC_TYPE_VERSION = 0x4287
DOC_TYPE_READ_VERSION = 0x4285
SEGMENT = 0x18538067
INFO = 0x1549A966
SEGMENT_UID = 0x73A4
TIMECODE_SCALE = 0x2AD7B1
TITLE = 0x7BA9
MUXING_APP = 0x4D80
WRITING_APP = 0x5741
TRACKS = 0x1654AE6B
TRACK_ENTRY = 0xAE
TRACK_NUMBER = 0xD7
TRACK_UID = 0x73C5
TRACK_TYPE = 0x83
NAME = 0x536E
CODEC_ID = 0x86
CODEC_PRIVATE = 0x63A2
TAGS = 0x1254C367
TAG = 0x7373
SIMPLE_TAG = 0x67C8
TAG_NAME = 0x45A3
TAG_STRING = 0x4487
CLUSTER = 0x1F43B675
TIMECODE = 0xE7
POSITION = 0xA7
SIMPLE_BLOCK = 0xA3

UNKNOWN_SIZE = bytes.fromhex("01ffffffffffffff")
NS_PER_MS = 1_000_000
AUDIO = 2  # TrackType
KEYFRAME = 0x80  # SimpleBlock flag; the producer SDK sets it on every frame of audio
SDK_SIZE_BYTES = 8  # how wide the producer SDK writes the size of what has children
SERVICE_SIZE_BYTES = 4  # how wide the service writes it in tags of its own
_SIZE_BYTES_MAX = 8


def document_head(
    *, segment_uid: UUID, tracks: Sequence[tuple[int, str]], service_tags: Mapping[str, str]
) -> bytes:
    """Return everything of a document before its identity tags and its cluster.

    `tracks` are (number, name) in the order in which they are listed.
    """
    ebml = b"".join(
        [
            _number(EBML_VERSION, 1),
            _number(EBML_READ_VERSION, 1),
            _number(EBML_MAX_ID_LENGTH, 4),
            _number(EBML_MAX_SIZE_LENGTH, 8),
            _text(DOC_TYPE, "matroska"),
            _number(DOC_TYPE_VERSION, 2),
            _number(DOC_TYPE_READ_VERSION, 2),
        ]
    )
    about = b"".join(
        [
            element(SEGMENT_UID, segment_uid.bytes),
            _number(TIMECODE_SCALE, NS_PER_MS),
            _text(TITLE, "Kinesis Video SDK"),
            _text(MUXING_APP, "Kinesis Video SDK 1.1.0 JNI 2.0"),
            _text(WRITING_APP, "Kinesis Video SDK 1.1.0 JNI 2.0"),
        ]
    )
    entries = b"".join(_track_entry(number, name) for number, name in tracks)
    return b"".join(
        [
            element(EBML, ebml, size_bytes=SDK_SIZE_BYTES),
            _id(SEGMENT) + UNKNOWN_SIZE,
            element(INFO, about, size_bytes=SDK_SIZE_BYTES),
            element(TRACKS, entries, size_bytes=SDK_SIZE_BYTES),
            tags([service_tags], size_bytes=SERVICE_SIZE_BYTES) if service_tags else b"",
        ]
    )


def cluster_head(*, timecode_ms: int, blocks_size: int | None) -> bytes:
    """Return a cluster's beginning; its size is unknown unless `blocks_size` is given in bytes."""
    first = _number(TIMECODE, timecode_ms) + _number(POSITION, 0)
    size = UNKNOWN_SIZE if blocks_size is None else _size(len(first) + blocks_size, SDK_SIZE_BYTES)
    return _id(CLUSTER) + size + first


def simple_block(*, track_number: int, timecode_ms: int, samples: bytes | memoryview) -> bytes:
    """Return one block; `timecode_ms` counts from the cluster's."""
    head = bytes([0x80 | track_number]) + timecode_ms.to_bytes(2, "big", signed=True)
    return element(SIMPLE_BLOCK, b"".join((head, bytes([KEYFRAME]), samples)))


def simple_block_size(sample_bytes: int) -> int:
    """Return how long the block that holds so many bytes of samples will be."""
    payload = 4 + sample_bytes
    return len(_id(SIMPLE_BLOCK)) + len(_size(payload)) + payload


def tags(groups: Iterable[Mapping[str, str]], *, size_bytes: int | None = None) -> bytes:
    """Return a Tags element that holds one Tag per group of names and texts."""
    children = [
        element(TAG, b"".join(_simple_tag(*pair, size_bytes) for pair in group.items()), size_bytes)
        for group in groups
    ]
    return element(TAGS, b"".join(children), size_bytes)


def element(element_id: int, payload: bytes, size_bytes: int | None = None) -> bytes:
    """Return an element; its size is written in `size_bytes`, or in as few as it takes."""
    return b"".join((_id(element_id), _size(len(payload), size_bytes), payload))


def _track_entry(number: int, name: str) -> bytes:
    entry = b"".join(
        [
            _number(TRACK_NUMBER, number),
            _number(TRACK_UID, number),
            _number(TRACK_TYPE, AUDIO),
            _text(NAME, name),
            # What Connect says; the samples are plain PCM all the same.
            _text(CODEC_ID, "A_AAC"),
            element(CODEC_PRIVATE, bytes.fromhex("1190")),
        ]
    )
    return element(TRACK_ENTRY, entry, SDK_SIZE_BYTES)


def _simple_tag(name: str, text: str, size_bytes: int | None) -> bytes:
    return element(SIMPLE_TAG, _text(TAG_NAME, name) + _text(TAG_STRING, text), size_bytes)


def _text(element_id: int, text: str) -> bytes:
    return element(element_id, text.encode())


def _number(element_id: int, value: int) -> bytes:
    return element(element_id, value.to_bytes(max(1, (value.bit_length() + 7) // 8), "big"))


def _id(element_id: int) -> bytes:
    return element_id.to_bytes((element_id.bit_length() + 7) // 8, "big")


def _size(size: int, size_bytes: int | None = None) -> bytes:
    if size_bytes is None:
        # All ones means unknown, so each width holds one value less than its bits would.
        size_bytes = next(n for n in range(1, _SIZE_BYTES_MAX + 1) if size < (1 << 7 * n) - 1)
    return (size | 1 << 7 * size_bytes).to_bytes(size_bytes, "big")
