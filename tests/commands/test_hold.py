"""Legal holds: what they cover, who placed and released them, whom they stopped."""

import pytest
import pytest_asyncio
from antiphon.commands.held import Traits, covers
from antiphon.commands.hold import CONTACTS_MAX, Hold, ReleaseHold, check, decide
from antiphon.errors import (
    ContactUnknown,
    HistoryUnreadable,
    HoldUnknown,
    Malformed,
)
from antiphon.events.base import START, AgentId, ContactId
from antiphon.events.hold import KIND, HoldEnforced, HoldPlaced, HoldQuery
from antiphon.events.log import Entry
from antiphon.events.sealed import Sealed
from antiphon.events.subjects import (
    configuration_stream,
    fact_subject,
    facts_stream,
    register_subject,
)

from ..builders import (
    NOON,
    agent_connected,
    at,
    attributes_set,
    contact,
    contact_erased,
    contact_started,
)
from ..retention_builders import hold_placed, hold_released
from .holding import OFFICER, TENANT, World, furnished


@pytest_asyncio.fixture
async def world() -> World:
    return await furnished()


async def test_a_named_contact_is_held_until_somebody_releases_it(world: World) -> None:
    assert await world.held("c-1", "c-2") == {}

    hold, repeated = await world.place(contact_ids=(ContactId("c-1"),))

    assert not repeated
    assert hold.placed_by == OFFICER
    assert await world.held("c-1", "c-2") == {"c-1": (hold.hold_id,)}

    world.clock = at(60)
    command = ReleaseHold(hold_id=hold.hold_id, reason=Sealed("settled"))
    released, repeated = await world.holds.release(TENANT, command, actor="officer:o-2")

    assert not repeated
    assert released.released_by == "officer:o-2"
    assert released.released is not None
    assert released.released.released_at == at(60)
    assert await world.held("c-1") == {}


async def test_releasing_again_changes_nothing_and_what_was_never_placed_cannot_be(
    world: World,
) -> None:
    hold, _ = await world.place(contact_ids=(ContactId("c-1"),))
    command = ReleaseHold(hold_id=hold.hold_id)
    await world.holds.release(TENANT, command, actor=OFFICER)
    stored = len(await world.facts())

    released, repeated = await world.holds.release(TENANT, command, actor="officer:o-2")

    assert repeated
    assert released.released_by == OFFICER
    assert len(await world.facts()) == stored
    with pytest.raises(HoldUnknown):
        await world.holds.release(TENANT, ReleaseHold(hold_id="h-9"), actor=OFFICER)


async def test_of_two_holds_on_a_contact_either_keeps_it(world: World) -> None:
    first, _ = await world.place(contact_ids=(ContactId("c-1"),))
    second, _ = await world.place(
        contact_ids=(ContactId("c-1"), ContactId("c-2")), reason=Sealed("another case")
    )
    assert await world.held("c-1") == {"c-1": tuple(sorted((first.hold_id, second.hold_id)))}

    await world.holds.release(TENANT, ReleaseHold(hold_id=first.hold_id), actor=OFFICER)

    assert await world.held("c-1") == {"c-1": (second.hold_id,)}


async def test_a_person_is_held_with_the_contacts_still_to_come(world: World) -> None:
    hold, _ = await world.place(customer_endpoint=Sealed("0049 (30) 901820"))
    await world.tell(contact("c-3"), contact_started())
    await world.tell(contact("c-4"), contact_started(customer_endpoint=Sealed("+4930901821")))
    await world.tell(contact("c-5"), contact_started(customer_endpoint=None))

    held = await world.held("c-1", "c-2", "c-3", "c-4", "c-5")

    assert held == dict.fromkeys(("c-1", "c-2", "c-3"), (hold.hold_id,))


async def test_neither_number_nor_reason_stands_in_the_register_in_clear(world: World) -> None:
    hold, _ = await world.place(
        customer_endpoint=Sealed("+4930901820"), reason=Sealed("Baker"), matter=Sealed("12 C 34")
    )

    batches = world.log.read(configuration_stream(TENANT), ["cf.demo.>"])
    stored = b"".join([one.payload async for batch in batches for one in batch])

    assert hold.hold_id.encode() in stored
    for secret in (b"901820", b"Baker", b"12 C 34"):
        assert secret not in stored


@pytest.mark.parametrize(
    ("query", "attributes", "found"),
    [
        (HoldQuery(queues=("claims", "sales")), {}, True),
        (HoldQuery(queues=("sales",)), {}, False),
        (HoldQuery(recorded_from=at(0), recorded_to=at(1)), {}, True),
        (HoldQuery(recorded_to=at(0)), {}, False),
        (HoldQuery(recorded_from=at(1)), {}, False),
        (HoldQuery(agent_ids=(AgentId("a-7"), AgentId("a-8"))), {}, True),
        (HoldQuery(agent_ids=(AgentId("a-8"),)), {}, False),
        (HoldQuery(profiles=("retail",)), {}, True),
        (HoldQuery(languages=("en-US",)), {}, True),
        (HoldQuery(languages=("de-DE",)), {}, False),
        (HoldQuery(queues=("claims",), agent_ids=(AgentId("a-8"),)), {}, False),
        (HoldQuery(), {"plan": Sealed("gold")}, True),
        (HoldQuery(), {"plan": Sealed("silver")}, True),
        (HoldQuery(), {"plan": Sealed("lead")}, False),
        (HoldQuery(queues=("claims",)), {"plan": Sealed("gold"), "tier": Sealed("1")}, False),
    ],
)
def test_a_query_finds_what_meets_every_field_and_any_value_of_each(
    query: HoldQuery, attributes: dict[str, Sealed], *, found: bool
) -> None:
    traits = Traits(
        contact_id=ContactId("c-1"),
        recorded_at=at(0),
        queue="claims",
        profile="retail",
        language="en-US",
        agent_ids={AgentId("a-7"), AgentId("a-9")},
        attributes={("plan", "gold"), ("plan", "silver")},
    )
    hold = HoldPlaced(reason=Sealed("why"), query=query, attributes=attributes)

    assert covers(hold, traits) is found


