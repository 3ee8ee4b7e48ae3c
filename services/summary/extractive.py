"""A summary without a model: what was said, chosen by rules, cut and quoted. Pure.

Each sentence is a clause of one speaker, who is named before it. Nothing is put into other words,
so nothing can be wrong about it but the choice.
"""

import re
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from itertools import islice

from msgspec.structs import replace

from ...events.summary import ResolutionState, SummaryField
from . import english as said
from .deeds import deeds_of, escalations_of
from .drafts import Sentence, Summary, in_reading_order, words_max
from .shortening import CUT_WORDS_MIN, cut, fits_cut, quoted
from .support import lacks_of
from .turns import Clause, Turn, clauses_of, word_count
from .values import values_of

GENERATOR = "extractive-2"

_REASON_AMONG = 14  # the customer's first clauses: later ones answer questions
_TELLING_WORDS = 3  # fewer say nothing by themselves
_LAST_PART = 0.4  # of the clauses: how a call ended is said near its end
_LAST_CLAUSES_MIN = 8
_PARTING = 3  # clauses of the customer: they say goodbye

_AFTER_HELP = 3.0
_UNASKED, _FIRST_TURNS = 1.5, 2
_NEED = 1.5
_EXPLICIT = 2.0
_TROUBLE, _AMISS = 1.0, 1.5
_LEADING_UP = 2.5
_ALSO = 2.0  # a clause that is worth less is not told beside the best
_REASONS_MAX = 3  # clauses that tell the reason, the best of them in the text
_LATER = 0.25  # a clause
_EMPTY = 6.0
_LENGTH, _LONG_WORDS = 3.0, 16  # what a need is said in is rarely short
_RETURN_QUESTION, _SHORT_WORDS = 1.5, 8  # "how long does that take?"


def extracted(turns: Sequence[Turn]) -> Summary:
    """Return what can be quoted of a contact; no sentences where nothing was said of substance."""
    clauses = clauses_of(turns)
    texts = {turn.utterance_id: turn.text for turn in turns}

    def supported(found: Iterable[Sentence]) -> list[Sentence]:
        return [
            one
            for one in found
            if not lacks_of(one.text, [texts[id_] for id_ in one.utterance_ids])
        ]

    reasons = supported(quoted(one, "reason") for one in _reasons_of(clauses))
    if not reasons:
        return Summary(values=values_of(clauses))
    deeds = supported([*deeds_of(clauses), *escalations_of(clauses)])
    resolution, concluded = _resolution_of(clauses, {one.field for one in deeds})
    worth = _worth_telling([reasons[0], *deeds, *supported(concluded)])
    worth += [one for one in reasons[1:_REASONS_MAX] if not _repeats(one, reasons[0])]
    sentences = supported(_fitted(worth, words_max(word_count(turns))))
    return Summary(
        sentences=in_reading_order(sentences), values=values_of(clauses), resolution=resolution
    )


def _reasons_of(clauses: Sequence[Clause]) -> list[Clause]:
    """Return where the customer says what they need, the best first; or what there is instead."""
    mine = [clause for clause in clauses if clause.speaker == "customer"]
    first = [clause for clause in mine if clause.words >= _TELLING_WORDS][:_REASON_AMONG]
    if not first:
        others = [one for one in clauses if one.words > _TELLING_WORDS and _tells(one)]
        return [max(mine or others, key=lambda one: one.words)] if others else []
    answers = _passages_after_help(clauses)
    worth = {
        clause.index: _worth(clause, rank) + answers.get(clause.passage, 0.0)
        for rank, clause in enumerate(first)
    }
    ranked = sorted(first, key=lambda one: -worth[one.index])
    telling = [one for one in ranked if _tells(one)]
    best = telling[:1] or [one for one in ranked if said.NEED.search(one.text)][:1]
    near = [one for one in telling[1:] if worth[one.index] >= _ALSO]
    return [*best, *near]


def _worth(clause: Clause, rank: int) -> float:
    """Return how likely a clause tells what the call is about, by its words and its place."""
    text = clause.text
    score = _NEED * bool(said.NEED.search(text)) + _EXPLICIT * bool(said.EXPLICIT.search(text))
    score += _TROUBLE * bool(said.TROUBLE.search(text)) + _AMISS * bool(said.AMISS.search(text))
    score += min(clause.words, _LONG_WORDS) / _LONG_WORDS * _LENGTH
    score -= _RETURN_QUESTION * (clause.asks and clause.words < _SHORT_WORDS and rank > 0)
    score -= _EMPTY * bool(said.EMPTY_NEED.search(text))
    score -= _LEADING_UP * bool(said.PREAMBLE.search(text))
    return score - _LATER * rank


def _tells(clause: Clause) -> bool:
    is_offer = clause.speaker == "agent" and said.HELP_OFFERED.search(clause.text)
    return not is_offer and not said.EMPTY_NEED.search(clause.text)


