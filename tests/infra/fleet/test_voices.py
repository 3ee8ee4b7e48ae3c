"""Calls differ, follow from their seed, and end where they were meant to."""

from pathlib import Path

import numpy as np
import pytest
from antiphon.errors import Malformed
from antiphon.infra.fleet.plan import Ending, Wishes, plan
from antiphon.infra.fleet.voices import (
    RATE_HZ,
    Voice,
    cut,
    recorded_voices,
    synthetic_speech,
    synthetic_voices,
)
from antiphon.infra.simulate import SAMPLE_CALLS
from antiphon.infra.simulator.recording import Excerpt, recording_of
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace


def test_noises_follow_from_their_seed_and_are_like_speech() -> None:
    speech = synthetic_speech(20, seed=(1, 2))

    loud = np.abs(speech.astype(float)).reshape(-1, 160, 2).max(axis=1) > 1_000  # 20 ms each
    assert speech.shape == (20 * RATE_HZ, 2)
    assert np.array_equal(speech, synthetic_speech(20, seed=(1, 2)))
    assert not np.array_equal(speech, synthetic_speech(20, seed=(1, 3)))
    assert 0.2 < loud.any(axis=1).mean() < 0.9  # with pauses
    assert loud.all(axis=1).mean() < 0.01  # one at a time
    assert loud.any(axis=0).all()  # both


def test_voices_are_read_by_the_simulator_as_they_were_made(tmp_path: Path) -> None:
    voices = synthetic_voices(2, seed=5, directory=tmp_path)

    for voice in voices:
        recording = recording_of(voice.wav)
        assert bytes(recording.samples(1, 0, 800)) == voice.samples[:800, 1].tobytes()
    assert not np.array_equal(voices[0].samples, voices[1].samples)


@settings(deadline=None, max_examples=40)
@given(first=st.integers(0, 999), count=st.integers(1, 3_000), track=st.integers(0, 1))
def test_the_simulator_takes_the_same_stretch_of_a_recording(
    first: int, count: int, track: int
) -> None:
    samples = np.arange(2_000, dtype=np.int16).reshape(-1, 2)

    played = Excerpt(recording_of(samples), first=first, count=count).samples(track, 0, count)

    expected = Voice(Path("none.wav"), samples).stretch(first, count)[:, track]
    assert bytes(played) == expected.tobytes()


@pytest.mark.parametrize("ending", ["mid_word", "pause"])
def test_a_call_ends_in_the_middle_of_a_word_or_in_a_pause(ending: Ending) -> None:
    (voice, *_) = recorded_voices([SAMPLE_CALLS / "price_rise.wav"])
    loudness: list[float] = []
    for call in plan(Wishes(calls=30, call_s=20, further=0.5)):
        first, counts = cut(replace(call, ending=ending), voice)

        last = voice.stretch(first + sum(counts) - 128, 256).astype(float)
        loudness.append(float(np.sqrt(np.square(last).mean())))
        meant = sum(int(part_s * RATE_HZ) for part_s in call.parts_s)
        assert meant - RATE_HZ <= sum(counts) <= meant
        assert len(counts) == len(call.parts_s)

    assert np.median(loudness) > 500 if ending == "mid_word" else np.median(loudness) < 50


def test_what_is_no_call_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "no.wav"
    path.write_bytes(b"RIFF")

    with pytest.raises(Malformed, match="wav"):
        recorded_voices([path])
