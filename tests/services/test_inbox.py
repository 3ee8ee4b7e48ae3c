"""An inbox gives every fact once, in order, and holds no more than it may."""

import asyncio
from collections.abc import AsyncGenerator, Sequence

import pytest
from antiphon.errors import HistoryUnreadable, KeyDestroyed, LogUnavailable
from antiphon.events.base import START, Position, Recorded, Unreadable
from antiphon.events.journal import Journal
from antiphon.events.log import Entry, Stored
from antiphon.events.subjects import fact_subject, facts_stream
from antiphon.infra.memory_keys import MemoryKeys
from antiphon.infra.memory_log import MemoryLog
from antiphon.services import inbox as inbox_module
from antiphon.services.inbox import ContactInbox
from msgspec.structs import replace

from ..builders import (
    CONTACT,
    contact,
    contact_erased,
    draft,
    guidance_shown,
    transcript_completed,
)

STREAM = facts_stream(CONTACT.tenant)
PROMPT_S = 30  # nothing here waits for anything but this process


class LaggingLog(MemoryLog):
    """A log whose reads show the newest facts only after some time."""

    hidden = 0

    async def read(
        self,
        stream: str,
        filters: Sequence[str],
        *,
        after: Position = START,
        upto: Position | None = None,
    ) -> AsyncGenerator[Sequence[Stored]]:
        end = (await self.state(stream)).last - self.hidden
        self.hidden = max(0, self.hidden - 1)
        async for batch in super().read(stream, filters, after=after, upto=Position(end)):
            yield batch


@pytest.fixture
async def log() -> LaggingLog:
    log = LaggingLog()
    await log.create(STREAM)
    return log


@pytest.fixture
def journal(log: LaggingLog) -> Journal:
    return Journal(log, MemoryKeys())


async def stored(journal: Journal, count: int) -> list[Recorded]:
    """Append so many facts to the contact's lane `life`, others' facts between them."""
    for _ in range(count):
        end = await journal.lane_end(CONTACT, "life")
        await journal.append(CONTACT, [draft(guidance_shown())], expected=end)
        other = contact("c-2")
        end = await journal.lane_end(other, "speech")
        await journal.append(other, [draft(transcript_completed())], expected=end)
    facts = [recorded async for recorded in journal.read(CONTACT, lanes=["life"])]
    return facts[-count:]


async def taken(inbox: ContactInbox, count: int) -> list[Recorded]:
    async with asyncio.timeout(PROMPT_S):
        return [await anext(inbox) for _ in range(count)]


async def test_history_comes_first_and_is_not_repeated(journal: Journal) -> None:
    old = await stored(journal, 3)
    inbox = ContactInbox(CONTACT, journal, ["life"])

    inbox.put(old[1])
    inbox.put(old[2])
    await inbox.open(reach=old[2].position)
    [new] = await stored(journal, 1)
    inbox.put(new)

    assert inbox.history == old
    assert await taken(inbox, 1) == [new]
    assert inbox.waiting_since is None


async def test_a_repeated_announcement_is_dropped(journal: Journal) -> None:
    facts = await stored(journal, 2)
    inbox = ContactInbox(CONTACT, journal, ["life"])

    for fact in [facts[0], facts[0], facts[1], facts[0], facts[1]]:
        inbox.put(fact)

    assert await taken(inbox, 2) == facts
    assert inbox.waiting_since is None


async def test_what_does_not_fit_is_read_from_the_log(journal: Journal) -> None:
    inbox = ContactInbox(CONTACT, journal, ["life"], facts_max=4)
    facts = await stored(journal, 23)

    for fact in facts:
        inbox.put(fact)
    early = await taken(inbox, 9)
    later = await stored(journal, 3)
    for fact in later:
        inbox.put(fact)

    assert early + await taken(inbox, 17) == facts + later
    assert inbox.waiting_since is None


async def test_a_cancelled_step_loses_nothing(journal: Journal) -> None:
    inbox = ContactInbox(CONTACT, journal, ["life"], facts_max=2)
    facts = await stored(journal, 9)
    for fact in facts:
        inbox.put(fact)

    got: list[Recorded] = []
    patience = 0
    while len(got) < len(facts):
        # A little later each time: cancelled before it began, while it reads, when it is done.
        step = asyncio.ensure_future(anext(inbox))
        for _ in range(patience % 12):
            await asyncio.sleep(0)
        patience += 1
        step.cancel()
        await asyncio.wait({step})
        got += [] if step.cancelled() else [step.result()]

    assert got == facts


