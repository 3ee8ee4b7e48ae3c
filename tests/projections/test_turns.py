"""Utterances are joined for reading: by speaker and silence, and never over a gap."""

from typing import Any

import pytest
from antiphon.events.base import Position, Speaker, Track, UtteranceId
from antiphon.projections.transcript import Gap, Line
from antiphon.projections.turns import TURN_SILENCE_MS, turns_of


def said(
    number: int,
    started_ms: int,
    ended_ms: int,
    *,
    track: Track = "from_customer",
    speaker: Speaker = "customer",
) -> Line:
    return Line(
        utterance_id=UtteranceId(f"{track}-{number}"),
        speaker=speaker,
        track=track,
        text=f"words {number}",
        started_ms=started_ms,
        ended_ms=ended_ms,
        confidence=0.9,
        position=Position(number),
    )


def gap(from_ms: int, until_ms: int | None, *, track: Track = "from_customer") -> Gap:
    return Gap(kind="audio_gap", track=track, from_ms=from_ms, until_ms=until_ms, reason="missing")


AGENT: dict[str, Any] = {"track": "to_customer", "speaker": "agent"}
SYSTEM: dict[str, Any] = {"track": "to_customer", "speaker": "system"}


def texts(*lines: Line, gaps: tuple[Gap, ...] = ()) -> list[str]:
    return [turn.text for turn in turns_of(lines, gaps)]


def test_a_turn_spans_its_utterances_and_names_them() -> None:
    (turn,) = turns_of([said(1, 1_000, 2_000), said(2, 2_500, 4_000)], [])

    assert (turn.speaker, turn.track, turn.text) == ("customer", "from_customer", "words 1 words 2")
    assert (turn.started_ms, turn.ended_ms) == (1_000, 4_000)
    assert turn.utterance_ids == ("from_customer-1", "from_customer-2")


@pytest.mark.parametrize(
    ("silence_ms", "turns"),
    [
        (0, ["words 1 words 2"]),
        (TURN_SILENCE_MS, ["words 1 words 2"]),
        (TURN_SILENCE_MS + 1, ["words 1", "words 2"]),
        pytest.param(-500, ["words 1 words 2"], id="one over the other"),
    ],
)
def test_a_longer_silence_begins_a_turn(silence_ms: int, turns: list[str]) -> None:
    begins_ms = 2_000 + silence_ms

    assert texts(said(1, 1_000, 2_000), said(2, begins_ms, begins_ms + 900)) == turns


def test_silence_is_counted_from_the_end_that_is_latest() -> None:
    long, inside = said(1, 1_000, 9_000), said(2, 2_000, 3_000)

    assert texts(long, inside, said(3, 10_000, 11_000)) == ["words 1 words 2 words 3"]


def test_another_speaker_ends_a_turn_and_the_system_is_another_than_the_agent() -> None:
    lines = [
        said(1, 0, 900, **SYSTEM),
        said(2, 1_000, 1_900, **AGENT),
        said(3, 2_000, 2_100),
        said(4, 2_200, 3_000, **AGENT),
    ]

    assert [(turn.speaker, turn.text) for turn in turns_of(lines, [])] == [
        ("system", "words 1"),
        ("agent", "words 2"),
        ("customer", "words 3"),
        ("agent", "words 4"),
    ]


@pytest.mark.parametrize("track", ["from_customer", "to_customer"])
@pytest.mark.parametrize("until_ms", [2_400, None])
def test_no_turn_reaches_over_a_gap(track: Track, until_ms: int | None) -> None:
    lines = [said(1, 1_000, 2_000), said(2, 2_500, 3_000), said(3, 3_100, 3_500)]

    turns = texts(*lines, gaps=(gap(2_000, until_ms, track=track),))

    assert turns == ["words 1", "words 2 words 3"]


def test_gaps_elsewhere_end_nothing() -> None:
    lines = [said(1, 1_000, 2_000), said(2, 2_500, 3_000)]

    assert texts(*lines, gaps=(gap(0, 1_000), gap(2_500, None))) == ["words 1 words 2"]


def test_nothing_said_is_no_turn() -> None:
    assert turns_of([], [gap(0, None)]) == ()
