"""One coroutine a contact: in order, side by side, and one fails alone."""

import asyncio

from antiphon.errors import (
    ArchiveUnavailable,
    KeyDestroyed,
    LogUnavailable,
    RecognizerFailed,
)
from antiphon.events.base import (
    START,
    ContactRef,
    Position,
)
from antiphon.events.log import Entry
from antiphon.events.subjects import fact_subject
from antiphon.services.reactor import Inbox, Patience
from structlog.testing import capture_logs

from ..builders import CONTACT, contact
from .site import AT_ONCE, STREAM, Seen, Site, output, until


async def test_each_contact_sees_all_its_facts_in_order(site: Site) -> None:
    contacts = [contact(f"c-{number}") for number in range(40)]
    seen = Seen()
    site.start(seen)

    expected = await asyncio.gather(*(site.happens(one, 25) for one in contacts))

    await until(lambda: sum(map(len, seen.positions.values())) == 1000)
    assert [seen.positions[one] for one in contacts] == expected
    assert sorted(seen.starts) == sorted(contacts)


async def test_one_slow_contact_keeps_nobody_waiting(site: Site) -> None:
    slow, others = contact("slow"), [contact(f"c-{number}") for number in range(10)]
    seen = Seen()

    async def care(of: ContactRef, inbox: Inbox) -> None:
        if of == slow:
            await asyncio.Event().wait()
        await seen(of, inbox)

    progress = site.start(care)
    await site.happens(slow, 5)
    expected = await asyncio.gather(*(site.happens(one, 5) for one in others))

    await until(lambda: list(map(seen.positions.get, others)) == expected)
    # The slow one was woken by its first fact; the others wait in its inbox, visibly.
    await site.happens(slow)
    await until(lambda: progress.oldest_unfinished_s > 0)


async def test_an_overflowing_inbox_reads_the_rest_from_the_log(site: Site) -> None:
    go = asyncio.Event()
    seen = Seen()

    async def care(of: ContactRef, inbox: Inbox) -> None:
        await go.wait()
        await seen(of, inbox)

    progress = site.start(care, inbox_max=3)
    expected = await site.happens(count=50)
    await until(lambda: progress.position == expected[-1])
    go.set()

    await until(seen.saw(CONTACT, expected))
    assert seen.positions[CONTACT] == expected


async def test_a_contact_that_was_finished_with_is_woken_by_a_later_fact(site: Site) -> None:
    histories: list[list[Position]] = []

    async def care(of: ContactRef, inbox: Inbox) -> None:
        histories.append([recorded.position for recorded in inbox.history])

    site.start(care)
    first = await site.happens()
    await until(lambda: len(histories) == 1)
    second = await site.happens()

    await until(lambda: len(histories) == 2)
    assert histories == [first, first + second]


async def test_a_service_is_not_woken_by_what_it_wrote_itself(site: Site) -> None:
    starts: list[ContactRef] = []

    async def care(of: ContactRef, inbox: Inbox) -> None:
        starts.append(of)
        if not any(recorded.lane == "guidance" for recorded in inbox.history):
            await site.journal.append(of, [output(of)], expected=START)

    progress = site.start(care, lanes=("life", "guidance"))
    await site.happens()
    await until(lambda: progress.position == 2)
    await site.happens(contact("c-2"))
    await until(lambda: progress.position == 4)

    assert starts == [CONTACT, contact("c-2")]


# Failures


async def test_a_fault_starts_the_contact_again_with_fresh_history(site: Site) -> None:
    histories: list[list[Position]] = []

    async def care(of: ContactRef, inbox: Inbox) -> None:
        histories.append([recorded.position for recorded in inbox.history])
        async for _ in inbox:
            if len(histories) < 3:
                raise LogUnavailable("cut")

    site.start(care)
    first = await site.happens()
    await until(lambda: len(histories) == 1)
    second = await site.happens()
    await until(lambda: len(histories) == 2)
    third = await site.happens()

    await until(lambda: len(histories) == 3)
    assert histories == [first, first + second, first + second + third]


async def test_a_contact_that_keeps_failing_is_parked_and_the_others_go_on(site: Site) -> None:
    attempts: list[ContactRef] = []
    seen = Seen()

    async def care(of: ContactRef, inbox: Inbox) -> None:
        if of == CONTACT:
            attempts.append(of)
            raise RecognizerFailed("always")
        await seen(of, inbox)

    with capture_logs() as logs:
        site.start(care)
        await site.happens()
        expected = await site.happens(contact("c-2"), 3)
        await until(lambda: "contact_parked" in [entry["event"] for entry in logs])
        await until(seen.saw(contact("c-2"), expected))

    assert len(attempts) == AT_ONCE.attempts_max
    [parked] = [entry for entry in logs if entry["event"] == "contact_parked"]
    assert (parked["log_level"], parked["contact_id"]) == ("error", CONTACT.contact_id)
    assert parked["problem"] == "recognizer_failed"


async def test_a_bug_parks_its_contact_at_once_and_its_words_stay_out_of_the_logs(
    site: Site,
) -> None:
    attempts: list[ContactRef] = []

    async def care(of: ContactRef, inbox: Inbox) -> None:
        attempts.append(of)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_blunder("my card number is"))

    with capture_logs() as logs:
        site.start(care)
        await site.happens()
        await until(lambda: "contact_parked" in [entry["event"] for entry in logs])

    assert len(attempts) == 1
    assert "card number" not in str(logs)
    [parked] = [entry for entry in logs if entry["event"] == "contact_parked"]
    assert parked["problem"] == "ValueError"
    assert "test_reactor.py" in str(parked["where"])


