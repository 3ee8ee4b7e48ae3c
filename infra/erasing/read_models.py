"""Read models: they forget by themselves when they read of an erasure; their spare copies go."""

import asyncio
import time
from collections.abc import Sequence

from ...errors import ReadersBehind
from ...events.base import ContactId, Position, TenantName
from ...events.erasure import Counted
from ...events.faultpoints import FaultPoint, reach
from ...events.journal import Journal
from ...projections.catalogue import PROJECTIONS
from ...projections.generations import forget_spares, next_home, previous_home
from ...projections.store import Connection
from ..postgres import Databases

CAUGHT_UP_S_MAX = 5.0  # a read model is behind by milliseconds, or by much more than that
_LOOK_EVERY_S = 0.02  # between looks at how far they are

# Whatever names a contact: tables of rows, those of the machinery too.
_TABLES = """
SELECT table_schema, table_name FROM information_schema.columns
 WHERE column_name = 'contact_id' AND table_schema = ANY($1::text[])
 ORDER BY table_schema, table_name
"""

_SPARES = "SELECT count(*) FROM pg_namespace WHERE nspname = ANY($1::text[])"

# With names of our own, from the catalogue: nobody else chooses one.
_COUNT = (
    "SELECT '{what}' AS what, count(*) AS number "
    "FROM {home}.{what} WHERE contact_id = ANY($1::text[])"
)
_OLDER = "SELECT '{name}' AS name FROM {table} WHERE position < $1"
_ALL = " UNION ALL "

_MADE = "SELECT name FROM unnest($1::text[]) AS name WHERE to_regclass(name) IS NOT NULL"


class ReadModelRows:
    """See `Store`: rows that name a contact. What was said is not in them after an erasure."""

    name = "read_models"

    def __init__(
        self,
        databases: Databases,
        journal: Journal,
        *,
        caught_up_s_max: float = CAUGHT_UP_S_MAX,
    ) -> None:
        self._databases = databases
        self._journal = journal
        self._caught_up_s_max = caught_up_s_max

    async def count(self, tenant: TenantName, contact_ids: Sequence[ContactId]) -> list[Counted]:
        """See `Store.count`: by table."""
        homes = [one.home for one in PROJECTIONS]
        async with self._databases.connection(tenant) as connection:
            tables = await connection.fetch(_TABLES, homes)
            if not tables:
                return []
            counting = _ALL.join(
                _COUNT.format(what=row["table_name"], home=row["table_schema"]) for row in tables
            )
            rows = await connection.fetch(counting, list(contact_ids))
        return [Counted(self.name, row["what"], row["number"]) for row in rows if row["number"]]

    async def clear(self, tenant: TenantName, contact_ids: Sequence[ContactId]) -> None:
        """See `Store.clear`: wait until every read model shows what is in the log now.

        Raises:
            ReadersBehind: some do not, after `caught_up_s_max` seconds.
            StoreUnavailable: PostgreSQL does not answer.
        """
        del contact_ids  # who is behind by one fact may be behind by an erasure
        last = (await self._journal.state(tenant)).last
        until = time.monotonic() + self._caught_up_s_max
        while True:
            async with self._databases.connection(tenant) as connection:
                behind = await _behind(connection, last)
            if not behind:
                return
            if time.monotonic() >= until:
                raise ReadersBehind(tuple(behind))
            await asyncio.sleep(_LOOK_EVERY_S)


class SpareGenerations:
    """See `Store`: generations of read models that rest, which nobody tells of an erasure."""

    name = "copies"

    def __init__(self, databases: Databases) -> None:
        self._databases = databases

    async def count(self, tenant: TenantName, contact_ids: Sequence[ContactId]) -> list[Counted]:
        """See `Store.count`. Of all contacts: nobody looks into them."""
        del contact_ids
        homes = [home(one) for one in PROJECTIONS for home in (previous_home, next_home)]
        async with self._databases.connection(tenant) as connection:
            number: int = await connection.fetchval(_SPARES, homes)
        return [Counted(self.name, "generations", number)] if number else []

    async def clear(self, tenant: TenantName, contact_ids: Sequence[ContactId]) -> None:
        """See `Store.clear`."""
        del contact_ids
        pool = await self._databases.pool(tenant)
        for projection in PROJECTIONS:
            await forget_spares(projection, pool=pool)
        await reach(FaultPoint.COPIES_FORGOTTEN)


async def _behind(connection: Connection, last: Position) -> list[str]:
    """Return the read models that are kept here and do not show a position yet."""
    made = await connection.fetch(_MADE, [one.checkpoints for one in PROJECTIONS])
    tables = [row["name"] for row in made]
    if not tables:
        return []
    asking = _ALL.join(
        _OLDER.format(name=table.removesuffix("_checkpoint"), table=table) for table in tables
    )
    return [row["name"] for row in await connection.fetch(asking, last)]
