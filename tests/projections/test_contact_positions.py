"""Where a contact's facts stand: all of them, in order, whatever they say and however they come."""

import random
from collections.abc import Collection, Sequence
from typing import cast

import pytest
from antiphon.events.base import START, ContactId, Lane, Position, Recorded
from antiphon.events.codec import UNREAD
from antiphon.events.contact import ContactErased
from antiphon.events.log import Entry
from antiphon.events.subjects import fact_subject
from antiphon.projections import contact_positions
from antiphon.projections.contact_positions import PART_FACTS, Positions, positions_of
from antiphon.projections.projection import parked_count

from ..builders import CONTACT, contact, contact_started, recorded
from .counting import OTHER, append_raw, tell_many
from .world import STREAM, World

POSITIONS = contact_positions.PROJECTION
LANES: tuple[Lane, ...] = ("life", "speech", "guidance")
MANY = 1_000_000


@pytest.fixture(autouse=True)
async def made(world: World) -> None:
    """Make the tables: no fact has come yet."""
    async with world.running(POSITIONS) as progress:
        await progress.until_alive()


async def asked(
    world: World,
    contact_id: ContactId = CONTACT.contact_id,
    *,
    lanes: Collection[Lane] | None = None,
    after: int = START,
    upto: int | None = None,
    positions_max: int = MANY,
) -> Positions:
    async with world.pool.acquire() as connection:
        found = await positions_of(
            connection,
            contact_id,
            lanes=lanes,
            after=Position(after),
            upto=None if upto is None else Position(upto),
            positions_max=positions_max,
        )
    assert found is not None
    return found


async def fold(world: World, *batches: Sequence[Recorded]) -> None:
    async with world.pool.acquire() as connection:
        for batch in batches:
            async with connection.transaction():
                await POSITIONS.project(connection, batch)


def facts(*told: tuple[int, str, str]) -> list[Recorded]:
    return [
        recorded(
            UNREAD, position=Position(position), contact=contact(name), lane=cast("Lane", lane)
        )
        for position, name, lane in told
    ]


async def test_every_fact_of_a_contact_is_there_in_order(world: World) -> None:
    await tell_many(world, 3)
    await world.tell(contact_started(), contact=OTHER)
    end = await tell_more(world)

    await world.project(POSITIONS)

    found = await asked(world)
    assert found.positions == (1, 2, 3, 4, 6)
    assert (found.upto, found.shown_upto) == (end, end)
    assert found.epoch == (await world.log.state(STREAM)).epoch
    assert (await asked(world, OTHER.contact_id)).positions == (5,)
    assert (await asked(world, ContactId("never heard of"))).positions == ()


async def tell_more(world: World) -> Position:
    return await world.log.append(
        STREAM, fact_subject(CONTACT, "life"), [Entry("more", b"no JSON")], expected=None
    )


@pytest.mark.parametrize(
    ("selection", "positions"),
    [
        pytest.param({"lanes": ["speech"]}, (2, 4), id="one lane"),
        pytest.param({"lanes": ["speech", "life"]}, (1, 2, 4, 6), id="two lanes"),
        pytest.param({"lanes": []}, (), id="no lane"),
        pytest.param({}, (1, 2, 4, 5, 6), id="every lane, unknown ones too"),
        pytest.param({"after": 2}, (4, 5, 6), id="after a position"),
        pytest.param({"upto": 4}, (1, 2, 4), id="up to a position"),
        pytest.param({"after": 1, "upto": 4, "lanes": ["speech"]}, (2, 4), id="all of this"),
    ],
)
async def test_lanes_and_bounds_are_kept_to(
    world: World, selection: dict[str, object], positions: tuple[int, ...]
) -> None:
    for number, (name, lane) in enumerate(
        [
            ("c-1", "life"),
            ("c-1", "speech"),
            ("c-2", "life"),
            ("c-1", "speech"),
            ("c-1", "of-a-later-version"),
            ("c-1", "life"),
        ]
    ):
        subject = fact_subject(CONTACT, "life").replace("c-1.life", f"{name}.{lane}")
        await world.log.append(STREAM, subject, [Entry(f"e-{number}", b"{}")], expected=None)
    await world.project(POSITIONS)

    found = await asked(world, **selection)  # pyright: ignore[reportArgumentType]

    assert found.positions == positions
    assert found.upto == selection.get("upto", 6)


