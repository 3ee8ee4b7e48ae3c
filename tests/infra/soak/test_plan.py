"""A soak's calls: one for the whole time, silent ones, and others that keep coming."""

from pathlib import Path

import pytest
from antiphon.infra.fleet.plan import FRAGMENT_S
from antiphon.infra.soak.plan import Soak, planned, silence

NINETY = Soak(minutes=90, beside=2)


def test_in_ninety_minutes_a_token_of_an_hour_expires_before_its_call_is_cut() -> None:
    long = planned(NINETY, voices=2)[0]

    assert sum(long.parts_s) == 90 * 60
    assert NINETY.session_s == 3_600
    assert long.faults.cut_at_fragment is not None
    assert 60 < long.faults.cut_at_fragment * FRAGMENT_S / 60 < 80


@pytest.mark.parametrize("minutes", [0.1, 1, 10, 89])
def test_in_less_it_expires_earlier(minutes: float) -> None:
    soak = Soak(minutes=minutes, beside=0)

    long, *_ = planned(soak, voices=1)

    assert long.faults.cut_at_fragment is not None
    assert soak.session_s < long.faults.cut_at_fragment * FRAGMENT_S + FRAGMENT_S < soak.seconds


def test_of_ninety_minutes_one_call_is_silent_for_an_hour(tmp_path: Path) -> None:
    quiet, voice = planned(NINETY, voices=2)[1], silence(tmp_path)

    assert sum(quiet.parts_s) == 3_600
    assert quiet.voice == 2
    assert not voice.samples.any()
    assert voice.wav.is_file()


def test_when_it_ends_another_is_silent_for_the_rest_so_that_as_many_calls_are_under_way() -> None:
    _, quiet, *_, rest = planned(NINETY, voices=2)

    assert rest.voice == quiet.voice
    assert (rest.start_s, rest.end_s) == (quiet.end_s, NINETY.seconds)


def test_others_keep_coming_until_their_last_would_not_end_in_time() -> None:
    others = planned(NINETY, voices=2)[2:-1]

    assert [call.ordinal for call in others] == list(range(2, len(others) + 2))
    assert {call.voice for call in others} == {0, 1}
    starts = [call.start_s for call in others]
    assert starts == sorted(starts)
    under_way = sum(call.start_s <= 2_700 < call.end_s for call in others)
    assert 1 <= under_way <= 4
    assert 5_000 < max(call.end_s for call in others) <= NINETY.seconds


def test_the_same_seed_gives_the_same_calls() -> None:
    assert planned(NINETY, voices=3) == planned(NINETY, voices=3)
    assert planned(NINETY, voices=3) != planned(Soak(minutes=90, beside=2, seed=1), voices=3)


def test_nobody_beside_them_is_nobody() -> None:
    assert len(planned(Soak(minutes=90, beside=0), voices=1)) == 3