def _passages_after_help(clauses: Sequence[Clause]) -> dict[int, float]:
    """Return what the customer said right after being asked what it is about, and its weight."""
    for clause in clauses:
        if clause.speaker == "agent" and said.HELP_OFFERED.search(clause.text):
            after = [one for one in clauses if one.index > clause.index]
            answers = [one.passage for one in after if one.speaker == "customer"]
            return dict.fromkeys(answers[:1], _AFTER_HELP)
    # Nobody asked: people say what they want when it is first their turn to say something.
    mine = (one.passage for one in clauses if one.speaker == "customer" and _says_much(one))
    return dict.fromkeys(islice(dict.fromkeys(mine), _FIRST_TURNS), _UNASKED)


def _says_much(clause: Clause) -> bool:
    return clause.words > _TELLING_WORDS and _tells(clause)


def _resolution_of(
    clauses: Sequence[Clause], fields: AbstractSet[SummaryField]
) -> tuple[ResolutionState, list[Sentence]]:
    """Return how it ended, by the last that was said of it, and that sentence.

    Where nobody said so: thanks for what was done, or none for what others have to go on with.
    """
    last = max(_LAST_CLAUSES_MIN, int(len(clauses) * _LAST_PART))
    for clause in reversed(clauses[-last:]):
        verdict = _verdict(clause)
        if verdict is not None:
            return verdict, [quoted(clause, "resolution")]
    mine = [clause for clause in clauses if clause.speaker == "customer"][-_PARTING:]
    is_thanked = any(said.THANKED.search(clause.text) for clause in mine)
    is_open = any(said.OPEN.search(one.text) for one in clauses if one.speaker == "agent")
    if is_thanked and not is_open and "action" in fields:
        return "resolved", []
    is_waiting = is_open or "escalation" in fields
    return ("unresolved" if is_waiting and not is_thanked else "unknown"), []


def _verdict(clause: Clause) -> ResolutionState | None:
    text = clause.text
    if clause.asks:
        return None
    if clause.speaker == "customer":
        if said.DISPLEASED.search(text):
            return "unresolved"
        return "resolved" if said.PLEASED.search(text) else None
    if said.REFUSED.search(text):
        return "unresolved"
    return "resolved" if said.CONCLUDED.search(text) else None


# By this order sentences get their place, as long as there is room; the rest are fields alone.
_IMPORTANCE: tuple[SummaryField, ...] = (
    "reason",
    "follow_up",
    "escalation",
    "resolution",
    "action",
    "promise",
)
_EACH_MAX: dict[SummaryField, int] = {
    "reason": 1,
    "follow_up": 8,
    "escalation": 3,
    "resolution": 1,
    "action": 8,
    "promise": 5,
}
_AT_A_TIME: dict[SummaryField, int] = {
    "reason": 1,
    "follow_up": 2,
    "escalation": 1,
    "resolution": 1,
    "action": 2,
    "promise": 1,
}
_REASON_PART = 0.5  # of the room, where it has to be shared
_TOLD_WORDS_MAX = 14  # of one sentence, where others wait


def _worth_telling(found: Sequence[Sentence]) -> list[Sentence]:
    """Return sentences by importance, repeats left out; of too many the last count."""
    kept: list[tuple[int, Sentence]] = []
    for field in _IMPORTANCE:
        told: list[Sentence] = []
        for one in found:
            if one.field == field and not any(_repeats(one, other) for other in told):
                told.append(one)
        kept += enumerate(told[-_EACH_MAX[field] :])
    # The first of each kind before the third of another; the sort is stable.
    kept.sort(key=lambda it: it[0] // _AT_A_TIME[it[1].field])
    return [one for _, one in kept]


def _repeats(one: Sentence, other: Sentence) -> bool:
    mine, theirs = set(_plain(one).split()), set(_plain(other).split())
    return len(mine & theirs) >= _SAME_PART * min(len(mine), len(theirs))


_SAME_PART = 0.8  # of the words of the shorter one


def _plain(sentence: Sentence) -> str:
    return re.sub(r"[^\w\s']", "", sentence.text.partition(": ")[2].casefold())


def _fitted(found: Sequence[Sentence], words: int) -> list[Sentence]:
    """Return all, as sentences those that there is room for; what is cut is whole as a field."""
    if not found:
        return []
    reason, *others = found
    wanted = sum(one.words for one in others)
    room = max(CUT_WORDS_MIN, int(words * _REASON_PART), words - wanted)
    if all(one.words > words - room for one in others):
        room = words  # nothing else would fit
    fitted = [reason]
    if reason.words > room:
        fitted = [cut(reason, room), replace(reason, in_text=False)]
    left = words - fitted[0].words
    for one in others:
        told = fits_cut(one, min(left, _TOLD_WORDS_MAX if wanted > left else left))
        if told is None or _is_said(told, fitted):
            fitted.append(replace(one, in_text=False))
            continue
        fitted.append(told)
        if told is not one:
            fitted.append(replace(one, in_text=False))
        left -= told.words
    return fitted


def _is_said(one: Sentence, others: Sequence[Sentence]) -> bool:
    return any(_repeats(one, other) for other in others if other.in_text)
