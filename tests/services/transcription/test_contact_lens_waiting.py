"""What cannot be told yet waits: for the words behind it, for its contact, for the log."""

import asyncio

import pytest
from antiphon.errors import LogUnavailable
from antiphon.events.base import ContactId, ContactRef, Event
from antiphon.infra.simulator.segments.misbehaviour import GOOD, Misbehaviour
from antiphon.services.transcription.contact_lens import kinesis
from antiphon.services.transcription.contact_lens.limits import Limits
from antiphon.services.transcription.contact_lens.queue import Queue
from msgspec.structs import replace
from structlog.testing import capture_logs

from ...builders import CONTACT, contact_erased, contact_started
from ...waiting import until
from .lens import EAGER, STREAM, counted, is_over, new_lens, saved, told
from .segments import AGENT, CALL, COMPLETED, SPOKEN, another, finals, record, transcript, turns


async def test_digits_with_nothing_behind_them_wait_and_then_are_told() -> None:
    digits = record(transcript("t-1", "it is 4242", 3_000))
    async with new_lens() as lens:
        await lens.stage.tell(contact_started())
        lens.put(digits)
        limits = replace(EAGER, quiet_s=0.3)
        began = asyncio.get_running_loop().time()

        lens.start(limits=limits)
        await lens.stage.until(lambda events: bool(finals(events)))

        assert asyncio.get_running_loop().time() - began >= 0.3
        assert finals(await lens.stage.speech()) == [("t-1", "from_customer", "it is 4242")]


@pytest.mark.parametrize("crash_at", range(6))
async def test_what_waits_is_told_once_and_in_order_with_what_follows(crash_at: int) -> None:
    digits = [
        record(transcript(id_, "it is four two four two", began_ms))
        for id_, began_ms in (("t-1", 1_000), ("t-4", 9_000))
    ]
    async with new_lens() as lens:
        await lens.stage.tell(contact_started())
        lens.stage.log.crash_at = crash_at
        lens.put(
            *(digits[0], digits[0]),
            record(transcript("t-2", "go on", 3_500, role=AGENT)),
            record(transcript("t-3", "thank you", 4_500)),
            *(digits[1], digits[1]),
            COMPLETED,
        )

        lens.start(limits=replace(EAGER, quiet_s=1_000.0))
        speech = await told(lens)

        assert sorted(one[0] for one in finals(speech)) == ["t-1", "t-2", "t-3", "t-4"]
        customers = [one[0] for one in finals(speech) if one[1] == "from_customer"]
        assert customers == ["t-1", "t-3", "t-4"]


def test_a_contact_that_is_not_known_is_looked_for_ever_more_seldom() -> None:
    queue = Queue(Limits(unknown_look_s=1.0, unknown_look_longest_s=4.0))

    looks = [at_s for at_s in range(20) if queue.may_look(float(at_s))]

    assert looks == [0, 1, 3, 7, 11, 15, 19]


async def test_words_that_come_before_their_contact_wait_for_it() -> None:
    async with new_lens() as lens:
        lens.put(*CALL)
        lens.start()
        await until(lambda: counted("records_waiting", stream=STREAM) == 5, what="waiting")

        await lens.stage.tell(contact_started())
        speech = await told(lens)

        assert finals(speech) == SPOKEN
        await until(lambda: counted("records_waiting", stream=STREAM) == 0, what="nothing waiting")


async def test_words_of_a_contact_that_never_starts_are_let_go_of() -> None:
    async with new_lens() as lens:
        dropped = counted("records_dropped_total", reason="contact_unknown")
        await lens.stage.tell(contact_started())
        lens.put(*(another("unknown", one) for one in CALL), *CALL)
        lens.start(limits=replace(EAGER, unknown_s=0.1))

        speech = await told(lens)
        await until(
            lambda: counted("records_dropped_total", reason="contact_unknown") == dropped + 5,
            what="dropped",
        )

        assert finals(speech) == SPOKEN
        await until(lambda: counted("records_waiting", stream=STREAM) == 0, what="nothing waiting")


