"""What Transcribe says, as far as we use it, checked before anything is made of it. Pure."""

import msgspec
from msgspec import Struct

from ....errors import RecognizerFailed
from ....events.decoding import decoded
from .failures import of_exception
from .frames import Frame

_TRANSCRIPT = "TranscriptEvent"
_PUNCTUATION = "punctuation"


class Item(Struct, frozen=True, rename="pascal"):
    """A word or a mark. Times are seconds of the session's audio."""

    content: str
    start_time: float
    end_time: float
    type: str = ""
    confidence: float | None = None
    stable: bool | None = None

    @property
    def is_mark(self) -> bool:
        return self.type == _PUNCTUATION


class Alternative(Struct, frozen=True, rename="pascal"):
    transcript: str = ""
    items: list[Item] | None = None


class Result(Struct, frozen=True, rename="pascal"):
    """A stretch of one channel; told again and again until it is not partial."""

    start_time: float
    end_time: float
    is_partial: bool
    channel_id: str | None = None
    alternatives: list[Alternative] = []

    @property
    def channel(self) -> int:
        """Which channel of the audio this is of; -1 for one that is not called as we know it."""
        if self.channel_id is None:
            return 0  # channels are not told apart where there is one
        _, _, number = self.channel_id.rpartition("_")
        return int(number) if number.isascii() and number.isdigit() else -1

    @property
    def items(self) -> list[Item]:
        """The best alternative's; where only a text came, its words spread over the stretch."""
        if not self.alternatives:
            return []
        best = self.alternatives[0]
        texts = best.transcript.split()
        if best.items or not texts:
            return best.items or []
        each = (self.end_time - self.start_time) / len(texts)
        return [
            Item(text, self.start_time + each * at, self.start_time + each * (at + 1))
            for at, text in enumerate(texts)
        ]


class _Transcript(Struct, frozen=True, rename="pascal"):
    results: list[Result] = []


class _TranscriptEvent(Struct, frozen=True, rename="pascal"):
    transcript: _Transcript


class _Message(Struct, frozen=True):
    upper: str = msgspec.field(name="Message", default="")
    lower: str = msgspec.field(name="message", default="")


_events = msgspec.json.Decoder(_TranscriptEvent)
_messages = msgspec.json.Decoder(_Message)


def results_of(frame: Frame) -> list[Result]:
    """Return the results that a frame tells of; none for an event that we have no use for.

    Raises:
        RecognizerFailed: it is an exception, or not what its name promises.
    """
    if frame.kind != "event":
        raise of_exception(frame.name, message=message_of(frame.payload))
    if frame.name != _TRANSCRIPT:
        return []
    try:
        return decoded(_events, frame.payload).transcript.results
    except msgspec.DecodeError as error:  # its text names a field and no value
        raise RecognizerFailed("answer_malformed") from error


def message_of(payload: bytes) -> str:
    """Return what an exception says; nothing, where it says it in another way."""
    try:
        said = decoded(_messages, payload)
    except msgspec.DecodeError:
        return ""
    return said.upper or said.lower
