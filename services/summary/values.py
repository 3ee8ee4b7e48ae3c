"""Amounts and dates as they were said, once each, with every utterance that says them."""

import re
from collections.abc import Callable, Iterator, Sequence

from ...events.base import UtteranceId
from ...events.summary import SummaryField
from .drafts import Sentence
from .english_values import AMOUNT, BARE_AMOUNT, MONEY, WHEN
from .turns import Clause

VALUES_MAX = 12  # of each kind; a call that names more is about a list
_TALKED_OF = 5  # clauses back: what a number without a coin is a sum of

_VAGUE = re.compile(r"(?:the )?(?:first|second|third)|today|tonight", re.IGNORECASE)


def values_of(clauses: Sequence[Clause]) -> tuple[Sentence, ...]:
    """Return the amounts and dates that anybody named, in the order in which they came up."""
    return (*_found(clauses, _amounts, "amount"), *_found(clauses, _dates, "date"))


def _amounts(clauses: Sequence[Clause], at: int) -> Iterator[re.Match[str]]:
    text = clauses[at].text
    named = list(AMOUNT.finditer(text))
    yield from named
    if any(MONEY.search(one.text) for one in clauses[max(0, at - _TALKED_OF) : at + 1]):
        for one in BARE_AMOUNT.finditer(text):
            if not any(one.start() < other.end() and other.start() < one.end() for other in named):
                yield one


def _dates(clauses: Sequence[Clause], at: int) -> Iterator[re.Match[str]]:
    return WHEN.finditer(clauses[at].text)


def _found(
    clauses: Sequence[Clause],
    find: Callable[[Sequence[Clause], int], Iterator[re.Match[str]]],
    field: SummaryField,
) -> list[Sentence]:
    texts: dict[str, str] = {}
    heard: dict[str, list[UtteranceId]] = {}
    for at, clause in enumerate(clauses):
        for match in find(clauses, at):
            text = match[0].strip(" ,.")
            if _VAGUE.fullmatch(text):
                continue
            key = re.sub(r"\W+", " ", text.casefold()).strip()
            texts.setdefault(key, text)
            heard.setdefault(key, []).extend(clause.utterance_ids)
    return [
        Sentence(
            field=field,
            text=texts[key],
            utterance_ids=tuple(dict.fromkeys(ids)),
            in_text=False,
        )
        for key, ids in list(heard.items())[:VALUES_MAX]
    ]
