"""Two tracks on one socket's clock: nothing left out, nothing shifted, whatever comes late."""

import numpy as np
import pytest
from antiphon.events.base import SAMPLES_PER_MS, TRACKS, Track
from antiphon.services.transcription.interleaver import Interleaver
from antiphon.services.transcription.port import SpeechAudio
from hypothesis import given
from hypothesis import strategies as st

CUSTOMER, AGENT = TRACKS
Stereo = np.ndarray[tuple[int, int], np.dtype[np.int16]]


def block(track: Track, from_ms: int, value: int, *, length_ms: int = 64) -> SpeechAudio:
    samples = np.full(length_ms * SAMPLES_PER_MS, value, "<i2")
    return SpeechAudio(
        track=track, first_sample=from_ms * SAMPLES_PER_MS, samples=samples.tobytes()
    )


def stereo(*pieces: bytes) -> Stereo:
    return np.frombuffer(b"".join(pieces), "<i2").reshape(-1, 2)


def where(sent: Stereo, track: Track, value: int) -> float:
    """Return at which second of the socket a value was first sent on a track."""
    return float(np.flatnonzero(sent[:, TRACKS.index(track)] == value)[0]) / 8_000


def test_tracks_side_by_side_go_out_sample_by_sample_at_once() -> None:
    audio = Interleaver(TRACKS)

    sent = stereo(audio.take(block(CUSTOMER, 0, 1)), audio.take(block(AGENT, 0, 2)))

    assert sent.tolist() == [[1, 2]] * 64 * SAMPLES_PER_MS


def test_a_track_that_says_nothing_is_silence_and_holds_the_other_up_a_little() -> None:
    audio = Interleaver(TRACKS)

    sent = stereo(*(audio.take(block(CUSTOMER, at * 64, 1)) for at in range(40)))

    assert len(sent) / 8 == 40 * 64 - 200
    assert sent.tolist() == [[1, 0]] * len(sent)


def test_a_short_hole_is_filled_to_its_length_and_a_long_one_shortened() -> None:
    audio = Interleaver([CUSTOMER])
    clock = audio.clock(CUSTOMER)
    values = {0: 1, 164: 2, 3_600_000: 3}

    sent = b"".join(audio.take(block(CUSTOMER, at, value)) for at, value in values.items())

    samples = np.frombuffer(sent, "<i2")
    assert samples.size / 8 == 3 * 64 + 100 + 1_500
    for at, value in values.items():
        second = float(np.flatnonzero(samples == value)[0]) / 8_000
        assert clock.contact_ms(second) == at
    assert clock.contact_ms(0.2 + 0.064) <= 3_600_000


def test_a_track_that_comes_late_is_sent_late_and_told_where_it_belongs() -> None:
    audio = Interleaver(TRACKS)
    pieces = [audio.take(block(CUSTOMER, at * 64, 1)) for at in range(20)]

    pieces += [audio.take(block(AGENT, at * 64, 10 + at)) for at in range(20)]
    pieces.append(audio.flush())

    sent = stereo(*pieces)
    for at in range(20):
        second = where(sent, AGENT, 10 + at)
        assert audio.clock(AGENT).contact_ms(second) == at * 64


def test_a_gap_of_both_tracks_is_silent_once() -> None:
    audio = Interleaver(TRACKS)
    pieces: list[bytes] = []
    for from_ms in (0, 60_000):
        for at in range(5):
            pieces.append(audio.take(block(CUSTOMER, from_ms + at * 64, 1)))
            pieces.append(audio.take(block(AGENT, from_ms + at * 64, 2)))
    pieces.append(audio.flush())

    sent = stereo(*pieces)
    assert len(sent) / 8 == pytest.approx(10 * 64 + 1_500, abs=1)
    assert audio.sent == len(sent)


def test_what_opens_a_socket_is_silence_that_moves_no_clock() -> None:
    audio = Interleaver(TRACKS)

    lead_in = stereo(audio.lead_in())
    sent = stereo(audio.take(block(CUSTOMER, 5_000, 1)), audio.take(block(AGENT, 5_000, 2)))

    assert not lead_in.any()
    assert len(lead_in) > 0
    assert len(sent) == 64 * SAMPLES_PER_MS
    assert audio.clock(CUSTOMER).contact_ms(len(lead_in) / 8_000) == 5_000
    assert audio.clock(CUSTOMER).contact_ms(0.0) == 5_000


@given(
    st.lists(
        st.tuples(st.sampled_from(TRACKS), st.integers(0, 700), st.integers(1, 300)),
        min_size=1,
        max_size=40,
    )
)
def test_whatever_comes_is_sent_whole_and_in_order_and_found_where_it_was(
    steps: list[tuple[Track, int, int]],
) -> None:
    audio = Interleaver(TRACKS)
    at_ms: dict[Track, int] = dict.fromkeys(TRACKS, 1_000)
    begun: dict[Track, list[tuple[int, int]]] = {track: [] for track in TRACKS}
    pieces = [audio.lead_in()]

    for number, (track, hole_ms, length_ms) in enumerate(steps, start=1):
        at_ms[track] += hole_ms
        begun[track].append((number, at_ms[track]))
        pieces.append(audio.take(block(track, at_ms[track], number, length_ms=length_ms)))
        at_ms[track] += length_ms
    sent = stereo(*pieces, audio.flush())

    for track in TRACKS:
        column = sent[:, TRACKS.index(track)]
        given_ms = sum(length for one, _, length in steps if one == track)
        assert np.count_nonzero(column) == given_ms * SAMPLES_PER_MS
        for number, from_ms in begun[track]:
            assert audio.clock(track).contact_ms(where(sent, track, number)) == from_ms
        clock = [audio.clock(track).contact_ms(ms / 100) for ms in range(len(sent) // 80)]
        assert clock == sorted(clock)
