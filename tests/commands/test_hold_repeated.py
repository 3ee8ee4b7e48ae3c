"""A hold that is asked for again is one hold, and another one is never taken for it."""

import asyncio
from typing import Any

import pytest
import pytest_asyncio
from antiphon.commands.hold import PlaceHold, ReleaseHold
from antiphon.errors import HoldDiffers
from antiphon.events.base import ContactId
from antiphon.events.hold import HoldQuery
from antiphon.events.sealed import Sealed

from ..builders import CONTACT
from .holding import OFFICER, TENANT, World, furnished


@pytest_asyncio.fixture
async def world() -> World:
    return await furnished()


async def test_the_same_wish_is_one_hold_until_it_is_released_and_then_another(
    world: World,
) -> None:
    first, _ = await world.place(customer_endpoint=Sealed("+49 30 901820"))

    same, repeated = await world.place(customer_endpoint=Sealed("0049 30 901820"))
    assert repeated
    assert same.hold_id == first.hold_id
    other, repeated = await world.place(
        customer_endpoint=Sealed("+49 30 901820"), matter=Sealed("12 C 34/26")
    )
    assert not repeated
    assert other.hold_id != first.hold_id

    await world.holds.release(TENANT, ReleaseHold(hold_id=first.hold_id), actor=OFFICER)
    again, repeated = await world.place(customer_endpoint=Sealed("+49 30 901820"))

    assert not repeated
    assert again.hold_id not in {first.hold_id, other.hold_id}
    assert len(await world.holds.of(TENANT)) == 3


async def test_another_process_knows_at_once_and_two_that_place_one_hold_place_it_once(
    world: World,
) -> None:
    elsewhere = world.another_process()
    assert await elsewhere.covering(TENANT, [CONTACT.contact_id]) == {}

    await world.place(hold_id="h-1", contact_ids=(ContactId("c-1"),))
    command = PlaceHold(reason=Sealed("Baker ./. Shop"), contact_ids=(ContactId("c-1"),))
    _, repeated = await elsewhere.place(TENANT, command, hold_id="h-1", actor=OFFICER)

    assert repeated
    assert await elsewhere.covering(TENANT, [CONTACT.contact_id]) == {CONTACT.contact_id: ("h-1",)}
    assert len(await world.facts()) == 1


@pytest.mark.parametrize(
    "given",
    [
        {"contact_ids": (ContactId("c-1"), ContactId("c-2"))},
        {"contact_ids": (ContactId("c-2"),)},
        {"contact_ids": (ContactId("c-1"),), "reason": Sealed("another case")},
        {"contact_ids": (ContactId("c-1"),), "matter": Sealed("12 C 34/26")},
        {"customer_endpoint": Sealed("+4930901820")},
        {"query": HoldQuery(queues=("claims",))},
    ],
)
async def test_an_id_that_placed_a_hold_places_no_other_and_says_so(
    world: World, given: dict[str, Any]
) -> None:
    await world.place(hold_id="h-1", contact_ids=(ContactId("c-1"),))

    with pytest.raises(HoldDiffers):
        await world.place(hold_id="h-1", **given)

    assert await world.held("c-1", "c-2") == {"c-1": ("h-1",)}
    assert len(await world.facts()) == 1


async def test_of_two_that_differ_and_come_at_once_under_one_id_one_is_told(world: World) -> None:
    wishes = [world.place(hold_id="h-1", contact_ids=(ContactId(one),)) for one in ("c-1", "c-2")]

    done = await asyncio.gather(*wishes, return_exceptions=True)

    assert [type(one) for one in done].count(HoldDiffers) == 1
    assert len(await world.facts()) == 1