async def test_of_too_many_that_wait_the_oldest_are_let_go_of() -> None:
    async with new_lens() as lens:
        dropped = counted("records_dropped_total", reason="too_many_wait")
        for number in range(12):
            lens.put(another(f"unknown-{number}", CALL[2]))
        lens.start(limits=replace(EAGER, waiting_max=10))

        await until(lambda: counted("records_waiting", stream=STREAM) == 10, what="bounded")

        assert counted("records_dropped_total", reason="too_many_wait") == dropped + 2


async def test_an_erased_contact_gets_no_further_words_and_others_do() -> None:
    other = ContactRef(CONTACT.tenant, ContactId("c-9"))
    async with new_lens() as lens:
        dropped = counted("records_dropped_total", reason="erased")
        await lens.stage.tell(contact_started(), contact_erased())
        await lens.stage.tell_of(other, contact_started())
        lens.put(*CALL, *(another("c-9", one) for one in CALL))

        lens.start()
        await until(lambda: counted("records_dropped_total", reason="erased") == dropped + 5)
        events: list[Event] = []

        async def others_are_told() -> bool:
            facts = lens.stage.journal.read(other, lanes=["speech"])
            events[:] = [one.event async for one in facts]
            return is_over(events)

        await until(others_are_told, what="told")

        assert finals(events) == SPOKEN
        assert await lens.stage.speech() == []


async def test_in_an_outage_of_the_log_reading_waits_and_nothing_is_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(kinesis, "RECORDS_MAX", 1)
    async with new_lens() as lens:
        await lens.stage.tell(contact_started())
        refused, is_down = 0, True
        append = lens.stage.log.append

        async def failing(*given: object, **named: object) -> object:
            nonlocal refused
            if is_down:
                refused += 1
                raise LogUnavailable("asked to")
            return await append(*given, **named)  # pyright: ignore[reportArgumentType]

        lens.start(limits=replace(EAGER, untold_max=2, save_s=1_000.0))
        await until(lambda: lens.server.asked["GetRecords"] > 0)
        monkeypatch.setattr(lens.stage.log, "append", failing)
        lens.put(*CALL[1:5], *CALL)
        asked = lens.server.asked["GetRecords"]
        await until(lambda: refused > 20, what="refused often")
        asked = lens.server.asked["GetRecords"] - asked
        is_down = False

        assert finals(await told(lens)) == SPOKEN
        assert asked < 8, "what is not told keeps more from being asked for"


async def test_what_waits_stands_behind_the_checkpoint() -> None:
    digits = record(transcript("t-1", "it is four two four two", 3_000))
    async with new_lens() as lens:
        await lens.stage.tell(contact_started())
        lens.put(*turns(1), digits, record(kind="STARTED"))
        held = counted("segments_total", outcome="held")
        lens.start(limits=replace(EAGER, quiet_s=1_000.0))
        await until(lambda: counted("segments_total", outcome="held") > held, what="held")
        await lens.stop()
        assert counted("records_waiting", stream=STREAM) == 0

        (upto,) = (await saved(lens)).told.values()
        lens.start()

        assert upto == str(lens.stream.shards[0].records[0].sequence)
        await lens.stage.until(lambda events: len(finals(events)) == 2)


async def test_while_a_shard_has_not_answered_nobody_knows_that_nothing_follows() -> None:
    answers = asyncio.Event()
    digits = transcript("t-1", "it is four two four two", 3_000)
    async with new_lens(shards=2) as lens:
        for one in ("c-1", "c-2", "c-3", "c-4"):
            other = ContactRef(CONTACT.tenant, ContactId(one))
            await lens.stage.tell_of(other, contact_started())
            lens.put(record(digits, ContactId=one))
        assert all(shard.records for shard in lens.stream.shards)
        lens.server.misbehaves = lambda operation, number: (
            Misbehaviour(answers=answers) if (operation, number) == ("GetRecords", 1) else GOOD
        )
        held = counted("segments_total", outcome="held")

        with capture_logs() as logs:
            lens.start()
            await until(lambda: counted("segments_total", outcome="held") > held, what="held")
            asked = lens.server.asked["GetRecords"]
            await until(lambda: lens.server.asked["GetRecords"] > asked + 30, what="polled")
            assert "utterance_finalized" not in [one["event"] for one in logs]
            answers.set()
            await until(
                lambda: [one["event"] for one in logs].count("utterance_finalized") == 4,
                what="told",
            )
