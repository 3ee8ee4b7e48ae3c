"""The Matroska reader beside ebmlite, and beside the loop of AWS's Python consumer.

All read the same bytes in the same run, taking turns, on one core. A reading hands out every
block and every tag. Times are the process's own, so that a busy machine blurs them less.
"""

import io
import os
import statistics
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import ebmlite  # pyright: ignore[reportMissingTypeStubs]

from ...services.media.items import Block, Tags
from ...services.media.matroska import MatroskaReader
from ..simulator import matroska
from .rows import Row

FRAGMENTS = 300  # five minutes of a call, 10 MB
PEER_FRAGMENTS = 30  # of them for the slow peer: its pace is the same from the second on
BLOCKS = 16  # a track and fragment, as Connect makes them
BLOCK_BYTES = 1_024
ROUNDS = 7
MEGABYTE = 1_000_000
# Bytes a piece: as much as httpx takes off a socket at once, half a fragment, what boto3
# hands on at a time.
LARGE, MIDDLE, SMALL = 65_536, 16_384, 1_024

EBMLITE_TIMES = 5.0  # what was promised, reading in large pieces
CONSUMER_TIMES = 40.0

_EBML, _SEGMENT, _CLUSTER, _TAGS, _SIMPLE_BLOCK = (
    0x1A45DFA3,
    0x18538067,
    0x1F43B675,
    0x1254C367,
    0xA3,
)


