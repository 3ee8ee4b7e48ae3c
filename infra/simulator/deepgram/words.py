"""Which words a channel's samples hold: the part of a recogniser that cannot be had offline.

What is found follows from the samples alone, so two sockets that are given the same audio say
the same of it, wherever the one stopped and the other began.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

Samples = NDArray[np.int16]
WORD_MS_MIN = 20  # a shorter run of samples is a click


class SpokenWord(Struct, frozen=True, kw_only=True):
    """A word that was said to its end, in samples of its channel since the socket opened."""

    text: str
    first_sample: int
    end_sample: int


class WordFinder(Protocol):
    """Listens to one channel of one socket."""

    @property
    def speaking_since(self) -> int | None:
        """First sample of the word that is being said, or None."""
        ...

    def take(self, samples: Samples) -> Sequence[SpokenWord]:
        """Hear the next samples; return the words that ended in them."""
        ...

    def flush(self) -> Sequence[SpokenWord]:
        """Take it that what is being said ends here."""
        ...


Finders = Callable[[int], WordFinder]  # given the number of samples in a second


class NoWords:
    """Hears nothing, at no cost: for load."""

    def __init__(self, sample_rate_hz: int) -> None:
        del sample_rate_hz

    speaking_since: int | None = None

    def take(self, samples: Samples) -> Sequence[SpokenWord]:
        """See `WordFinder.take`."""
        del samples
        return ()

    def flush(self) -> Sequence[SpokenWord]:
        """See `WordFinder.flush`."""
        return ()


class CodedWords:
    """Understands a made-up code: a run of samples of one value, 7 say, is the word `w7`."""

    def __init__(self, sample_rate_hz: int) -> None:
        self._shortest = WORD_MS_MIN * sample_rate_hz // 1_000
        self._heard = 0
        self._value = 0
        self._since = 0

    @property
    def speaking_since(self) -> int | None:
        """See `WordFinder.speaking_since`."""
        return self._since if self._value else None

    def take(self, samples: Samples) -> list[SpokenWord]:
        """See `WordFinder.take`."""
        found: list[SpokenWord] = []
        changes = np.flatnonzero(np.diff(samples, prepend=np.int16(self._value)))
        for at in changes.tolist():
            found += self._end(self._heard + at)
            self._value, self._since = int(samples[at]), self._heard + at
        self._heard += samples.size
        return found

    def flush(self) -> list[SpokenWord]:
        """See `WordFinder.flush`."""
        found = self._end(self._heard)
        self._value = 0
        return found

    def _end(self, at: int) -> list[SpokenWord]:
        if not self._value or at - self._since < self._shortest:
            return []
        return [SpokenWord(text=f"w{self._value}", first_sample=self._since, end_sample=at)]
