"""Audio may be left behind once finals of every track have passed it."""

from antiphon.events.base import START, Position, Track
from antiphon.services.transcription.trail import Trail


def both(customer_ms: int, agent_ms: int) -> dict[Track, int]:
    return {"from_customer": customer_ms, "to_customer": agent_ms}


def test_nothing_is_left_behind_before_both_tracks_have_finals() -> None:
    trail = Trail(Position(3))
    for second in range(1, 11):
        trail.passed(Position(10 + second), both(second * 2_000, second * 2_000))

    assert trail.closed(both(9_000, 0)) == 3
    assert trail.closed(both(9_000, 4_500)) == 12
    assert trail.closed(both(9_000, 9_000)) == 14


def test_the_position_never_passes_audio_that_no_final_covers() -> None:
    trail = Trail()
    for number in range(1, 1_001):
        trail.passed(Position(number), both(number * 64, number * 64))

    for closed_ms in range(0, 64_000, 777):
        assert trail.closed(both(closed_ms, closed_ms)) * 64 <= closed_ms


def test_a_track_that_brings_nothing_holds_nothing_back() -> None:
    trail = Trail()
    trail.passed(Position(1), {"from_customer": 2_000})
    trail.passed(Position(2), {})

    assert trail.closed(both(1_000, 0)) == START
    assert trail.closed(both(2_000, 0)) == 1
