"""The keys after a trial: none is left that should be gone, none is gone that should be left."""

from typing import TYPE_CHECKING

import msgspec

from ...commands.erasure_receipt import verified
from ...errors import ReceiptRefused
from ...events.erasure import (
    KIND,
    ContactsDestroyed,
    DestructionBegun,
    ErasureApproved,
    ErasureCompleted,
    ErasureRequested,
    ReceiptSigned,
)
from ...events.keys import holders_of
from ...projections.catalogue import PROJECTIONS
from ...projections.generations import next_home, previous_home
from ...projections.store import Connection
from ..archive_key import archive_signer
from .scene import Scene
from .workload import ERASURE_ID, contacts

if TYPE_CHECKING:
    import asyncpg

_STEPS = (
    ErasureRequested,
    ErasureApproved,
    DestructionBegun,
    ContactsDestroyed,
    ErasureCompleted,
    ReceiptSigned,
)

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
        erased = contact.contact_id in scene.erased
        rows = [holders.get(holder) for holder in holders_of(contact.contact_id)]
        held = [row is not None and row["held"] for row in rows]
        if erased and any(held):
            problems.append(f"{contact.contact_id} was erased and has a key")
        elif erased and None in rows:
            problems.append(f"{contact.contact_id} was erased and may be given a key")
        elif not erased and not held[0]:
            problems.append(f"{contact.contact_id} has no key and was not erased")
    return problems + _version_problems(scene, list(holders.values()), versions)


async def receipt_problems(scene: Scene) -> list[str]:
    """Judge the register: each step of an erasure stands there once, or there is none.

    And what was signed names the contacts and their keys, each once.
    """
    reading = scene.parts.register.read(scene.tenant, kind=KIND, id=ERASURE_ID)
    found = [type(fact.event).__name__ async for fact in reading]
    steps = [one.__name__ for one in _STEPS] if scene.erased else []
    if found != steps:
        return [f"the register tells of the erasure {found or 'nothing'}, not {steps or 'nothing'}"]
    return await _signature_problems(scene) if scene.erased else []


async def _signature_problems(scene: Scene) -> list[str]:
    tenant = scene.tenant
    signed = await scene.parts.eraser.erasures.receipt(tenant, ERASURE_ID)
    public_key = (await archive_signer(scene.parts.keys, tenant)).public_key
    try:
        receipt = verified(msgspec.json.encode(signed), public_key=public_key)
    except ReceiptRefused as error:
        return [str(error)]
    if receipt.contacts_destroyed != scene.erased:
        return [f"the receipt names {len(receipt.contacts_destroyed)} contacts, or others"]
    if len(receipt.key_ids_destroyed) != len(set(receipt.key_ids_destroyed)):
        return ["the receipt names a key twice"]
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
