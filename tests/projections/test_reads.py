"""A projection that names the events it reads shows what it would show if it read them all."""

from typing import Any

import msgspec
import pytest
from antiphon.events.base import START, TenantName, Unread, UtteranceId
from antiphon.events.contact import ContactStarted
from antiphon.events.media import AudioReceived
from antiphon.projections import (
    contact_positions,
    desk,
    endpoint_index,
    guidance_usage,
    summary,
    transcript,
    translation,
)
from antiphon.projections.projection import Projection

from ..builders import (
    CONTACT,
    SAMPLES,
    contact,
    contact_erased,
    contact_started,
    utterance_finalized,
)
from .counting import append_raw
from .world import TENANT, World


async def index_key(_: TenantName) -> bytes:
    return b"index key of the tenant"


NARROW = [
    transcript.PROJECTION,
    desk.PROJECTION,
    endpoint_index.MODEL.keyed(index_key),
    contact_positions.PROJECTION,
    guidance_usage.PROJECTION,
    summary.PROJECTION,
    translation.PROJECTION,
]


@pytest.mark.parametrize("projection", NARROW, ids=lambda one: one.name)
async def test_what_it_does_not_read_would_have_changed_nothing(
    world: World, projection: Projection
) -> None:
    assert projection.reads is not None
    for number, sample in enumerate(SAMPLES):
        await world.tell(sample(), contact=contact(f"alone-{number}"))
    await world.tell(*(sample() for sample in SAMPLES if sample is not contact_erased))
    await world.project(projection)
    narrow = await world.content(projection.tables)

    reading_all = msgspec.structs.replace(projection, reads=None)
    rebuilt = await world.rebuild(reading_all)

    assert rebuilt.comparison is not None
    assert rebuilt.comparison.equal
    assert await world.content(projection.tables) == narrow


async def test_an_event_nobody_looks_at_is_told_of_without_its_content(world: World) -> None:
    await world.tell(contact_started(), utterance_finalized("hello"))
    end = (await world.journal.state(TENANT)).last
    only = frozenset((ContactStarted,))

    batches = world.journal.read_tenant(TENANT, after=START, upto=end, only=only)
    told = [fact async for batch in batches for fact in batch]

    assert [type(fact.event) for fact in told] == [ContactStarted, Unread]
    assert [fact.contact for fact in told] == [CONTACT, CONTACT]
    assert [fact.lane for fact in told] == ["life", "speech"]


async def test_a_fact_that_it_does_not_read_parks_nobody_where_it_cannot_be_decoded(
    world: World,
) -> None:
    await world.tell(contact_started())
    await append_raw(world, named=AudioReceived.TYPE)  # and without any of its fields
    await world.tell(utterance_finalized("after it"))

    await world.project(transcript.PROJECTION)

    assert await world.rows("SELECT text FROM transcript_line") == [("after it",)]
    assert await world.rows("SELECT contact_id FROM transcript_parked") == []


@pytest.mark.parametrize(
    ("broken", "parked"),
    [({"words": ("soon",)}, []), ({"started_ms": "soon"}, [("undecodable",)])],
)
async def test_a_field_that_cannot_be_decoded_parks_a_contact_where_it_is_read(
    world: World, broken: dict[str, Any], parked: list[tuple[str]]
) -> None:
    await world.tell(contact_started())
    await world.tell(msgspec.structs.replace(utterance_finalized("told"), **broken))

    await world.project(transcript.PROJECTION)

    shown = [] if parked else [("told",)]
    assert await world.rows("SELECT text FROM transcript_line") == shown
    assert await world.rows("SELECT problem FROM transcript_parked") == parked


@pytest.mark.parametrize("again", [0, 149])
async def test_many_lines_at_once_go_in_once_each_though_one_is_there_already(
    world: World, again: int
) -> None:
    first = utterance_finalized("first", utterance_id=UtteranceId(f"from_customer-{again}"))
    await world.tell(contact_started(), first)
    await world.project(transcript.PROJECTION)
    for number in range(150):
        said = utterance_finalized(
            f"said {number}", utterance_id=UtteranceId(f"from_customer-{number}")
        )
        await world.tell(said)

    await world.project(transcript.PROJECTION)

    lines = dict(await world.rows("SELECT utterance_id, text FROM transcript_line"))
    assert len(lines) == 150
    assert lines.pop(f"from_customer-{again}") == "first"
    assert all(text == f"said {name.rpartition('-')[2]}" for name, text in lines.items())


def test_a_projection_that_would_not_read_erasures_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="ContactErased"):
        msgspec.structs.replace(transcript.PROJECTION, reads=frozenset((ContactStarted,)))
