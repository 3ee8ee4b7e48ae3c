"""Commands race for a contact; each is decided on the facts it is appended after."""

import asyncio
from collections.abc import Sequence

import msgspec
import pytest
from antiphon.commands.contact import (
    ConnectAgent,
    ContactCommand,
    EndContact,
    HoldContact,
    SetAttributes,
    StartContact,
    UseGuidance,
)
from antiphon.commands.handle import Outcome, handle
from antiphon.commands.racing import RACES_LOST_MAX
from antiphon.errors import ContactUnknown, HistoryUnreadable, Malformed, StreamMoved
from antiphon.events.base import (
    START,
    AgentId,
    ContactRef,
    Draft,
    Event,
    EventId,
    GuidanceId,
    Position,
    Recorded,
)
from antiphon.events.codec import encode
from antiphon.events.journal import Journal
from antiphon.events.log import Entry
from antiphon.events.sealed import Sealed
from antiphon.events.subjects import fact_subject, facts_stream
from antiphon.infra.memory_keys import MemoryKeys
from antiphon.infra.memory_log import MemoryLog

from ..builders import (
    CONTACT,
    INSTANCE_ARN,
    at,
    attributes_set,
    contact,
    draft,
    guidance_dismissed,
    guidance_issued,
    media_stream,
)

NOW = at(100)


class Desk:
    """A log with commands upon it."""

    def __init__(self, log: MemoryLog) -> None:
        self.log = log
        self.journal = Journal(log, MemoryKeys())

    async def ask(
        self, command: ContactCommand, *, command_id: str = "k-1", of: ContactRef = CONTACT
    ) -> Outcome:
        return await handle(
            command,
            contact=of,
            journal=self.journal,
            command_id=command_id,
            actor="machine",
            now=lambda: NOW,
        )

    async def facts(self, of: ContactRef = CONTACT) -> list[Recorded]:
        return [recorded async for recorded in self.journal.read(of)]

    async def types(self, of: ContactRef = CONTACT) -> list[str]:
        return [recorded.event.TYPE for recorded in await self.facts(of)]


@pytest.fixture
async def desk() -> Desk:
    log = MemoryLog()
    await log.create(facts_stream(CONTACT.tenant))
    return Desk(log)


def start(of: ContactRef = CONTACT, fragment: str | None = "7") -> StartContact:
    return StartContact(
        contact_id=of.contact_id,
        instance_arn=INSTANCE_ARN,
        initial_contact_id="c-0",
        media=None if fragment is None else media_stream(start_fragment_number=fragment),
        attributes={"tier": Sealed("gold")},
    )


HOLD = HoldContact(contact_id=CONTACT.contact_id)
END = EndContact(contact_id=CONTACT.contact_id)


async def test_a_command_answers_where_its_fact_stands(desk: Desk) -> None:
    outcome = await desk.ask(start())

    [fact] = await desk.facts()
    assert outcome == Outcome(position=fact.position, repeated=False, events=(fact.event,))
    assert (fact.actor, fact.correlation, fact.occurred_at) == ("machine", "c-0", NOW)


async def test_all_facts_of_a_contact_name_its_conversation(desk: Desk) -> None:
    await desk.ask(start())
    await desk.ask(HOLD)

    assert [fact.correlation for fact in await desk.facts()] == ["c-0", "c-0"]


async def test_the_same_start_answers_with_the_first_result_however_it_is_sent(desk: Desk) -> None:
    first = await desk.ask(start(), command_id="k-1")
    await desk.ask(HOLD)

    again = await desk.ask(start(), command_id="k-2")

    assert again == Outcome(position=first.position, repeated=True)
    assert await desk.types() == ["contact_started", "contact_held"]


