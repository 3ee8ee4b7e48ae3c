"""Synthetic voices that this machine has, over a telephone line.

flite and espeak-ng are programs of their own, started for each text and never linked.
"""

import io
import shutil
import subprocess
import wave
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import soxr  # pyright: ignore[reportMissingTypeStubs]
from numpy.typing import NDArray

from ...errors import ModelUnusable
from ...events.base import SAMPLE_RATE_HZ

Samples = NDArray[np.int16]

# Those that recognisers understand best; of espeak's, whose words they get wrong more often, one.
FLITE = ("slt", "rms", "awb")
ESPEAK = "en-us"
_SPEAK_S_MAX = 30.0  # a line takes a fraction of a second
_BAND_HZ = (300.0, 3_400.0)
_MU = 255.0  # of G.711's companding
_STEPS = 127  # either way from silence
_PEAK = 0.5  # of full scale
_FULL_SCALE = 32_767


def voices() -> dict[str, Callable[[str], Samples]]:
    """Return the voices there are by name, each a function from text to telephone audio."""
    found: dict[str, Callable[[str], Samples]] = {}
    if flite := shutil.which("flite"):
        for name in FLITE:
            found[f"flite:{name}"] = _voice(
                [flite, "-voice", name, "-t", "{}", "-o", "/dev/stdout"]
            )
    if espeak := shutil.which("espeak-ng"):
        found[f"espeak:{ESPEAK}"] = _voice([espeak, "-v", ESPEAK, "--stdout", "{}"])
    return found


def chosen(names: Sequence[str], there: Mapping[str, Callable[[str], Samples]]) -> list[str]:
    """Return the voices that were named, or else all there are.

    Raises:
        ModelUnusable: there is none, or not this one.
    """
    if missing := [name for name in names if name not in there]:
        known = ", ".join(there) or "none"
        raise ModelUnusable(f"no voice {', '.join(missing)} here; there are: {known}")
    if not there:
        raise ModelUnusable("no voice here: install flite (`apt-get install flite`)")
    return list(names) or list(there)


def telephone(sound: NDArray[np.float64], *, rate_hz: int) -> Samples:
    """Return sound (-1 to 1) as a telephone line carries it: 8 kHz, 300 to 3400 Hz, µ-law."""
    narrow: NDArray[np.float64] = soxr.resample(sound, rate_hz, SAMPLE_RATE_HZ)
    spectrum = np.fft.rfft(narrow)
    frequencies = np.fft.rfftfreq(len(narrow), 1 / SAMPLE_RATE_HZ)
    spectrum[(frequencies < _BAND_HZ[0]) | (frequencies > _BAND_HZ[1])] = 0
    heard: NDArray[np.float64] = np.fft.irfft(spectrum, len(narrow))
    heard *= _PEAK / max(np.abs(heard).max(initial=0.0), 1e-9)
    size: NDArray[np.float64] = np.log1p(_MU * np.abs(heard)) / np.log1p(_MU)
    coded: NDArray[np.float64] = np.round(_STEPS * np.sign(heard) * size) / _STEPS
    carried: NDArray[np.float64] = np.sign(coded) * np.expm1(np.abs(coded) * np.log1p(_MU)) / _MU
    return np.round(carried * _FULL_SCALE).astype(np.int16)


def _voice(command: Sequence[str]) -> Callable[[str], Samples]:
    def speak(text: str) -> Samples:
        spoken = subprocess.run(  # noqa: S603 (a fixed program, and no shell)
            [part.format(text) for part in command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
            timeout=_SPEAK_S_MAX,
        ).stdout
        sound, rate_hz = _sound(spoken)
        return telephone(sound, rate_hz=rate_hz)

    return speak


def _sound(wav: bytes) -> tuple[NDArray[np.float64], int]:
    with wave.open(io.BytesIO(wav)) as file:
        rate_hz = file.getframerate()
        # What is written to a pipe does not know its length: all that came is it.
        samples = np.frombuffer(file.readframes(len(wav)), "<i2")
    return samples / _FULL_SCALE, rate_hz
