"""Vectors that came from elsewhere."""

import math
from collections.abc import Sequence

from ..models import Vector
from .provider import Failure

_DIMENSIONS_MAX = 16_000  # what pgvector stores


def unit_vectors(rows: Sequence[Sequence[float]]) -> list[Vector] | Failure:
    """Return rows of numbers as vectors of length 1, or that they are none."""
    widths = {len(row) for row in rows}
    if len(widths) > 1 or not all(0 < width <= _DIMENSIONS_MAX for width in widths):
        return Failure(reason="malformed", blame="answer")
    lengths = [math.sqrt(sum(value * value for value in row)) for row in rows]
    if not all(math.isfinite(length) and length > 0.0 for length in lengths):
        return Failure(reason="malformed", blame="answer")
    return [
        tuple(value / length for value in row) for row, length in zip(rows, lengths, strict=True)
    ]
