"""The Recognizer port: audio of one contact goes in, hypotheses come out.

Adapters: `whisper/recognizer.py` (local), `deepgram/recognizer.py`, `transcribe/recognizer.py`;
`chain.py` makes one of several. One session per contact, both tracks in it, results while audio
still goes in. What all of them must do stands in `tests/contracts/recognizer.py`.
"""

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager
from typing import Protocol, runtime_checkable

from msgspec import Struct

from ...events.base import SAMPLE_BYTES, SAMPLES_PER_MS, TRACKS, ContactRef, Track
from ...events.speech import WordTime


class RecognitionRequest(Struct, frozen=True, kw_only=True):
    """What a session is opened for."""

    contact: ContactRef
    language: str  # BCP 47, such as `en-US`
    vocabulary: tuple[str, ...] = ()  # the tenant's terms: names and words, never sentences
    tracks: tuple[Track, ...] = TRACKS
    deaths: int = 0  # sessions lost in a row on the audio that this one begins with


class SpeechAudio(Struct, frozen=True, kw_only=True):
    """Consecutive samples of one track.

    A `first_sample` beyond the end of the track's previous block is a gap: it closes what was
    being said, and it never moves what follows.
    """

    track: Track
    first_sample: int  # on the contact clock
    samples: bytes  # signed 16-bit little-endian, 8 kHz, mono

    @property
    def end_sample(self) -> int:
        """The first sample after this block."""
        return self.first_sample + len(self.samples) // SAMPLE_BYTES

    @property
    def ended_ms(self) -> int:
        """Where this block ends on the contact clock."""
        return self.end_sample // SAMPLES_PER_MS


class Hypothesis(Struct, frozen=True, kw_only=True):
    """What a recogniser says of a stretch of one track.

    Of one track they come in order: nothing is said of what follows a stretch before the
    stretch is final, and finals do not overlap. A final with no text closes a stretch in which
    nothing was said. With neither text nor `is_final` it tells of progress and nothing else.
    """

    track: Track
    is_final: bool
    text: str
    words: tuple[WordTime, ...]  # the nth belongs to the nth word of `text`, split at spaces
    stable_words: int  # so many words from the start will hardly change; all of a final's
    started_ms: int  # on the contact clock, of the speech
    ended_ms: int  # no later final of the track is about audio before a final's end
    confidence: float  # mean over words, 0 to 1
    heard_ms: int  # the track's audio up to here was dealt with, or is being worked through


@runtime_checkable
class Recognition(Protocol):
    """One session. `hear` and `results` are used by two tasks at the same time."""

    @property
    def name(self) -> str:
        """Name and version of who recognises in this session, as events record it."""
        ...

    async def hear(self, block: SpeechAudio) -> None:
        """Take the next samples of a track; wait while too much is unfinished.

        Raises:
            Fault: the session is lost.
        """
        ...

    async def finish(self) -> None:
        """No audio follows: the last finals come, then `results` ends.

        Raises:
            Fault: the session is lost.
        """
        ...

    def results(self) -> AsyncGenerator[Hypothesis]:
        """Yield hypotheses as they are formed; iterated once.

        Every track that is fed says how far it was heard at least every few seconds of its
        audio, through silence too: a session that takes audio and says nothing counts as hung.

        Raises:
            Fault: the session is lost.
        """
        ...


@runtime_checkable
class Recognizer(Protocol):
    """Opens sessions."""

    @property
    def name(self) -> str:
        """Name and version, as errors and logs tell it."""
        ...

    def open(self, request: RecognitionRequest) -> AbstractAsyncContextManager[Recognition]:
        """Return a session, open for as long as it is entered.

        Raises, on entering:
            LanguageUnsupported: this recogniser will never do.
            Fault: none can be had now.
        """
        ...


@runtime_checkable
class Recovering(Protocol):
    """A recogniser that learns from one call that another may be served again."""

    async def until_worth_asking(self, *, within_s: float) -> None:
        """Return when sessions can be had again that could not, or time is up."""
        ...
