"""What a source brings is stored, all of it and once, however often it is cut off."""

import asyncio
import hashlib
from collections.abc import Mapping
from random import Random
from typing import Any

import pytest
from antiphon.events.contact import ContactEnded, ContactStarted
from antiphon.events.media import AudioGap, AudioStreamClosed, AudioStreamOpened

from .source import bring, frame, frames_of, hello, talking
from .world import NOON, Cell, two_processes

SECOND_BYTES = 16_000


def voices(seed: int, seconds: int) -> dict[str, bytes]:
    chance = Random(seed)
    return {
        track: chance.randbytes(seconds * SECOND_BYTES)
        for track in ("from_customer", "to_customer")
    }


def sums(tracks: Mapping[str, bytes]) -> dict[str, str]:
    return {track: hashlib.sha256(samples).hexdigest() for track, samples in tracks.items()}


async def test_a_whole_call_is_stored_and_ends(cell: Cell) -> None:
    spoken = voices(1, 12)

    async with cell.serving() as url:
        await bring(lambda: url, hello(), frames_of(spoken))

    assert sums(await cell.heard()) == sums(spoken)
    assert await cell.sums_agree()
    kinds = await cell.kinds()
    assert kinds[0] == "contact_started"
    assert kinds[-2:] == ["contact_ended", "audio_stream_closed"] or kinds[-3:] == [
        "contact_ended",
        "audio_received",
        "audio_stream_closed",
    ]
    assert "audio_gap" not in kinds
    closed = (await cell.facts())[-1].event
    assert isinstance(closed, AudioStreamClosed)
    assert (closed.reason, closed.ended_ms) == ("contact_ended", 12_000)


@pytest.mark.parametrize("seed", range(4))
async def test_cut_anywhere_between_two_processes_nothing_is_lost_or_twice(
    cell: Cell, seed: int
) -> None:
    spoken, chance = voices(seed, 5), Random(seed)
    cuts = [chance.randrange(1, 120) for _ in range(6)]

    async with two_processes(cell) as urls, asyncio.timeout(30):
        connections = await bring(
            lambda: chance.choice(urls), hello(), frames_of(spoken), cut_after=cuts
        )

    assert connections > 3
    assert sums(await cell.heard()) == sums(spoken)
    assert await cell.sums_agree()
    kinds = await cell.kinds()
    assert kinds.count("audio_stream_opened") == kinds.count("audio_stream_closed") == 1
    assert "audio_gap" not in kinds


async def test_an_acknowledged_frame_is_stored_when_the_source_never_comes_back(
    cell: Cell,
) -> None:
    async with cell.serving() as url, talking(url) as talk:
        await talk.tell(hello())
        await talk.hear()
        await talk.tell(frame(1, "from_customer", 0, b"\x01\x02" * 160))

        ack = await talk.hear()
        talk.drop()

    assert ack == {"type": "ack", "sequence": 1}
    assert await cell.heard() == {"from_customer": b"\x01\x02" * 160}


async def test_a_welcome_says_where_to_go_on(cell: Cell) -> None:
    async with cell.serving() as url:
        async with talking(url) as talk:
            await talk.tell(hello())
            first = await talk.hear()
            await talk.tell(frame(1, "to_customer", 800, bytes(320)))
            await talk.tell(frame(2, "from_customer", 400, bytes(640)))
            while await talk.hear() != {"type": "ack", "sequence": 2}:
                pass
        async with talking(url) as talk:
            await talk.tell(hello(started_at="2026-03-02T12:00:09+00:00"))
            again = await talk.hear()

    assert (first["sequence"], first["next_sample"], first["closed"]) == (0, {}, False)
    assert again["sequence"] == 2
    assert again["next_sample"] == {"from_customer": 720, "to_customer": 960}
    assert again["started_at"] == first["started_at"] == "2026-03-02T12:00:00Z"


async def test_a_pause_within_a_track_is_a_gap_and_no_shift(cell: Cell) -> None:
    frames = [
        ("from_customer", 0, bytes(16_000)),
        ("from_customer", 12_000, bytes(16_000)),
        ("to_customer", 0, bytes(16_000)),
        ("to_customer", 8_000, bytes(16_000)),
        ("to_customer", 16_000, bytes(8_000)),
    ]

    async with cell.serving() as url:
        await bring(lambda: url, hello(), frames)

    gaps = [one.event for one in await cell.facts() if isinstance(one.event, AudioGap)]
    assert [(gap.track, gap.from_ms, gap.until_ms) for gap in gaps] == [
        ("from_customer", 1_000, 1_500)
    ]


