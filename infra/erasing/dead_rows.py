"""What PostgreSQL keeps of rows that were changed or deleted: overwritten in time, or at once.

A row that an update replaced stays in its page, readable to whoever reads the file; so do a
destroyed key, still wrapped, and values that the planner's statistics quote. Rewriting a table
leaves none of it. The write-ahead log goes with the next checkpoints, where we may ask for them.

Source: PostgreSQL 18, "Routine Vacuuming", `wal_recycle`, and role `pg_checkpoint`; the bytes were
looked for (tests/infra/test_erasure_proof.py).
"""

from collections.abc import Sequence

import asyncpg
import structlog

from ...events.base import ContactId, TenantName
from ...events.erasure import Counted
from ...projections.catalogue import PROJECTIONS
from ...projections.store import Connection
from ..postgres import Databases

# A table is locked while it is rewritten: so much takes about two seconds.
REWRITTEN_BYTES_MAX = 128 * 1024 * 1024
LOCK_S_MAX = 2  # for whoever reads or writes it then; readers queue up behind us that long

_STATISTICS = "pg_catalog.pg_statistic"  # quotes values that stood in columns

_TABLES = """
SELECT format('%I.%I', table_schema, table_name) AS name,
       pg_total_relation_size(format('%I.%I', table_schema, table_name)::regclass) AS bytes
  FROM information_schema.columns
 WHERE (column_name = 'contact_id' AND table_schema = ANY($1::text[]))
    OR (column_name = 'wrapped' AND table_schema = 'public' AND table_name = 'holder_keys')
 ORDER BY 1
"""

log = structlog.get_logger()


class DeadRows:
    """See `Store`. Counts the tables that are too large to be rewritten under everybody's eyes."""

    name = "dead_rows"

    def __init__(
        self, databases: Databases, *, rewritten_bytes_max: int = REWRITTEN_BYTES_MAX
    ) -> None:
        self._databases = databases
        self._bytes_max = rewritten_bytes_max

    async def count(self, tenant: TenantName, contact_ids: Sequence[ContactId]) -> list[Counted]:
        """See `Store.count`."""
        del contact_ids
        async with self._databases.connection(tenant) as connection:
            large = [name for name, size in await self._tables(connection) if not self._fits(size)]
        return [Counted(self.name, "large_tables", len(large))] if large else []

    async def clear(self, tenant: TenantName, contact_ids: Sequence[ContactId]) -> None:
        """See `Store.clear`.

        Raises:
            StoreUnavailable: PostgreSQL does not answer, or somebody holds a table for longer
                than `LOCK_S_MAX`.
        """
        del contact_ids
        async with self._databases.connection(tenant) as connection:
            tables = await self._tables(connection)
            small = [name for name, size in tables if self._fits(size)]
            large = [name for name, size in tables if not self._fits(size)]
            await connection.execute(f"SET lock_timeout = '{LOCK_S_MAX}s'")
            try:
                for name in small:
                    await connection.execute(f"VACUUM (FULL, ANALYZE) {name}")
                for name in large:
                    # Its pages are used again, by whoever writes next.
                    await connection.execute(f"VACUUM (ANALYZE) {name}")
                # Only its owner may; PostgreSQL passes over it for anybody else, and says so.
                await connection.execute(f"VACUUM (FULL) {_STATISTICS}")
                await _let_go_of_the_log(connection)
            finally:
                await connection.execute("RESET lock_timeout")

    async def _tables(self, connection: Connection) -> list[tuple[str, int]]:
        rows = await connection.fetch(_TABLES, [one.home for one in PROJECTIONS])
        return [(row["name"], row["bytes"]) for row in rows]

    def _fits(self, size: int) -> bool:
        return size <= self._bytes_max


async def _let_go_of_the_log(connection: Connection) -> None:
    """Have the write-ahead log begin a new file, and those before it removed."""
    try:
        await connection.execute("CHECKPOINT")
        await connection.execute("SELECT pg_switch_wal()")
        await connection.execute("CHECKPOINT")
    except asyncpg.InsufficientPrivilegeError:
        # Backups are made of it, and the receipt speaks of those.
        log.warning("log_not_checkpointed", way_out="GRANT pg_checkpoint, or wait")
