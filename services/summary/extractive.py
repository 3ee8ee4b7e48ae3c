"""A summary without a model: what was said, chosen by rules, cut and quoted. Pure.

Each sentence is a clause of one speaker, who is named before it. Nothing is put into other words,
so nothing can be wrong about it but the choice.
"""

import re
from collections.abc import Sequence
from itertools import islice

from msgspec.structs import replace

from ...events.summary import Owner, ResolutionState, SummaryField
from . import english as said
from .drafts import Sentence, Summary, in_reading_order, words_max
from .english import DUE
from .support import lacks_of
from .turns import Clause, Turn, clauses_of, word_count
from .values import values_of

GENERATOR = "extractive-1"

_REASON_AMONG = 14  # the customer's first clauses: later ones answer questions
_TELLING_WORDS = 3  # fewer say nothing by themselves
_LAST_PART = 0.4  # of the clauses: how a call ended is said near its end
_LAST_CLAUSES_MIN = 8
_SENTENCE_WORDS_MAX = 28

_AFTER_HELP = 3.0
_NEED = 2.0
_LATER = 0.25  # a clause
_EMPTY = 6.0
_LENGTH, _LONG_WORDS = 3.0, 16  # what a need is said in is rarely short
_RETURN_QUESTION, _SHORT_WORDS = 1.5, 8  # "how long does that take?"


def extracted(turns: Sequence[Turn]) -> Summary:
    """Return what can be quoted of a contact; no sentences where nothing was said of substance."""
    clauses = clauses_of(turns)
    reason = _reason_of(clauses)
    if reason is None:
        return Summary(values=values_of(clauses))
    resolution, concluded = _resolution_of(clauses)
    found = [
        _quoted(reason, "reason"),
        *_deeds(clauses),
        *_escalations(clauses),
        *concluded,
    ]
    texts = {turn.utterance_id: turn.text for turn in turns}

    def is_supported(one: Sentence) -> bool:
        return not lacks_of(one.text, [texts[id_] for id_ in one.utterance_ids])

    worth = _worth_telling([one for one in found if is_supported(one)])
    worth += [one for one in _detail_of(reason, clauses) if is_supported(one)]
    sentences = [one for one in _fitted(worth, words_max(word_count(turns))) if is_supported(one)]
    return Summary(
        sentences=in_reading_order(sentences), values=values_of(clauses), resolution=resolution
    )


def _reason_of(clauses: Sequence[Clause]) -> Clause | None:
    """Return where the customer says what they need, or the first thing of substance said."""
    mine = [clause for clause in clauses if clause.speaker == "customer"]
    first = [clause for clause in mine if clause.words >= _TELLING_WORDS][:_REASON_AMONG]
    if not first:
        others = [one for one in clauses if one.words > _TELLING_WORDS and _tells(one)]
        return max(mine or others, key=lambda one: one.words, default=None) if others else None
    asked = _passages_after_help(clauses)

    def worth(rank: int, clause: Clause) -> float:
        score = _NEED * bool(said.NEED.search(clause.text))
        score += _AFTER_HELP * (clause.passage in asked)
        score += min(clause.words, _LONG_WORDS) / _LONG_WORDS * _LENGTH
        score -= _RETURN_QUESTION * (clause.asks and clause.words < _SHORT_WORDS and rank > 0)
        score -= _EMPTY * bool(said.EMPTY_NEED.search(clause.text))
        return score - _LATER * rank

    ranked = sorted(enumerate(first), key=lambda one: -worth(*one))
    best = ranked[0][1]
    return best if _tells(best) or said.NEED.search(best.text) else None


def _tells(clause: Clause) -> bool:
    return not said.EMPTY_NEED.search(clause.text) and not said.HELP_OFFERED.search(clause.text)


def _passages_after_help(clauses: Sequence[Clause]) -> set[int]:
    """Return what the customer said right after being asked what it is about, the first time."""
    for clause in clauses:
        if clause.speaker == "agent" and said.HELP_OFFERED.search(clause.text):
            after = [one for one in clauses if one.index > clause.index]
            answers = [one.passage for one in after if one.speaker == "customer"]
            return set(answers[:1])
    # Nobody asked: people say what they want when it is first their turn to say something.
    first = (one.passage for one in clauses if one.speaker == "customer" and _says_much(one))
    return set(islice(first, 1))


def _says_much(clause: Clause) -> bool:
    return clause.words > _TELLING_WORDS and _tells(clause)


def _detail_of(reason: Clause, clauses: Sequence[Clause]) -> list[Sentence]:
    """Return what the customer said right after the reason, if it tells more of the matter."""
    after = [one for one in clauses if one.index > reason.index and one.speaker == "customer"]
    if not after or after[0].words <= _TELLING_WORDS or not _tells(after[0]) or after[0].asks:
        return []
    goes_on = after[0].passage == reason.passage or said.TROUBLE.search(after[0].text)
    return [_quoted(after[0], "reason")] if goes_on else []


def _deeds(clauses: Sequence[Clause]) -> list[Sentence]:
    """Return what the agent did, what is promised, and what is still owed, by whom and when."""
    pieces = [piece for clause in clauses for piece in _pieces(clause)]
    found = [
        _of_customer(piece) if piece.speaker == "customer" else _of_agent(piece) for piece in pieces
    ]
    return [one for one in found if one is not None]


_NEXT_SUBJECT = re.compile(
    r"(?:,\s+(?:(?:and|so|but|then)\s+)?|\s+(?:and|so|but|then)\s+)"
    r"(?=(?:i|i'll|we|you|they|she|he|could|can|would|please|our|your|an? \w+|the \w+|some\w+)\b"
    r"(?! (?:one|second|other)))",
    re.IGNORECASE,
)


