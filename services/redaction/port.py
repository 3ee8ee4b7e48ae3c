"""What redaction needs from models: ears of another kind, and where anybody speaks at all.

Adapters: `infra/second_listener.py`, `infra/speech_finder.py`.
"""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt
from msgspec import Struct

Samples = npt.NDArray[np.int16]  # of one track


class HeardWord(Struct, frozen=True):
    """A word that the second recogniser heard, and when, from the first of the samples."""

    text: str
    started_ms: int
    ended_ms: int


class SecondListener(Protocol):
    """A recogniser that had no part in the transcript. It is not asked to be elegant."""

    @property
    def name(self) -> str:
        """Name and version of the model."""
        ...

    def check(self) -> None:
        """Return if it can listen here, without loading what it needs for that.

        Raises:
            ModelUnusable: it cannot. Says what to do.
        """
        ...

    async def listen(self, samples: Samples, *, rate_hz: int) -> Sequence[HeardWord]:
        """Return every word that may have been said, in order; none where nothing was.

        Raises:
            RecognizerFailed: it cannot say.
            ModelUnusable: there is no such model here.
        """
        ...


class SpeechFinder(Protocol):
    """Tells speech from everything else, without understanding any of it."""

    @property
    def name(self) -> str:
        """Name and version of the detector."""
        ...

    async def find(self, samples: Samples, *, rate_hz: int) -> Sequence[tuple[int, int]]:
        """Return the stretches of one track that hold a voice: from and until, in ms, in order."""
        ...