async def _blunder(text: str) -> None:
    raise ValueError(text)


async def test_a_parked_contact_is_tried_again_by_a_later_fact(site: Site) -> None:
    attempts: list[int] = []

    async def care(of: ContactRef, inbox: Inbox) -> None:
        attempts.append(len(inbox.history))
        raise ValueError

    with capture_logs() as logs:
        site.start(care)
        await site.happens()
        await until(lambda: len(logs) > 0 and logs[-1]["event"] == "contact_parked")
        await site.happens()
        await until(lambda: len(attempts) == 2)

    assert attempts == [1, 2]


async def test_a_parked_contact_is_tried_again_by_a_restart(site: Site) -> None:
    attempts: list[int] = []

    async def care(of: ContactRef, inbox: Inbox) -> None:
        attempts.append(len(inbox.history))
        raise ValueError

    with capture_logs() as logs:
        progress = site.start(care)
        await site.happens()
        await until(lambda: len(logs) > 0 and logs[-1]["event"] == "contact_parked")
        await until(lambda: progress.position == 1)
        await site.stop()
        site.start(care)
        await until(lambda: len(attempts) == 2)

    assert attempts == [1, 1]


async def test_an_unreadable_fact_parks_its_contact_until_a_restart(site: Site) -> None:
    seen = Seen()
    with capture_logs() as logs:
        progress = site.start(seen)
        await site.happens()
        await until(lambda: CONTACT in seen.positions)
        await site.log.append(
            STREAM, fact_subject(CONTACT, "life"), [Entry("x", b"?")], expected=None
        )
        await until(lambda: "contact_parked" in [entry["event"] for entry in logs])
        [after] = await site.happens()
        await until(lambda: progress.position == after)
        await site.happens(contact("c-2"))
        await until(lambda: contact("c-2") in seen.positions)

    assert seen.starts.count(CONTACT) == 1
    assert [entry["event"] for entry in logs].count("contact_parked") == 1


async def test_an_erased_person_is_let_go_without_alarm(site: Site) -> None:
    async def care(of: ContactRef, inbox: Inbox) -> None:
        raise KeyDestroyed("k")

    with capture_logs() as logs:
        site.start(care)
        await site.happens()
        await until(lambda: "contact_erased" in [entry["event"] for entry in logs])

    assert not [entry for entry in logs if entry["log_level"] == "error"]


async def test_what_a_service_keeps_of_an_erased_person_is_deleted_once_its_store_answers(
    site: Site,
) -> None:
    kept, refusals = {CONTACT, contact("c-2")}, [ArchiveUnavailable("away")] * 2

    async def forget(of: ContactRef) -> None:
        if refusals:
            raise refusals.pop()
        kept.remove(of)

    with capture_logs() as logs:
        site.start(Seen(), forget=forget)
        await site.happens(contact("c-2"))
        await site.is_erased()
        await until(lambda: "contact_erased" in [entry["event"] for entry in logs])

    assert kept == {contact("c-2")}
    assert not [entry for entry in logs if entry["log_level"] == "error"]


async def test_who_cannot_be_forgotten_is_parked_and_tried_again_by_a_later_fact(
    site: Site,
) -> None:
    is_away, kept = True, {CONTACT}

    async def forget(of: ContactRef) -> None:
        if is_away:
            raise ArchiveUnavailable("away")
        kept.discard(of)

    with capture_logs() as logs:
        site.start(Seen(), forget=forget)
        await site.is_erased()
        await until(lambda: "contact_parked" in [entry["event"] for entry in logs])
        [parked] = [entry for entry in logs if entry["event"] == "contact_parked"]
        assert kept == {CONTACT}

        is_away = False
        await site.happens()
        await until(lambda: "contact_erased" in [entry["event"] for entry in logs])

    assert parked["problem"] == "archive_unavailable"
    assert not kept


async def test_what_is_kept_of_a_contact_that_cannot_be_read_is_deleted_with_the_person(
    site: Site,
) -> None:
    kept = {CONTACT}

    async def forget(of: ContactRef) -> None:
        kept.discard(of)

    with capture_logs() as logs:
        site.start(Seen(), forget=forget)
        await site.happens()
        await site.log.append(
            STREAM, fact_subject(CONTACT, "life"), [Entry("x", b"?")], expected=None
        )
        await until(lambda: "contact_parked" in [entry["event"] for entry in logs])
        await site.is_erased()
        await until(lambda: "contact_erased" in [entry["event"] for entry in logs])

    assert not kept


async def test_a_cancellation_that_escaped_from_a_service_parks_only_its_contact(
    site: Site,
) -> None:
    seen = Seen()

    async def care(of: ContactRef, inbox: Inbox) -> None:
        if of == CONTACT:
            raise asyncio.CancelledError
        await seen(of, inbox)

    with capture_logs() as logs:
        site.start(care)
        await site.happens()
        expected = await site.happens(contact("c-2"))
        await until(seen.saw(contact("c-2"), expected))
        await until(lambda: "contact_parked" in [entry["event"] for entry in logs])

    assert not site.tasks["one"].done()


def test_pauses_double_up_to_the_longest() -> None:
    patience = Patience(attempts_max=9, first_s=1.0, longest_s=5.0)

    assert [patience.pause_s(attempt) for attempt in range(1, 6)] == [1, 2, 4, 5, 5]
