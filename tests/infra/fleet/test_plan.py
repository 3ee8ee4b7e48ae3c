"""A plan is whole, follows from its seed, and no call of it needs what is not there yet."""

from collections import Counter
from itertools import pairwise

from antiphon.infra.fleet.plan import (
    CALL_S_MIN,
    FAULT_KINDS,
    SPREAD,
    PlannedCall,
    Wishes,
    plan,
)
from antiphon.infra.simulator.faults import NO_FAULTS
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

SHARES = st.floats(0, 1)
WISHES = st.builds(
    Wishes,
    calls=st.integers(1, 40),
    seed=st.integers(0, 2**32),
    rate=st.none() | st.floats(0.01, 100),
    call_s=st.floats(3, 600),
    voices=st.integers(1, 9),
    holds=SHARES,
    transfers=SHARES,
    reused=SHARES,
    further=SHARES,
    mid_word=SHARES,
    faults=st.dictionaries(st.sampled_from(FAULT_KINDS), SHARES),
)


@settings(deadline=None, max_examples=40)
@given(WISHES)
def test_the_same_wishes_give_the_same_calls(wishes: Wishes) -> None:
    assert plan(wishes) == plan(wishes)


@settings(deadline=None, max_examples=40)
@given(WISHES)
def test_a_small_fleet_is_the_beginning_of_a_large_one(wishes: Wishes) -> None:
    larger = plan(replace(wishes, calls=wishes.calls + 5))

    assert larger[: wishes.calls] == plan(wishes)


@settings(deadline=None, max_examples=40)
@given(WISHES)
def test_every_call_has_a_length_a_voice_and_holds_within_itself(wishes: Wishes) -> None:
    for ordinal, call in enumerate(plan(wishes)):
        length_s = sum(call.parts_s)
        assert call.ordinal == ordinal
        assert length_s >= CALL_S_MIN * 0.999999
        assert length_s <= max(CALL_S_MIN, wishes.call_s * (1 + SPREAD)) * 1.000001
        assert all(part_s > 0.5 for part_s in call.parts_s)
        assert 0 <= call.voice < wishes.voices
        assert 0 <= call.offset < 1
        # A call may end a second early to end as it should.
        assert all(0 < one.from_s < one.until_s < length_s - 0.9 for one in call.holds)


@settings(deadline=None, max_examples=40)
@given(WISHES)
def test_a_call_follows_one_that_is_over_and_nobody_else_follows(wishes: Wishes) -> None:
    calls = plan(wishes)

    for before in (
        [call.transfer_of for call in calls],
        [call.stream_of for call in calls],
    ):
        followed = [ordinal for ordinal in before if ordinal is not None]
        assert max(Counter(followed).values(), default=1) == 1
        for call, ordinal in zip(calls, before, strict=True):
            if ordinal is not None:
                assert ordinal < call.ordinal
                assert calls[ordinal].end_s <= call.start_s


@settings(deadline=None, max_examples=40)
@given(WISHES)
def test_a_share_of_all_befalls_all_and_a_share_of_none_nobody(wishes: Wishes) -> None:
    everything = replace(
        wishes, holds=1.0, further=1.0, mid_word=1.0, faults=dict.fromkeys(FAULT_KINDS, 1.0)
    )
    nothing = replace(
        wishes, holds=0.0, further=0.0, mid_word=0.0, transfers=0.0, reused=0.0, faults={}
    )

    for call in plan(everything):
        network = call.faults.network
        assert call.holds
        assert len(call.parts_s) == 2
        assert call.ending == "mid_word"
        assert call.faults.cut_at_fragment is not None
        assert network.latency_ms
        assert network.jitter_ms
        assert network.bytes_a_second
    for call in plan(nothing):
        assert (call.holds, call.ending, call.faults) == ((), "pause", NO_FAULTS)
        assert (call.transfer_of, call.stream_of, len(call.parts_s)) == (None, None, 1)


def test_arrivals_come_as_often_as_asked_for() -> None:
    calls = plan(Wishes(calls=2_000, rate=5.0, seed=7))

    starts_s = [call.start_s for call in calls]

    assert starts_s == sorted(starts_s)
    assert 4.5 < len(calls) / starts_s[-1] < 5.5
    # Of Poisson's arrivals about a third come within less than 0.4 of the mean interval.
    gaps_s = [after - before for before, after in pairwise(starts_s)]
    assert 0.28 < sum(gap_s < 0.4 / 5 for gap_s in gaps_s) / len(gaps_s) < 0.38


def test_shares_are_kept_over_many_calls() -> None:
    calls = plan(Wishes(calls=2_000, rate=5.0, holds=0.2, transfers=0.1, faults={"cut": 0.3}))

    def share(is_so: "list[PlannedCall]") -> float:
        return len(is_so) / len(calls)

    assert 0.17 < share([call for call in calls if call.holds]) < 0.23
    assert 0.08 < share([call for call in calls if call.transfer_of is not None]) < 0.12
    assert 0.27 < share([call for call in calls if call.faults.cut_at_fragment is not None]) < 0.33
