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
    Migration(
        "0002_tenant_keys",
        """
        -- Versions of the key that wraps the holders' keys. One is active, the others are on
        -- their way out or destroyed. Version 0 was derived from the root key and is no row's
        -- secret: its `wrapped` is empty.
        CREATE TABLE tenant_keys (
            version      int         PRIMARY KEY,
            wrapped      bytea,
            wrapper      text        NOT NULL,
            made_at      timestamptz NOT NULL DEFAULT now(),
            retired_at   timestamptz,
            destroyed_at timestamptz,
            CHECK ((wrapped IS NULL) = (destroyed_at IS NOT NULL)),
            CHECK (destroyed_at IS NULL OR retired_at IS NOT NULL)
        );
        CREATE UNIQUE INDEX tenant_keys_active ON tenant_keys ((true)) WHERE retired_at IS NULL;
        INSERT INTO tenant_keys (version, wrapped, wrapper, retired_at)
        SELECT 0, '', 'root', now() FROM holder_keys WHERE wrapped IS NOT NULL LIMIT 1;
        ALTER TABLE holder_keys ADD COLUMN tenant_key int NOT NULL DEFAULT 0;
        ALTER TABLE holder_keys ALTER COLUMN tenant_key DROP DEFAULT;
        CREATE INDEX holder_keys_to_rewrap ON holder_keys (tenant_key, holder)
         WHERE wrapped IS NOT NULL;
        """,
    ),
    Migration(
        "0003_erasures_replayed",
        """
        -- Up to where the register's erasures were done to the keys beside this row. A backup
        -- brings keys back together with an older position.
        CREATE TABLE erasures_replayed (
            one      boolean PRIMARY KEY DEFAULT true CHECK (one),
            epoch    text    NOT NULL,
            position bigint  NOT NULL
        )
        """,
    ),
    Migration(
        "0004_archives_replayed",
        """
        -- Up to which link of each archived epoch of the register its erasures were done to these
        -- keys. The log may be restored from a backup as old as theirs; the archive is not.
        CREATE TABLE archives_replayed (
            epoch    text   PRIMARY KEY,
            ordinal  bigint NOT NULL,
            digest   text   NOT NULL,
            position bigint NOT NULL
        )
        """,
    ),
    Migration(
        "read_models_have_schemas",
        """
        -- Read models lie in schemas of their own since and are filled again from the log. What
        -- stood here would be read by nobody, and an erasure would no longer reach it.
        DROP TABLE IF EXISTS
            projection_checkpoint, projection_parked,
            transcript_v1_contact, transcript_v1_line, transcript_v1_gap, transcript_v1_seat,
            transcript_v1_hold, desk_v1_cue, desk_v1_tick
        """,
    ),
)
