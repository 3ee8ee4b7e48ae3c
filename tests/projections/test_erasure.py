"""After an erasure a read model shows what one built from the log without the key would show."""

import random
from collections.abc import AsyncGenerator, Collection, Sequence
from typing import Any

import pytest
import pytest_asyncio
from antiphon.events.base import ContactRef, Event, GuidanceId, KeyId, TenantName, UtteranceId
from antiphon.events.contact import AgentConnected
from antiphon.events.erasure import INDEX_HOLDER, endpoint_token
from antiphon.events.journal import Journal
from antiphon.events.keys import Key
from antiphon.events.log import Entry
from antiphon.events.sealed import Sealed, sealed_fields
from antiphon.events.subjects import fact_subject, facts_stream
from antiphon.projections import desk, endpoint_index, transcript
from antiphon.projections.catalogue import PROJECTIONS
from antiphon.projections.endpoint_index import contacts_of, shows
from antiphon.projections.parking import parked
from antiphon.projections.projection import Projection
from antiphon.projections.transcript_rows import ERASED

from ..builders import (
    CONTACT,
    SAMPLES,
    agent_connected,
    attributes_set,
    audio_gap,
    audio_stream_opened,
    checklist_item_ticked,
    checklist_opened,
    contact,
    contact_ended,
    contact_erased,
    contact_held,
    contact_resumed,
    contact_started,
    draft,
    guidance_dismissed,
    guidance_expired,
    guidance_issued,
    guidance_shown,
    guidance_used,
    moment_detected,
    speech_gap,
    transcript_completed,
    utterance_finalized,
)
from ..knowledge_builders import answer_found, knowledge_asked
from ..sayings import saying
from ..summary_builders import summary_written
from .world import HOMES, TENANT, World
from .world import world as make_world

OTHER = contact("c-2")
WORDS = "my roof leaks"


@pytest_asyncio.fixture
async def world(postgres_url: str) -> AsyncGenerator[World]:
    async with make_world(postgres_url, homes=(*HOMES, "endpoint_index_v1")) as made:
        yield made


def projections(world: World) -> tuple[Projection, ...]:
    async def index_key(tenant: TenantName) -> bytes:
        return (await world.keys.obtain(tenant, INDEX_HOLDER)).secret

    return (transcript.PROJECTION, desk.PROJECTION, endpoint_index.MODEL.keyed(index_key))


class Stale:
    """Another process's key store, which has not heard of the erasure yet."""

    def __init__(self, world: World, keys: Sequence[tuple[str, Key]]) -> None:
        self._keys = world.keys
        self._held = dict(keys)

    async def obtain(self, tenant: TenantName, holder: str) -> Key:
        return self._held.get(holder) or await self._keys.obtain(tenant, holder)

    def held(self, tenant: TenantName, holder: str) -> Key | None:
        return self._held.get(holder) or self._keys.held(tenant, holder)

    async def find(self, tenant: TenantName, ids: Collection[KeyId]) -> dict[KeyId, Key]:
        held = {key.id: key for key in self._held.values() if key.id in ids}
        return held | await self._keys.find(tenant, ids)

    def forget(self, tenant: TenantName, holder: str) -> None:
        """It never hears."""

    async def destroy(self, tenant: TenantName, holder: str) -> None:
        raise NotImplementedError


