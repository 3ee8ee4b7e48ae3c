"""One channel of a socket: from words in samples to the messages that tell of them. Pure.

Source: Deepgram's documentation of interim results, endpointing, utterance end and speech
started. Its clock starts at zero with each socket.
"""

from collections.abc import Sequence
from typing import Any

from .query import Query
from .words import Samples, SpokenWord, WordFinder

Message = dict[str, Any]

_STEP_MS = 20  # audio is looked at in such pieces, however it was cut for sending
_INTERIM_EVERY_MS = 1_000
_RANGE_MS_MAX = 4_000  # a range this long is made final, even while somebody speaks
_CONFIDENCE = 0.98


class Channel:
    """Hears one channel."""

    def __init__(self, number: int, query: Query, finder: WordFinder, *, metadata: Message) -> None:
        self._index = [number, query.channels]
        self._query = query
        self._finder = finder
        self._metadata = metadata
        self._heard = 0  # samples
        self._range_from = 0  # what lies before it is final
        self._words: list[SpokenWord] = []  # not yet final
        self._last_word_end: int | None = None  # of the utterance that is open
        self._ended = True  # UtteranceEnd was told of the last word
        self._started = False
        self._reported = 0

    @property
    def heard_s(self) -> float:
        """How much audio there was."""
        return self._heard / self._query.sample_rate_hz

    def take(self, samples: Samples) -> list[Message]:
        """Hear the next samples; return what is to be said."""
        told: list[Message] = []
        step = self._samples(_STEP_MS)
        for at in range(0, samples.size, step):
            piece = samples[at : at + step]
            self._hear(self._finder.take(piece))
            self._heard += piece.size
            told += self._speech_started()
            told += self._results()
            told += self._utterance_end()
        return told

    def finalize(self) -> list[Message]:
        """Make final what was heard so far, as a client may ask."""
        self._hear(self._finder.flush())
        self._last_word_end = None
        return [self._final(self._heard, speech_final=True, from_finalize=True)]

    def _hear(self, words: Sequence[SpokenWord]) -> None:
        for word in words:
            self._words.append(word)
            self._last_word_end = word.end_sample
            self._ended = False

    def _speech_started(self) -> list[Message]:
        since = self._finder.speaking_since
        if since is None or self._started:
            return []
        self._started = True
        if not self._query.vad_events:
            return []
        return [
            {"type": "SpeechStarted", "channel": self._index, "timestamp": self._seconds(since)}
        ]

    def _results(self) -> list[Message]:
        length = self._heard - self._range_from
        if self._is_endpoint():
            self._started = False
            return [self._final(self._heard, speech_final=True)]
        if length >= self._samples(_RANGE_MS_MAX):
            since = self._finder.speaking_since
            upto = self._heard if since is None else max(since, self._range_from)
            if upto > self._range_from:
                return [self._final(upto, speech_final=False)]
        if self._query.interim_results and self._heard - self._reported >= self._samples(
            _INTERIM_EVERY_MS
        ):
            self._reported = self._heard
            return [self._message(self._heard, is_final=False, speech_final=False)]
        return []

    def _is_endpoint(self) -> bool:
        wait_ms = self._query.endpointing_ms
        if wait_ms is None or self._finder.speaking_since is not None or not self._started:
            return False
        if self._last_word_end is None:
            return False
        return self._heard - self._last_word_end >= self._samples(wait_ms)

    def _utterance_end(self) -> list[Message]:
        wait_ms, last = self._query.utterance_end_ms, self._last_word_end
        if wait_ms is None or last is None or self._ended:
            return []
        speaking = self._finder.speaking_since is not None
        if speaking or self._heard - last < self._samples(wait_ms):
            return []
        self._ended = True
        return [
            {"type": "UtteranceEnd", "channel": self._index, "last_word_end": self._seconds(last)}
        ]

    def _final(self, upto: int, *, speech_final: bool, from_finalize: bool = False) -> Message:
        message = self._message(
            upto, is_final=True, speech_final=speech_final, from_finalize=from_finalize
        )
        self._range_from = upto
        self._reported = self._heard
        self._words = []
        return message

    def _message(
        self, upto: int, *, is_final: bool, speech_final: bool, from_finalize: bool = False
    ) -> Message:
        words = [self._word(word) for word in self._words]
        transcript = " ".join(word["punctuated_word"] for word in words)
        alternative = {
            "transcript": transcript,
            "confidence": _CONFIDENCE if words else 0.0,
            "words": words,
        }
        return {
            "type": "Results",
            "channel_index": self._index,
            "duration": self._seconds(upto - self._range_from),
            "start": self._seconds(self._range_from),
            "is_final": is_final,
            "speech_final": speech_final,
            "channel": {"alternatives": [alternative]},
            "metadata": self._metadata,
            "from_finalize": from_finalize,
        }

    def _word(self, word: SpokenWord) -> Message:
        plain = word.text.strip(".,?!").casefold()
        return {
            "word": plain,
            "start": self._seconds(word.first_sample),
            "end": self._seconds(word.end_sample),
            "confidence": _CONFIDENCE,
            "punctuated_word": word.text if self._query.smart_format else plain,
        }

    def _samples(self, duration_ms: int) -> int:
        return duration_ms * self._query.sample_rate_hz // 1_000

    def _seconds(self, samples: int) -> float:
        return round(samples / self._query.sample_rate_hz, 4)
