"""The spectrum that Whisper was trained on, in numpy.

Source: `whisper/audio.py` of openai-whisper 20250625. Checked against its filters and against
the features faster-whisper 1.2.1 computes: `tests/services/transcription/test_mel.py`.
"""

from functools import lru_cache

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

MODEL_RATE_HZ = 16_000
FRAMES_PER_S = 100
HOP = MODEL_RATE_HZ // FRAMES_PER_S  # samples between two frames
_WINDOW = 400  # samples of one frame's transform: 25 ms
_FLOOR = 1e-10  # keeps the logarithm finite
_RANGE = 8.0  # ten to the 8 below the loudest counts as silence

# Slaney's mel scale: linear below 1 kHz, logarithmic above.
_LINEAR_HZ_PER_MEL = 200.0 / 3
_LOG_FROM_HZ = 1_000.0
_LOG_FROM_MEL = _LOG_FROM_HZ / _LINEAR_HZ_PER_MEL
_LOG_STEP = np.log(6.4) / 27.0


def log_mel(samples: Floats, *, mels: int) -> Floats:
    """Return the features of `samples` (16 kHz, -1 to 1), shaped (mels, samples // HOP)."""
    frames = samples.size // HOP
    padded = np.pad(samples, _WINDOW // 2, mode="reflect")
    windows = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::HOP][:frames]
    spectrum = np.fft.rfft(windows * _hann(), axis=1)
    power = (spectrum.real**2 + spectrum.imag**2).astype(np.float32)
    logarithm = np.log10(np.maximum(mel_filters(mels) @ power.T, _FLOOR))
    clipped = np.maximum(logarithm, logarithm.max() - _RANGE)
    return np.ascontiguousarray((clipped + 4.0) / 4.0, dtype=np.float32)


@lru_cache(maxsize=4)
def mel_filters(mels: int) -> Floats:
    """Return triangles of equal area over the transform's bins, shaped (mels, bins)."""
    bins = np.linspace(0, MODEL_RATE_HZ / 2, _WINDOW // 2 + 1)
    corners = _hz_of(np.linspace(0.0, _mel_of(MODEL_RATE_HZ / 2), mels + 2))
    widths = np.diff(corners)
    ramps = corners[:, None] - bins[None, :]
    rising = -ramps[:-2] / widths[:-1, None]
    falling = ramps[2:] / widths[1:, None]
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    areas = 2.0 / (corners[2:] - corners[:-2])
    return (triangles * areas[:, None]).astype(np.float32)


def _mel_of(hz: float) -> float:
    if hz < _LOG_FROM_HZ:
        return hz / _LINEAR_HZ_PER_MEL
    return _LOG_FROM_MEL + float(np.log(hz / _LOG_FROM_HZ)) / _LOG_STEP


def _hz_of(mel: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    linear = mel * _LINEAR_HZ_PER_MEL
    logarithmic = _LOG_FROM_HZ * np.exp(_LOG_STEP * (mel - _LOG_FROM_MEL))
    return np.where(mel < _LOG_FROM_MEL, linear, logarithmic)


@lru_cache(maxsize=1)
def _hann() -> Floats:
    return np.hanning(_WINDOW + 1)[:-1].astype(np.float32)
