"""FLAC to samples, by libsndfile: it shares no code with the encoder."""

import io
from importlib import import_module
from typing import Any

import numpy as np
from antiphon.services.flac import Samples

_soundfile: Any = import_module("soundfile")  # has no types

Undecodable: type[Exception] = _soundfile.LibsndfileError


def decoded(stream: bytes) -> Samples:
    """Return the samples of a stream of 8 kHz, a column a channel."""
    samples, rate = _soundfile.read(io.BytesIO(stream), dtype="int16", always_2d=True)
    assert rate == 8_000
    return np.asarray(samples, np.int16)
