"""A stream is read by one process at a time, and goes on in mid-call with another."""

import asyncio

import pytest
from antiphon.services import lease as services_lease
from antiphon.services.transcription.contact_lens.checkpoint import Checkpoint
from structlog.testing import capture_logs

from ...builders import contact_started
from ...waiting import until
from ..site import hastening
from .lens import NEVER_SAVED, Severed, asking, ids_told, new_lens, reader_of, saved
from .segments import COMPLETED, finals, ids, turns


@pytest.mark.parametrize("before", range(4))
async def test_killed_in_mid_call_its_next_life_loses_nothing_and_doubles_nothing(
    before: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services_lease, "RELEASE_TIMEOUT_S", 0.01)
    async with new_lens() as lens:
        await lens.stage.tell(contact_started())
        lens.put(*turns(before))
        log = Severed(lens.stage.log)
        lens.start(leases_on=log, limits=NEVER_SAVED)
        await lens.stage.until(lambda events: len(finals(events)) == before)
        log.is_cut = True
        await lens.stop()
        assert await saved(lens) == Checkpoint(), "the facts are all that is known"

        lens.put(*turns(3, first=before), COMPLETED)
        lens.start()

        assert await ids_told(lens) == ids(before + 3)


@pytest.mark.usefixtures("quick")
async def test_who_falls_silent_is_replaced_in_mid_call() -> None:
    async with new_lens() as lens:
        await lens.stage.tell(contact_started())
        log = Severed(lens.stage.log)
        lens.clock = hastening
        lens.start("one", leases_on=log)
        lens.put(*turns(4))
        await lens.stage.until(lambda events: len(finals(events)) == 4)

        with capture_logs() as logs:
            log.is_cut = True
            lens.start("two")
            lens.put(*turns(4, first=4))
            await until(lambda: "stream_taken" in [one["event"] for one in logs], what="taken over")
            lens.put(*turns(4, first=8), COMPLETED)

            assert await ids_told(lens) == ids(12)


async def test_who_leaves_in_order_is_followed_by_another_from_where_it_left() -> None:
    async with new_lens() as lens:
        await lens.stage.tell(contact_started())
        lens.put(*turns(4))
        lens.start("one")
        await lens.stage.until(lambda events: len(finals(events)) == 4)
        await lens.stop("one")
        lens.put(*turns(4, first=4), COMPLETED)

        with capture_logs() as logs:
            lens.start("two")

            assert await ids_told(lens) == ids(8)

        (taken,) = [one["after"] for one in logs if one["event"] == "shard_taken"]
        assert taken == str(lens.stream.shards[0].records[3].sequence)


async def test_two_that_both_believe_that_they_hold_it_tell_each_turn_once() -> None:
    async with new_lens() as lens, asking(lens) as source:
        await lens.stage.tell(contact_started())
        readers = [asyncio.create_task(reader_of(lens, source).read_for_ever()) for _ in range(2)]
        for number in range(20):
            lens.put(*turns(1, first=number))
            await until(lambda wanted=number: lens.server.asked["GetRecords"] > wanted)
        lens.put(COMPLETED)

        assert await ids_told(lens) == ids(20)

        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)


async def test_a_tenant_that_is_heard_here_again_has_its_stream_left_alone() -> None:
    text_only = True
    looks = 0

    def is_text_only() -> bool:
        nonlocal looks
        looks += 1
        return text_only

    async with new_lens() as lens:
        await lens.stage.tell(contact_started())
        with capture_logs() as logs:
            lens.start(is_text_only=is_text_only)
            lens.put(*turns(2))
            await lens.stage.until(lambda events: len(finals(events)) == 2)

            text_only = False
            await until(lambda: "stream_left" in [one["event"] for one in logs], what="left")
            lens.put(*turns(2, first=2), COMPLETED)
            asked, looked = lens.server.asked["GetRecords"], looks
            await until(lambda: looks > looked + 5, what="looked at again")
            assert lens.server.asked["GetRecords"] == asked

            text_only = True

            assert await ids_told(lens) == ids(4)
