"""What is written is FLAC to a decoder that shares no code with the encoder: libsndfile's."""

import numpy as np
import pytest
from antiphon.services import flac
from antiphon.services.flac import BLOCK_SAMPLES, Samples
from numpy.testing import assert_array_equal

from .decoder import Undecodable, decoded

RANDOM = np.random.default_rng(7)


def encoded(samples: Samples) -> bytes:
    return flac.header(len(samples)) + b"".join(flac.frames(samples, first_frame=0))


def voice(count: int) -> Samples:
    """Return two tracks that rise and fall as speech does."""
    at = np.arange(count)
    loud = 8_000 * np.sin(at / 3_000) ** 2
    tones = np.stack([np.sin(at / 7) * loud, np.cos(at / 11) * loud[::-1]], axis=1)
    return (tones + RANDOM.normal(0, 30, (count, 2))).astype(np.int16)


EXTREMES = np.tile(np.array([[-32_768, 32_767], [32_767, -32_768]], np.int16), (3_000, 1))


@pytest.mark.parametrize(
    "samples",
    [
        pytest.param(np.zeros((10_000, 2), np.int16), id="silence"),
        pytest.param(voice(40_000), id="voices"),
        pytest.param(RANDOM.integers(-32_768, 32_768, (9_000, 2)).astype(np.int16), id="noise"),
        pytest.param(EXTREMES, id="the largest steps there are"),
        pytest.param(voice(BLOCK_SAMPLES + 16), id="a short last block"),
        pytest.param(voice(BLOCK_SAMPLES * 2), id="whole blocks"),
        pytest.param(voice(4_095), id="a block of an odd length"),
        pytest.param(np.array([[0, 1]] * 4_000 + [[32_767, -5]], np.int16), id="one loud sample"),
    ],
)
def test_what_was_encoded_is_decoded_bit_for_bit(samples: Samples) -> None:
    assert_array_equal(decoded(encoded(samples)), samples)


def test_a_stream_goes_on_at_any_frame_as_if_it_had_never_stopped() -> None:
    samples = voice(BLOCK_SAMPLES * 3 + 100)
    cut = BLOCK_SAMPLES * 2

    before = b"".join(flac.frames(samples[:cut], first_frame=0))
    after = b"".join(flac.frames(samples[cut:], first_frame=2))

    assert flac.header(len(samples)) + before + after == encoded(samples)


@pytest.mark.parametrize("number", [0, 127, 128, 2_047, 2_048, 65_535, 65_536, 200_000])
def test_a_frame_of_any_number_says_which_it_is(number: int) -> None:
    (frame,) = flac.frames(voice(BLOCK_SAMPLES), first_frame=number)

    assert frame[4:].startswith(chr(number).encode())


def test_voices_take_less_room_than_their_samples() -> None:
    samples = voice(80_000)

    assert len(encoded(samples)) < 0.7 * samples.nbytes


def test_a_changed_byte_is_noticed() -> None:
    stream = bytearray(encoded(voice(BLOCK_SAMPLES * 2)))
    stream[len(stream) // 2] ^= 1

    with pytest.raises(Undecodable):
        decoded(bytes(stream))
