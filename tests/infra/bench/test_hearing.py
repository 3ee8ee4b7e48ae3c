"""What the benchmarks of hearing rest on: marks, windows, and a recogniser that costs nothing."""

import io
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from antiphon.events.base import TRACKS, ContactId, ContactRef, TenantName
from antiphon.infra.bench.hearing import delays_of
from antiphon.infra.bench.hearing_peers import PipecatRates, Way, rows_of
from antiphon.infra.bench.noting import is_marked
from antiphon.infra.bench.synthetic import BLOCK_SAMPLES, marked_recording
from antiphon.infra.bench.takeover import heard_again
from antiphon.infra.bench.under_way import MARK_EVERY_S, Placed, Window, is_real_pace
from antiphon.infra.bench.zero_cost import FINAL_EVERY_S, ZeroCostRecognizer
from antiphon.services.transcription.port import Hypothesis, RecognitionRequest, SpeechAudio

CONTACT = ContactRef(TenantName("bench"), ContactId("c-1"))
PLACED = Placed(CONTACT, "arn", 0, 8_000, datetime(2026, 3, 2, tzinfo=UTC))
WINDOW = Window(calls=10, began_s=100.0, ended_s=110.24, cpu_s=0.512, sender_cpu_s=0.1)
SECONDS = 12


async def heard(notes: io.BytesIO) -> list[Hypothesis]:
    """Give both tracks of a marked recording, block by block, and return what was said."""
    recording = marked_recording(seconds=SECONDS, every_s=MARK_EVERY_S, first_s=0)
    request = RecognitionRequest(contact=CONTACT, language="en-US")
    async with ZeroCostRecognizer(notes).open(request) as session:
        for first in range(0, len(recording), BLOCK_SAMPLES):
            block = recording[first : first + BLOCK_SAMPLES]
            for channel, track in enumerate(TRACKS):
                samples = block[:, channel].tobytes()
                await session.hear(SpeechAudio(track=track, first_sample=first, samples=samples))
        await session.finish()
        return [hypothesis async for hypothesis in session.results()]


async def test_the_recogniser_that_costs_nothing_tells_how_far_it_heard_and_says_something() -> (
    None
):
    found = await heard(io.BytesIO())

    for track in TRACKS:
        told = [one for one in found if one.track == track]
        assert [one.heard_ms for one in told] == sorted({one.heard_ms for one in told})
        assert max(b.heard_ms - a.heard_ms for a, b in pairwise(told)) < 1_200
        finals = [one for one in told if one.is_final]
        assert len(finals) == int(SECONDS // FINAL_EVERY_S)
        assert all(one.text and len(one.words) == len(one.text.split()) for one in finals)


async def test_every_mark_that_reaches_it_is_noted_once() -> None:
    notes = io.BytesIO()

    await heard(notes)

    assert len(notes.getvalue().splitlines()) == len(range(0, SECONDS * 1_000, 1_024))


def test_a_mark_is_found_anywhere_in_a_piece_and_not_in_silence() -> None:
    recording = marked_recording(seconds=1, every_s=2.0, first_s=0)
    block = recording[:BLOCK_SAMPLES, 0].tobytes()

    assert is_marked(b"header" + block + bytes(100))
    assert not is_marked(bytes(4_096))


def test_a_window_tells_calls_a_core_and_the_share_of_what_was_spoken() -> None:
    all_marks = [
        100.0 + call / 100 + mark * MARK_EVERY_S for call in range(10) for mark in range(10)
    ]

    assert WINDOW.calls_a_core == pytest.approx(200)
    assert WINDOW.share(all_marks) == pytest.approx(1.0)
    assert WINDOW.share(all_marks[:50]) == pytest.approx(0.5)
    assert WINDOW.share([99.9, 110.3]) == 0
    assert WINDOW.share(all_marks[:20], calls=2) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("share", "held"), [(1.0, True), (0.98, True), (1.02, True), (0.95, False), (1.05, False)]
)
def test_who_falls_behind_or_catches_up_does_not_hold_the_pace(share: float, held: bool) -> None:  # noqa: FBT001
    assert is_real_pace(share) is held


def test_a_delay_is_from_the_marks_arrival_to_its_being_heard() -> None:
    received, heard_s = {("arn", 0): 1.0, ("arn", 1): 2.0}, {("c-1", 0): 1.004, ("c-1", 1): 2.01}

    delays = delays_of([PLACED], received, heard_s)

    assert [at_s for at_s, _ in delays] == [1.004, 2.01]
    assert [ms for _, ms in delays] == pytest.approx([4.0, 10.0])


def test_notes_that_do_not_belong_together_are_no_measure() -> None:
    with pytest.raises(ValueError, match="before it came"):
        delays_of([PLACED], {("arn", 0): 2.0}, {("c-1", 0): 1.0})


def way(name: str, calls: float, *, carried: float = 1.0, is_documented: bool = True) -> Way:
    return Way(name, is_documented, calls, carried, finals=1)


def test_the_peer_is_the_fastest_way_that_is_documented_even_where_it_fell_behind() -> None:
    ways = (way("slow", 50), way("fast", 70), way("made up", 150, is_documented=False))
    behind = way("behind", 90, carried=0.8)

    assert PipecatRates(ways, "").best.way == "fast"
    assert PipecatRates((*ways, behind), "").best == behind
    assert "not held" in behind.pace
    assert "not held" not in ways[0].pace


def test_every_way_of_the_peer_is_told_and_the_first_how_it_was_set_up() -> None:
    rates = PipecatRates((way("slow", 50), way("made up", 150, is_documented=False)), "as told")

    first, second = rows_of(rates)

    assert (first.value, second.value) == (50, 150)
    assert "as told" in first.beside
    assert "not as documented" in second.what


def test_a_call_was_heard_again_where_its_pause_around_the_kill_ends() -> None:
    killed_at = 10.0

    assert heard_again([9.0, 9.9, 10.03, 12.4, 12.5], killed_at) == 12.4
    assert heard_again([9.8, 9.9, 10.0, 10.1, 10.2], killed_at) is None
    assert heard_again([9.8, 9.9, 10.1, 11.0, 14.0], 8.0) is None


def test_a_call_that_nobody_heard_again_never_was() -> None:
    assert heard_again([9.8, 9.9], 10.0) == float("inf")
