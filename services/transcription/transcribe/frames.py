"""Event-stream frames: audio goes out in them, and what the vendor says comes in. Pure.

A frame is its length, its headers' length, a checksum of both, headers, payload, and a checksum
of all before. botocore reads them and checks both sums; it writes none, so that is done here.
Source: the vendor's documentation of event stream encoding.
"""

import struct
from typing import Any
from zlib import crc32

from botocore.eventstream import (  # pyright: ignore[reportMissingTypeStubs]
    EventStreamBuffer,
    ParserError,
)
from msgspec import Struct

from ....errors import RecognizerFailed

_PRELUDE_BYTES = 12
_CHECKSUM_BYTES = 4
_STRING = 7  # the type of a header's value


class Frame(Struct, frozen=True):
    """What a frame holds, as far as we look."""

    kind: str  # `event`, `exception` or `error`
    name: str  # of the event, the exception or the error
    payload: bytes


def audio_frame(samples: bytes) -> bytes:
    """Return the frame that carries samples; with none, the one that says no more will come."""
    length = _PRELUDE_BYTES + len(_HEADERS) + len(samples) + _CHECKSUM_BYTES
    lengths = struct.pack("!II", length, len(_HEADERS))
    frame = lengths + struct.pack("!I", crc32(lengths)) + _HEADERS + samples
    return frame + struct.pack("!I", crc32(frame))


def frame_of(message: bytes) -> Frame:
    """Read a message of the socket, which holds one frame.

    Raises:
        RecognizerFailed: it is no frame, or was damaged.
    """
    buffer: Any = EventStreamBuffer()
    try:
        buffer.add_data(message)
        read = buffer.next()
        headers: dict[str, object] = read.headers
    except (ParserError, StopIteration, struct.error, UnicodeDecodeError, KeyError) as error:
        raise RecognizerFailed("answer_malformed") from error
    kind = str(headers.get(":message-type", ""))
    name = headers.get(
        {"event": ":event-type", "error": ":error-code"}.get(kind, ":exception-type")
    )
    return Frame(kind, str(name or ""), bytes(read.payload))


def _header(name: str, value: str) -> bytes:
    named = name.encode()
    return (
        struct.pack("!B", len(named))
        + named
        + struct.pack("!BH", _STRING, len(value))
        + value.encode()
    )


_HEADERS = (
    _header(":message-type", "event")
    + _header(":event-type", "AudioEvent")
    + _header(":content-type", "application/octet-stream")
)
