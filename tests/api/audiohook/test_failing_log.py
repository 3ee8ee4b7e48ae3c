"""Whichever append of a session fails, and whether it was stored or not: no sample is lost."""

import asyncio

import pytest
from antiphon.api.audiohook import route
from antiphon.api.ingest import backlog, storing
from antiphon.infra.memory_keys import MemoryKeys
from structlog.testing import capture_logs

from ...services.media.failing_log import FailingLog, When
from ...waiting import until
from ..ingest.world import Cell, Clock, cell_with_outages, memory_log
from .client import CONVERSATION, FRAME_SAMPLES, Session, hooked, interleaved, uuid_of
from .spoken import heard_of, voices

APPENDS = 6  # of such a session at least: four facts, two of audio


async def send(session: Session, audio: bytes) -> None:
    for at in range(0, len(audio), 2 * FRAME_SAMPLES):
        await session.send(audio[at : at + 2 * FRAME_SAMPLES])


@pytest.mark.parametrize("stored", ["never", "at once", "late"])
async def test_an_append_that_fails_is_made_good(
    stored: When, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storing, "STORE_EVERY_S", 0.001)
    monkeypatch.setattr(storing, "REOPEN_AFTER_S", (0.01,) * 9)
    monkeypatch.setattr(route, "OPEN_AGAIN_S", (0.01,) * 9)
    monkeypatch.setattr(route, "END_AGAIN_S", (0.01,) * 9)
    log = FailingLog(await memory_log(), stored=stored)
    cell = Cell(log, MemoryKeys())
    spoken = voices(21, 5 * FRAME_SAMPLES)

    async with cell.serving() as url:
        for nth in range(1, APPENDS + 1):
            log.fail_next(nth)
            conversation = uuid_of(nth)
            async with hooked(url, conversation=conversation) as session:
                await session.open()
                await send(session, interleaved(*spoken))
                await session.close()

            assert log.reached.is_set(), nth
            assert await cell.heard(conversation) == heard_of(*spoken), nth
            assert await cell.sums_agree(conversation), nth
            kinds = await cell.kinds(conversation)
            assert "audio_gap" not in kinds, nth
            assert kinds.count("contact_ended") == kinds.count("audio_stream_closed") == 1, nth


async def speak(session: Session, audio: bytes, clock: Clock) -> None:
    """Send audio as it is spoken."""
    for at in range(0, len(audio), 2 * FRAME_SAMPLES):
        clock.pass_s(FRAME_SAMPLES / 8_000)
        await session.send(audio[at : at + 2 * FRAME_SAMPLES])
        if at % (10 * 2 * FRAME_SAMPLES) == 0:
            await session.ping()


async def test_in_an_outage_a_client_is_answered_and_all_it_says_is_stored_afterwards(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(storing, "REOPEN_AFTER_S", (0.01,) * 5_000)
    clock = Clock()
    cell, log = await cell_with_outages(now=clock)
    spoken = voices(22, 25 * 8_000)

    async with cell.serving() as url, hooked(url) as session:
        await session.open()
        log.is_away = True
        await speak(session, interleaved(*spoken), clock)
        await session.ping()
        asked = log.asked
        await until(lambda: log.asked > asked, what="the log is still away")
        log.is_away = False
        await session.close()

    assert await cell.heard(CONVERSATION) == heard_of(*spoken)
    assert "audio_gap" not in await cell.kinds(CONVERSATION)
    assert await cell.sums_agree(CONVERSATION)


async def test_what_is_too_much_to_be_held_is_a_gap_and_the_session_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(storing, "REOPEN_AFTER_S", (0.01,) * 5_000)
    monkeypatch.setattr(backlog, "HELD_MAX", 12)
    clock = Clock()
    cell, log = await cell_with_outages(now=clock)
    external, internal = voices(24, 60 * FRAME_SAMPLES)  # 12 s; the window has about 7
    late = voices(25, FRAME_SAMPLES)

    async def is_stored() -> bool:
        return len((await cell.heard(CONVERSATION)).get("to_customer", b"")) > 2 * 5 * 8_000

    with capture_logs() as told:
        async with cell.serving() as url, hooked(url) as session:
            await session.open()
            log.is_away = True
            await speak(session, interleaved(external, internal), clock)
            log.is_away = False
            await until(is_stored, what="what was held is stored")
            await session.ping()
            await speak(session, interleaved(*late), clock)
            await session.close()

    [left_out] = [line["parts"] for line in told if line["event"] == "audiohook_left_out"]
    kept = (60 - left_out) * FRAME_SAMPLES
    expected = heard_of(external[:kept] + late[0], internal[:kept] + late[1])
    assert left_out > 10
    assert await cell.heard(CONVERSATION) == expected
    assert "audio_gap" in await cell.kinds(CONVERSATION)


async def test_a_client_in_haste_waits_for_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storing, "REOPEN_AFTER_S", (0.01,) * 5_000)
    cell, log = await cell_with_outages()
    spoken = voices(27, 29 * 8_000)  # at once, and more than is held

    async with cell.serving() as url, hooked(url) as session:
        await session.open()
        log.is_away = True
        sending = asyncio.create_task(send(session, interleaved(*spoken)))
        await until(lambda: log.asked > 3, what="the log asked again")
        log.is_away = False
        await sending
        await session.close()

    assert await cell.heard(CONVERSATION) == heard_of(*spoken)


async def test_an_outage_that_does_not_end_ends_the_session(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(storing, "REOPEN_AFTER_S", (0.01, 0.01))
    cell, log = await cell_with_outages()

    async with cell.serving() as url, hooked(url) as session:
        await session.open()
        log.is_away = True
        await send(session, interleaved(*voices(23, FRAME_SAMPLES)))
        parted = await session.parted()

    assert parted == {"reason": "error", "info": "log_unavailable"}
    assert "contact_ended" not in await cell.kinds(CONVERSATION)