async def test_a_long_history_is_told_in_pieces_that_say_how_far_they_are_complete(
    world: World,
) -> None:
    await fold(world, facts(*((n, "c-1", "speech") for n in range(1, 201))))
    await world.pool.execute("UPDATE contact_positions_checkpoint SET position = 300")
    pieces: list[tuple[int, ...]] = []
    reached = START

    while reached < 300:
        found = await asked(world, after=reached, positions_max=90)
        pieces.append(found.positions)
        assert found.upto > reached
        reached = found.upto

    assert [len(piece) for piece in pieces] == [90, 90, 20]
    assert [one for piece in pieces for one in piece] == list(range(1, 201))


async def test_beyond_what_it_shows_the_read_model_promises_nothing(world: World) -> None:
    end = await tell_many(world, 2)
    await world.project(POSITIONS)
    await tell_more(world)

    assert (await asked(world, upto=end + 1)).upto == end
    assert (await asked(world, after=end + 1)).upto == end + 1
    assert (await asked(world, after=end + 1)).shown_upto == end


async def test_a_fact_that_cannot_be_read_stands_somewhere_and_parks_nobody(world: World) -> None:
    await world.tell(contact_started())
    await append_raw(world, named="never_heard_of")
    await append_raw(world, named="utterance_finalized", version=99)
    await tell_more(world)

    await world.project(POSITIONS)

    assert (await asked(world)).positions == (1, 2, 3, 4)
    async with world.pool.acquire() as connection:
        assert await parked_count(connection, POSITIONS) == 0


async def test_of_a_contact_that_is_parked_nothing_is_told(world: World) -> None:
    # PostgreSQL refuses a NUL: the one way in which a position cannot be stored.
    subject = fact_subject(CONTACT, "life") + "\x00"
    await world.log.append(STREAM, subject, [Entry("odd", b"{}")], expected=None)
    await world.tell(contact_started())
    await world.tell(contact_started(), contact=OTHER)
    await world.project(POSITIONS)

    assert (await asked(world, OTHER.contact_id)).positions == (3,)
    async with world.pool.acquire() as connection:
        found = await positions_of(
            connection,
            CONTACT.contact_id,
            lanes=None,
            after=START,
            upto=None,
            positions_max=MANY,
        )
    assert found is None


async def test_an_erasure_takes_nothing_away_for_the_facts_are_still_there(world: World) -> None:
    await tell_many(world, 2)
    await world.tell(ContactErased(erasure_id="er-1"))

    await world.project(POSITIONS)

    assert (await asked(world)).positions == (1, 2, 3, 4)


@pytest.mark.parametrize("seed", range(6))
async def test_batches_of_any_size_and_repetitions_leave_the_same_rows(
    world: World, seed: int
) -> None:
    drawn = random.Random(seed)
    told = facts(
        *(
            (n, drawn.choice(["c-1", "c-1", "c-1", "c-2", "c-3"]), drawn.choice(LANES))
            for n in range(1, 500)
        )
    )
    await fold(world, told)
    at_once = await world.content(POSITIONS.tables)
    await world.pool.execute("TRUNCATE contact_positions")

    begin = 0
    while begin < len(told):
        end = begin + drawn.randint(1, 60)
        # What was told before comes again, as after a crash.
        await fold(world, told[max(0, begin - drawn.randint(0, 30)) : end])
        begin = end

    assert await world.content(POSITIONS.tables) == at_once
    sizes = await world.rows("SELECT part, cardinality(positions) FROM contact_positions")
    assert max(size for _, size in sizes) == PART_FACTS
    assert max(part for part, _ in sizes) >= 1


async def test_a_rebuild_finds_the_same(world: World) -> None:
    for ordinal in range(3):
        await world.tell(contact_started(), contact=contact(f"c-{ordinal + 10}"))
    await tell_many(world, 2 * PART_FACTS)
    await append_raw(world, named="never_heard_of")
    async with world.running(POSITIONS) as progress:
        await progress.until(Position(100))
    await tell_more(world)
    await world.project(POSITIONS)
    before = await asked(world)

    done = await world.rebuild(POSITIONS)

    assert done.comparison is not None
    assert done.comparison.equal
    assert done.exchanged
    assert await asked(world) == before


async def test_a_rebuild_names_a_position_that_is_wrong(world: World) -> None:
    await tell_many(world, 3)
    await world.project(POSITIONS)
    await world.pool.execute(
        "UPDATE contact_positions SET positions[1] = positions[1] + 1 WHERE lane = 'speech'"
    )

    done = await world.rebuild(POSITIONS)

    assert done.comparison is not None
    assert not done.exchanged
    (difference,) = done.comparison.differences
    assert difference.key == {"contact_id": "c-1", "lane": "speech", "part": 0}
    assert difference.columns == ("positions",)