async def test_history_shows_the_fact_that_woke_the_contact(
    log: LaggingLog, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox_module, "READ_PAUSE_S", 0.0)
    facts = await stored(journal, 3)
    log.hidden = 4

    inbox = ContactInbox(CONTACT, journal, ["life"])
    await inbox.open(reach=facts[-1].position)

    assert inbox.history == facts


async def test_a_log_that_never_shows_what_it_announced_is_a_fault(
    log: LaggingLog, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox_module, "READ_PAUSE_S", 0.0)
    facts = await stored(journal, 3)
    log.hidden = 10 * inbox_module.READS_MAX

    with pytest.raises(LogUnavailable):
        await ContactInbox(CONTACT, journal, ["life"]).open(reach=facts[-1].position)


async def test_nobody_gets_past_a_fact_that_cannot_be_read(
    log: LaggingLog, journal: Journal
) -> None:
    inbox = ContactInbox(CONTACT, journal, ["life"])
    [first] = await stored(journal, 1)
    await log.append(STREAM, fact_subject(CONTACT, "life"), [Entry("x", b"?")], expected=None)
    [last] = await stored(journal, 1)
    unreadable = [one async for one in journal.read(CONTACT, lanes=["life"])][1]

    for fact in [first, unreadable, last]:
        inbox.put(fact)

    assert await taken(inbox, 1) == [first]
    for _ in range(2):
        with pytest.raises(HistoryUnreadable) as refusal:
            await taken(inbox, 1)
        assert refusal.value.position == unreadable.position


async def test_a_fact_that_says_it_may_be_skipped_holds_nobody_up(journal: Journal) -> None:
    inbox = ContactInbox(CONTACT, journal, ["life"])
    first, last = await stored(journal, 2)
    event = Unreadable(type="newer", version=1, problem="unknown_type", ignorable=True)
    skippable = replace(first, event=event, position=Position(first.position + 1))

    for fact in [first, skippable, replace(last, position=Position(first.position + 2))]:
        inbox.put(fact)

    assert [fact.event for fact in await taken(inbox, 3)] == [first.event, event, last.event]


async def test_a_history_that_cannot_be_read_is_not_opened(
    log: LaggingLog, journal: Journal
) -> None:
    await log.append(STREAM, fact_subject(CONTACT, "life"), [Entry("x", b"?")], expected=None)

    with pytest.raises(HistoryUnreadable):
        await ContactInbox(CONTACT, journal, ["life"]).open(reach=START)


async def test_what_the_service_wrote_itself_does_not_wait_for_it(journal: Journal) -> None:
    inbox = ContactInbox(CONTACT, journal, ["life"])
    [fact] = await stored(journal, 1)

    inbox.put(fact)

    assert not inbox.untaken(but_by="machine")
    assert inbox.untaken(but_by="service:guidance")
    await taken(inbox, 1)
    assert not inbox.untaken(but_by="service:guidance")


async def erased(journal: Journal) -> Recorded:
    end = await journal.lane_end(CONTACT, "life")
    await journal.append(CONTACT, [draft(contact_erased())], expected=end)
    return [recorded async for recorded in journal.read(CONTACT, lanes=["life"])][-1]


async def test_nobody_is_given_a_contact_that_was_erased(journal: Journal) -> None:
    await stored(journal, 1)
    erasure = await erased(journal)
    inbox = ContactInbox(CONTACT, journal, ["life"])

    with pytest.raises(KeyDestroyed):
        await inbox.open(reach=erasure.position)


async def test_whoever_is_at_work_is_stopped_by_the_erasure(journal: Journal) -> None:
    (first,) = await stored(journal, 1)
    inbox = ContactInbox(CONTACT, journal, ["life"])
    await inbox.open(reach=first.position)
    (second,) = await stored(journal, 1)
    inbox.put(second)
    inbox.put(await erased(journal))

    assert await taken(inbox, 1) == [second]
    for _ in range(2):
        with pytest.raises(KeyDestroyed):
            await taken(inbox, 1)
