"""What a fleet's calls say: stretches of recordings, or of noises that are like speech."""

import wave
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from ...errors import Malformed
from .plan import Ending, PlannedCall

RATE_HZ = 8_000
SYNTHETIC_S = 60.0  # of a voice; calls begin anywhere in it
_LOOK_SAMPLES = 512  # as loud as a stretch of this length is
_ENDING_SAMPLES = RATE_HZ  # a call may end so much earlier to end as it should

_PITCH_HZ = (90.0, 240.0)
_SYLLABLE_S = (0.09, 0.28)
_PAUSE_S = (0.03, 0.25)  # between syllables and words
_TURN_SYLLABLES = (6, 40)
_BETWEEN_TURNS_S = (0.3, 1.2)
_UNVOICED = 0.25  # of the syllables
_LEVEL = 9_000.0  # of 32,767: a good line
_LINE_NOISE = 12.0


class Voice(Struct, frozen=True, eq=False):
    """A conversation to take stretches of."""

    wav: Path  # where the simulator reads it
    samples: NDArray[np.int16]  # shape (samples, 2): customer, agent

    def stretch(self, first: int, count: int) -> NDArray[np.int16]:
        """Return samples from `first` on, from the beginning again where they end."""
        length = len(self.samples)
        first %= length
        if first + count <= length:
            return self.samples[first : first + count]
        # Of ninety minutes, an array of indices alone would take 0.3 GB.
        rounds = -(-(first + count) // length)
        return np.tile(self.samples, (rounds, 1))[first : first + count]


def recorded_voices(wavs: Sequence[Path]) -> list[Voice]:
    """Return the recordings.

    Raises:
        Malformed: one is not 8 kHz, 16 bit, of two tracks.
    """
    return [Voice(wav.resolve(), _read(wav)) for wav in wavs]


def synthetic_voices(count: int, *, seed: int, directory: Path) -> list[Voice]:
    """Make conversations and write them where the simulator finds them."""
    voices: list[Voice] = []
    for number in range(count):
        samples = synthetic_speech(SYNTHETIC_S, seed=(seed, number))
        path = directory / f"voice-{number}.wav"
        with wave.open(str(path), "wb") as wav:
            wav.setnchannels(2)
            wav.setsampwidth(2)
            wav.setframerate(RATE_HZ)
            wav.writeframes(samples.astype("<i2").tobytes())
        voices.append(Voice(path.resolve(), samples))
    return voices


def synthetic_speech(seconds: float, *, seed: tuple[int, ...]) -> NDArray[np.int16]:
    """Return two tracks that take turns: syllables, voiced or not, with pauses between."""
    chance = np.random.default_rng(seed)
    count = int(seconds * RATE_HZ)
    tracks = chance.normal(0.0, _LINE_NOISE, (count, 2))
    pitches_hz = chance.uniform(*_PITCH_HZ, size=2)
    at, party = 0, int(chance.integers(2))
    while at < count:
        for _ in range(int(chance.integers(*_TURN_SYLLABLES))):
            syllable = _syllable(float(pitches_hz[party]), chance)[: max(0, count - at)]
            tracks[at : at + len(syllable), party] += syllable
            at += len(syllable) + int(chance.uniform(*_PAUSE_S) * RATE_HZ)
        at += int(chance.uniform(*_BETWEEN_TURNS_S) * RATE_HZ)
        party = 1 - party
    return np.clip(tracks, -32_768, 32_767).astype(np.int16)


def cut(call: PlannedCall, voice: Voice) -> tuple[int, tuple[int, ...]]:
    """Return the call's first sample within its voice, and how many each of its parts has.

    The last part ends up to a second early: in the loudest place for a call that ends in the
    middle of a word, in the quietest otherwise.
    """
    first = int(call.offset * len(voice.samples))
    counts = [max(1, int(part_s * RATE_HZ)) for part_s in call.parts_s]
    counts[-1] -= _early(voice, first + sum(counts), counts[-1], call.ending)
    return first, tuple(counts)


def _early(voice: Voice, end: int, length: int, ending: Ending) -> int:
    window = min(_ENDING_SAMPLES, length - 1) // _LOOK_SAMPLES * _LOOK_SAMPLES
    if window <= 0:
        return 0
    heard = voice.stretch(end - window, window).astype(np.float64)
    loudness = np.square(heard).sum(axis=1).reshape(-1, _LOOK_SAMPLES).sum(axis=1)
    at = int(loudness.argmax() if ending == "mid_word" else loudness.argmin())
    return window - at * _LOOK_SAMPLES - _LOOK_SAMPLES // 2


def _syllable(pitch_hz: float, chance: np.random.Generator) -> NDArray[np.float64]:
    count = int(chance.uniform(*_SYLLABLE_S) * RATE_HZ)
    envelope = np.hanning(count)
    if chance.random() < _UNVOICED:
        return chance.normal(0.0, _LEVEL / 6, count) * envelope
    times_s = np.arange(count) / RATE_HZ
    pitch = pitch_hz * (1 + chance.uniform(-0.1, 0.1))
    formant_hz = chance.uniform(300.0, 2_500.0)
    harmonics = np.arange(1, int(3_400.0 / pitch))  # a telephone carries no more
    strengths = np.exp(-(((harmonics * pitch - formant_hz) / 600.0) ** 2)) + 0.5 / harmonics
    wave_form = np.sin(2 * np.pi * np.outer(times_s, harmonics * pitch)) @ strengths
    return wave_form / np.abs(wave_form).max() * envelope * _LEVEL


def _read(path: Path) -> NDArray[np.int16]:
    try:
        with wave.open(str(path), "rb") as wav:
            shape = (wav.getframerate(), wav.getsampwidth(), wav.getnchannels())
            frames = wav.readframes(wav.getnframes())
    except (OSError, EOFError, wave.Error) as error:
        raise Malformed("wav", f"{path} cannot be read: {error}") from error
    if shape != (RATE_HZ, 2, 2) or not frames:
        raise Malformed("wav", f"{path} is not 8 kHz, 16 bit, two tracks")
    return np.frombuffer(frames[: len(frames) // 4 * 4], dtype="<i2").reshape(-1, 2)