async def test_a_start_without_media_then_with_it_is_two_starts(desk: Desk) -> None:
    await desk.ask(start(fragment=None))
    offered = await desk.ask(start(fragment="8"))
    again = await desk.ask(start(fragment="8"))

    assert (offered.repeated, again.repeated) == (False, True)
    assert again.position == offered.position
    assert await desk.types() == ["contact_started", "media_offered"]


async def test_a_repeat_of_a_command_id_answers_with_the_first_result(desk: Desk) -> None:
    await desk.ask(start())
    held = await desk.ask(HOLD, command_id="k-1")
    await desk.ask(END, command_id="k-2")

    again = await desk.ask(HOLD, command_id="k-1")

    assert again == Outcome(position=held.position, repeated=True)
    assert await desk.types() == ["contact_started", "contact_held", "contact_ended"]


async def test_a_repeat_of_what_is_so_answers_that_it_was(desk: Desk) -> None:
    await desk.ask(start())
    ended = await desk.ask(END, command_id="k-1")

    again = await desk.ask(END, command_id="k-2")

    assert again == Outcome(position=ended.position, repeated=True)


async def test_one_key_for_two_contacts_is_two_commands(desk: Desk) -> None:
    other = contact("c-2")
    await desk.ask(start())
    await desk.ask(start(other), of=other)

    await desk.ask(HOLD, command_id="same")
    outcome = await desk.ask(HoldContact(contact_id=other.contact_id), command_id="same", of=other)

    assert not outcome.repeated
    assert await desk.types(other) == ["contact_started", "contact_held"]


async def test_one_key_for_two_kinds_of_command_is_two_commands(desk: Desk) -> None:
    await desk.ask(start())
    await desk.ask(HOLD, command_id="same")

    outcome = await desk.ask(END, command_id="same")

    assert not outcome.repeated


async def test_a_refused_command_appends_nothing(desk: Desk) -> None:
    with pytest.raises(ContactUnknown):
        await desk.ask(HOLD)

    await desk.ask(start())
    with pytest.raises(Malformed):
        await desk.ask(StartContact(contact_id=CONTACT.contact_id, instance_arn="arn:other"))

    assert await desk.types() == ["contact_started"]


async def test_two_events_of_one_decision_stand_together(desk: Desk) -> None:
    await desk.ask(start())
    command = StartContact(
        contact_id=CONTACT.contact_id,
        instance_arn=INSTANCE_ARN,
        media=media_stream(start_fragment_number="9"),
        attributes={"tier": Sealed("silver")},
    )

    outcome = await desk.ask(command)
    again = await desk.ask(command)

    facts = await desk.facts()
    assert [fact.event.TYPE for fact in facts[1:]] == ["media_offered", "attributes_set"]
    assert outcome.position == facts[-1].position == again.position


async def test_a_cue_can_be_answered_once_it_stands_in_its_own_lane(desk: Desk) -> None:
    await desk.ask(start())
    await desk.journal.append(CONTACT, [draft(guidance_issued())], expected=START)
    command = UseGuidance(contact_id=CONTACT.contact_id, guidance_id=GuidanceId("g-1"))

    outcome = await desk.ask(command)

    assert [event.TYPE for event in outcome.events] == ["guidance_used"]


async def test_of_many_who_start_a_contact_at_once_one_does(desk: Desk) -> None:
    outcomes = await asyncio.gather(
        *(desk.ask(start(), command_id=f"k-{number}") for number in range(8))
    )

    assert await desk.types() == ["contact_started"]
    assert len({outcome.position for outcome in outcomes}) == 1


async def test_two_streams_offered_at_once_are_both_known_after(desk: Desk) -> None:
    await asyncio.gather(*(desk.ask(start(fragment=str(number))) for number in range(1, 5)))

    assert sorted(await desk.types()) == ["contact_started", *3 * ["media_offered"]]


