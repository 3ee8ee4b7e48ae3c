"""A recording is an 8 kHz 16-bit WAV of one or two channels; anything else is told why not."""

import wave
from pathlib import Path

import numpy as np
import pytest
from antiphon.errors import Malformed
from antiphon.infra.simulator.recording import recording_of

from .reading import noise


def write(
    path: Path, content: bytes, *, channels: int = 2, width: int = 2, rate: int = 8000
) -> Path:
    with wave.open(str(path), "wb") as wav:
        wav.setnchannels(channels)
        wav.setsampwidth(width)
        wav.setframerate(rate)
        wav.writeframes(content)
    return path


def test_the_first_channel_is_the_customer_and_the_second_what_the_customer_hears(
    tmp_path: Path,
) -> None:
    spoken = noise(800)

    recording = recording_of(write(tmp_path / "a.wav", spoken.tobytes()))

    assert recording.tracks[0] == spoken[:, 0].tobytes()
    assert recording.tracks[1] == spoken[:, 1].tobytes()
    assert recording.duration_ms == 100


def test_one_channel_is_the_customer_alone(tmp_path: Path) -> None:
    spoken = noise(800)[:, 0]

    recording = recording_of(write(tmp_path / "a.wav", spoken.tobytes(), channels=1))

    assert recording.tracks[0] == spoken.tobytes()
    assert recording.tracks[1] == bytes(1600)


def test_a_file_is_shared_until_it_is_written_anew(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", noise(800).tobytes())
    first, again = recording_of(path), recording_of(path)

    anew = recording_of(write(path, noise(900, seed=2).tobytes()))

    assert again is first
    assert anew is not first
    assert anew.sample_count == 900


@pytest.mark.parametrize(
    ("channels", "width", "rate", "problem"),
    [
        pytest.param(2, 2, 16_000, "its rate is 16000 Hz", id="another rate"),
        pytest.param(2, 1, 8_000, "its samples are 8-bit", id="another width"),
        pytest.param(3, 2, 8_000, "it has 3 channels", id="more channels"),
    ],
)
def test_a_file_is_refused_with_what_is_wrong_and_how_to_convert_it(
    tmp_path: Path, channels: int, width: int, rate: int, problem: str
) -> None:
    path = write(tmp_path / "a.wav", bytes(1200), channels=channels, width=width, rate=rate)

    with pytest.raises(Malformed, match=problem) as refusal:
        recording_of(path)

    assert "sox IN -r 8000 -b 16" in str(refusal.value)


def test_what_is_no_recording_at_all_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.wav").write_text("hello")
    (tmp_path / "empty.wav").write_bytes(b"")

    with pytest.raises(Malformed, match="not a PCM WAV"):
        recording_of(tmp_path / "text.wav")
    with pytest.raises(Malformed, match="not a PCM WAV"):
        recording_of(tmp_path / "empty.wav")
    with pytest.raises(Malformed, match="cannot be read"):
        recording_of(tmp_path / "none.wav")
    with pytest.raises(Malformed, match="cannot be read"):
        recording_of(tmp_path)
    with pytest.raises(Malformed, match="no samples"):
        recording_of(write(tmp_path / "silent.wav", b""))
    with pytest.raises(Malformed, match="float"):
        recording_of(np.zeros(8))  # pyright: ignore[reportArgumentType]
    with pytest.raises(Malformed, match="shape"):
        recording_of(np.zeros((8, 3), dtype=np.int16))


def test_a_file_that_was_cut_off_is_played_as_far_as_it_goes(tmp_path: Path) -> None:
    spoken = noise(800)
    path = write(tmp_path / "a.wav", spoken.tobytes())
    path.write_bytes(path.read_bytes()[:-403])

    recording = recording_of(path)

    assert recording.sample_count == 699
    assert recording.tracks[0] == spoken[:699, 0].tobytes()
