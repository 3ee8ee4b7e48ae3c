"""Calls in writing with what is expected of them; `README.md` says how they are labelled."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from antiphon.infra.evaluating.calls import (
    LabelledCall,
    May,
    Must,
    Partial,
    Said,
    Warned,
    read_calls,
)
from msgspec import Struct

__all__ = [
    "LabelledCall",
    "May",
    "Must",
    "Partial",
    "Said",
    "Warned",
    "Word",
    "fresh_calls",
    "last_calls",
    "later_calls",
    "open_calls",
    "sealed_calls",
    "vocabulary",
]

FOLDER = Path(__file__).parent
OPEN = FOLDER / "open"


class Word(Struct, frozen=True):
    """An intent, a warning or an item, and the domains it is judged in."""

    kind: Literal["intent", "warning", "item"]
    name: str
    domains: frozenset[str]


def open_calls() -> Iterator[LabelledCall]:
    """Read the half that is worked with, by file name."""
    return read_calls([OPEN])


def sealed_calls() -> Iterator[LabelledCall]:
    """Read the half that is opened once, at the end, by file name."""
    return read_calls([FOLDER / "sealed"])


def fresh_calls() -> Iterator[LabelledCall]:
    """Read the second sealed half, opened once, after the first was spent, by file name."""
    return read_calls([FOLDER / "fresh"])


def last_calls() -> Iterator[LabelledCall]:
    """Read the third sealed part, opened once, after the second was spent, by file name."""
    return read_calls([FOLDER / "last"])


def later_calls() -> Iterator[LabelledCall]:
    """Read the fourth sealed part, opened once, after the third was spent, by file name."""
    return read_calls([FOLDER / "later"])


def vocabulary() -> tuple[Word, ...]:
    """Return the names that labels may use, as the tables of `README.md` define them."""
    return tuple(_words((FOLDER / "README.md").read_text(encoding="utf-8")))


_SECTIONS: dict[str, Literal["intent", "warning", "item"]] = {
    "Intents": "intent",
    "Warnings": "warning",
    "Checklist items": "item",
}
_ROW = re.compile(r"\| `(\w+)` \| ([\w, ]+) \| \S")


def _words(text: str) -> Iterator[Word]:
    for section in text.split("\n## ")[1:]:
        title, _, body = section.partition("\n")
        if title in _SECTIONS:
            for name, domains in _ROW.findall(body):
                yield Word(_SECTIONS[title], name, frozenset(domains.split(", ")))
