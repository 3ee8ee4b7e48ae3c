"""Whether a stretch that was to be removed holds a tone or nothing, sample by sample. Pure.

Knows what a tone of 1 kHz is and nothing of who made it: each hundredth of a second is compared
with the sine that fits it best, and what is left over has to be next to nothing.
"""

import numpy as np
import numpy.typing as npt

from ...events.base import SAMPLE_RATE_HZ
from ...events.redaction import Cover
from .port import Samples

TONE_HZ = 1_000
_BLOCK = SAMPLE_RATE_HZ // 100  # ten whole periods
_PERIOD = SAMPLE_RATE_HZ // TONE_HZ
_LEFT_OVER_MAX = 4.0  # what rounding to whole samples leaves, and no speech by far
_LOUDEST_MIN = 500.0  # a tone that nobody hears covers nothing


def is_removed(samples: Samples, *, cover: Cover) -> bool:
    """Tell whether a stretch is what it should be, from its first sample to its last."""
    if cover == "silence":
        return not samples.any()
    whole = samples.size // _BLOCK * _BLOCK
    return _is_tone(samples[:whole].reshape(-1, _BLOCK)) and _is_tone(samples[whole:][None, :])


def _is_tone(blocks: Samples) -> bool:
    """Tell whether every row is part of a tone that can be heard."""
    if not blocks.size:
        return True
    steps = np.arange(blocks.shape[1], dtype=np.float64)
    angle: npt.NDArray[np.float64] = 2 * np.pi * TONE_HZ / SAMPLE_RATE_HZ * steps
    waves = np.stack([np.sin(angle), np.cos(angle)], axis=1)
    wanted = blocks.T.astype(np.float64)
    fitted, *_ = np.linalg.lstsq(waves, wanted, rcond=None)
    left_over = np.abs(wanted - waves @ fitted).max()
    # The peak of the sine that fits, whichever of its samples there are. Of a part of a period
    # nobody can say: less than a millisecond, at the end of what is looked at.
    peaks = np.hypot(fitted[0], fitted[1])
    is_heard = blocks.shape[1] < _PERIOD or peaks.min() >= _LOUDEST_MIN
    return bool(left_over <= _LEFT_OVER_MAX and is_heard)
