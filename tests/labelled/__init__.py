"""Calls in writing with what is expected of them; `README.md` says how they are labelled."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, get_args

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
    "PARTS",
    "LabelledCall",
    "May",
    "Must",
    "Part",
    "Partial",
    "Said",
    "Warned",
    "Word",
    "calls_of",
    "vocabulary",
]

FOLDER = Path(__file__).parent
OPEN = FOLDER / "open"

Part = Literal["open", "sealed", "fresh", "last", "later", "unheard"]
PARTS: tuple[Part, ...] = get_args(Part)


class Word(Struct, frozen=True):
    """An intent, a warning or an item, and the domains it is judged in."""

    kind: Literal["intent", "warning", "item"]
    name: str
    domains: frozenset[str]


def calls_of(part: Part) -> Iterator[LabelledCall]:
    """Read the calls of a part, by file name."""
    return read_calls([FOLDER / part])


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
