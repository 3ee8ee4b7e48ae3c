"""Our frames are decoded as they were encoded, wherever they begin; what is none is refused."""

import numpy as np
import pytest
from antiphon.services import flac
from antiphon.services.flac import BLOCK_SAMPLES, Samples
from antiphon.services.flac_decoding import decoded
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from numpy.typing import NDArray

RANDOM = np.random.default_rng(5)


def encoded(samples: Samples, *, first_frame: int = 0) -> bytes:
    return b"".join(flac.frames(samples, first_frame=first_frame))


def both(track: NDArray[np.generic]) -> Samples:
    return track.clip(-32_768, 32_767).astype(np.int16)[:, None].repeat(2, 1)


SOUNDS: dict[str, Samples] = {
    "speech-like": both(RANDOM.normal(0, 400, 9_000).cumsum()),
    "noise": RANDOM.integers(-32_768, 32_768, (5_000, 2)).astype(np.int16),
    "quiet": RANDOM.integers(-2, 3, (4_097, 2)).astype(np.int16),
    "silence": np.zeros((2 * BLOCK_SAMPLES, 2), np.int16),
    "extremes": both(np.where(np.arange(4_000) % 2, 32_767, -32_768)),
    "one sample": np.array([[7, -7]], np.int16),
    "a tone": both(np.round(9_000 * np.sin(np.arange(6_000) / 4))),
}


@pytest.mark.parametrize("first_frame", [0, 127, 128, 2_047, 65_536])
@pytest.mark.parametrize("sound", SOUNDS)
def test_samples_come_back_bit_for_bit(sound: str, first_frame: int) -> None:
    samples = SOUNDS[sound]

    back = decoded(encoded(samples, first_frame=first_frame), sample_count=len(samples))

    assert_array_equal(back, samples)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(-32_768, 32_767), st.integers(-40, 40)), min_size=1, max_size=300
    )
)
def test_whatever_samples_come_back_bit_for_bit(pairs: list[tuple[int, int]]) -> None:
    samples = np.array(pairs, np.int16)

    assert_array_equal(decoded(encoded(samples), sample_count=len(samples)), samples)


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_a_harmed_stream_is_refused_or_is_as_long_as_it_should_be(data: st.DataObject) -> None:
    frames = bytearray(encoded(SOUNDS["quiet"]))
    place = data.draw(st.integers(0, len(frames) - 1))
    frames[place] ^= data.draw(st.integers(1, 255))

    try:
        back = decoded(bytes(frames), sample_count=4_097)
    except ValueError:
        return

    assert back.shape == (4_097, 2)  # the seal is what proves the samples themselves


@pytest.mark.parametrize(
    ("frames", "count"),
    [
        pytest.param(encoded(SOUNDS["quiet"])[:-40], 4_097, id="cut short"),
        pytest.param(encoded(SOUNDS["quiet"]), 4_096, id="more than was said"),
        pytest.param(encoded(SOUNDS["quiet"]), 4_098, id="less than was said"),
        pytest.param(b"", 1, id="nothing"),
        pytest.param(flac.header(10) + encoded(SOUNDS["one sample"]), 1, id="a header"),
        pytest.param(b"\xff\xf8" + bytes(20), 1, id="another format"),
        pytest.param(encoded(SOUNDS["noise"])[:3], 5_000, id="a torn head"),
    ],
)
def test_what_is_no_stream_of_ours_is_refused(frames: bytes, count: int) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        decoded(frames, sample_count=count)