async def test_a_query_holds_what_comes_to_meet_it_later(world: World) -> None:
    hold, _ = await world.place(
        query=HoldQuery(agent_ids=(AgentId("a-7"),)), attributes={"plan": Sealed("gold")}
    )
    assert await world.held("c-1", "c-2") == {}

    for agent_id in ("a-6", "a-7", "a-8"):
        await world.tell(contact("c-1"), agent_connected(agent_id=AgentId(agent_id)))
    assert await world.held("c-1") == {}

    await world.tell(contact("c-1"), attributes_set(attributes={"plan": Sealed("gold")}))
    await world.tell(contact("c-1"), attributes_set(attributes={"plan": Sealed("lead")}))

    assert await world.held("c-1", "c-2") == {"c-1": (hold.hold_id,)}


async def test_who_is_stopped_stands_in_the_register_once_for_each_attempt(world: World) -> None:
    await world.place(hold_id="h-1", contact_ids=(ContactId("c-1"), ContactId("c-2")))
    await world.place(hold_id="h-2", contact_ids=(ContactId("c-2"),))
    held = await world.holds.covering(TENANT, [ContactId("c-2"), ContactId("c-1")])

    for attempt in ("e-1", "e-1", "e-2"):
        await world.holds.enforced(
            TENANT, what="erasure", attempt=attempt, held=held, actor="officer:o-3"
        )

    told = [
        (fact.subject_id, fact.event.attempt, fact.event.contact_ids, fact.actor)
        for fact in await world.facts()
        if isinstance(fact.event, HoldEnforced)
    ]
    assert told == [
        ("h-1", "e-1", ("c-1", "c-2"), "officer:o-3"),
        ("h-2", "e-1", ("c-2",), "officer:o-3"),
        ("h-1", "e-2", ("c-1", "c-2"), "officer:o-3"),
        ("h-2", "e-2", ("c-2",), "officer:o-3"),
    ]


async def test_a_contact_that_never_started_is_not_held_by_a_slip(world: World) -> None:
    with pytest.raises(ContactUnknown):
        await world.place(contact_ids=(ContactId("c-1"), ContactId("c-l")))

    assert await world.facts() == []


async def test_an_erased_person_is_no_longer_known_and_the_named_contact_is(world: World) -> None:
    person, _ = await world.place(customer_endpoint=Sealed("+4930901820"))
    named, _ = await world.place(contact_ids=(ContactId("c-1"),))
    await world.keys.destroy(TENANT, "contact/c-1")
    await world.tell(contact("c-1"), contact_erased())

    assert await world.held("c-1") == {"c-1": (named.hold_id,)}
    found = await world.holds.covered_by(TENANT, named, [ContactId("c-1")])
    assert [one.erased for one in found] == [True]
    assert await world.holds.covered_by(TENANT, person, [ContactId("c-1")]) == []


async def test_what_cannot_be_read_is_not_taken_for_free(world: World) -> None:
    await world.place(query=HoldQuery(queues=("sales",)))
    life = fact_subject(contact("c-2"), "life")
    await world.log.append(facts_stream(TENANT), life, [Entry("x", b"{}")], expected=None)

    assert await world.held("c-1") == {}
    with pytest.raises(HistoryUnreadable):
        await world.held("c-1", "c-2")


async def test_a_hold_of_another_version_frees_nobody(world: World) -> None:
    subject = register_subject(TENANT, kind=KIND, id="h-9")
    await world.log.append(
        configuration_stream(TENANT), subject, [Entry("x", b"{}")], expected=START
    )

    with pytest.raises(HistoryUnreadable):
        await world.held("c-1")


@pytest.mark.parametrize(
    ("placed", "field"),
    [
        (hold_placed(query=None, attributes={}), "contact_ids"),
        (hold_placed(contact_ids=(ContactId("c-1"),)), "contact_ids"),
        (hold_placed(query=None, customer="ab"), "attributes"),
        (hold_placed(query=HoldQuery(), attributes={}), "query"),
        (hold_placed(query=HoldQuery(queues=("q",) * 101)), "query.queues"),
        (
            hold_placed(query=HoldQuery(recorded_from=at(1), recorded_to=at(1))),
            "query.recorded_to",
        ),
        (
            hold_placed(
                query=None,
                attributes={},
                contact_ids=tuple(ContactId(f"c-{n}") for n in range(CONTACTS_MAX + 1)),
            ),
            "contact_ids",
        ),
    ],
)
def test_a_hold_of_nothing_or_of_two_things_is_refused(placed: HoldPlaced, field: str) -> None:
    with pytest.raises(Malformed) as refused:
        check(placed)

    assert refused.value.field == field


def test_a_command_decided_twice_makes_one_fact() -> None:
    nothing = Hold(hold_id="h-1")
    there = Hold(hold_id="h-1", placed=hold_placed())
    over = Hold(hold_id="h-1", placed=hold_placed(), released=hold_released())
    release = ReleaseHold(hold_id="h-1", reason=Sealed("settled"))

    assert decide(nothing, hold_placed(), now=NOON) == hold_placed()
    assert decide(there, hold_placed(), now=NOON) is None
    assert decide(there, release, now=NOON) == hold_released()
    assert decide(over, release, now=NOON) is None
    assert over.holds is None
