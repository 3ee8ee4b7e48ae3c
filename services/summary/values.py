"""Amounts and dates as they were said, once each, with every utterance that says them."""

import re
from collections.abc import Sequence

from ...events.base import UtteranceId
from ...events.summary import SummaryField
from .drafts import Sentence
from .english import AMOUNT, WHEN
from .turns import Clause

VALUES_MAX = 12  # of each kind; a call that names more is about a list

_VAGUE = re.compile(r"(?:the )?(?:first|second|third)|today|tonight", re.IGNORECASE)


def values_of(clauses: Sequence[Clause]) -> tuple[Sentence, ...]:
    """Return the amounts and dates that anybody named, in the order in which they came up."""
    return (*_found(clauses, AMOUNT, "amount"), *_found(clauses, WHEN, "date"))


def _found(
    clauses: Sequence[Clause], pattern: re.Pattern[str], field: SummaryField
) -> list[Sentence]:
    texts: dict[str, str] = {}
    heard: dict[str, list[UtteranceId]] = {}
    for clause in clauses:
        for match in pattern.finditer(clause.text):
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
