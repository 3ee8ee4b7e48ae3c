"""Finds the one wrong byte of a segment from two sums that were kept of it."""

import hashlib

import numpy as np
from msgspec import Struct

_PIECE_BYTES = 1024 * 1024  # summed at once, eight bytes of memory each


class WrongByte(Struct, frozen=True):
    """Where a byte is not what it was, and what it was."""

    offset: int
    is_now: int
    was: int


def sums_of(body: bytes) -> tuple[int, int]:
    """Return the sum of all bytes, and their sum weighted by their offsets."""
    plain = weighted = 0
    every = np.frombuffer(body, dtype=np.uint8)
    for start in range(0, len(every), _PIECE_BYTES):
        piece = every[start : start + _PIECE_BYTES].astype(np.int64)
        total = int(piece.sum())
        plain += total
        weighted += start * total + int(piece @ np.arange(len(piece), dtype=np.int64))
    return plain, weighted


def wrong_byte(body: bytes, *, sums: tuple[int, int], sha256: str) -> WrongByte | None:
    """Return the only byte that has to be put right to get the object back; else None.

    The first sum tells by how much the byte is off, both together where it stands, and the
    hash of the repaired object proves it.
    """
    plain, weighted = sums_of(body)
    off = plain - sums[0]
    if off == 0 or (weighted - sums[1]) % off:
        return None
    offset = (weighted - sums[1]) // off
    if not 0 <= offset < len(body) or not 0 <= body[offset] - off <= 255:  # noqa: PLR2004 (a byte)
        return None
    repaired = bytearray(body)
    repaired[offset] -= off
    if hashlib.sha256(repaired).hexdigest() != sha256:
        return None
    return WrongByte(offset, body[offset], repaired[offset])
