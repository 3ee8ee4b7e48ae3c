"""How heads do on calls that they were not trained on. Pure."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from msgspec import Struct

from ...services.router.intent_features import Numbers
from ..evaluating.calls import LabelledCall
from .heads import fitted
from .rows import Row, Vectors, features, grams_in, targets

FOLDS = 5
NEARLY_THE_SAME = 0.8  # cosine: examples so near to what is held out would give it away
THRESHOLDS = (0.4, 0.5, 0.55, 0.6, 0.65, 0.7, 0.8)


class Held(Struct, frozen=True, kw_only=True):
    """A piece of a held-out call, a label, and the score that heads of the others gave it."""

    label: str
    holds: bool
    score: float
    call: str
    text: str


def folds_of(calls: Sequence[LabelledCall], domain: str) -> dict[str, int]:
    """Return which fold each call of a domain is held out in."""
    named = sorted(one.labels.id for one in calls if one.labels.domain == domain)
    return {name: place % FOLDS for place, name in enumerate(named)}


def held_out(
    rows: Sequence[Row], vectors: Vectors, labels: Sequence[str], folds: Mapping[str, int]
) -> Iterator[Held]:
    """Yield what heads say of each row of a call, trained without its fold and what is near it."""
    for fold in range(FOLDS):
        held = [row for row in rows if row.call is not None and folds[row.call] == fold]
        earning = [row.text for row in held if any(row.holds)]
        rest = [row for row in rows if row.call is None or folds[row.call] != fold]
        known = [row for row in rest if row.call or not _near(row.text, earning, vectors)]
        places = {gram: place for place, gram in enumerate(grams_in(known))}
        holds, weights = targets(known)
        heads, bias = fitted(features([r.text for r in known], vectors, places), holds, weights)
        raw: Numbers = features([r.text for r in held], vectors, places) @ heads + bias
        for row, scores in zip(held, 1 / (1 + np.exp(-raw)), strict=True):
            for label, score, true, weight in zip(
                labels, scores, row.holds, row.weights, strict=True
            ):
                if weight:
                    yield Held(
                        label=label,
                        holds=bool(true),
                        score=float(score),
                        call=row.call or "",
                        text=row.text,
                    )


def summary(found: Iterator[Held]) -> Iterator[str]:
    """Yield precision and recall by the score from which a label is taken."""
    all_ = list(found)
    due = sum(one.holds for one in all_)
    for least in THRESHOLDS:
        told = [one for one in all_ if one.score >= least]
        right = sum(one.holds for one in told)
        precision = right / len(told) if told else 1.0
        yield f"  from {least}: precision {precision:.3f} of {len(told)}, recall {right / due:.3f}"


def _near(text: str, others: Sequence[str], vectors: Vectors) -> bool:
    return any(float(vectors[text] @ vectors[one]) >= NEARLY_THE_SAME for one in others)
