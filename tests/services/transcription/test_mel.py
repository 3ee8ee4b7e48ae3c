"""The features are the ones the model was trained on."""

import numpy as np
import pytest
from antiphon.services.transcription.whisper.mel import log_mel, mel_filters


def sweep() -> "np.ndarray[tuple[int], np.dtype[np.float32]]":
    t = np.arange(16_000)
    wave = 0.1 * np.sin(t * t / 40_000) + 0.05 * np.sin(t * 0.9)
    return (wave + 0.02 * np.sin(t * t / 9_000 + t * 1.1)).astype(np.float32)


def test_features_are_those_of_faster_whisper() -> None:
    features = log_mel(sweep(), mels=80)

    # Printed by `FeatureExtractor()(sweep(), padding=0)` of faster-whisper 1.2.1.
    assert features.shape == (80, 100)
    reference = {
        (0, 0): -0.08164,
        (10, 30): -0.19815,
        (25, 50): 0.89933,
        (40, 60): -0.76902,
        (60, 90): -0.89296,
        (79, 99): -0.66229,
        (33, 70): 0.45004,
    }
    assert {at: pytest.approx(float(features[at]), abs=2e-4) for at in reference} == reference
    assert float(features.mean()) == pytest.approx(-0.54307, abs=1e-4)
    assert float(features.std()) == pytest.approx(0.56060, abs=1e-4)


@pytest.mark.parametrize(
    ("mels", "total", "peaks"),
    [
        (80, 1.99902, {0: (1, 0.0248626), 20: (20, 0.0138904), 79: (192, 0.0031647)}),
        (128, 3.19099, {0: (1, 0.012374), 64: (43, 0.0180915), 127: (195, 0.0050416)}),
    ],
)
def test_filters_are_those_that_openai_whisper_ships(
    mels: int, total: float, peaks: dict[int, tuple[int, float]]
) -> None:
    filters = mel_filters(mels)

    # Read from `mel_filters.npz` of openai-whisper 20250625.
    assert filters.shape == (mels, 201)
    assert float(filters.sum()) == pytest.approx(total, abs=1e-4)
    for row, (bin_, height) in peaks.items():
        assert int(filters[row].argmax()) == bin_
        assert float(filters[row].max()) == pytest.approx(height, abs=1e-6)
