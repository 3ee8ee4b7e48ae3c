"""Whose facts cannot be applied is put aside, others flow, and what waits is taken up in order."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from typing import Any

import msgspec
import pytest
from antiphon.events.base import Position, Recorded, Unreadable
from antiphon.events.contact import ContactEnded
from antiphon.events.journal import Journal
from antiphon.events.speech import UtteranceFinalized
from antiphon.projections import transcript
from antiphon.projections.parking import parked
from antiphon.projections.projection import parked_count
from antiphon.projections.store import Connection

from ..builders import (
    CONTACT,
    agent_connected,
    contact_ended,
    contact_started,
    utterance_finalized,
)
from .counting import COUNT, OTHER, append_raw, count, counted, stumbling
from .world import WAIT_S, Watched, World


@pytest.mark.parametrize(
    ("named", "version", "problem"),
    [
        pytest.param("never_heard_of", 1, "unknown_type", id="an unknown type"),
        pytest.param("utterance_finalized", 99, "newer_version", id="a newer version"),
        pytest.param("utterance_finalized", 1, "undecodable", id="a body that does not fit"),
    ],
)
async def test_a_contact_with_an_unreadable_fact_is_parked_and_others_flow(
    world: World, named: str, version: int, problem: str
) -> None:
    await world.tell(contact_started())
    unreadable = await append_raw(world, named=named, version=version)
    await world.tell(utterance_finalized(), contact_ended())
    await world.tell(contact_started(), contact_ended(), contact=OTHER)

    await world.project(COUNT)

    assert await counted(world) == {CONTACT.contact_id: 1, OTHER.contact_id: 2}
    parked = await world.rows("SELECT contact_id, position, problem, waiting FROM count_parked")
    assert parked == [(CONTACT.contact_id, unreadable, problem, 3)]


async def test_facts_of_a_parked_contact_are_counted_and_skipped(world: World) -> None:
    await append_raw(world, named="never_heard_of")
    await world.project(COUNT)

    await world.tell(contact_started(), contact_ended())
    await world.project(COUNT)

    assert await counted(world) == {}
    assert await world.rows("SELECT waiting FROM count_parked") == [(3,)]
    async with world.pool.acquire() as connection:
        assert await parked_count(connection, COUNT) == 1


async def test_an_unknown_fact_that_may_be_ignored_is_passed_over(world: World) -> None:
    await world.tell(contact_started())
    await append_raw(world, named="never_heard_of", ignorable=True)
    end = await world.tell(contact_ended())

    await world.project(COUNT)

    assert await counted(world) == {CONTACT.contact_id: 2}
    assert await world.rows("SELECT position, parked FROM count_checkpoint") == [(end, 0)]


async def test_an_ignorable_fact_that_is_known_and_cannot_be_decoded_parks_all_the_same(
    world: World,
) -> None:
    await append_raw(world, named="utterance_finalized", ignorable=True)

    await world.project(COUNT)

    assert await world.rows("SELECT problem FROM count_parked") == [("undecodable",)]


@pytest.mark.parametrize("is_alone", [True, False], ids=["fact by fact", "in one batch"])
async def test_a_fold_that_fails_parks_its_contact_at_that_fact_and_others_flow(
    world: World, capsys: pytest.CaptureFixture[str], *, is_alone: bool
) -> None:
    await world.tell(contact_started(), agent_connected())
    if is_alone:
        await world.project(COUNT)
    failing = await world.tell(utterance_finalized("do not repeat this"))
    end = await world.tell(contact_ended())
    await world.tell(contact_started(), contact=OTHER)

    await world.project(stumbling(UtteranceFinalized))

    assert await counted(world) == {CONTACT.contact_id: 2, OTHER.contact_id: 1}
    async with world.pool.acquire() as connection:
        (one,) = await parked(connection, COUNT)
    assert (one.contact_id, one.position) == (CONTACT.contact_id, failing)
    assert (one.problem, one.detail, one.waiting) == ("fold_failed", "KeyError", 2)
    told = capsys.readouterr().out
    assert "contact_parked" in told
    assert "do not repeat this" not in told
    assert end > failing


async def test_what_was_parked_is_resumed_in_order_after_a_fix(world: World) -> None:
    await world.tell(contact_started())
    await world.tell(utterance_finalized(), contact_ended())
    await world.project(stumbling(UtteranceFinalized))
    seen = list[int]()

    async def note(connection: Connection, batch: Sequence[Recorded]) -> None:
        seen.extend(fact.position for fact in batch)
        await count(connection, batch)

    done = await world.resume(msgspec.structs.replace(COUNT, project=note))

    assert (done.resumed, done.still_parked) == ((CONTACT.contact_id,), ())
    assert seen == [2, 3]
    assert await counted(world) == {CONTACT.contact_id: 3}
    assert await world.rows("SELECT parked FROM count_checkpoint") == [(0,)]


async def test_a_contact_that_stops_again_stays_parked_where_it_is_now(world: World) -> None:
    await world.tell(contact_started(), utterance_finalized(), agent_connected())
    later = await world.tell(contact_ended())
    await world.project(stumbling(UtteranceFinalized))

    done = await world.resume(stumbling(ContactEnded))

    assert done.resumed == ()
    assert [(one.position, one.waiting) for one in done.still_parked] == [(later, 1)]
    assert await counted(world) == {CONTACT.contact_id: 3}


async def test_two_who_resume_at_once_apply_each_fact_once(world: World) -> None:
    await world.tell(contact_started(), utterance_finalized(), contact_ended())
    await world.project(stumbling(UtteranceFinalized))

    both = await asyncio.gather(world.resume(COUNT), world.resume(COUNT))

    assert [len(one.resumed) for one in both].count(1) == 1
    assert await counted(world) == {CONTACT.contact_id: 3}


async def test_who_resumes_leaves_what_another_took_further_meanwhile(world: World) -> None:
    await world.tell(contact_started(), utterance_finalized(), agent_connected())
    later = await world.tell(contact_ended())
    await world.project(stumbling(UtteranceFinalized))

    class Overtaken(Journal):
        """A journal whose reader is slow: somebody else gets on, and stops at a later fact."""

        async def read(self, *arguments: Any, **given: Any) -> AsyncGenerator[Recorded]:
            await world.resume(stumbling(ContactEnded))
            async for fact in super().read(*arguments, **given):
                yield fact

    done = await world.resume(COUNT, history=Overtaken(world.log, world.keys))

    assert done.resumed == ()
    assert [one.position for one in done.still_parked] == [later]
    assert await counted(world) == {CONTACT.contact_id: 3}


async def test_a_worker_that_waited_learns_who_was_parked_meanwhile(world: World) -> None:
    await world.tell(contact_started(), utterance_finalized(), contact_ended())
    entered, may_go_on = asyncio.Event(), asyncio.Event()

    async def stumble_slowly(connection: Connection, batch: Sequence[Recorded]) -> None:
        entered.set()
        await may_go_on.wait()
        await stumbling(UtteranceFinalized).project(connection, batch)

    slow = msgspec.structs.replace(COUNT, project=stumble_slowly)
    async with world.running(slow) as first:
        async with asyncio.timeout(WAIT_S):
            await entered.wait()
        async with world.running(stumbling(UtteranceFinalized)) as second:
            await world.tell(agent_connected())
            may_go_on.set()
            await asyncio.gather(first.until(Position(4)), second.until(Position(4)))

    assert await counted(world) == {CONTACT.contact_id: 1}
    assert await world.rows("SELECT position, waiting FROM count_parked") == [(2, 3)]


async def test_rows_that_cannot_be_stored_park_their_contact_alone(world: World) -> None:
    await world.tell(contact_started(), utterance_finalized("a \x00 no text can hold"))
    end = await world.tell(contact_started(), utterance_finalized(), contact=OTHER)

    await world.project(transcript.PROJECTION)

    assert await world.rows("SELECT contact_id FROM transcript_line") == [(OTHER.contact_id,)]
    assert await world.rows("SELECT contact_id, problem FROM transcript_parked") == [
        (CONTACT.contact_id, "unstorable")
    ]
    assert await world.rows("SELECT position FROM transcript_checkpoint") == [(end,)]


class LaterJournal(Journal):
    """The journal of a later version, which can read what this one cannot."""

    async def read(self, *arguments: Any, **given: Any) -> AsyncGenerator[Recorded]:
        async for fact in super().read(*arguments, **given):
            if isinstance(fact.event, Unreadable):
                yield msgspec.structs.replace(fact, event=contact_ended())
            else:
                yield fact


async def test_a_parked_contact_is_taken_up_in_order_by_a_reader_that_understands(
    world: World,
) -> None:
    await world.tell(contact_started())
    await append_raw(world, named="never_heard_of")
    end = await world.tell(utterance_finalized())
    await world.project(COUNT)
    before = await counted(world)

    upgraded = Watched()
    async with world.running(COUNT, journal=LaterJournal(world.log, world.keys), progress=upgraded):
        await upgraded.until(end)

    assert (before, await counted(world)) == (
        {CONTACT.contact_id: 1},
        {CONTACT.contact_id: 3},
    )
    assert await world.rows("SELECT * FROM count_parked") == []
