"""Classifiers that need no key: what a customer is after, for English.

All-MiniLM-L6-v2, its upper layers trained on calls and sentences that were written for it, with a
logistic head over the mean of its tokens. `infra/training` makes them, from what `heads/README.md`
says.
An utterance is looked at as a whole, behind the end of what the other speaker said last: "my
sister, yes" is a secret told only after "has anybody the PIN?".
"""

import time
from pathlib import Path

import numpy as np

from ...errors import ModelFailed
from ...events.base import TenantName
from ..models import Classifier, Embedder, Scores
from .tuning import Tuning

TASK = "classification"
HEADS = Path(__file__).parent / "heads" / "calls.npz"
NAMES = ("telecom-intents", "bank-intents", "collections-intents")
# Of what was said before: a question stands at its end, and each word costs a quarter of a
# millisecond.
BEFORE_WORDS = 20
_BETWEEN = " [SEP] "  # the network's own sign of where one text ends

# Of an utterance in which no label scores as much, nothing is told: nine of ten say nothing.
TOLD_FROM = 0.1


class CallIntents:
    """Satisfies `Classifier`: its own names, and beside them what `others` serves."""

    def __init__(self, others: Classifier, tuning: Tuning, embedder: Embedder) -> None:
        """`embedder` is the one that `tuning` makes; `others` may serve a name in their place."""
        self._others = others
        self._tuning = tuning
        self._embedder = embedder
        columns = {label: at for at, label in enumerate(tuning.told.labels)}
        self._columns = {
            name: [columns[label] for label in labels]
            for name, labels in tuning.told.served.items()
        }

    def serves(self, tenant: TenantName, model: str) -> bool:
        """See `Classifier`."""
        return model in self._columns or self._others.serves(tenant, model)

    async def classify(
        self, text: str, *, before: str = "", tenant: TenantName, model: str, deadline_s: float
    ) -> Scores:
        """See `Classifier`. No scores at all: there is nothing in it.

        Raises:
            ModelFailed: as the embedder, or whoever else was asked, says.
        """
        if model not in self._columns or self._others.serves(tenant, model):
            return await self._others.classify(
                text, before=before, tenant=tenant, model=model, deadline_s=deadline_s
            )
        began, told = time.monotonic(), self._tuning.told
        [vector] = await self._embedder.embed([answering(before, text)], deadline_s=deadline_s)
        raw = np.asarray(vector, np.float32) @ self._tuning.weight + self._tuning.bias
        if not np.isfinite(raw).all():
            raise ModelFailed("malformed", task=TASK)
        all_ = 1 / (1 + np.exp(-np.clip(raw, -30, 30)))
        scores = {told.labels[at]: float(all_[at]) for at in self._columns[model]}
        return Scores(
            scores=scores if max(scores.values()) >= TOLD_FROM else {},
            model=f"{model}/{told.trained_on}",
            took_ms=round((time.monotonic() - began) * 1_000),
        )


def answering(before: str, text: str) -> str:
    """Return a text as the network is given it, behind the end of what was said before."""
    words = before.split()[-BEFORE_WORDS:]
    return f"{' '.join(words)}{_BETWEEN}{text}" if words else text
