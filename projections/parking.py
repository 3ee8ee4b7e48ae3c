"""Contacts whose facts cannot be applied: put aside, visibly, while others flow.

| a fact that                              | becomes                                             |
|------------------------------------------|-----------------------------------------------------|
| cannot be decoded                        | its contact is parked, `undecodable`                |
| is unknown or too new, marked ignorable  | passed over                                         |
| is unknown or too new, not so marked     | its contact is parked until the reader is upgraded  |
| fails in the fold, or cannot be stored   | its contact is parked, `fold_failed`, `unstorable`  |

That a contact was erased is applied to one that is parked, too: what it shows has to go. To a
projection that looks into no event, no event is unreadable and no erasure matters.

A contact is parked at the first fact that fails and shows all before it, however facts are cut
into batches: so a rebuild parks the same contacts at the same facts.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

import structlog
from msgspec import Struct

from ..events.base import ContactId, Position, Recorded, Unreadable
from ..events.contact import ContactErased
from .projection import Projection, ReadModel
from .store import UNSTORABLE, Connection, blames_the_fact

log = structlog.get_logger()


class Parked(Struct, frozen=True, kw_only=True):
    """A contact that was put aside. Says nothing of what was spoken."""

    projection: str
    contact_id: ContactId
    position: Position  # of the first fact that was not applied
    problem: str  # `undecodable`, `unknown_type`, `newer_version`, `unstorable`, `fold_failed`
    detail: str  # the event's type and version, or the name of the exception
    waiting: int  # facts of the contact since then, that one included
    parked_at: datetime


class Stuck(Struct, frozen=True, kw_only=True):
    """Where a contact cannot go on."""

    position: Position  # of the first fact that was not applied
    problem: str
    detail: str


async def parked(connection: Connection, projection: ReadModel) -> list[Parked]:
    """Return the contacts that are put aside, in the log's order; none where it never ran."""
    if await connection.fetchval("SELECT to_regclass($1) IS NULL", projection.parked):
        return []
    rows = await connection.fetch(f"SELECT * FROM {projection.parked} ORDER BY position")
    return [Parked(projection=projection.name, **dict(row)) for row in rows]


async def fold_or_park(
    connection: Connection, projection: Projection, facts: Sequence[Recorded], *, any_parked: bool
) -> None:
    """Fold facts into the read model; park the contacts whose facts will not go in.

    Later facts of a parked contact are counted and left; `resuming` takes them up. The caller
    owns the transaction and holds the checkpoint's row.
    """
    by_contact = _by_contact(facts)
    aside: Collection[ContactId] = ()
    if any_parked:
        aside = await _parked_among(connection, projection, by_contact)
        await _count_waiting(
            connection, projection, {one: len(by_contact.pop(one)) for one in aside}
        )
    readable = {contact_id: _readable(projection, own) for contact_id, own in by_contact.items()}
    stuck = {one: found for one, (_, found) in readable.items() if found is not None}
    good = [fact for own, _ in readable.values() for fact in own]
    good.sort(key=lambda fact: fact.position)
    if await _fold(connection, projection, good) is not None:
        for contact_id, (own, _) in readable.items():
            if (found := await fold_contact(connection, projection, own)) is not None:
                stuck[contact_id] = found
    for contact_id, found in stuck.items():
        waiting = sum(fact.position >= found.position for fact in by_contact[contact_id])
        await park(connection, projection, contact_id, found, waiting=waiting)
    if stuck:
        await count_parked(connection, projection)
    await _erase_parked(connection, projection, facts, {*aside, *stuck})


async def _erase_parked(
    connection: Connection,
    projection: Projection,
    facts: Sequence[Recorded],
    contact_ids: Collection[ContactId],
) -> None:
    if not projection.looks_inside:
        return  # out of their order, its facts would be left out
    erasures = [
        fact
        for fact in facts
        if isinstance(fact.event, ContactErased) and fact.contact.contact_id in contact_ids
    ]
    if erasures and (failed := await _fold(connection, projection, erasures)) is not None:
        log.error(
            "erasure_not_applied",
            projection=projection.name,
            position=failed.position,
            problem=failed.problem,
        )


