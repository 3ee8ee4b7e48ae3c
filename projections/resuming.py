"""What was put aside is taken up again, in order, once the reader can read it."""

from collections.abc import AsyncGenerator, Collection
from typing import Protocol

import structlog
from msgspec import Struct

from ..events.base import ContactId, ContactRef, Lane, Position, Recorded, TenantName
from ..events.codec import Reading
from .parking import Parked, count_parked, fold_contact, park, parked
from .projection import Projection
from .store import Connection, Pool, store_faults

log = structlog.get_logger()


class ContactHistory(Protocol):
    """Tells the facts of one contact: the log's journal, or one that reads the archive too."""

    def read(
        self,
        contact: ContactRef,
        *,
        lanes: Collection[Lane] = ...,
        after: Position = ...,
        upto: Position | None = ...,
        only: Reading = ...,
    ) -> AsyncGenerator[Recorded]:
        """Yield the facts of a contact in order, then end."""
        ...


class Resumed(Struct, frozen=True, kw_only=True):
    """What became of the contacts that were put aside."""

    resumed: tuple[ContactId, ...]
    still_parked: tuple[Parked, ...]


async def resume(
    projection: Projection,
    *,
    tenant: TenantName,
    history: ContactHistory,
    pool: Pool,
    contact_id: ContactId | None = None,
) -> Resumed:
    """Try every parked contact again, or one, each from the fact it stopped at, in order.

    A contact that gets further and stops again stays parked, at the later fact. The runner of
    the projection may be at work meanwhile, and so may another `resume`.

    Raises:
        StoreUnavailable: the store is away.
    """
    resumed: list[ContactId] = []
    with store_faults():
        async with pool.acquire() as connection:
            for one in await parked(connection, projection):
                if contact_id in (None, one.contact_id):
                    contact = ContactRef(tenant, one.contact_id)
                    if await _resume(connection, projection, contact, history, seen=one):
                        resumed.append(one.contact_id)
            remaining = await parked(connection, projection)
    return Resumed(resumed=tuple(resumed), still_parked=tuple(remaining))


async def _resume(
    connection: Connection,
    projection: Projection,
    contact: ContactRef,
    history: ContactHistory,
    *,
    seen: Parked,
) -> bool:
    # Most is read before the row is locked: a long history must not hold up the runner.
    only = projection.reads
    before = Position(seen.position - 1)
    facts = [fact async for fact in history.read(contact, after=before, only=only)]
    async with connection.transaction():
        upto = await connection.fetchval(
            f"SELECT position FROM {projection.checkpoints} WHERE NOT retired FOR UPDATE"
        )
        now = await _parked_one(connection, projection, contact.contact_id)
        if upto is None or now is None or now.position != seen.position:
            return False  # somebody else has taken it up, or another generation has come
        read_upto = facts[-1].position if facts else before
        if read_upto < upto:
            rest = history.read(contact, after=read_upto, upto=upto, only=only)
            facts += [fact async for fact in rest]
        facts = [fact for fact in facts if fact.position <= upto]
        stuck = await fold_contact(connection, projection, facts)
        if stuck is None:
            await connection.execute(
                f"DELETE FROM {projection.parked} WHERE contact_id = $1",
                contact.contact_id,
            )
        else:
            waiting = sum(fact.position >= stuck.position for fact in facts)
            await park(connection, projection, contact.contact_id, stuck, waiting=waiting)
        await count_parked(connection, projection)
    if stuck is None:
        log.info(
            "contact_resumed_after_parking",
            projection=projection.name,
            tenant=contact.tenant,
            contact_id=contact.contact_id,
            facts=len(facts),
        )
    return stuck is None


async def _parked_one(
    connection: Connection, projection: Projection, contact_id: ContactId
) -> Parked | None:
    row = await connection.fetchrow(
        f"SELECT * FROM {projection.parked} WHERE contact_id = $1",
        contact_id,
    )
    return None if row is None else Parked(projection=projection.name, **dict(row))
