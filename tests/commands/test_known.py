"""What a process knows of a contact spares it the reading, and never changes an outcome."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from datetime import timedelta

import pytest
from antiphon.commands.contact import (
    START_AGE_S_MAX,
    ConnectAgent,
    ContactCommand,
    EndContact,
    HoldContact,
    ResumeContact,
    SetAttributes,
    StartContact,
)
from antiphon.commands.handle import Outcome, handle
from antiphon.commands.known import KnownContacts
from antiphon.errors import ContactFinished, ContactStale, ContactUnknown, KeyDestroyed
from antiphon.events.base import START, AgentId, ContactRef, Position
from antiphon.events.journal import Journal
from antiphon.events.log import Stored
from antiphon.events.sealed import Sealed
from antiphon.events.subjects import facts_stream
from antiphon.infra.memory_keys import MemoryKeys
from antiphon.infra.memory_log import MemoryLog

from ..builders import CONTACT, INSTANCE_ARN, at, contact, media_stream

HOLD = HoldContact(contact_id=CONTACT.contact_id)
RESUME = ResumeContact(contact_id=CONTACT.contact_id)
END = EndContact(contact_id=CONTACT.contact_id)


class CountingLog(MemoryLog):
    """Counts how often it is read."""

    reads = 0

    def read(
        self,
        stream: str,
        filters: Sequence[str],
        *,
        after: Position = START,
        upto: Position | None = None,
    ) -> AsyncGenerator[Sequence[Stored]]:
        self.reads += 1
        return super().read(stream, filters, after=after, upto=upto)


class Process:
    """One of several that command the same contacts."""

    def __init__(self, name: str, log: MemoryLog, keys: MemoryKeys, *, contacts: int = 100) -> None:
        self.journal = Journal(log, keys)
        self.known = KnownContacts(writer=name, contacts_max=contacts)
        self.minutes = 0

    async def ask(
        self, command: ContactCommand, command_id: str, *, of: ContactRef = CONTACT
    ) -> Outcome:
        self.minutes += 1
        return await handle(
            command,
            contact=of,
            journal=self.journal,
            command_id=command_id,
            actor="machine",
            now=lambda: at(100) + timedelta(minutes=self.minutes),
            known=self.known,
        )

    async def types(self) -> list[str]:
        return [fact.event.TYPE async for fact in self.journal.read(CONTACT)]


@pytest.fixture
async def log() -> CountingLog:
    log = CountingLog()
    await log.create(facts_stream(CONTACT.tenant))
    return log


@pytest.fixture
def keys() -> MemoryKeys:
    return MemoryKeys()


@pytest.fixture
def here(log: CountingLog, keys: MemoryKeys) -> Process:
    return Process("here", log, keys)


@pytest.fixture
def there(log: CountingLog, keys: MemoryKeys) -> Process:
    return Process("there", log, keys)


def start(of: ContactRef = CONTACT) -> StartContact:
    return StartContact(
        contact_id=of.contact_id,
        instance_arn=INSTANCE_ARN,
        media=media_stream(start_fragment_number="7"),
        attributes={"tier": Sealed("gold")},
    )


async def test_a_contact_that_only_this_process_writes_to_is_never_read(
    log: CountingLog, here: Process
) -> None:
    await here.ask(start(), "k-1")
    await here.ask(HOLD, "k-2")
    await here.ask(RESUME, "k-3")

    assert log.reads == 0
    assert await here.types() == ["contact_started", "contact_held", "contact_resumed"]


async def test_what_another_process_did_meanwhile_is_seen(here: Process, there: Process) -> None:
    await here.ask(start(), "k-1")
    held = await there.ask(HOLD, "k-2")

    again = await here.ask(HOLD, "k-3")

    assert again == Outcome(position=held.position, repeated=True)
    assert await here.types() == ["contact_started", "contact_held"]


async def test_after_another_process_wrote_one_reading_is_enough(
    log: CountingLog, here: Process, there: Process
) -> None:
    await here.ask(start(), "k-1")
    await there.ask(HOLD, "k-2")
    reads = log.reads

    await here.ask(RESUME, "k-3")
    await here.ask(HOLD, "k-4")

    assert log.reads == reads + 1


async def test_a_repeat_is_one_however_much_has_happened_since(here: Process) -> None:
    await here.ask(start(), "k-1")
    held = await here.ask(HOLD, "k-2")
    await here.ask(RESUME, "k-3")

    again = await here.ask(HOLD, "k-2")

    assert again == Outcome(position=held.position, repeated=True)
    assert await here.types() == ["contact_started", "contact_held", "contact_resumed"]


async def test_a_repeat_is_one_in_another_process_that_knows_less(
    here: Process, there: Process
) -> None:
    await here.ask(start(), "k-1")
    await there.ask(ConnectAgent(contact_id=CONTACT.contact_id, agent_id=AgentId("a-1")), "k-2")
    held = await here.ask(HOLD, "k-3")

    again = await there.ask(HOLD, "k-3")

    assert again == Outcome(position=held.position, repeated=True)


async def test_the_same_start_is_one_in_another_process(here: Process, there: Process) -> None:
    first = await here.ask(start(), "k-1")

    again = await there.ask(start(), "k-1")

    assert again == Outcome(position=first.position, repeated=True)
    assert await here.types() == ["contact_started"]


async def test_a_start_too_old_to_begin_is_still_a_repeat(here: Process, there: Process) -> None:
    first = await here.ask(start(), "k-1")
    there.minutes = START_AGE_S_MAX

    again = await there.ask(start(), "k-1")

    assert again == Outcome(position=first.position, repeated=True)


async def test_a_start_too_old_to_begin_is_refused(there: Process) -> None:
    there.minutes = START_AGE_S_MAX

    with pytest.raises(ContactStale):
        await there.ask(start(), "k-1")


async def test_nothing_is_assumed_of_a_contact_that_was_not_met(here: Process) -> None:
    with pytest.raises(ContactUnknown):
        await here.ask(HOLD, "k-1")


async def test_the_end_told_elsewhere_ends_it_here(here: Process, there: Process) -> None:
    await here.ask(start(), "k-1")
    await there.ask(END, "k-2")

    with pytest.raises(ContactFinished):
        await here.ask(HOLD, "k-3")


async def test_who_was_erased_is_not_written_to(here: Process, keys: MemoryKeys) -> None:
    await here.ask(start(), "k-1")
    await keys.destroy(CONTACT.tenant, f"contact/{CONTACT.contact_id}")
    tier = {"tier": Sealed("silver")}
    silver = SetAttributes(contact_id=CONTACT.contact_id, attributes=tier)

    with pytest.raises(KeyDestroyed):
        await here.ask(silver, "k-2")


async def test_nothing_personal_is_kept(here: Process) -> None:
    await here.ask(start(), "k-1")

    assumed = here.known.assume(CONTACT, HOLD)

    assert assumed is not None
    assert assumed.contact.phase == "live"
    assert assumed.contact.attributes == {}


async def test_what_attributes_decide_is_decided_on_the_log(here: Process) -> None:
    await here.ask(start(), "k-1")
    gold = SetAttributes(contact_id=CONTACT.contact_id, attributes={"tier": Sealed("gold")})

    again = await here.ask(gold, "k-2")

    assert again.repeated


async def test_a_contact_that_ended_is_forgotten(here: Process) -> None:
    await here.ask(start(), "k-1")
    await here.ask(END, "k-2")

    assert here.known.assume(CONTACT, HOLD) is None


async def test_the_least_recent_contacts_are_forgotten(log: CountingLog, keys: MemoryKeys) -> None:
    narrow = Process("narrow", log, keys, contacts=2)
    refs = [contact(f"c-{nth}") for nth in range(3)]
    for ref in refs[:2]:
        await narrow.ask(start(ref), "k-1", of=ref)
    await narrow.ask(HoldContact(contact_id=refs[0].contact_id), "k-2", of=refs[0])

    await narrow.ask(start(refs[2]), "k-1", of=refs[2])

    holds = [HoldContact(contact_id=ref.contact_id) for ref in refs]
    known = [narrow.known.assume(*one) is not None for one in zip(refs, holds, strict=True)]
    assert known == [True, False, True]


async def test_processes_that_race_append_what_one_would(here: Process, there: Process) -> None:
    await here.ask(start(), "k-0")
    asked = [(here if nth % 2 else there, nth) for nth in range(8)]

    outcomes = await asyncio.gather(*(process.ask(HOLD, f"k-{nth}") for process, nth in asked))

    assert sorted(outcome.repeated for outcome in outcomes) == [False, *[True] * 7]
    assert await here.types() == ["contact_started", "contact_held"]


def test_attempts_are_unlike_each_other() -> None:
    one, other = KnownContacts(writer="one"), KnownContacts(writer="other")

    words = {one.attempt(), one.attempt(), other.attempt(), other.attempt()}

    assert len(words) == 4
