"""Event stream encoding, both ways, with both checksums. Pure.

Source: the vendor's guide to event stream encoding: total length, headers' length and prelude
CRC, headers, payload, message CRC; numbers are big-endian, a header is a length and a name, a
type, and by the type a value.
"""

import struct
from binascii import crc32
from collections.abc import Mapping

from msgspec import Struct

_MESSAGE_BYTES_MAX = 24 * 1_048_576  # of the documentation
_OVERHEAD_BYTES = 16  # two lengths and two checksums
_TEXT = 7


class Damaged(Exception):
    """It is no message; the text says why."""


class Message(Struct, frozen=True):
    headers: Mapping[str, str]
    payload: bytes


def encoded(message: Message) -> bytes:
    """Return the bytes of a message."""
    headers = b"".join(
        bytes([len(name)])
        + name.encode()
        + bytes([_TEXT])
        + struct.pack(">H", len(value))
        + value.encode()
        for name, value in message.headers.items()
    )
    total = _OVERHEAD_BYTES + len(headers) + len(message.payload)
    prelude = struct.pack(">LL", total, len(headers))
    body = prelude + struct.pack(">L", crc32(prelude)) + headers + message.payload
    return body + struct.pack(">L", crc32(body))


def decoded(raw: bytes) -> Message:
    """Read the bytes of one message.

    Raises:
        Damaged: a length or a checksum is wrong, or a header is not text.
    """
    if not _OVERHEAD_BYTES <= len(raw) <= _MESSAGE_BYTES_MAX:
        raise Damaged("length")
    total, headers_length, prelude_sum = struct.unpack_from(">LLL", raw)
    if prelude_sum != crc32(raw[:8]):
        raise Damaged("prelude checksum")
    if total != len(raw) or headers_length > total - _OVERHEAD_BYTES:
        raise Damaged("length")
    if struct.unpack(">L", raw[-4:])[0] != crc32(raw[:-4]):
        raise Damaged("message checksum")
    return Message(_headers(raw[12 : 12 + headers_length]), raw[12 + headers_length : -4])


def _headers(raw: bytes) -> dict[str, str]:
    headers: dict[str, str] = {}
    at = 0
    try:
        while at < len(raw):
            name = raw[at + 1 : at + 1 + raw[at]].decode()
            at += 1 + raw[at]
            if raw[at] != _TEXT:
                raise Damaged("header type")
            (length,) = struct.unpack_from(">H", raw, at + 1)
            headers[name] = raw[at + 3 : at + 3 + length].decode()
            at += 3 + length
    except (IndexError, struct.error, UnicodeDecodeError) as error:
        raise Damaged("headers") from error
    if at != len(raw):
        raise Damaged("headers")
    return headers
