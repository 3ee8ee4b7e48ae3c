"""Classifiers that need no key: what a customer is after, by meaning and by words, for English.

Each is a set of logistic heads over the local embedder's vectors and the words themselves, trained
from example sentences by `infra/training`; `heads/README.md` says from which. A head of words
alone looks first: only pieces in which it does not rule everything out are embedded, and that takes
microseconds. The utterance, its sentences and stretches of them are looked at; the highest counts.
"""

import time
from collections.abc import Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec
import numpy as np
from msgspec import Struct

from ...errors import ModelFailed, ModelUnusable
from ...events.base import TenantName
from ..models import Classifier, Embedder, Scores
from .intent_features import VERSION, Numbers, pieces_of, word_features

TASK = "classification"
HEADS = Path(__file__).parent / "heads"
NAMES = ("telecom-intents", "bank-intents", "collections-intents")
EMBEDDED_MAX = 4  # pieces of an utterance: so many an embedder takes at once as live work
_FILE_BYTES_MAX = 16 * 1024 * 1024  # the largest has less than half a megabyte


class Told(Struct, frozen=True, kw_only=True):
    """What a file of heads says of itself."""

    name: str
    labels: tuple[str, ...]
    embedder: str  # whose vectors it was trained on; no other's fit
    features: int  # `intent_features.VERSION`
    trained_on: str  # the beginning of the examples' SHA-256
    look_from: float  # words alone score at least this, or nothing is embedded


class Heads:
    """One classifier's weights. Pure: the same numbers and words give the same scores."""

    def __init__(self, path: Path) -> None:
        """Read them: a few milliseconds.

        Raises:
            ModelUnusable: the file is missing, or not what it should be.
        """
        try:
            if path.stat().st_size > _FILE_BYTES_MAX:
                raise ModelUnusable(f"{path.name} is far larger than heads are")
            with np.load(path, allow_pickle=False) as stored:
                arrays: dict[str, Any] = {name: stored[name] for name in stored.files}
            self.told = msgspec.json.decode(arrays["told"].tobytes(), type=Told)
            grams = arrays["grams"].tobytes().decode().split("\n")
            self._meaning = arrays["meaning"].astype(np.float32)
            self._words = arrays["words"].astype(np.float32)
            self._bias = arrays["bias"].astype(np.float32)
            self._glance = arrays["glance"].astype(np.float32)
            self._glance_bias = arrays["glance_bias"].astype(np.float32)
        except (OSError, KeyError, ValueError, msgspec.MsgspecError) as error:
            raise ModelUnusable(f"{path.name} cannot be read") from error
        if self.told.features != VERSION or self._words.shape[0] != len(grams):
            raise ModelUnusable(f"{path.name} is of another version")
        self._places = MappingProxyType({gram: place for place, gram in enumerate(grams)})

    def worth(self, words: Numbers) -> list[int]:
        """Return the pieces that are worth to be embedded, by their words alone: few, or none."""
        best = _logistic(words @ self._glance + self._glance_bias).max(axis=1)
        ranked = np.argsort(-best, kind="stable")[:EMBEDDED_MAX]
        return sorted(int(one) for one in ranked if best[one] >= self.told.look_from)

    def words_of(self, pieces: Sequence[str]) -> Numbers:
        """Return what the heads see of words, a row a piece."""
        return word_features(pieces, self._places)

    def scores(self, meaning: Numbers, words: Numbers) -> dict[str, float]:
        """Return each label's score, of the piece that it fits best."""
        all_ = _logistic(meaning @ self._meaning + words @ self._words + self._bias)
        best = all_.max(axis=0)
        return {name: float(score) for name, score in zip(self.told.labels, best, strict=True)}


class CallIntents:
    """Satisfies `Classifier`: its own names, and beside them what `others` serves."""

    def __init__(self, others: Classifier, embedder: Embedder) -> None:
        """Read the heads; `others` may serve one of the names in their place.

        Raises:
            ModelUnusable: heads are not what they should be.
        """
        self._others = others
        self._embedder = embedder
        heads = (Heads(HEADS / f"{name}.npz") for name in NAMES)
        self._heads = {one.told.name: one for one in heads if one.told.embedder == embedder.name}

    def serves(self, tenant: TenantName, model: str) -> bool:
        """See `Classifier`. Of heads that were trained on another embedder, none."""
        return model in self._heads or self._others.serves(tenant, model)

    async def classify(
        self, text: str, *, tenant: TenantName, model: str, deadline_s: float
    ) -> Scores:
        """See `Classifier`. No scores at all: by its words there is nothing in it.

        Raises:
            ModelFailed: as the embedder, or whoever else was asked, says.
        """
        if model not in self._heads or self._others.serves(tenant, model):
            return await self._others.classify(
                text, tenant=tenant, model=model, deadline_s=deadline_s
            )
        heads, began = self._heads[model], time.monotonic()
        named = f"{model}/{VERSION}+{heads.told.trained_on}"
        pieces = pieces_of(text)
        words = heads.words_of(pieces)
        worth = heads.worth(words)
        if not worth:
            return Scores(model=named, took_ms=0)
        vectors = await self._embedder.embed([pieces[one] for one in worth], deadline_s=deadline_s)
        meaning = np.asarray(vectors, np.float32)
        if not np.isfinite(meaning).all():
            raise ModelFailed("malformed", task=TASK)
        took_ms = round((time.monotonic() - began) * 1_000)
        return Scores(scores=heads.scores(meaning, words[worth]), model=named, took_ms=took_ms)


def _logistic(raw: Numbers) -> Numbers:
    return np.asarray(1 / (1 + np.exp(-np.clip(raw, -30, 30))), np.float32)