async def test_the_clock_begins_with_the_first_sample_that_is_brought(cell: Cell) -> None:
    async with cell.serving() as url:
        await bring(lambda: url, hello(), [("from_customer", 8_000, bytes(1_600))])

    [opened] = [one.event for one in await cell.facts() if isinstance(one.event, AudioStreamOpened)]
    [ended] = [one.event for one in await cell.facts() if isinstance(one.event, ContactEnded)]
    assert (opened.clock_zero_at - NOON).total_seconds() == 1.0
    assert (ended.ended_at - NOON).total_seconds() == 1.1


# Source: ITU-T G.711, table 2: ends of segments, and the two zeros.
G711 = {0x00: -32_124, 0x80: 32_124, 0x8F: 16_764, 0x7F: 0, 0xFF: 0, 0xEF: 132, 0x0F: -16_764}


async def test_mu_law_is_decoded_as_the_standard_says(cell: Cell) -> None:
    async with cell.serving() as url:
        await bring(lambda: url, hello(encoding="mulaw"), [("from_customer", 0, bytes(G711))])

    stored = (await cell.heard())["from_customer"]
    samples = [
        int.from_bytes(stored[at : at + 2], "little", signed=True)
        for at in range(0, len(stored), 2)
    ]
    assert samples == list(G711.values())


async def test_an_end_that_is_repeated_is_answered_the_same(cell: Cell) -> None:
    frames = [("from_customer", 0, bytes(320))]
    async with cell.serving() as url:
        await bring(lambda: url, hello(), frames)

        async with talking(url) as talk:
            await talk.tell(hello())
            welcome = await talk.hear()
            await talk.tell({"type": "end", "sequence": 1})
            last = await talk.hear_last()

    assert (welcome["sequence"], welcome["closed"]) == (1, True)
    assert last == ({"type": "ended", "sequence": 1}, 1000)
    assert (await cell.kinds()).count("audio_stream_closed") == 1


async def test_a_frame_that_is_sent_twice_stands_once(cell: Cell) -> None:
    async with cell.serving() as url, talking(url) as talk:
        await talk.tell(hello())
        await talk.hear()
        for _ in range(3):
            await talk.tell(frame(1, "from_customer", 0, b"\x05\x00" * 160))
        await talk.tell({"type": "end", "sequence": 1})
        last, _ = await talk.hear_last()

    assert last == {"type": "ended", "sequence": 1}
    assert await cell.heard() == {"from_customer": b"\x05\x00" * 160}


async def test_of_two_sockets_on_one_contact_the_older_is_told_to_come_back(cell: Cell) -> None:
    async with two_processes(cell) as (here, there), talking(here) as old, talking(there) as new:
        await old.tell(hello())
        await old.hear()
        await new.tell(hello())
        await new.hear()
        await new.tell(frame(1, "from_customer", 0, b"\x01\x00" * 160))
        assert await new.hear() == {"type": "ack", "sequence": 1}

        await old.tell(frame(1, "from_customer", 0, b"\x09\x00" * 320))
        last, code = await old.hear_last()

    assert (last["type"], last["problem"], code) == ("retry", "stream_moved", 1013)
    assert await cell.heard() == {"from_customer": b"\x01\x00" * 160}


async def test_what_the_hello_tells_of_the_contact_is_a_fact(cell: Cell) -> None:
    greeting: dict[str, Any] = hello(
        contact={
            "contact_id": "c-1",
            "instance_arn": "desk-capture",
            "language": "en-GB",
            "attributes": {"mood": "worried"},
        }
    )

    async with cell.serving() as url, talking(url) as talk:
        await talk.tell(greeting)
        await talk.hear()

    started = (await cell.facts())[0].event
    assert isinstance(started, ContactStarted)
    assert (started.language, started.attributes["mood"].reveal()) == ("en-GB", "worried")
    assert started.media is not None
    assert started.media.stream_arn == "antiphon:ingest"
