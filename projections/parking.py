"""Contacts whose facts cannot be applied: put aside, visibly, while others flow."""

from collections.abc import Collection, Sequence

import structlog
from msgspec import Struct

from ..events.base import ContactId, ContactRef, Position, Recorded, TenantName, Unreadable
from ..events.journal import Journal
from .projection import Projection, checkpoint_of
from .store import UNSTORABLE, Connection, Pool

log = structlog.get_logger()

_PARK = """
INSERT INTO projection_parked AS parked (name, version, contact_id, position, problem, skipped)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (name, version, contact_id) DO NOTHING
"""

_SKIP = """
UPDATE projection_parked AS parked
   SET skipped = parked.skipped + more.skipped
  FROM unnest($3::text[], $4::bigint[]) AS more (contact_id, skipped)
 WHERE parked.name = $1 AND parked.version = $2 AND parked.contact_id = more.contact_id
"""

_AMONG = """
SELECT contact_id FROM projection_parked
 WHERE name = $1 AND version = $2 AND contact_id = ANY($3::text[])
"""

_ALL = """
SELECT contact_id, position FROM projection_parked
 WHERE name = $1 AND version = $2 ORDER BY position
"""

_UNPARK = "DELETE FROM projection_parked WHERE name = $1 AND version = $2 AND contact_id = $3"

_LOCK = """
SELECT position FROM projection_checkpoint WHERE name = $1 AND version = $2 FOR UPDATE
"""


class _Stuck(Struct, frozen=True):
    position: Position  # of the first fact that was not applied
    problem: str


async def project_or_park(
    connection: Connection, projection: Projection, facts: Sequence[Recorded]
) -> None:
    """Fold facts into the read model; park the contacts whose facts will not go in.

    A contact is parked with its first fact that cannot be read, or with its first of these
    facts when its rows cannot be stored. Later facts of a parked contact are counted and
    skipped; `resume_parked` takes them up. The caller owns the transaction.
    """
    by_contact: dict[ContactId, list[Recorded]] = {}
    for fact in facts:
        by_contact.setdefault(fact.contact.contact_id, []).append(fact)
    parked = await _parked_among(connection, projection, by_contact)
    await _count_skipped(connection, projection, {one: len(by_contact[one]) for one in parked})

    stuck = {
        contact_id: found
        for contact_id, own in by_contact.items()
        if contact_id not in parked and (found := _unreadable_in(own))
    }
    good = [
        fact
        for fact in facts
        if fact.contact.contact_id not in parked
        and not (
            fact.contact.contact_id in stuck
            and fact.position >= stuck[fact.contact.contact_id].position
        )
    ]
    stuck |= await _project_storable(connection, projection, good)
    for contact_id, found in stuck.items():
        skipped = sum(fact.position >= found.position for fact in by_contact[contact_id])
        await _park(connection, projection, contact_id, found, skipped=skipped)


async def resume_parked(
    projection: Projection, *, tenant: TenantName, journal: Journal, pool: Pool
) -> None:
    """Try every parked contact again, in order: the reader may have learned to read it."""
    key = (projection.name, projection.version)
    async with pool.acquire() as connection:
        for row in await connection.fetch(_ALL, *key):
            contact = ContactRef(tenant, ContactId(row["contact_id"]))
            async with connection.transaction():
                # Nobody moves the checkpoint meanwhile, so no fact falls between.
                await connection.fetchval(_LOCK, *key)
                if await _resume(
                    connection, projection, contact, journal, first=Position(row["position"])
                ):
                    await connection.execute(_UNPARK, *key, contact.contact_id)
                    log.info(
                        "contact_resumed_after_parking",
                        projection=projection.name,
                        tenant=tenant,
                        contact_id=contact.contact_id,
                    )


async def _resume(
    connection: Connection,
    projection: Projection,
    contact: ContactRef,
    journal: Journal,
    *,
    first: Position,
) -> bool:
    checkpoint = await checkpoint_of(connection, projection)
    assert checkpoint is not None, "a contact is parked by a projection that has a checkpoint"
    before = Position(first - 1)
    facts = [fact async for fact in journal.read(contact, after=before, upto=checkpoint.position)]
    if _unreadable_in(facts):
        return False
    return not await _project_storable(connection, projection, facts)


async def _project_storable(
    connection: Connection, projection: Projection, facts: Sequence[Recorded]
) -> dict[ContactId, _Stuck]:
    """Fold all facts at once; if that fails, contact by contact, and return who failed."""
    if await _stored(connection, projection, facts):
        return {}
    by_contact: dict[ContactId, list[Recorded]] = {}
    for fact in facts:
        by_contact.setdefault(fact.contact.contact_id, []).append(fact)
    if len(by_contact) == 1:
        return {contact_id: _unstorable(own) for contact_id, own in by_contact.items()}
    return {
        contact_id: _unstorable(own)
        for contact_id, own in by_contact.items()
        if not await _stored(connection, projection, own)
    }


async def _stored(
    connection: Connection, projection: Projection, facts: Sequence[Recorded]
) -> bool:
    try:
        async with connection.transaction():  # a savepoint: the caller's transaction goes on
            await projection.project(connection, facts)
    except UNSTORABLE:
        return False
    return True


def _unreadable_in(facts: Sequence[Recorded]) -> _Stuck | None:
    for fact in facts:
        if isinstance(fact.event, Unreadable):
            return _Stuck(fact.position, fact.event.problem)
    return None


def _unstorable(facts: Sequence[Recorded]) -> _Stuck:
    return _Stuck(facts[0].position, "unstorable")


async def _parked_among(
    connection: Connection, projection: Projection, contact_ids: Collection[ContactId]
) -> set[ContactId]:
    rows = await connection.fetch(
        _AMONG, projection.name, projection.version, list[str](contact_ids)
    )
    return {ContactId(row["contact_id"]) for row in rows}


async def _count_skipped(
    connection: Connection, projection: Projection, skipped: dict[ContactId, int]
) -> None:
    if skipped:
        key = (projection.name, projection.version)
        await connection.execute(_SKIP, *key, list(skipped), list(skipped.values()))


async def _park(
    connection: Connection,
    projection: Projection,
    contact_id: ContactId,
    found: _Stuck,
    *,
    skipped: int,
) -> None:
    key = (projection.name, projection.version)
    await connection.execute(_PARK, *key, contact_id, found.position, found.problem, skipped)
    log.error(
        "contact_parked",
        projection=projection.name,
        contact_id=contact_id,
        position=found.position,
        problem=found.problem,
    )
