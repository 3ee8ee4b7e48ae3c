"""How far contacts were told is noted where the next process finds it, on a real server too."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime

import pytest
from antiphon.errors import StreamMoved
from antiphon.events.base import Position
from antiphon.infra.jetstream.connection import connected
from antiphon.infra.jetstream.delivery_notes import BUCKET, BUCKET_SETTINGS, DeliveryNotes
from antiphon.infra.jetstream.log import JetStreamLog
from antiphon.infra.jetstream.streams import Streams, bucket_stream
from antiphon.infra.memory_log import MemoryLog
from antiphon.services.webhooks.port import Health, Mark, Marks

from ..builders import contact

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
async def memory_notes() -> DeliveryNotes:
    log = MemoryLog(idle_s=0.05)
    await log.create(bucket_stream(BUCKET))
    return DeliveryNotes(log)


@pytest.fixture
async def jetstream_notes(nats_url: str) -> AsyncGenerator[DeliveryNotes]:
    async with connected(nats_url, name="test") as nc:
        await Streams(nc).create_bucket(BUCKET, **BUCKET_SETTINGS)
        yield DeliveryNotes(JetStreamLog(nc))
        await nc.request(f"$JS.API.STREAM.DELETE.{bucket_stream(BUCKET)}")


@pytest.fixture(params=["memory", "jetstream"])
def notes(request: pytest.FixtureRequest) -> DeliveryNotes:
    return request.getfixturevalue(f"{request.param}_notes")


async def test_marks_are_found_again_and_only_who_saw_the_last_replaces_them(
    notes: DeliveryNotes,
) -> None:
    one, other = contact("c-1"), contact("c-2")
    nothing = await notes.marks(one)
    marks = {"w-1": Mark(upto=Position(7), attempts=2, next_at=NOON)}
    kept = await notes.keep(one, Marks(marks, nothing.position))

    assert nothing.marks == {}
    assert await notes.marks(one) == kept
    assert (await notes.marks(other)).marks == {}
    with pytest.raises(StreamMoved):
        await notes.keep(one, nothing)
    again = await notes.keep(one, Marks({}, kept.position))
    assert await notes.marks(one) == again


async def test_health_is_what_was_said_last(notes: DeliveryNotes) -> None:
    tenant = contact("c-1").tenant
    before = await notes.health(tenant, "w-1")
    await notes.note_health(tenant, "w-1", Health(failing_since=NOON))
    failing = await notes.health(tenant, "w-1")
    await notes.note_health(tenant, "w-1", Health())

    assert (before, failing) == (Health(), Health(failing_since=NOON))
    assert await notes.health(tenant, "w-1") == Health()
    assert await notes.health(tenant, "w-2") == Health()