async def fold_contact(
    connection: Connection, projection: Projection, facts: Sequence[Recorded]
) -> Stuck | None:
    """Fold one contact's facts as far as they go; return where they do not, or None.

    The caller owns the transaction.
    """
    good, stuck = _readable(projection, facts)
    if await _fold(connection, projection, good) is None:
        return stuck
    for fact in good:
        if (failed := await _fold(connection, projection, [fact])) is not None:
            return failed
    return stuck


async def park(
    connection: Connection,
    projection: Projection,
    contact_id: ContactId,
    stuck: Stuck,
    *,
    waiting: int,
) -> None:
    """Put a contact aside, or note where it is stuck now, and raise the alarm."""
    await connection.execute(
        f"INSERT INTO {projection.parked} (contact_id, position, problem, detail, waiting) "
        "VALUES ($1, $2, $3, $4, $5) ON CONFLICT (contact_id) DO UPDATE SET "
        "position = excluded.position, problem = excluded.problem, detail = excluded.detail, "
        "waiting = excluded.waiting",
        contact_id,
        stuck.position,
        stuck.problem,
        stuck.detail,
        waiting,
    )
    log.error(
        "contact_parked",
        projection=projection.name,
        contact_id=contact_id,
        position=stuck.position,
        problem=stuck.problem,
        detail=stuck.detail,
        waiting=waiting,
    )


async def count_parked(connection: Connection, projection: Projection) -> None:
    """Write down in the checkpoint how many are parked, after that changed."""
    await connection.execute(
        f"UPDATE {projection.checkpoints} SET parked = (SELECT count(*) FROM {projection.parked})"
    )


def _by_contact(facts: Sequence[Recorded]) -> dict[ContactId, list[Recorded]]:
    found: dict[ContactId, list[Recorded]] = {}
    for fact in facts:
        found.setdefault(fact.contact.contact_id, []).append(fact)
    return found


def _readable(
    projection: Projection, facts: Sequence[Recorded]
) -> tuple[list[Recorded], Stuck | None]:
    """Return a contact's facts up to the first that must not be passed over, and that one."""
    good: list[Recorded] = []
    for fact in facts:
        if not projection.looks_inside or not isinstance(fact.event, Unreadable):
            good.append(fact)
        elif not fact.event.ignorable:
            event = fact.event
            detail = f"{event.type} v{event.version}" if event.type else ""
            return good, Stuck(position=fact.position, problem=event.problem, detail=detail)
    return good, None


async def _fold(
    connection: Connection, projection: Projection, facts: Sequence[Recorded]
) -> Stuck | None:
    """Fold facts, all or none; return the first of them if they do not go in."""
    if not facts:
        return None
    try:
        async with connection.transaction():  # a savepoint: the caller's transaction goes on
            await projection.project(connection, facts)
    except Exception as error:  # a fold may fail in any way; what is not its fault is raised
        if not blames_the_fact(error):
            raise
        return Stuck(
            position=facts[0].position,
            problem="unstorable" if isinstance(error, UNSTORABLE) else "fold_failed",
            detail=type(error).__name__,  # never its message: that may quote what was said
        )
    return None


async def _parked_among(
    connection: Connection, projection: Projection, contact_ids: Collection[ContactId]
) -> list[ContactId]:
    rows = await connection.fetch(
        f"SELECT contact_id FROM {projection.parked} WHERE contact_id = ANY($1::text[])",
        list[str](contact_ids),
    )
    return [ContactId(row["contact_id"]) for row in rows]


async def _count_waiting(
    connection: Connection, projection: Projection, more: dict[ContactId, int]
) -> None:
    await connection.execute(
        f"UPDATE {projection.parked} AS parked SET waiting = parked.waiting + more.waiting "
        "FROM unnest($1::text[], $2::bigint[]) AS more (contact_id, waiting) "
        "WHERE parked.contact_id = more.contact_id",
        list[str](more),
        list(more.values()),
    )
