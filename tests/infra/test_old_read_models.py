"""A database from before read models had schemas still opens, and its old tables are gone."""

import uuid

import asyncpg
from antiphon.events.base import TenantName
from antiphon.infra.migrations import TENANT
from antiphon.infra.postgres import Databases, database_of

OLD = "transcript_v1_line"


async def test_tables_that_an_erasure_would_no_longer_reach_do_not_outlive_the_upgrade(
    postgres_url: str,
) -> None:
    tenant = TenantName(f"t{uuid.uuid4().hex[:10]}")
    databases = Databases(postgres_url)
    await databases.create(tenant)
    pool = await databases.pool(tenant)
    await pool.execute(f"CREATE TABLE {OLD} (contact_id text, text text)")
    await pool.execute("DELETE FROM antiphon_migrations WHERE name = 'read_models_have_schemas'")
    await databases.close()

    again = Databases(postgres_url)
    await (await again.pool(tenant)).fetchval("SELECT 1")
    await again.close()

    connection = await asyncpg.connect(postgres_url, database=database_of(tenant))
    found = await connection.fetchval("SELECT to_regclass($1)", OLD)
    applied = await connection.fetch("SELECT name FROM antiphon_migrations")
    await connection.close()
    assert found is None
    assert {row["name"] for row in applied} == {one.name for one in TENANT}
