"""A read model that counts, and facts for it to count."""

from collections.abc import Sequence
from typing import Any

import msgspec
from antiphon.events.base import Event, Lane, Position, Recorded
from antiphon.events.log import Entry
from antiphon.events.subjects import fact_subject
from antiphon.projections.projection import Projection
from antiphon.projections.store import Connection

from ..builders import (
    CONTACT,
    contact,
    contact_started,
    utterance_finalized,
)
from .world import STREAM, TENANT, World

OTHER = contact("c-2")


async def count(connection: Connection, batch: Sequence[Recorded]) -> None:
    """Count facts: not idempotent, so that one applied twice or never shows."""
    for fact in batch:
        await connection.execute(
            "INSERT INTO counted VALUES ($1, 1) "
            "ON CONFLICT (contact_id) DO UPDATE SET facts = counted.facts + 1",
            fact.contact.contact_id,
        )


COUNT = Projection(
    name="count",
    version=1,
    tables=("counted",),
    schema="CREATE TABLE IF NOT EXISTS counted (contact_id text PRIMARY KEY, facts bigint)",
    project=count,
)


async def counted(world: World) -> dict[str, int]:
    return dict(await world.rows("SELECT contact_id, facts FROM counted"))


async def tell_many(world: World, number: int) -> Position:
    position = await world.tell(contact_started())
    for ordinal in range(number):
        position = await world.tell(utterance_finalized(utterance_id=f"from_customer-{ordinal}"))
    return position


async def append_raw(
    world: World,
    *,
    named: str,
    version: int = 1,
    ignorable: bool = False,
    lane: Lane = "guidance",
) -> Position:
    """Append what this version of the software cannot read."""
    envelope: dict[str, Any] = {
        "id": f"raw-{named}-{version}",
        "type": named,
        "version": version,
        "occurred_at": "2026-03-02T12:00:00Z",
        "tenant": TENANT,
        "aggregate": f"contact/{CONTACT.contact_id}",
        "correlation": CONTACT.contact_id,
        "actor": "machine",
        "ignorable": ignorable,
        "data": {},
    }
    entry = Entry(f"raw-{named}-{version}", msgspec.json.encode(envelope))
    return await world.log.append(STREAM, fact_subject(CONTACT, lane), [entry], expected=None)


def stumbling(kind: type[Event]) -> Projection:
    """Return a projection whose fold has a bug."""

    async def stumble(connection: Connection, batch: Sequence[Recorded]) -> None:
        for fact in batch:
            await count(connection, [fact])
            if isinstance(fact.event, kind):
                raise KeyError(fact.event)

    return msgspec.structs.replace(COUNT, project=stumble)
