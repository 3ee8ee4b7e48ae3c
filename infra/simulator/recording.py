"""A recording in memory: two tracks of samples, shared by every call that plays it."""

import wave
import weakref
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...errors import Malformed

RATE_HZ = 8_000
SAMPLE_BYTES = 2
DURATION_S_MAX = 3 * 3_600  # two tracks of this length take 345 MB

_HOW_TO_CONVERT = "convert it: sox IN -r 8000 -b 16 -e signed-integer OUT.wav"


class Recording:
    """What each party said: 16-bit little-endian samples at 8 kHz, both tracks equally long."""

    def __init__(self, from_customer: bytes, to_customer: bytes) -> None:
        self.tracks = (memoryview(from_customer), memoryview(to_customer))
        self.sample_count = len(from_customer) // SAMPLE_BYTES

    @property
    def duration_ms(self) -> int:
        return self.sample_count * 1_000 // RATE_HZ

    def samples(self, track: int, first: int, end: int) -> memoryview:
        """Return the bytes of samples `first` up to and without `end`; nothing is copied."""
        return self.tracks[track][first * SAMPLE_BYTES : end * SAMPLE_BYTES]


class Excerpt(Recording):
    """A stretch of a recording, which begins anew as often as its end is reached.

    Nothing is copied but blocks across that seam, so hundreds of calls cost what one does.
    """

    def __init__(self, whole: Recording, *, first: int, count: int) -> None:
        """`first` sample of the whole, and how many from there."""
        self.tracks = whole.tracks
        self.sample_count = count
        self._whole = whole
        self._first = first

    def samples(self, track: int, first: int, end: int) -> memoryview:
        """See `Recording.samples`."""
        whole, at, left = self._whole, self._first + first, end - first
        parts: list[memoryview] = []
        while left:
            start = at % whole.sample_count
            count = min(left, whole.sample_count - start)
            parts.append(whole.samples(track, start, start + count))
            at, left = at + count, left - count
        return parts[0] if len(parts) == 1 else memoryview(b"".join(parts))


def recording_of(source: Path | NDArray[np.int16]) -> Recording:
    """Return the recording in a WAV file, or made of an array of shape (n,) or (n, 2).

    One channel is the customer alone; the other track is then silence. A file is read once, and
    shared for as long as any call refers to it.

    Raises:
        Malformed: the file or array is not 8 kHz 16-bit PCM of one or two channels.
    """
    if isinstance(source, Path):
        return _from_file(source)
    if source.dtype != np.int16:
        raise Malformed("samples", f"are {source.dtype}, not int16")
    return _from_array(source, field="samples")


_loaded: weakref.WeakValueDictionary[tuple[str, int, int], Recording] = (
    weakref.WeakValueDictionary()
)


def _from_file(path: Path) -> Recording:
    try:
        stat = path.stat()
    except OSError as error:
        raise Malformed("wav", f"{path} cannot be read: {error.strerror}") from error
    # A file that was written anew under its old name is another recording.
    version = (str(path.resolve()), stat.st_mtime_ns, stat.st_size)
    recording = _loaded.get(version)
    if recording is None:
        recording = _from_array(_read_wav(path), field="wav")
        _loaded[version] = recording
    return recording


def _read_wav(path: Path) -> NDArray[np.int16]:
    try:
        with wave.open(str(path), "rb") as wav:
            _check(path, wav)
            frames = wav.readframes(wav.getnframes())
            channels = wav.getnchannels()
    except (wave.Error, EOFError) as error:
        raise Malformed(
            "wav", f"{path} is not a PCM WAV file ({error}); {_HOW_TO_CONVERT}"
        ) from error
    except OSError as error:
        raise Malformed("wav", f"{path} cannot be read: {error.strerror}") from error
    # A file whose header promises more than it holds is played as far as it goes.
    whole = len(frames) // (channels * SAMPLE_BYTES) * channels * SAMPLE_BYTES
    return np.frombuffer(frames[:whole], dtype="<i2").reshape(-1, channels)


def _check(path: Path, wav: wave.Wave_read) -> None:
    wrong: list[str] = []
    rate_hz, width, channels = wav.getframerate(), wav.getsampwidth(), wav.getnchannels()
    if rate_hz != RATE_HZ:
        wrong.append(f"its rate is {rate_hz} Hz, not {RATE_HZ} Hz")
    if width != SAMPLE_BYTES:
        wrong.append(f"its samples are {width * 8}-bit, not 16-bit")
    if channels not in (1, 2):
        wrong.append(f"it has {channels} channels, not 1 (customer) or 2 (customer, agent)")
    if wav.getnframes() > DURATION_S_MAX * rate_hz:
        wrong.append(f"it is longer than {DURATION_S_MAX // 3600} hours")
    if wrong:
        raise Malformed("wav", f"{path}: {'; '.join(wrong)}; {_HOW_TO_CONVERT}")


def _from_array(samples: NDArray[np.int16], *, field: str) -> Recording:
    match samples.shape:
        case (count,):
            customer, agent = samples, np.zeros(count, dtype=np.int16)
        case (count, 1):
            customer, agent = samples[:, 0], np.zeros(count, dtype=np.int16)
        case (count, 2):
            customer, agent = samples[:, 0], samples[:, 1]
        case _:
            raise Malformed(field, f"have the shape {samples.shape}, not (n,) or (n, 2)")
    if count == 0:
        raise Malformed(field, "holds no samples")
    return Recording(customer.astype("<i2").tobytes(), agent.astype("<i2").tobytes())
