"""Vectors and scores of texts, the same for the same text: words in common are nearness."""

import hashlib
import math
import re

_WORD = re.compile(r"\w+")


def vector_of(text: str, dimensions: int) -> list[float]:
    """Return a text's words, each thrown into one of the dimensions; of length 1."""
    values = [0.0] * dimensions
    for word in _WORD.findall(text.lower()) or [""]:
        hashed = hashlib.sha256(word.encode()).digest()
        values[int.from_bytes(hashed[:4], "big") % dimensions] += 1.0
    length = math.sqrt(sum(value * value for value in values))
    return [value / length for value in values]


def scores_of(text: str, labels: tuple[str, ...]) -> dict[str, float]:
    """Return how well each label fits: one that stands in the text fits well."""
    said = set(_WORD.findall(text.lower()))
    weights = {label: 9.0 if label.lower() in said else 1.0 for label in labels}
    whole = sum(weights.values())
    return {label: weight / whole for label, weight in weights.items()}
