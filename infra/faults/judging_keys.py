"""The keys after a trial: none is left that should be gone, none is gone that should be left."""

from typing import TYPE_CHECKING

from ...events.erasure import KIND, ErasureCompleted, ErasureRequested
from ...projections.catalogue import PROJECTIONS
from ...projections.generations import next_home, previous_home
from ...projections.store import Connection
from .scene import Scene
from .workload import ERASURE_ID, contacts

if TYPE_CHECKING:
    import asyncpg

_HOLDERS = "SELECT holder, tenant_key, wrapped IS NOT NULL AS held FROM holder_keys"

_VERSIONS = """
SELECT version, wrapped IS NOT NULL AS held, retired_at IS NULL AS active,
       destroyed_at IS NOT NULL AS destroyed
  FROM tenant_keys ORDER BY version
"""

_SCHEMAS = "SELECT nspname FROM pg_namespace WHERE nspname = ANY($1::text[]) ORDER BY nspname"


async def key_problems(scene: Scene) -> list[str]:
    """Judge the rows themselves: what a key store answers could come from its memory."""
    async with scene.parts.databases.connection(scene.tenant) as connection:
        holders = {row["holder"]: row for row in await connection.fetch(_HOLDERS)}
        versions = await connection.fetch(_VERSIONS)
    problems: list[str] = []
    for contact in contacts(scene.tenant):
        row = holders.get(f"contact/{contact.contact_id}")
        held, erased = row is not None and row["held"], contact.contact_id in scene.erased
        if held and erased:
            problems.append(f"{contact.contact_id} was erased and has a key")
        elif not held and not erased:
            problems.append(f"{contact.contact_id} has no key and was not erased")
    return problems + _version_problems(scene, list(holders.values()), versions)


async def receipt_problems(scene: Scene) -> list[str]:
    """Judge the register: an erasure was asked for once and completed once, or there is none."""
    reading = scene.parts.register.read(scene.tenant, kind=KIND, id=ERASURE_ID)
    found = [type(fact.event).__name__ async for fact in reading]
    steps = [ErasureRequested.__name__, ErasureCompleted.__name__] if scene.erased else []
    if found != steps:
        return [f"the register tells of the erasure {found or 'nothing'}, not {steps or 'nothing'}"]
    return []


async def copy_problems(scene: Scene) -> list[str]:
    """Judge spare generations of read models: who was erased must not be left in one."""
    if not scene.erased:
        return []
    async with scene.parts.databases.connection(scene.tenant) as connection:
        left = await spare_generations(connection)
    return [f"{home} was kept, and shows who was erased" for home in left]


async def spare_generations(connection: Connection) -> list[str]:
    """Return the names of the generations that nobody reads."""
    homes = [home for one in PROJECTIONS for home in (previous_home(one), next_home(one))]
    return [row["nspname"] for row in await connection.fetch(_SCHEMAS, homes)]


def _version_problems(
    scene: Scene, holders: "list[asyncpg.Record]", versions: "list[asyncpg.Record]"
) -> list[str]:
    active = [row["version"] for row in versions if row["active"]]
    if len(active) != 1:
        return [f"{len(active)} versions of the tenant's key are active"]
    problems = [
        f"version {row['version']} of the tenant's key is retired and was not destroyed"
        for row in versions
        if not row["active"] and (row["held"] or not row["destroyed"])
    ]
    problems += [
        f"the key of {row['holder']} is wrapped by version {row['tenant_key']}, not {active[0]}"
        for row in holders
        if row["held"] and row["tenant_key"] != active[0]
    ]
    if scene.rotated == (active[0] == 1):
        problems.append(f"version {active[0]} of the tenant's key is the active one")
    return problems
