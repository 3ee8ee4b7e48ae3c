"""One channel of a session: from words in samples to the results that tell of them. Pure.

A result has an id for as long as it is partial, and is final after a pause. Of silence nothing
is said. Source: the vendor's documentation of partial results and of their stabilisation.
"""

import uuid
from collections.abc import Sequence
from typing import Any

from ..deepgram.words import Samples, SpokenWord, WordFinder
from .query import Query

Result = dict[str, Any]

_STEP_MS = 20  # audio is looked at in such pieces, however it was cut for sending
_PARTIAL_EVERY_MS = 300
_PAUSE_MS = 600  # ends a result
_RANGE_MS_MAX = 15_000  # or this does, even while somebody speaks
_STABLE_AFTER_MS = 800
_CONFIDENCE = 0.97


class Channel:
    """Hears one channel."""

    def __init__(self, number: int, query: Query, finder: WordFinder) -> None:
        self._name = f"ch_{number}" if query.channels > 1 else None
        self._query = query
        self._finder = finder
        self._heard = 0  # samples
        self._words: list[SpokenWord] = []  # of the open result
        self._id = ""
        self._told = 0  # when, in samples

    def take(self, samples: Samples) -> list[Result]:
        """Hear the next samples; return what is to be said."""
        told: list[Result] = []
        step = self._samples(_STEP_MS)
        for at in range(0, samples.size, step):
            piece = samples[at : at + step]
            self._words += self._finder.take(piece)
            self._heard += piece.size
            told += self._due()
        return told

    def finish(self) -> list[Result]:
        """Make final what was said."""
        self._words += self._finder.flush()
        return [self._final()] if self._words else []

    def _due(self) -> list[Result]:
        if not self._words:
            return []
        speaking = self._finder.speaking_since is not None
        paused = not speaking and self._since(self._words[-1].end_sample) >= _PAUSE_MS
        if paused or self._since(self._words[0].first_sample) >= _RANGE_MS_MAX:
            return [self._final()]
        if self._since(self._told) < _PARTIAL_EVERY_MS:
            return []
        self._told = self._heard
        return [self._result(self._words, is_partial=True)]

    def _final(self) -> Result:
        result = self._result(self._words, is_partial=False)
        self._words, self._id = [], ""
        return result

    def _result(self, words: Sequence[SpokenWord], *, is_partial: bool) -> Result:
        self._id = self._id or str(uuid.uuid4())
        result: Result = {
            "Alternatives": [
                {
                    "Items": [self._item(word, is_partial=is_partial) for word in words],
                    "Transcript": " ".join(word.text for word in words),
                }
            ],
            "EndTime": self._seconds(self._heard if is_partial else words[-1].end_sample),
            "IsPartial": is_partial,
            "ResultId": self._id,
            "StartTime": self._seconds(words[0].first_sample),
        }
        return result | ({"ChannelId": self._name} if self._name else {})

    def _item(self, word: SpokenWord, *, is_partial: bool) -> Result:
        item: Result = {
            "Content": word.text,
            "StartTime": self._seconds(word.first_sample),
            "EndTime": self._seconds(word.end_sample),
            "Type": "pronunciation",
            "VocabularyFilterMatch": False,
        }
        if not is_partial:
            item["Confidence"] = _CONFIDENCE
        if self._query.is_stabilized:
            item["Stable"] = not is_partial or self._since(word.end_sample) >= _STABLE_AFTER_MS
        return item

    def _since(self, sample: int) -> int:
        return (self._heard - sample) * 1_000 // self._query.sample_rate_hz

    def _samples(self, duration_ms: int) -> int:
        return duration_ms * self._query.sample_rate_hz // 1_000

    def _seconds(self, sample: int) -> float:
        return round(sample / self._query.sample_rate_hz, 3)
