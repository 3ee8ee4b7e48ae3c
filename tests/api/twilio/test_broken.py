"""Streams that break off, come again, or overlap; and a log that is away meanwhile."""

import asyncio
from contextlib import AsyncExitStack

from antiphon.events.contact import ContactEnded
from structlog.testing import capture_logs

from ...waiting import until
from ..ingest.world import NOW, Cell, Clock, cell_with_outages
from ..ingest.world import cell as make_cell
from .spoken import begun, broken_off, decoded, gaps, stored, voices
from .vendor import CHUNK, Stream, linear, streaming


def joined(first: dict[str, bytes], second: dict[str, bytes]) -> dict[str, bytes]:
    return {track: first[track] + second[track] for track in first}


async def test_all_that_was_heard_is_stored_when_a_stream_breaks_off() -> None:
    spoken = voices(1, 3)

    async with make_cell() as cell, cell.serving() as url:
        async with streaming(url) as stream:
            await begun(stream)
            await stream.send(stream.sounds(spoken))
            # What lies behind one that is missing waits for it, to the end.
            stream.sequence += 1
            await stream.send(stream.sounds({"inbound": bytes(CHUNK)}))
            await stream.socket.ping()
            await stream.socket.close(1011)
        expected = decoded(spoken)
        await stored(
            cell,
            stream.call,
            expected | {"from_customer": expected["from_customer"] + linear(bytes(CHUNK))},
        )

        assert "contact_ended" not in await cell.kinds(stream.call)


async def test_a_further_stream_goes_on_with_the_contact_at_its_own_start() -> None:
    first, second, clock = voices(2, 2), voices(3, 1), Clock()

    async with make_cell(now=clock) as cell, cell.serving() as url:
        stream = await broken_off(cell, url, first)
        clock.pass_s(5)
        async with streaming(url, call=stream.call) as further:
            await begun(further)
            await further.send(further.sounds(second))
            closed = await further.stop()

        assert closed == (1000, "")
        assert await cell.heard(stream.call) == joined(decoded(first), decoded(second))
        assert await cell.sums_agree(stream.call)
        assert sorted(await gaps(cell, stream.call)) == [
            ("from_customer", 2_000, 5_000),
            ("to_customer", 2_000, 5_000),
        ]
        ends = [one.event for one in await cell.facts(stream.call)]
        [ended] = [one for one in ends if isinstance(one, ContactEnded)]
        assert (ended.ended_at - NOW).total_seconds() == 6.0


async def test_by_a_clock_that_is_behind_a_further_stream_loses_and_covers_nothing() -> None:
    first, second, clock = voices(4, 2), voices(5, 1), Clock()

    async with make_cell(now=clock) as cell, cell.serving() as url:
        stream = await broken_off(cell, url, first)
        clock.pass_s(-3)
        async with streaming(url, call=stream.call) as further:
            await begun(further)
            await further.send(further.sounds(second))
            await further.stop()

        assert await cell.heard(stream.call) == joined(decoded(first), decoded(second))
        assert await gaps(cell, stream.call) == []


async def test_of_two_streams_at_once_the_newer_is_heard() -> None:
    first, second = voices(6, 1), voices(7, 1)

    async with AsyncExitStack() as stack:
        cell = await stack.enter_async_context(make_cell())
        here, there = [await stack.enter_async_context(cell.serving()) for _ in range(2)]
        older = await stack.enter_async_context(streaming(here))
        await begun(older)
        await older.send(older.sounds(first))
        await stored(cell, older.call, decoded(first))
        newer = await stack.enter_async_context(streaming(there, call=older.call))
        await begun(newer)
        await newer.send(newer.sounds(second))
        await stored(cell, older.call, joined(decoded(first), decoded(second)))

        await older.send(older.sounds({"inbound": b"\x01" * CHUNK}))

        assert await older.closed() == (4400, "superseded")
        assert await newer.stop() == (1000, "")
        assert await cell.heard(older.call) == joined(decoded(first), decoded(second))


