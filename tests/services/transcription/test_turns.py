"""Turns begin and end where the voice does, and no audio is lost or moved between them."""

import numpy as np
import pytest
from antiphon.services.transcription.whisper.turns import (
    WINDOW,
    Framer,
    Samples,
    Turn,
    TurnTaker,
    Window,
)
from hypothesis import given
from hypothesis import strategies as st

PER_S = 8_000 / WINDOW


def count_up(first: int, size: int) -> Samples:
    """Samples that say which sample they are."""
    return np.arange(first, first + size).astype(np.int16)


def feed(taker: TurnTaker, probabilities: list[float], *, first: int = 0) -> list[Turn]:
    turns: list[Turn] = []
    for number, probability in enumerate(probabilities):
        at = first + number * WINDOW
        window = Window(at, count_up(at, WINDOW), fresh=number == 0)
        turns += taker.take(window, probability)
    return turns


def seconds(probability: float, duration_s: float) -> list[float]:
    return [probability] * round(duration_s * PER_S)


@given(sizes=st.lists(st.integers(min_value=1, max_value=2_000), max_size=30))
def test_windows_hold_every_sample_at_its_place_however_blocks_are_cut(sizes: list[int]) -> None:
    framer = Framer()
    windows: list[Window] = []
    at = 80
    for size in sizes:
        windows += framer.cut(at, count_up(at, size))
        at += size

    assert len(windows) == sum(sizes) // WINDOW
    for number, window in enumerate(windows):
        assert window.first_sample == 80 + number * WINDOW
        assert window.samples.tolist() == count_up(window.first_sample, WINDOW).tolist()
        assert window.fresh == (number == 0)


def test_a_short_gap_is_bridged_with_silence_and_shifts_nothing() -> None:
    framer = Framer()
    framer.cut(0, count_up(0, 1_000))

    windows = framer.cut(3_000, count_up(3_000, 1_000))

    joined = np.concatenate([window.samples for window in windows])
    first = windows[0].first_sample
    assert not joined[1_000 - first : 3_000 - first].any()
    assert joined[3_000 - first] == 3_000
    assert not any(window.fresh for window in windows)


def test_after_a_long_gap_the_clock_goes_on_where_the_audio_does() -> None:
    framer = Framer()
    framer.cut(0, count_up(0, 1_000))

    windows = framer.cut(20_000, count_up(20_000, 1_000))

    assert windows[0].first_sample == 20_000
    assert [window.fresh for window in windows] == [True, False, False]


def test_audio_that_was_heard_is_not_heard_again() -> None:
    framer = Framer()
    framer.cut(0, count_up(0, 1_024))

    assert framer.cut(512, count_up(512, 512)) == []
    (window,) = framer.cut(768, count_up(768, 512))
    assert window.first_sample == 1_024


def test_a_turn_ends_half_a_second_after_the_voice_and_holds_what_came_before_it() -> None:
    taker = TurnTaker()

    turns = feed(taker, [*seconds(0, 2), *seconds(0.9, 1), *seconds(0, 1)])

    (turn,) = turns
    assert turn.speech_from == round(2 * PER_S) * WINDOW
    assert turn.speech_upto == turn.speech_from + round(PER_S) * WINDOW
    assert 0.2 < (turn.speech_from - turn.first_sample) / 8_000 < 0.4
    assert 0.45 < (turn.end_sample - turn.speech_upto) / 8_000 < 0.55
    assert taker.open is None


def test_a_pause_for_breath_does_not_end_a_turn() -> None:
    taker = TurnTaker()

    turns = feed(taker, [*seconds(0.9, 1), *seconds(0, 0.4), *seconds(0.9, 1), *seconds(0, 1)])

    assert len(turns) == 1


def test_a_click_is_no_turn() -> None:
    taker = TurnTaker()

    assert feed(taker, [*seconds(0, 1), 0.9, 0.9, *seconds(0, 1)]) == []
    assert taker.silent_upto > 0


def test_a_long_turn_ends_at_the_first_breath() -> None:
    taker = TurnTaker()
    probabilities = [*seconds(0.9, 13), *seconds(0, 0.25), *seconds(0.9, 2), *seconds(0, 1)]

    turns = feed(taker, probabilities)

    assert [round(turn.speech_samples / 8_000) for turn in turns] == [13, 2]


def test_speech_without_a_breath_is_cut_where_it_is_quietest_and_nothing_is_lost() -> None:
    taker = TurnTaker()
    probabilities = [*seconds(0.9, 23), 0.6, *seconds(0.9, 17), *seconds(0, 1)]

    turns = feed(taker, probabilities)

    assert len(turns) == 2
    first, second = turns
    assert first.end_sample == second.first_sample == round(23 * PER_S) * WINDOW
    assert (first.number, second.number) == (1, 2)
    heard = np.concatenate([turn.audio() for turn in turns])
    expected = count_up(0, heard.size).astype(np.float32) / np.float32(32_768)
    assert np.array_equal(heard, expected)


def test_a_gap_ends_the_open_turn() -> None:
    taker = TurnTaker()
    feed(taker, seconds(0.9, 1))

    turns = feed(taker, seconds(0, 0.1), first=80_000)

    (turn,) = turns
    assert turn.end_sample <= 80_000
    assert taker.heard_upto > 80_000


@pytest.mark.parametrize("speaking", [True, False], ids=["speaking", "silent"])
def test_what_is_sure_to_be_silent_never_reaches_into_a_later_turn(*, speaking: bool) -> None:
    taker = TurnTaker()
    feed(taker, [*seconds(0.9, 1), *seconds(0, 2), *seconds(0.9 if speaking else 0, 0.1)])
    silent_upto = taker.silent_upto

    later = feed(taker, [*seconds(0.9, 1), *seconds(0, 1)], first=taker.heard_upto)

    assert all(turn.first_sample >= silent_upto for turn in later)