def _pieces(clause: Clause) -> list[Clause]:
    """Return what a clause says of one subject after the other; a question is the last of it."""
    texts = _NEXT_SUBJECT.split(clause.text)
    last = len(texts) - 1
    return [
        replace(clause, text=text[:1].upper() + text[1:], asks=clause.asks and number == last)
        for number, text in enumerate(texts)
    ]


def _of_customer(piece: Clause) -> Sentence | None:
    if piece.asks or not said.CUSTOMER_WILL.search(piece.text):
        return None
    return _quoted(piece, "follow_up", owner="customer", due=_due(piece))


def _of_agent(piece: Clause) -> Sentence | None:
    text, due = piece.text, _due(piece)
    is_later = bool(due or said.LATER.search(text))
    if said.OWED_BY_CUSTOMER.search(text) or (said.ASKED_OF_CUSTOMER.search(text) and is_later):
        return _quoted(piece, "follow_up", owner="customer", due=due)
    if piece.asks:
        return None
    if said.WILL.search(text) and not said.SMALL.search(text):
        return _quoted(piece, "follow_up" if is_later else "promise", owner="agent", due=due)
    return _quoted(piece, "action") if said.DONE.search(text) else None


def _due(piece: Clause) -> str | None:
    found = DUE.search(piece.text)
    return found[0].strip(" ,.") if found else None


def _escalations(clauses: Sequence[Clause]) -> list[Sentence]:
    return [
        _quoted(clause, "escalation")
        for clause in clauses
        if (clause.speaker == "customer" and said.HIGHER.search(clause.text))
        or (clause.speaker == "agent" and not clause.asks and said.HANDED_ON.search(clause.text))
    ]


def _resolution_of(clauses: Sequence[Clause]) -> tuple[ResolutionState, list[Sentence]]:
    """Return how it ended, by the last that was said of it, and that sentence."""
    last = max(_LAST_CLAUSES_MIN, int(len(clauses) * _LAST_PART))
    state: ResolutionState = "unknown"
    told: Clause | None = None
    for clause in clauses[-last:]:
        verdict = _verdict(clause)
        if verdict is not None:
            state, told = verdict, clause
    return state, [] if told is None else [_quoted(told, "resolution")]


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


def _quoted(
    clause: Clause,
    field: SummaryField,
    *,
    owner: Owner | None = None,
    due: str | None = None,
) -> Sentence:
    words = clause.text.split()
    text = " ".join(words[:_SENTENCE_WORDS_MAX]) + ("…" if len(words) > _SENTENCE_WORDS_MAX else "")
    return Sentence(
        field=field,
        text=f"{clause.speaker.capitalize()}: {text}",
        utterance_ids=clause.utterance_ids,
        owner=owner,
        due=due,
    )


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
    "follow_up": 6,
    "escalation": 2,
    "resolution": 1,
    "action": 8,
    "promise": 5,
}
_REASON_PART = 0.5  # of the room, where it has to be shared
_CUT_WORDS_MIN = 5  # fewer words tell nothing


def _worth_telling(found: Sequence[Sentence]) -> list[Sentence]:
    """Return sentences by importance, repeats left out; of too many the last count."""
    kept: list[Sentence] = []
    for field in _IMPORTANCE:
        told: list[Sentence] = []
        for one in found:
            if one.field == field and not any(_repeats(one, other) for other in told):
                told.append(one)
        kept += told[-_EACH_MAX[field] :]
    return kept


def _repeats(one: Sentence, other: Sentence) -> bool:
    mine, theirs = set(_plain(one).split()), set(_plain(other).split())
    return len(mine & theirs) >= _SAME_PART * min(len(mine), len(theirs))


_SAME_PART = 0.8  # of the words of the shorter one


def _plain(sentence: Sentence) -> str:
    return re.sub(r"[^\w\s']", "", sentence.text.partition(": ")[2].casefold())


def _fitted(found: Sequence[Sentence], words: int) -> list[Sentence]:
    """Return all, as sentences those that there is room for. The reason is cut rather than left."""
    if not found:
        return []
    reason, *others = found
    wanted = sum(one.words for one in others)
    room = max(_CUT_WORDS_MIN, int(words * _REASON_PART), words - wanted)
    if all(one.words > words - room for one in others):
        room = words  # nothing else would fit
    fitted = [reason]
    if reason.words > room:
        # The whole of it stands among the fields.
        fitted = [_cut(reason, room), replace(reason, in_text=False)]
    left = words - fitted[0].words
    for one in others:
        fits = one.words <= left and not any(_repeats(one, told) for told in fitted if told.in_text)
        fitted.append(one if fits else replace(one, in_text=False))
        left -= one.words if fits else 0
    return fitted


_PIECE = re.compile(r",?\s+(?:and|so)\b,?\s+|,\s+", re.IGNORECASE)


def _cut(sentence: Sentence, room: int) -> Sentence:
    """Return as much of a sentence as there is room for, from where it comes to the matter."""
    who, _, text = sentence.text.partition(": ")
    starts = [0, *(match.end() for match in _PIECE.finditer(text))]
    ends = [*(match.start() for match in _PIECE.finditer(text)), len(text)]
    first = next(
        (
            at
            for at, end in zip(starts, ends, strict=True)
            if said.TROUBLE.search(text[at:end]) and len(text[at:end].split()) >= _TELLING_WORDS
        ),
        0,
    )
    words = text[first:].split()[: room - 1]
    for at in range(len(words), _CUT_WORDS_MIN - 1, -1):
        if words[at - 1].endswith((",", ";")):
            words = words[:at]
            break
    cut = " ".join(words).rstrip(" ,;.")
    ended = "" if first + len(cut) >= len(text.rstrip(" .!?")) else "…"
    return replace(sentence, text=f"{who}: {'…' if first else ''}{cut}{ended}")