def run() -> list[Row]:
    """Return megabytes a second of our reader in three sizes of pieces, and of its peers."""
    stream = b"".join(_fragment(nth) for nth in range(FRAGMENTS))
    part = stream[: len(stream) * PEER_FRAGMENTS // FRAGMENTS]
    schema: Any = ebmlite.loadSchema("matroska.xml")  # pyright: ignore[reportUnknownMemberType]
    readings: dict[str, Callable[[], float]] = {
        "large": lambda: _pace(stream, lambda: _read(stream, LARGE)),
        "middle": lambda: _pace(stream, lambda: _read(stream, MIDDLE)),
        "small": lambda: _pace(stream, lambda: _read(stream, SMALL)),
        "ebmlite": lambda: _pace(stream, lambda: _read_with_ebmlite(schema, stream)),
        "consumer": lambda: _pace(part, lambda: _read_as_the_consumer_does(schema, part)),
    }
    paces: dict[str, list[float]] = {name: [] for name in readings}
    for _ in range(ROUNDS):
        for name, reading in readings.items():
            paces[name].append(reading())
    median = {name: statistics.median(found) for name, found in paces.items()}
    return _rows(median)


def _rows(median: dict[str, float]) -> list[Row]:
    ebmlite_pace, consumer_pace = median["ebmlite"], median["consumer"]
    of_ebmlite = median["large"] / ebmlite_pace
    of_consumer = median["large"] / consumer_pace
    like_consumer = median["small"] / consumer_pace
    return [
        Row(
            what="whole stream, in pieces of 64 KiB",
            value=median["large"],
            unit="MB/s",
            beside=f"ebmlite: {ebmlite_pace:.0f} MB/s; we are {of_ebmlite:.1f} times as fast",
            aim=f"{EBMLITE_TIMES:g} times ebmlite",
            met=of_ebmlite >= EBMLITE_TIMES,
        ),
        Row(
            what="the same, beside AWS's Python consumer",
            value=of_consumer,
            unit="times",
            beside=f"its loop, in 1 KiB: {consumer_pace:.1f} MB/s",
            aim=f"{CONSUMER_TIMES:g} times",
            met=of_consumer >= CONSUMER_TIMES,
        ),
        Row(what="in pieces of 16 KiB", value=median["middle"], unit="MB/s"),
        Row(
            what="in pieces of 1 KiB, as that loop is fed",
            value=median["small"],
            unit="MB/s",
            beside=f"its loop, in 1 KiB: {consumer_pace:.1f} MB/s; "
            f"we are {like_consumer:.0f} times as fast",
        ),
    ]


def _fragment(nth: int) -> bytes:
    number, at_ms = str(91343852333181432392682062 * 10**21 + nth * (2**92 + 17)), nth * 1_024
    service_tags = {
        "AWS_KINESISVIDEO_FRAGMENT_NUMBER": number,
        "AWS_KINESISVIDEO_SERVER_TIMESTAMP": f"{1726677687.758 + nth * 1.024:.3f}",
        "AWS_KINESISVIDEO_PRODUCER_TIMESTAMP": f"{1726677688.724 + nth * 1.024:.3f}",
    }
    last = {
        "AWS_KINESISVIDEO_MILLIS_BEHIND_NOW": "0",
        "AWS_KINESISVIDEO_CONTINUATION_TOKEN": number,
    }
    identity = {
        "ContactId": "7d1f1a3e-2f0c-4f52-9d0c-6a1c8f9b2d11",
        "InstanceId": "00000000-0000-4000-8000-000000000001",
        "MimeType": "audio/L16;rate=8000;channels=1;",
        "AUDIO_FROM_CUSTOMER": "1",
        "AUDIO_TO_CUSTOMER": "2",
        "Events": "[]",
    }
    tracks = [(1, "AUDIO_FROM_CUSTOMER"), (2, "AUDIO_TO_CUSTOMER")]
    return b"".join(
        [
            matroska.document_head(
                segment_uid=UUID(int=1), tracks=tracks, service_tags=service_tags
            ),
            matroska.cluster_head(timecode_ms=1_726_677_688_724 + at_ms, blocks_size=None),
            *(
                matroska.simple_block(
                    track_number=track, timecode_ms=slot * 64, samples=os.urandom(BLOCK_BYTES)
                )
                for slot in range(BLOCKS)
                for track in (1, 2)
            ),
            *(matroska.tags([{name: text}]) for name, text in identity.items()),
            matroska.tags([last], size_bytes=matroska.SERVICE_SIZE_BYTES),
        ]
    )


def _pace(stream: bytes, read: Callable[[], int]) -> float:
    began = time.process_time()
    samples = read()
    elapsed_s = time.process_time() - began
    expected = len(stream) // len(_fragment(0)) * 2 * BLOCKS * BLOCK_BYTES
    # The consumer never hands out its last fragment: no header follows it.
    if samples < expected - 2 * BLOCKS * BLOCK_BYTES:
        raise AssertionError(f"{samples} of {expected} bytes of samples were read")
    return len(stream) / MEGABYTE / elapsed_s


def _read(stream: bytes, piece_bytes: int) -> int:
    reader, samples, tags = MatroskaReader(), 0, 0
    for at in range(0, len(stream), piece_bytes):
        for item in reader.feed(stream[at : at + piece_bytes]):
            if type(item) is Block:
                samples += len(item.payload)
            elif type(item) is Tags:
                tags += len(item.pairs)
    return samples if tags else 0


def _read_with_ebmlite(schema: Any, stream: bytes) -> int:
    return _samples_in(schema.load(io.BytesIO(stream), headers=True))


def _read_as_the_consumer_does(schema: Any, stream: bytes) -> int:
    """Read as AWS's consumer library does, though nothing of it is copied here.

    It parses all it holds anew with each 1 KiB, and lets go of a fragment when the header
    of the next one shows.

    Source: aws-samples/amazon-kinesis-video-streams-consumer-library-for-python.
    """
    held, samples = bytearray(), 0
    for at in range(0, len(stream), SMALL):
        held.extend(stream[at : at + SMALL])
        document = schema.load(io.BytesIO(held), headers=True)
        heads = [element.offset for element in document if element.id == _EBML]
        if len(heads) > 1:
            fragment = held[heads[0] : heads[1]]
            samples += _samples_in(schema.load(io.BytesIO(fragment), headers=True))
            held = held[heads[1] :]
    return samples


def _samples_in(document: Any) -> int:
    samples = 0
    for element in document:
        if element.id != _SEGMENT:
            continue
        for child in element:
            if child.id == _CLUSTER:
                samples += sum(len(block.value) - 4 for block in child if block.id == _SIMPLE_BLOCK)
            elif child.id == _TAGS:
                child.dump()
    return samples