class Telling:
    """A world told by a process that may be behind."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.journal = world.journal

    async def tell(self, contact: ContactRef, event: Event) -> None:
        end = await self.journal.lane_end(contact, event.LANE)
        await self.journal.append(contact, [draft(event)], expected=end)

    async def fall_behind(self) -> None:
        holders = [f"contact/{one.contact_id}" for one in (CONTACT, OTHER)]
        held = [(one, await self.world.keys.obtain(TENANT, one)) for one in holders]
        self.journal = Journal(self.world.log, Stale(self.world, held))

    async def erase(self, one: ContactRef) -> None:
        await self.world.keys.destroy(TENANT, f"contact/{one.contact_id}")
        await self.tell(one, contact_erased())


def some_event(chance: random.Random) -> Event:
    number = chance.randint(1, 4)
    cue = GuidanceId(f"g-{number}")
    return chance.choice(
        [
            lambda: utterance_finalized(
                WORDS,
                utterance_id=UtteranceId(f"from_customer-{chance.randint(1, 9)}"),
                started_ms=chance.randint(0, 60_000),
            ),
            lambda: utterance_finalized(
                "yes", track="to_customer", utterance_id=UtteranceId(f"to_customer-{number}")
            ),
            lambda: guidance_issued(guidance_id=cue, evidence=Sealed(WORDS)),
            lambda: guidance_shown(guidance_id=cue),
            lambda: guidance_used(guidance_id=cue),
            lambda: guidance_dismissed(guidance_id=cue),
            lambda: guidance_expired(guidance_id=cue),
            lambda: checklist_item_ticked(item=f"item-{number}", evidence=Sealed(WORDS)),
            lambda: answer_found(answer=Sealed(WORDS)),
            lambda: knowledge_asked(question=Sealed(WORDS), answer=None),
            summary_written,
            checklist_opened,
            moment_detected,
            agent_connected,
            contact_held,
            contact_resumed,
            attributes_set,
            audio_stream_opened,
            audio_gap,
            speech_gap,
            contact_ended,
            transcript_completed,
        ]
    )()


async def content(world: World, models: Sequence[Projection]) -> dict[str, Any]:
    return await world.content([table for one in models for table in one.tables])


@pytest.mark.parametrize("seed", range(12))
async def test_it_shows_what_a_rebuild_shows_whatever_came_before_and_after(
    world: World, seed: int
) -> None:
    chance = random.Random(seed)
    models = projections(world)
    telling = Telling(world)
    for one in (CONTACT, OTHER):
        await telling.tell(one, contact_started())
    erased_at = chance.randint(0, 30)
    behind, telling_until = telling.journal, 0
    for step in range(40):
        if step == erased_at:
            # Sometimes the others keep the key for a while, to write and to read.
            if chance.random() < 0.6:
                await telling.fall_behind()
            await telling.erase(CONTACT)
            behind, telling_until = telling.journal, step + chance.randint(0, 10)
        if step >= erased_at and step == telling_until:
            telling.journal = world.journal
        contact_ref = chance.choice([CONTACT, OTHER])
        event = some_event(chance)
        is_gone = step >= erased_at and telling.journal is world.journal
        if not (is_gone and contact_ref == CONTACT and _is_personal(event)):
            await telling.tell(contact_ref, event)
        if chance.random() < 0.2:
            await world.project(*models, journal=telling.journal)
    await world.project(*models, journal=behind)

    incremental = await content(world, models)
    for one in models:
        await world.rows(f"DROP SCHEMA {one.home} CASCADE")
    await world.project(*models)

    assert await content(world, models) == incremental
    lines = await world.rows("SELECT text FROM transcript_line WHERE contact_id = 'c-1'")
    assert all(text is None for (text,) in lines)
    assert WORDS not in repr(await _of(world, "c-1", incremental))


def _is_personal(event: Event) -> bool:
    return bool(sealed_fields(type(event)))


async def _of(world: World, contact_id: str, found: dict[str, Any]) -> list[Any]:
    return [row for rows in found.values() for row in rows if contact_id in row]


async def test_only_the_erased_contact_is_erased(world: World) -> None:
    telling, models = Telling(world), projections(world)
    for one in (CONTACT, OTHER):
        await world.tell(contact_started(), agent_connected(), utterance_finalized(), contact=one)

    await telling.erase(CONTACT)
    await world.project(*models)

    async with world.pool.acquire() as connection:
        found = await transcript.transcripts_of(connection, [CONTACT.contact_id, OTHER.contact_id])
    gone, kept = found[CONTACT.contact_id], found[OTHER.contact_id]
    assert [line.text for line in gone.lines] == [ERASED]
    assert [line.text for line in kept.lines] == [WORDS]
    assert (gone.erased_at is None, kept.erased_at) == (False, None)
    # The agent's name is the agent's, under a key of its own.
    assert gone.agent_name == "Ada Winter"


async def test_what_a_parked_contact_shows_goes_too(world: World) -> None:
    telling, models = Telling(world), projections(world)
    await world.tell(contact_started(), utterance_finalized(), guidance_issued())
    await world.project(*models)
    end = await world.journal.lane_end(CONTACT, "speech")

    await world.log.append(
        facts_stream(TENANT),
        fact_subject(CONTACT, "speech"),
        [Entry("broken", b"no envelope")],
        expected=end,
    )
    await world.project(*models)

    await telling.erase(CONTACT)
    await world.project(*models)

    async with world.pool.acquire() as connection:
        assert [one.contact_id for one in await parked(connection, transcript.PROJECTION)] == [
            CONTACT.contact_id
        ]
    assert await world.rows("SELECT text FROM transcript_line") == [(None,)]
    assert await world.rows("SELECT evidence FROM desk_cue") == [(ERASED,)]


async def found(world: World, endpoint: str) -> list[str]:
    key = await world.keys.obtain(TENANT, INDEX_HOLDER)
    async with world.pool.acquire() as connection:
        assert await shows(connection, (await world.journal.state(TENANT)).last)
        return list(
            await contacts_of(connection, endpoint_token(key.secret, endpoint), contacts_max=10)
        )


async def test_a_customer_is_found_however_the_number_is_written(world: World) -> None:
    endpoints = {"c-1": "+49 30 90182-0", "c-2": "0049 (30) 901820", "c-3": "+44 20 7946 0000"}
    for contact_id, endpoint in endpoints.items():
        await world.tell(
            contact_started(customer_endpoint=Sealed(endpoint)), contact=contact(contact_id)
        )
    await world.tell(contact_started(customer_endpoint=None), contact=contact("c-4"))

    await world.project(*projections(world))

    assert await found(world, "tel:+4930901820") == ["c-1", "c-2"]
    assert await found(world, "+442079460000") == ["c-3"]
    assert await found(world, "+4930901821") == []


async def test_neither_numbers_nor_what_anybody_could_compute_are_in_the_index(
    world: World,
) -> None:
    await world.tell(contact_started(customer_endpoint=Sealed("+4930901820")))

    await world.project(*projections(world))

    ((token,),) = await world.rows("SELECT token FROM endpoint_contact")
    assert token != endpoint_token(b"another key", "+4930901820")
    assert b"4930901820" not in token


async def test_an_erased_contact_is_found_no_more_and_does_not_come_back(world: World) -> None:
    telling, models = Telling(world), projections(world)
    await world.tell(contact_started(customer_endpoint=Sealed("+4930901820")))
    await world.project(*models)
    await telling.fall_behind()

    await telling.erase(CONTACT)
    await world.project(*models)
    # A reader behind is given the start once more, in clear.
    facts = [fact async for fact in telling.journal.read(CONTACT)]
    async with world.pool.acquire() as connection:
        await models[2].project(connection, facts[:1])

    assert await found(world, "+4930901820") == []


@pytest.mark.parametrize(
    "behind", [False, True], ids=["told before", "told after, by who is behind"]
)
async def test_no_table_holds_a_word_of_who_was_erased(world: World, *, behind: bool) -> None:
    models = [*projections(world), *(one for one in PROJECTIONS if isinstance(one, Projection))]
    samples = [sample() for sample in SAMPLES]
    # An agent's name is the agent's own, and goes with the agent's key.
    named = [one for one in samples if not isinstance(one, AgentConnected)]
    personal = [saying(one, WORDS) for one in named if sealed_fields(type(one))]
    telling = Telling(world)
    await telling.tell(CONTACT, contact_started())
    if not behind:
        for event in personal:
            await telling.tell(CONTACT, event)
        await world.project(*models)
        assert WORDS in repr(await content(world, models))
    await telling.fall_behind()
    await telling.erase(CONTACT)
    for event in personal:
        await telling.tell(CONTACT, event)

    await world.project(*models, journal=telling.journal)

    shown = await content(world, models)
    assert [table for table, rows in shown.items() if WORDS in repr(rows)] == []
