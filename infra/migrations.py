"""Tables that are not derived from the log, so that they cannot be dropped and replayed.

Plain SQL, applied once each, in order, under an advisory lock: any number of processes
may start at the same time. An applied migration is never edited; add another.
"""

import hashlib
from collections.abc import Sequence

from msgspec import Struct

from ..projections.store import Connection

# Any number will do, as long as nobody else uses it: "antiphon" in ASCII.
_LOCK = 0x616E746970686F6E


class Migration(Struct, frozen=True):
    """One step. `name` is kept in the database; `sql` may hold several statements."""

    name: str
    sql: str


_APPLIED = """
CREATE TABLE IF NOT EXISTS antiphon_migrations (
    name       text        PRIMARY KEY,
    sha256     text        NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
)
"""


class MigrationEditedError(RuntimeError):
    """An applied migration no longer reads as it did: a bug in the release."""


async def migrate(connection: Connection, migrations: Sequence[Migration]) -> list[str]:
    """Apply what is missing, all or none, and return the names of what was applied.

    Raises:
        MigrationEditedError: one that was applied has changed since.
    """
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
        await connection.execute(_APPLIED)
        rows = await connection.fetch("SELECT name, sha256 FROM antiphon_migrations")
        applied: dict[str, str] = {row["name"]: row["sha256"] for row in rows}
        missing = [one for one in migrations if one.name not in applied]
        for one in migrations:
            if applied.get(one.name, _digest(one)) != _digest(one):
                raise MigrationEditedError(one.name)
        for one in missing:
            await connection.execute(one.sql)
            await connection.execute(
                "INSERT INTO antiphon_migrations (name, sha256) VALUES ($1, $2)",
                one.name,
                _digest(one),
            )
    return [one.name for one in missing]


def _digest(migration: Migration) -> str:
    return hashlib.sha256(migration.sql.encode()).hexdigest()


# Of the control database, which the whole installation shares.
CONTROL = (
    Migration(
        "0001_root_key",
        """
        -- Which root key the tenants' keys come from: a wrong file is noticed at the start.
        CREATE TABLE root_key (
            one         boolean     PRIMARY KEY DEFAULT true CHECK (one),
            fingerprint bytea       NOT NULL,
            made_at     timestamptz NOT NULL DEFAULT now()
        )
        """,
    ),
)

# Of each tenant's database.
TENANT = (
    Migration(
        "0001_holder_keys",
        """
        -- A row outlives its key: whoever was erased never gets another one.
        CREATE TABLE holder_keys (
            holder       text        PRIMARY KEY,
            key_id       text        UNIQUE,
            wrapped      bytea,
            made_at      timestamptz NOT NULL DEFAULT now(),
            destroyed_at timestamptz,
            CHECK ((wrapped IS NULL) = (destroyed_at IS NOT NULL)),
            CHECK (wrapped IS NULL OR key_id IS NOT NULL)
        )
        """,
    ),
)
