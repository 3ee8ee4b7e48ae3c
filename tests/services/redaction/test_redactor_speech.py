"""Where somebody speaks in an original, found without having all of it in memory."""

import asyncio
from pathlib import Path

import numpy as np
import pytest
from antiphon.errors import RecognizerFailed
from antiphon.events.base import SAMPLE_RATE_HZ, SAMPLES_PER_MS
from antiphon.services.redaction.port import Samples
from antiphon.services.redaction.redactor import Redactor
from antiphon.services.sealed_recording import PART_SAMPLES

from ...builders import CONTACT
from ..recording.booth import BLOCK, noise
from .releasing import QUICK
from .test_redactor import call


class _Blocks:
    """Takes what is loud for a voice, to the millisecond, and remembers what it was shown."""

    name = "blocks/1"

    def __init__(self, answers: list[tuple[int, int]] | None = None) -> None:
        self._answers = answers
        self.shown: list[int] = []  # samples, each time

    async def find(self, samples: Samples, *, rate_hz: int) -> list[tuple[int, int]]:
        self.shown.append(samples.size)
        await asyncio.sleep(0)
        if self._answers is not None:
            return self._answers
        loud = np.flatnonzero(np.abs(samples) > 1_000) // (rate_hz // 1_000)
        if not loud.size:
            return []
        cuts = np.flatnonzero(np.diff(loud) > 1) + 1
        return [(int(one[0]), int(one[-1]) + 1) for one in np.split(loud, cuts)]


async def test_where_somebody_speaks_is_found_a_part_at_a_time_and_joined(tmp_path: Path) -> None:
    samples = np.zeros((2 * PART_SAMPLES + 3 * BLOCK, 2), np.int16)
    cut = PART_SAMPLES
    samples[cut - 8_000 : cut + 16_000, 0] = 9_000  # over the cut between two parts
    samples[8_000:12_000, 1] = 9_000
    booth = await call(tmp_path, samples)
    finder = _Blocks()

    found = await Redactor(booth.shelf, booth.keys, finder, patience=QUICK).speech(
        CONTACT, await booth.stored()
    )

    cut_ms = cut // SAMPLES_PER_MS
    assert [(one.track, one.from_ms, one.until_ms) for one in found] == [
        ("from_customer", cut_ms - 1_000, cut_ms + 2_000),
        ("to_customer", 1_000, 1_500),
    ]
    again = SAMPLE_RATE_HZ  # of the part before: a detector has to warm up
    parts = (PART_SAMPLES, again + PART_SAMPLES, again + 3 * BLOCK)
    assert finder.shown == [size for size in parts for _ in range(2)]


@pytest.mark.parametrize("answer", [(-1, 5), (9, 3), (0, 5_000)])
async def test_a_detector_that_hears_what_is_not_there_is_not_believed(
    tmp_path: Path, answer: tuple[int, int]
) -> None:
    booth = await call(tmp_path, noise(2 * BLOCK))
    redactor = Redactor(booth.shelf, booth.keys, _Blocks([answer]), patience=QUICK)

    with pytest.raises(RecognizerFailed):
        await redactor.speech(CONTACT, await booth.stored())
