"""What a generated text claims, and whether its sources say so: numbers, links, promises. Pure.

Numbers are compared as digits, however they are said: "forty nine ninety nine" supports `$49.99`.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from ..events.cards.spoken import Number, folded, numbers_of, pieces_of
from .guardrail_words import EMAIL, LINK, ORDINALS, PROMISES

Unsupported = Literal[
    "number_not_in_sources", "link_not_in_sources", "email_not_in_sources", "promise_not_in_sources"
]

# Numbers so near each other may be one: "forty nine dollars and ninety nine cents".
_BETWEEN_WORDS_MAX = 3
_JOINED_MAX = 12  # numbers; a phone number read out digit by digit
_SMALL = frozenset({"one", "two"})  # in words these count nothing: "one of the ways"

_WRITTEN = re.compile(r"\d+(?:[.,:/-]\d+)*")
_NOTHING_AFTER = re.compile(r"(?:[.,:]0{2})$")
_LIST_MARK = re.compile(r"^[^\S\n]*\(?\d{1,2}[.)](?=\s)", re.MULTILINE)


def unsupported(text: str, sources: Sequence[str]) -> Iterator[Unsupported]:
    """Yield what the text claims that no source does, each kind once."""
    whole = folded("\n".join(sources))
    said = folded(text)
    if not _numbers(said) <= _supported_numbers(whole):
        yield "number_not_in_sources"
    emails = _found(EMAIL, said)
    if not emails <= _found(EMAIL, whole):
        yield "email_not_in_sources"
    # The host of an address of mail is no link.
    if any(link not in whole for link in _links(EMAIL.sub(" ", said))):
        yield "link_not_in_sources"
    if any(claim.search(said) and not support.search(whole) for claim, support in PROMISES):
        yield "promise_not_in_sources"


def _found(pattern: re.Pattern[str], text: str) -> set[str]:
    return {match[0].rstrip(".,;:!?)") for match in pattern.finditer(text)}


def _links(text: str) -> set[str]:
    return {
        re.sub(r"^(?:https?://)?(?:www\.)?", "", link).rstrip("/") for link in _found(LINK, text)
    }


def _numbers(text: str) -> set[str]:
    """Return the numbers a text states, as digits; marks of a list are none."""
    plain = _LIST_MARK.sub(" ", EMAIL.sub(" ", LINK.sub(" ", text)))
    written = {_digits(match[0]) for match in _WRITTEN.finditer(plain)}
    words = [
        word for word in _WRITTEN.sub(" ", plain).split() if word.strip(".,;:!?") not in _SMALL
    ]
    spoken = {one.digits for one in numbers_of(pieces_of(words)) if isinstance(one, Number)}
    return written | spoken


def _supported_numbers(text: str) -> set[str]:
    """Return every number that a source states, and those its parts may have been said as."""
    words = [ORDINALS.get(word.strip(".,;:!?"), word) for word in text.split()]
    parts: list[tuple[str, int, int]] = []
    for one in numbers_of(pieces_of(words)):
        if isinstance(one, Number):
            parts.append((one.digits, one.first_word, one.last_word))
        elif one.text.isdecimal():
            parts.append((one.text, one.word, one.word))
    known = {_digits(match[0]) for match in _WRITTEN.finditer(text)}
    for first in range(len(parts)):
        joined, until = "", parts[first][1]
        for digits, first_word, last_word in parts[first : first + _JOINED_MAX]:
            if first_word - until > _BETWEEN_WORDS_MAX:
                break
            joined, until = joined + digits, last_word
            known.add(joined)
    return known


def _digits(written: str) -> str:
    return re.sub(r"\D", "", _NOTHING_AFTER.sub("", written))
