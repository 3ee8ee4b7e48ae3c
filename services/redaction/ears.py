"""Asks the second recogniser and the voice detector, and believes nothing that cannot be."""

import asyncio
from typing import Any

import structlog
from msgspec import Struct
from prometheus_client import Histogram

from ...errors import AntiphonError, KeyDestroyed, LogUnavailable, ModelUnusable
from ...events.base import SAMPLE_RATE_HZ, SAMPLES_PER_MS
from .port import HeardWord, Samples, SecondListener, SpeechFinder

# The second recogniser takes a sixth of the audio's time on an idle core; this is a machine ten
# times as busy, and a start.
LISTEN_S = 60.0
LISTEN_S_PER_S = 2.0
FIND_S = 30.0  # a voice detector takes a hundredth of the audio's time

log = structlog.get_logger()

_REAL_TIME = Histogram(
    "antiphon_redaction_listening_factor",
    "Seconds the second recogniser took for a second of audio.",
    buckets=(0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 5.0),
)


class Problem(Exception):
    """A check cannot be made. `code` is snake_case."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Deadlines(Struct, frozen=True, kw_only=True):
    """How long the models may take."""

    listen_s: float = LISTEN_S
    listen_s_per_s: float = LISTEN_S_PER_S  # of audio
    find_s: float = FIND_S


class Ears:
    """Both models, as a check may rely on them."""

    def __init__(
        self, listener: SecondListener, finder: SpeechFinder, deadlines: Deadlines
    ) -> None:
        self.listener = listener
        self.finder = finder
        self._deadlines = deadlines

    async def voices(self, samples: Samples) -> list[tuple[int, int]]:
        """Return where samples of one track hold a voice, from and until in ms.

        Raises:
            Problem: the detector is late, failed or confused.
        """
        length_ms = -(-samples.size // SAMPLES_PER_MS)
        try:
            async with asyncio.timeout(self._deadlines.find_s):
                voices = [*await self.finder.find(samples, rate_hz=SAMPLE_RATE_HZ)]
        except TimeoutError as error:
            raise Problem("voice_detector_late") from error
        except Exception as error:
            raise _problem_of(error, "voice_detector_failed") from error
        for one in voices:
            if not _is_stretch(one, length_ms=length_ms):
                raise Problem("voice_detector_confused")
        return voices

    async def words(self, samples: Samples, *, offset: int) -> list[HeardWord]:
        """Return the words in samples of one track, so many ms later than in them.

        Raises:
            Problem: the recogniser is late, failed or confused.
            KeyDestroyed, LogUnavailable, ModelUnusable: as it says.
        """
        loop = asyncio.get_running_loop()
        audio_s, began = samples.size / SAMPLE_RATE_HZ, loop.time()
        patience_s = self._deadlines.listen_s + self._deadlines.listen_s_per_s * audio_s
        try:
            async with asyncio.timeout(patience_s):
                words = [*await self.listener.listen(samples, rate_hz=SAMPLE_RATE_HZ)]
        except TimeoutError as error:
            raise Problem("second_listener_late") from error
        except Exception as error:
            raise _problem_of(error, "second_listener_failed") from error
        if audio_s:
            _REAL_TIME.observe((loop.time() - began) / audio_s)
        for word in words:
            _refuse_no_word(word, length_ms=round(audio_s * 1_000))
        return [
            HeardWord(one.text, one.started_ms + offset, one.ended_ms + offset) for one in words
        ]


def _problem_of(error: Exception, code: str) -> Exception:
    """Return what a model's failure is to whoever checks; some failures are not the model's."""
    if isinstance(error, KeyDestroyed | LogUnavailable | ModelUnusable):
        return error
    # The message could hold anything; the type, or our own code, says what it is.
    what = error.code if isinstance(error, AntiphonError) else type(error).__name__
    log.error("redaction_check_failed", problem=code, what=what)
    return Problem(code)


def _is_stretch(one: Any, *, length_ms: int) -> bool:
    try:
        from_ms, until_ms = one
    except (TypeError, ValueError):
        return False
    is_whole = type(from_ms) is type(until_ms) is int
    return is_whole and bool(0 <= from_ms <= until_ms <= length_ms)


def _refuse_no_word(word: Any, *, length_ms: int) -> None:
    """See that what the recogniser gave is text with a place in what it was given."""
    is_word = (
        isinstance(word, HeardWord)
        and isinstance(word.text, str)  # pyright: ignore[reportUnnecessaryIsInstance]
        and type(word.started_ms) is type(word.ended_ms) is int
        and 0 <= word.started_ms <= word.ended_ms <= length_ms + 1
    )
    if not is_word:
        raise Problem("second_listener_confused")