async def test_a_lost_race_is_decided_anew_on_what_won_it(desk: Desk) -> None:
    await desk.ask(start())
    values = {str(number): Sealed("x") for number in range(6)}

    await asyncio.gather(
        *(
            desk.ask(
                SetAttributes(contact_id=CONTACT.contact_id, attributes=values),
                command_id=f"k-{number}",
            )
            for number in range(6)
        )
    )

    assert await desk.types() == ["contact_started", "attributes_set"]


async def test_different_commands_that_race_are_all_kept(desk: Desk) -> None:
    await desk.ask(start())
    commands = [
        ConnectAgent(contact_id=CONTACT.contact_id, agent_id=AgentId(f"a-{n}"), connected_at=at(n))
        for n in range(6)
    ]

    await asyncio.gather(
        *(desk.ask(command, command_id=f"k-{n}") for n, command in enumerate(commands))
    )

    facts: list[Event] = [fact.event for fact in await desk.facts()]
    assert sum(fact.TYPE == "agent_connected" for fact in facts) == 6


class ContestedLog(MemoryLog):
    """A log where somebody else is faster, so many times."""

    times = 0

    async def append(
        self, stream: str, subject: str, entries: Sequence[Entry], *, expected: Position | None
    ) -> Position:
        if self.times:
            self.times -= 1
            rival = Draft(
                event=attributes_set(attributes={}),
                id=EventId(f"rival-{self.times}"),
                occurred_at=NOW,
                actor="machine",
                correlation="c-0",
            )
            entry = Entry(rival.id, encode(rival, CONTACT, key=None))
            await super().append(stream, subject, [entry], expected=None)
        return await super().append(stream, subject, entries, expected=expected)


@pytest.mark.parametrize("times", [1, RACES_LOST_MAX - 1])
async def test_a_few_lost_races_are_made_up_for(times: int) -> None:
    log = ContestedLog()
    await log.create(facts_stream(CONTACT.tenant))
    desk = Desk(log)
    await desk.ask(start())

    log.times = times
    outcome = await desk.ask(HOLD)

    assert not outcome.repeated
    assert (await desk.types()).count("contact_held") == 1


async def test_who_loses_every_race_is_told() -> None:
    log = ContestedLog()
    await log.create(facts_stream(CONTACT.tenant))
    desk = Desk(log)
    await desk.ask(start())

    log.times = RACES_LOST_MAX
    with pytest.raises(StreamMoved):
        await desk.ask(HOLD)

    assert "contact_held" not in await desk.types()


async def test_a_contact_with_a_fact_of_a_newer_version_is_not_decided_on(desk: Desk) -> None:
    await desk.ask(start())
    life = fact_subject(CONTACT, "life")
    await desk.log.append(facts_stream(CONTACT.tenant), life, [Entry("x", b"{}")], expected=None)

    with pytest.raises(HistoryUnreadable):
        await desk.ask(HOLD)


async def test_a_fact_of_a_newer_version_that_may_be_skipped_holds_no_decision_up(
    desk: Desk,
) -> None:
    await desk.ask(start())
    newer = msgspec.json.decode(encode(draft(guidance_dismissed()), CONTACT, key=None))
    newer |= {"type": "coffee_fetched", "ignorable": True}
    entry = Entry("x", msgspec.json.encode(newer))
    life = fact_subject(CONTACT, "life")
    await desk.log.append(facts_stream(CONTACT.tenant), life, [entry], expected=None)

    outcome = await desk.ask(HOLD)

    assert (outcome.position, [event.TYPE for event in outcome.events]) == (3, ["contact_held"])


async def test_an_answer_that_was_lost_is_found_by_the_commands_id(desk: Desk) -> None:
    await desk.ask(start())
    first = await desk.ask(HOLD, command_id="k-1")

    # The client heard nothing of it and sends the command again, twice at once.
    again = await asyncio.gather(*(desk.ask(HOLD, command_id="k-1") for _ in range(2)))

    assert {outcome.position for outcome in again} == {first.position}
    assert await desk.types() == ["contact_started", "contact_held"]
