"""What a desk showed of a contact at one moment: its facts up to then, folded anew.

The very code that fills the read models fills a scratch schema, in a transaction that is
rolled back: nothing is left behind, and nobody else ever sees it.
"""

import uuid
from collections.abc import AsyncGenerator, AsyncIterable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

from msgspec import Struct

from ..events.base import START, ContactId, Epoch, Position, Recorded
from . import desk, transcript
from .desk import DeskContact, desk_contact_of, desk_of
from .parking import Stuck, fold_contact
from .projection import Projection, tables_of
from .store import Connection, Pool, store_faults

_SHOWN: tuple[Projection, ...] = (transcript.PROJECTION, desk.PROJECTION)

_STATEMENT_S_MAX = 30  # of one statement; a contact's facts are few


class Moment(Struct, frozen=True, kw_only=True):
    """A contact as it stood at one moment."""

    position: Position  # of the last fact that had been recorded; START: none had
    contact: DeskContact | None  # None: nothing was known of it
    on_desk: bool  # its agent's desk had it: connected already, not yet cleared away
    stuck: Stuck | None  # from here on nothing could be shown


async def shown_at(
    pool: Pool,
    facts: AsyncIterable[Sequence[Recorded]],
    *,
    contact_id: ContactId,
    epoch: Epoch,
    now: datetime,
    wait_s: float,
) -> Moment:
    """Return what the facts of one contact, up to a moment, made a desk show at `now`.

    `wait_s` is how long to wait for a connection.

    Raises:
        StoreUnavailable: the store is away.
    """
    with store_faults():
        async with pool.acquire(timeout=wait_s) as connection, _scratch(connection, epoch=epoch):
            position, stuck = await _fold(connection, facts)
            shown = await desk_contact_of(connection, contact_id)
            contact = shown.contacts[0] if shown.contacts else None
            on_desk = contact is not None and await _is_on_desk(connection, contact, now=now)
    return Moment(position=position, contact=contact, on_desk=on_desk, stuck=stuck)


@asynccontextmanager
async def _scratch(connection: Connection, *, epoch: Epoch) -> AsyncGenerator[None]:
    """Give a connection empty read models of its own for a while."""
    home = f"scratch_{uuid.uuid4().hex}"
    # The isolation that the queries of read models ask for.
    transaction = connection.transaction(isolation="repeatable_read")
    await transaction.start()
    try:
        await connection.execute(
            f"CREATE SCHEMA {home}; SET LOCAL search_path = {home}; "
            f"SET LOCAL statement_timeout = '{_STATEMENT_S_MAX}s'"
        )
        for projection in _SHOWN:
            await connection.execute(tables_of(projection))
            await connection.execute(
                f"INSERT INTO {projection.checkpoints} (epoch, position) VALUES ($1, $2)",
                epoch,
                START,
            )
        yield
    finally:
        # A connection that broke has rolled back already.
        if not connection.is_closed():
            await transaction.rollback()


async def _fold(
    connection: Connection, facts: AsyncIterable[Sequence[Recorded]]
) -> tuple[Position, Stuck | None]:
    stuck: dict[str, Stuck] = {}
    position = START
    async for batch in facts:
        for projection in _SHOWN:
            if projection.name not in stuck:
                found = await fold_contact(connection, projection, batch)
                if found is not None:
                    stuck[projection.name] = found
        position = batch[-1].position
    return position, min(stuck.values(), key=lambda one: one.position, default=None)


async def _is_on_desk(connection: Connection, contact: DeskContact, *, now: datetime) -> bool:
    if contact.agent_id is None:
        return False
    seated = await desk_of(connection, contact.agent_id, now=now)
    return any(one.contact_id == contact.contact_id for one in seated.contacts)
