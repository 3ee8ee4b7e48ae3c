"""What heads are trained on: examples, and turns of labelled calls, as weighted rows."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import numpy as np
from msgspec import Struct

from ...services.router.intent_features import Numbers, grams_of, pieces_of, word_features
from ..evaluating.calls import LabelledCall, Turn
from .examples import NOTHING, Example

OTHER_WEIGHT = 0.3  # of an example of something else: somebody may mean two things at once
TURN_WEIGHT = 0.5  # of a turn in which nothing is labelled, its pieces together
GRAM_COUNT_MIN = 2  # a pair of words that stands in one example only tells nothing

AGENTS = frozenset({"agent_threat"})  # labels of what agents say; the others are of customers

Vectors = Mapping[str, Numbers]  # by text


class Row(Struct, frozen=True, kw_only=True):
    """A text, and of each label whether it holds (1 or 0) and how much that counts."""

    text: str
    holds: tuple[float, ...]
    weights: tuple[float, ...]
    call: str | None = None  # that it is of; None: an example


def labels_in(examples: Iterable[Example], domain: str) -> tuple[str, ...]:
    """Return the labels of a domain, in the order of the examples."""
    named = (one.label for one in examples if domain in one.domains)
    return tuple(one for one in dict.fromkeys(named) if one != NOTHING)


def rows_of_example(example: Example, labels: Sequence[str]) -> Row:
    """Return the row of an example: of other labels it is one of not, though a weak one."""
    return Row(
        text=example.text,
        holds=tuple(float(example.holds and one == example.label) for one in labels),
        weights=tuple(1.0 if one == example.label else OTHER_WEIGHT for one in labels),
    )


def rows_of_call(call: LabelledCall, labels: Sequence[str]) -> Iterator[Row]:
    """Yield the rows of what customer and agent say; what a label allows says nothing of it."""
    for place, turn in enumerate(call.turns):
        if turn.speaker == "system":
            continue
        pieces = pieces_of(turn.text)
        for number, piece in enumerate(pieces):
            judged = [_judged(call, place, turn, one, whole=number == 0) for one in labels]
            share = TURN_WEIGHT / np.sqrt(len(pieces))
            yield Row(
                text=piece,
                holds=tuple(float(one is True) for one in judged),
                weights=tuple(
                    0.0 if one is None else 1.0 if one else float(share) for one in judged
                ),
                call=call.labels.id,
            )


def meant_in(call: LabelledCall, place: int, label: str) -> bool | None:
    """Tell whether a turn earns a label; None: it may be shown from here on, or was earned."""
    named = [(one.intent, one.turn) for one in call.labels.must]
    named += [(one.warning, one.turn) for one in call.labels.warnings]
    earned = [call.place(turn) for name, turn in named if name == label]
    if place in earned:
        return True
    allowed = [call.place(one.turn) for one in call.labels.may if one.intent == label]
    return None if any(one <= place for one in (*earned, *allowed)) else False


def grams_in(rows: Iterable[Row]) -> list[str]:
    """Return the words and pairs that stand in several rows, in order."""
    counts: dict[str, int] = {}
    for row in rows:
        for gram in grams_of(row.text):
            counts[gram] = counts.get(gram, 0) + 1
    return sorted(gram for gram, count in counts.items() if count >= GRAM_COUNT_MIN)


def features(texts: Sequence[str], vectors: Vectors, places: Mapping[str, int]) -> Numbers:
    """Return a row a text: what it means, then its words."""
    return np.hstack([np.stack([vectors[one] for one in texts]), word_features(texts, places)])


def targets(rows: Sequence[Row]) -> tuple[Numbers, Numbers]:
    """Return what holds in rows, and how much that counts."""
    return _table(rows, lambda row: row.holds), _table(rows, lambda row: row.weights)


def _table(rows: Sequence[Row], of: Callable[[Row], Sequence[float]]) -> Numbers:
    return np.array([of(row) for row in rows], np.float32)


def _judged(call: LabelledCall, place: int, turn: Turn, label: str, *, whole: bool) -> bool | None:
    if (turn.speaker == "agent") != (label in AGENTS):
        return None
    holds = meant_in(call, place, label)
    # Which of its sentences earns a label, nobody said.
    return None if holds and not whole else holds
