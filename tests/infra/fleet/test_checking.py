"""Whatever is missing, twice, or other than it was sent is found in a contact's own facts."""

import hashlib
from collections.abc import Sequence

import msgspec
import pytest
from antiphon.events.base import TRACKS, Position
from antiphon.events.media import AudioReceived, AudioRepaired, TrackSpan
from antiphon.infra.fleet.checking import Account, Sent, account_of
from msgspec.structs import replace

SECOND = 8_000
SPEECH = bytes(range(256)) * 125  # two seconds of samples
SENT = Sent(offset_ms=0, tracks={"from_customer": SPEECH, "to_customer": SPEECH[::-1]})
ALL_MS = 4_000  # of both tracks


def fact(
    *ranges: tuple[int, int],
    stream: int = 1,
    shift: int = 0,
    sent: Sent = SENT,
    count: int | None = None,
) -> bytes:
    """What the media service says of these samples of both tracks, `shift` on the clock."""
    spans = spans_of(ranges, sent, shift=shift, count=count)
    received = AudioReceived(
        stream=stream,
        first_fragment="1",
        last_fragment="2",
        spans=spans,
        audio_after=Position(0),
        audio_upto=Position(1),
    )
    return msgspec.json.encode({"type": AudioReceived.TYPE, "data": received})


def spans_of(
    ranges: Sequence[tuple[int, int]], sent: Sent, *, shift: int = 0, count: int | None = None
) -> tuple[TrackSpan, ...]:
    return tuple(
        TrackSpan(
            track=track,
            first_sample=first + shift,
            end_sample=end + shift,
            sample_count=end - first if count is None else count,
            sha256=hashlib.sha256(sent.tracks[track][first * 2 : end * 2]).hexdigest(),
        )
        for first, end in ranges
        for track in TRACKS
    )


def repaired(*ranges: tuple[int, int], sent: Sent = SENT) -> bytes:
    fact = AudioRepaired(
        outcome="whole",
        spans=spans_of(ranges, sent),
        missing_ms=0,
        audio_after=Position(1),
        audio_upto=Position(2),
    )
    return msgspec.json.encode({"type": AudioRepaired.TYPE, "data": fact})


def test_what_arrived_as_it_was_sent_is_whole() -> None:
    account = account_of([fact((0, SECOND)), fact((SECOND, 2 * SECOND))], [SENT])

    assert account == Account(sent_ms=ALL_MS)
    assert account.is_whole


@pytest.mark.parametrize(
    ("facts", "found"),
    [
        pytest.param([], {"lost_ms": 4_000}, id="nothing arrived"),
        pytest.param([fact((0, SECOND))], {"lost_ms": 2_000}, id="the end is missing"),
        pytest.param([fact((SECOND, 2 * SECOND))], {"lost_ms": 2_000}, id="its beginning is"),
        pytest.param(
            [fact((0, 4_000)), fact((12_000, 2 * SECOND))], {"lost_ms": 2_000}, id="its middle is"
        ),
        pytest.param(
            [fact((0, 2 * SECOND), count=15_200)], {"lost_ms": 200}, id="a gap within a span"
        ),
        pytest.param(
            [fact((0, SECOND)), fact((0, 2 * SECOND))], {"repeated_ms": 2_000}, id="twice"
        ),
        pytest.param(
            [fact((0, 2 * SECOND)), fact((0, SECOND), stream=2)],
            {"repeated_ms": 2_000},
            id="from a stream that nobody played",
        ),
    ],
)
def test_what_is_not_so_is_found(facts: list[bytes], found: dict[str, int]) -> None:
    account = account_of(facts, [SENT])

    assert account == replace(Account(sent_ms=ALL_MS), **found)


def test_other_samples_are_found() -> None:
    other = Sent(offset_ms=0, tracks={**SENT.tracks, "to_customer": SPEECH})

    account = account_of([fact((0, 2 * SECOND), sent=other)], [SENT])

    assert account == Account(sent_ms=ALL_MS, altered_ms=2_000)


def test_what_was_found_afterwards_counts_as_arrived() -> None:
    heard = [fact((0, 4_000)), fact((12_000, 2 * SECOND))]

    account = account_of([*heard, repaired((4_000, 12_000))], [SENT])

    assert account == Account(sent_ms=ALL_MS, is_settled=True)


def test_what_was_found_afterwards_is_held_against_what_was_sent_too() -> None:
    other = Sent(offset_ms=0, tracks={**SENT.tracks, "to_customer": SPEECH})
    heard = [fact((0, 4_000)), fact((12_000, 2 * SECOND))]

    altered = account_of([*heard, repaired((4_000, 12_000), sent=other)], [SENT])
    repeated = account_of([*heard, repaired((4_000, 13_000))], [SENT])

    assert altered.altered_ms == 1_000
    assert repeated.repeated_ms == 250


def test_more_than_was_sent_is_found() -> None:
    longer = Sent(offset_ms=0, tracks=dict.fromkeys(TRACKS, SPEECH + SPEECH))

    account = account_of([fact((0, 3 * SECOND), sent=longer)], [SENT])

    assert account.repeated_ms == 2_000
    assert account.lost_ms == 0


@pytest.mark.parametrize("seam", [0, 64, -64], ids=["exactly", "a little late", "a little early"])
def test_a_further_stream_stands_where_its_producer_said(seam: int) -> None:
    further = Sent(offset_ms=2_000, tracks=SENT.tracks)
    second = fact((0, 2 * SECOND), stream=2, shift=2 * SECOND + seam)

    account = account_of([fact((0, 2 * SECOND)), second], [SENT, further])

    assert account == Account(sent_ms=2 * ALL_MS)


def test_a_further_stream_that_stands_elsewhere_is_no_success() -> None:
    further = Sent(offset_ms=2_000, tracks=SENT.tracks)
    second = fact((0, 2 * SECOND), stream=2, shift=3 * SECOND)

    account = account_of([fact((0, 2 * SECOND)), second], [SENT, further])

    assert not account.is_whole
