"""What Deepgram says, as far as we use it, checked before anything is made of it.

The vendor's package builds its messages without checking them, and takes what it does not know
for None.
"""

from typing import Literal

import msgspec
from msgspec import Struct

from ....errors import RecognizerFailed


class Word(Struct, frozen=True):
    """Times are seconds since the socket opened."""

    word: str
    start: float
    end: float
    confidence: float = 0.0
    punctuated_word: str | None = None

    @property
    def text(self) -> str:
        """As it is to be shown."""
        return self.punctuated_word or self.word


class Alternative(Struct, frozen=True):
    transcript: str
    confidence: float = 0.0
    words: list[Word] = []


class Heard(Struct, frozen=True):
    alternatives: list[Alternative]


class Results(Struct, frozen=True):
    """Of one channel, from `start` for `duration` seconds."""

    type: Literal["Results"]
    channel_index: list[int]
    start: float
    duration: float
    channel: Heard
    is_final: bool | None = None
    speech_final: bool | None = None

    @property
    def end(self) -> float:
        return self.start + self.duration

    @property
    def words(self) -> list[Word]:
        """The words; where only a text came, its words spread over the stretch."""
        if not self.channel.alternatives:
            return []
        best = self.channel.alternatives[0]
        texts = best.transcript.split()
        if best.words or not texts:
            return best.words
        each = self.duration / len(texts)
        return [
            Word(text, self.start + each * at, self.start + each * (at + 1), best.confidence)
            for at, text in enumerate(texts)
        ]


class UtteranceEnd(Struct, frozen=True):
    type: Literal["UtteranceEnd"]
    channel: list[int]
    last_word_end: float


class Problem(Struct, frozen=True):
    """What the vendor objects to in a message of ours, without what it quotes of it."""

    type: Literal["Error"]
    variant: str | None = None


class Farewell(Struct, frozen=True):
    """The last message: everything that was sent has been answered."""

    type: Literal["Metadata"]


Answer = Results | UtteranceEnd | Problem | Farewell
_SHAPES: dict[str, type[Answer]] = {
    "Results": Results,
    "UtteranceEnd": UtteranceEnd,
    "Error": Problem,
    "Metadata": Farewell,
}


def answer_of(message: object) -> Answer | None:
    """Return a message as we use it, or None for one that we have no use for.

    Raises:
        RecognizerFailed: it is of a kind we use, and not what it should be.
    """
    shape = _SHAPES.get(str(getattr(message, "type", "")))
    if shape is None:
        return None
    try:
        return msgspec.convert(message, shape, from_attributes=True)
    except msgspec.ValidationError as error:
        # Its text names a field and no value; the value could be what somebody said.
        raise RecognizerFailed("answer_malformed") from error
