"""Facts of tenants through a log and back: what the Register promises over every adapter.

Run by `tests/infra/test_register.py`.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

import pytest
from antiphon.errors import KeyDestroyed, Malformed, PositionBeyondEnd, StreamMoved
from antiphon.events.base import START, AgentId, Event, EventId, Position, Unreadable
from antiphon.events.log import Entry
from antiphon.events.register import Register, Registered
from antiphon.events.sealed import Sealed
from antiphon.events.subjects import configuration_stream, register_subject

from .. import builders
from ..events.invented import CODEC, BadgeIssued, DoorOpened, VisitNoted
from ..infra.places import Place

PATIENCE_S = 20.0
WORDS = "the roof leaks"


def register_of(place: Place) -> Register:
    return Register(place.log, place.keys, codec=CODEC)


async def append(place: Place, about: str, *events: Event) -> Position:
    drafts = [builders.draft(event) for event in events]
    return await register_of(place).append(place.tenant, id=about, drafts=drafts, expected=None)


async def read(place: Place, kind: str | None = None, about: str | None = None) -> list[Registered]:
    found = register_of(place).read(place.tenant, kind=kind, id=about)
    return [one async for one in found]


class RegisterContract:
    async def test_what_is_entered_comes_back_as_it_was(self, place: Place) -> None:
        draft = builders.draft(DoorOpened(why=Sealed(WORDS), times=2), actor="agent:a-1")

        position = await register_of(place).append(
            place.tenant, id="front", drafts=[draft], expected=START
        )
        [found] = await read(place)

        assert found.event == draft.event
        assert (found.id, found.position) == (draft.id, position)
        assert (found.kind, found.subject_id, found.tenant) == ("door", "front", place.tenant)
        assert (found.actor, found.occurred_at) == ("agent:a-1", draft.occurred_at)
        assert (found.correlation, found.causation) == (draft.correlation, None)
        assert found.cause.position == position
        assert found.recorded_at.tzinfo is not None

    async def test_it_is_read_by_kind_by_id_and_by_position(self, place: Place) -> None:
        first = await append(place, "front", DoorOpened(), DoorOpened(times=2))
        await append(place, "back", DoorOpened(times=3))
        badge = BadgeIssued(agent_id=AgentId("a-1"), printed_name=Sealed("Ada"))
        last = await append(place, "front", badge)

        doors = await read(place, kind="door")
        front = await read(place, kind="door", about="front")
        everything_front = await read(place, about="front")
        register = register_of(place)
        both = [one async for one in register.read(place.tenant, kind=("badge", "door"))]
        later = [one async for one in register.read(place.tenant, after=first)]
        earlier = [one async for one in register.read(place.tenant, upto=first)]

        assert [getattr(one.event, "times", None) for one in doors] == [1, 2, 3]
        assert [getattr(one.event, "times", None) for one in front] == [1, 2]
        assert [one.kind for one in everything_front] == ["door", "door", "badge"]
        assert [one.kind for one in both] == ["door", "door", "door", "badge"]
        assert len([one async for one in register.read(place.tenant, kind=("badge",))]) == 1
        assert [one.position for one in later] == [last - 1, last]
        assert [one.position for one in earlier] == [first - 1, first]

    async def test_nothing_is_read_where_nothing_was_entered(self, place: Place) -> None:
        found = await read(place, kind="door")
        end = await register_of(place).end(place.tenant, kind="door", id="front")

        assert found == []
        assert end == START

    async def test_a_second_writer_who_expects_otherwise_is_kept_out(self, place: Place) -> None:
        register = register_of(place)
        await append(place, "front", DoorOpened())
        other = [builders.draft(DoorOpened(times=9))]

        with pytest.raises(StreamMoved):
            await register.append(place.tenant, id="front", drafts=other, expected=START)
        end = await register.end(place.tenant, kind="door", id="front")
        await register.append(place.tenant, id="front", drafts=other, expected=end)

        assert [getattr(one.event, "times", None) for one in await read(place)] == [1, 9]

    @pytest.mark.parametrize("expected", [None, START])
    async def test_a_repeat_is_stored_once(self, place: Place, expected: Position | None) -> None:
        register = register_of(place)
        drafts = [builders.draft(DoorOpened(why=Sealed(WORDS), times=n)) for n in (1, 2)]

        positions = {
            await register.append(place.tenant, id="front", drafts=drafts, expected=expected)
            for _ in range(3)
        }

        assert len(positions) == 1
        assert [one.id for one in await read(place)] == [draft.id for draft in drafts]

    @pytest.mark.parametrize("name", ["", "a.b", "*", ">", "a b", "é", "x" * 129])
    async def test_an_id_that_would_stand_elsewhere_is_refused(
        self, place: Place, name: str
    ) -> None:
        with pytest.raises(Malformed) as refused:
            await append(place, name, DoorOpened())

        assert refused.value.field == "id"
        assert await read(place) == []

    @pytest.mark.parametrize(
        ("event", "holder"),
        [
            (DoorOpened(why=Sealed(WORDS)), "tenant/{tenant}"),
            (BadgeIssued(agent_id=AgentId("a-7"), printed_name=Sealed(WORDS)), "agent/a-7"),
            (VisitNoted(contact_id="c-7", remark=Sealed(WORDS)), "contact/c-7"),
        ],
    )
    async def test_personal_texts_are_sealed_under_their_holders_key(
        self, place: Place, event: Event, holder: str
    ) -> None:
        await append(place, "one", event)
        [stored] = [
            stored
            async for batch in place.log.read(configuration_stream(place.tenant), ["cf.>"])
            for stored in batch
        ]
        [before] = await read(place)

        await place.keys.destroy(place.tenant, holder.format(tenant=place.tenant))
        [after] = await read(place)

        assert before.event == event
        assert WORDS.encode() not in stored.payload
        assert type(after.event) is type(event)
        [text] = [value for value in _values(after.event) if isinstance(value, Sealed)]
        assert text.reveal_or("erased") == "erased"
        with pytest.raises(KeyDestroyed):
            await append(place, "one", event)

    async def test_what_cannot_be_read_is_seen_and_not_left_out(self, place: Place) -> None:
        await append(place, "front", DoorOpened(), VisitNoted(contact_id="c", remark=Sealed("x")))
        older = Register(place.log, place.keys)  # its catalogue lists neither of them

        door, visit = [
            one async for one in older.read(place.tenant, kind="door") if one.id != EventId("")
        ]

        unknown = Unreadable(type="door_opened", version=1, problem="unknown_type")
        assert door.event == unknown
        assert visit.event == Unreadable(
            type="visit_noted", version=1, problem="unknown_type", ignorable=True
        )
        assert (door.kind, door.subject_id) == ("door", "front")

    async def test_an_event_under_another_kind_is_not_taken_for_its_own(self, place: Place) -> None:
        await append(place, "front", DoorOpened())
        [door] = [
            stored
            async for batch in place.log.read(configuration_stream(place.tenant), ["cf.>"])
            for stored in batch
        ]
        entry = Entry("moved", door.payload)
        subject = register_subject(place.tenant, kind="badge", id="front")
        await place.log.append(configuration_stream(place.tenant), subject, [entry], expected=START)

        [found] = await read(place, kind="badge")

        assert found.event == Unreadable(type="door_opened", version=1, problem="undecodable")

    async def test_a_follower_gets_what_there_is_and_what_comes(self, place: Place) -> None:
        register = register_of(place)
        first = await append(place, "front", DoorOpened())
        await append(place, "a", BadgeIssued(agent_id=AgentId("a"), printed_name=Sealed("A")))
        state = await register.state(place.tenant)

        async with aclosing(
            register.follow(place.tenant, kind="door", epoch=state.epoch)
        ) as batches:
            found = await _taken(batches, 1)
            await append(place, "back", DoorOpened(times=2))
            found += await _taken(batches, 1)

        assert found[0].position == first
        assert [one.subject_id for one in found] == ["front", "back"]

    async def test_a_position_that_was_never_read_here_is_refused(self, place: Place) -> None:
        followed = register_of(place).follow(place.tenant, after=Position(1_000))

        with pytest.raises(PositionBeyondEnd):
            await anext(followed)

    async def test_tenants_do_not_see_each_others_entries(self, place: Place) -> None:
        other = await place.tenants.add("t-other-of-" + place.tenant[-8:])
        await append(place, "front", DoorOpened())

        found = [one async for one in register_of(place).read(other)]

        assert found == []


def _values(event: Event) -> list[object]:
    return [getattr(event, name) for name in event.__struct_fields__]


async def _taken(batches: AsyncGenerator[Sequence[Registered]], count: int) -> list[Registered]:
    taken: list[Registered] = []
    async with asyncio.timeout(PATIENCE_S):
        while len(taken) < count:
            taken += await anext(batches)
    assert len(taken) == count
    return taken