async def test_a_newer_stream_gets_through_while_the_older_goes_on_talking() -> None:
    async with AsyncExitStack() as stack:
        cell = await stack.enter_async_context(make_cell())
        here, there = [await stack.enter_async_context(cell.serving()) for _ in range(2)]
        older = await stack.enter_async_context(streaming(here))
        await begun(older)

        async def talk() -> None:
            while True:
                await older.send(older.sounds({"inbound": b"\x01" * CHUNK}))
                await asyncio.sleep(0)
                if len(await cell.heard(older.call)) and older.sequence > 2_000:
                    return

        talking = asyncio.create_task(talk())
        await until(lambda: older.sequence > 50, what="the older one talking")
        newer = await stack.enter_async_context(streaming(there, call=older.call))
        await begun(newer)
        await newer.send(newer.sounds({"outbound": b"\x02" * 50 * CHUNK}))
        assert await newer.stop() == (1000, "")
        talking.cancel()
        await asyncio.gather(talking, return_exceptions=True)

        heard = await cell.heard(older.call)
        assert heard["to_customer"] == linear(b"\x02" * 50 * CHUNK)


async def test_a_stop_may_be_told_not_to_end_the_contact() -> None:
    first, second, clock = voices(8, 1), voices(9, 1), Clock()

    async with make_cell(now=clock) as cell, cell.serving() as url:
        async with streaming(url) as stream:
            await begun(stream, {"endOnStop": "false"})
            await stream.send(stream.sounds(first))
            assert await stream.stop() == (1000, "")
        before = await cell.kinds(stream.call)
        async with streaming(url, call=stream.call) as further:
            await begun(further)
            await further.send(further.sounds(second))
            await further.stop()

        assert "contact_ended" not in before
        assert "contact_ended" in await cell.kinds(stream.call)
        assert await cell.heard(stream.call) == joined(decoded(first), decoded(second))


async def test_while_the_log_is_away_what_is_said_is_kept() -> None:
    spoken = voices(10, 10)

    cell, log = await cell_with_outages()
    async with cell.serving() as url, streaming(url) as stream:
        await begun(stream)
        sounds = stream.sounds(spoken)
        await stream.send(sounds[:100])
        await until(lambda: _has_audio(cell, stream), what="audio stored")
        log.is_away = True
        # More than the window that waits to be stored.
        sending = asyncio.create_task(stream.send(sounds[100:]))
        await until(lambda: log.asked > 3, what="the log asked again")
        log.is_away = False
        await sending

        assert await stream.stop() == (1000, "")

    assert await cell.heard(stream.call) == decoded(spoken)
    assert await cell.sums_agree(stream.call)
    assert await gaps(cell, stream.call) == []


async def test_what_is_too_much_to_be_held_is_a_gap_and_the_stream_goes_on() -> None:
    second, little = bytes([0x55]) * 8_000, bytes([0x56]) * CHUNK

    cell, log = await cell_with_outages()
    with capture_logs() as told:
        async with cell.serving() as url, streaming(url) as stream:
            await begun(stream)
            log.is_away = True
            full = [stream.sound(side, second) for side in (*["inbound"] * 39, "outbound")]
            await stream.send([*full, stream.sound("inbound", little)])
            await until(lambda: log.asked > 4, what="the log asked again")
            log.is_away = False
            await until(lambda: _has_seconds(cell, stream, 39), what="what was held stored")
            # As if chunks were counted over both sides, and none was missing.
            stream.chunks["outbound"] = 39
            await stream.send([stream.sound(side, little) for side in ("outbound", "inbound")])

            assert await stream.stop() == (1000, "")

    assert ("from_customer", 39_000, 39_020) in await gaps(cell, stream.call)
    assert (await cell.heard(stream.call))["from_customer"] == linear(second * 39 + little)
    [heard] = [one for one in told if one["event"] == "twilio_heard"]
    assert (heard["left_out"], heard["missing"]) == (1, 0)


async def _has_seconds(cell: Cell, stream: Stream, seconds: int) -> bool:
    return len((await cell.heard(stream.call)).get("from_customer", b"")) >= seconds * 16_000


async def test_while_the_log_is_away_a_call_does_not_end_unheard_of() -> None:
    cell, log = await cell_with_outages()
    async with cell.serving() as url, streaming(url) as stream:
        await begun(stream)
        await stream.send(stream.sounds({"inbound": bytes(CHUNK)}))
        await until(lambda: _has_audio(cell, stream), what="audio stored")
        log.is_away = True
        stopping = asyncio.create_task(stream.stop())
        await until(lambda: log.asked > 3, what="the log asked again")
        log.is_away = False

        assert await stopping == (1000, "")

    kinds = await cell.kinds(stream.call)
    assert kinds[-3:] == ["contact_ended", "audio_received", "audio_stream_closed"]


async def _has_audio(cell: Cell, stream: Stream) -> bool:
    return bool(await cell.heard(stream.call))
