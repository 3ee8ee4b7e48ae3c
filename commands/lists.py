"""What every list that a tenant publishes is held to: how many, named how, each but once."""

import re
from collections import Counter
from collections.abc import Sequence

from ..errors import Malformed

TEXT_LENGTH_MAX = 200  # characters

_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")


def check_count(where: str, several: Sequence[object], most: int) -> None:
    """Raise Malformed, which names the field `where`, if there are too many."""
    if len(several) > most:
        raise Malformed(where, f"{most} are the most")


def check_once(where: str, names: Sequence[str]) -> None:
    """Raise Malformed if one stands there twice."""
    for name, times in Counter(names).items():
        if times > 1:
            raise Malformed(where, f"`{name}` stands {times} times")


def check_name(where: str, name: str) -> None:
    """Raise Malformed for what can be no name."""
    if not _NAME.fullmatch(name):
        raise Malformed(where, "must be a small letter, then up to 39 letters, digits, hyphens")


def check_texts(where: str, texts: Sequence[str]) -> None:
    """Raise Malformed if one says nothing, or too much."""
    for text in texts:
        if not any(sign.isalnum() for sign in text) or len(text) > TEXT_LENGTH_MAX:
            raise Malformed(where, f"each must have 1 to {TEXT_LENGTH_MAX} characters")
