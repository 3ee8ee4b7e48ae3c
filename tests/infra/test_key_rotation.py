"""Tenants' keys are replaced while everything reads and writes."""

import asyncio
import itertools
import signal
import sys

import pytest
from antiphon.errors import KeyDestroyed
from antiphon.events.keys import Key
from antiphon.events.sealed import seal_bytes
from antiphon.infra.key_rotation import rotate_tenant
from antiphon.infra.key_store import PostgresKeys
from antiphon.infra.root_key import RootKeys
from antiphon.infra.tenant_keys import TenantKeys

from .installation import HOLDERS, Site, assert_readable, made, states

_ROTATE = """
import asyncio, sys
from pathlib import Path
from antiphon.events.base import TenantName
from antiphon.infra.key_rotation import rotate_tenant
from antiphon.infra.key_store import PostgresKeys
from antiphon.infra.postgres import Databases

async def main(url, root_key_file, tenant):
    databases = Databases(url)
    keys = await PostgresKeys.open(databases, root_key_file=Path(root_key_file))
    tell = lambda count: print(count, flush=True)
    await rotate_tenant(keys.tenant_keys, TenantName(tenant), batch_keys=1, on_progress=tell)

asyncio.run(main(*sys.argv[1:]))
"""


async def test_every_key_is_wrapped_anew_and_the_old_version_destroyed(site: Site) -> None:
    tenant, keys = await site.tenant(), await site.process()
    before = await made(keys, tenant)

    rotation = await rotate_tenant(keys.tenant_keys, tenant, batch_keys=7)

    assert (rotation.version, rotation.rewrapped, rotation.destroyed) == (2, len(HOLDERS), (1,))
    assert await states(keys, tenant) == [(1, "destroyed", 0), (2, "active", len(HOLDERS))]
    await assert_readable(await site.process(), tenant, before)


async def test_the_destroyed_version_is_nowhere_in_the_database(site: Site) -> None:
    tenant, keys = await site.tenant(), await site.process()
    await made(keys, tenant)

    await rotate_tenant(keys.tenant_keys, tenant)

    async with site.databases().connection(tenant) as connection:
        row = await connection.fetchrow("SELECT * FROM tenant_keys WHERE version = 1")
    assert row is not None
    assert row["wrapped"] is None


async def test_erased_holders_stay_erased(site: Site) -> None:
    tenant, keys = await site.tenant(), await site.process()
    gone = await keys.obtain(tenant, "contact/gone")
    await keys.destroy(tenant, "contact/gone")

    await rotate_tenant(keys.tenant_keys, tenant)

    after = await site.process()
    assert await after.find(tenant, [gone.id]) == {}
    with pytest.raises(KeyDestroyed):
        await after.obtain(tenant, "contact/gone")


async def test_nothing_is_unreadable_while_others_read_and_write(site: Site) -> None:
    tenant, keys = await site.tenant(), await site.process()
    before = await made(keys, tenant)
    rotated = asyncio.Event()
    fresh: dict[str, Key] = {}

    async def write() -> None:
        # With its caches warm: it believes the old version to be the active one.
        writer = await site.process()
        await writer.obtain(tenant, "agent/warm")
        for number in itertools.count():
            holder = f"contact/new{number}"
            fresh[holder] = await writer.obtain(tenant, holder)
            if rotated.is_set():
                return

    async def read() -> None:
        root = await RootKeys.open(site.databases(), site.root_key_file)
        databases = site.databases()
        while not rotated.is_set():
            # A store of its own each time: nothing is remembered.
            await assert_readable(PostgresKeys(TenantKeys(databases, [root])), tenant, before)

    async def rotate() -> None:
        for _ in range(3):
            await rotate_tenant(keys.tenant_keys, tenant, batch_keys=5)
        rotated.set()

    async with asyncio.timeout(30), asyncio.TaskGroup() as tasks:
        for work in (write(), read(), read(), rotate()):
            tasks.create_task(work)

    assert len(fresh) > 1
    await assert_readable(await site.process(), tenant, before | fresh)
    assert [one for one in await states(keys, tenant) if one[1] != "destroyed"] == [
        (4, "active", len(before) + len(fresh) + 1)
    ]


async def test_two_that_rotate_at_once_make_one_new_version(site: Site) -> None:
    tenant, keys = await site.tenant(), await site.process()
    before = await made(keys, tenant)
    other = await site.process()
    await other.tenant_keys.active(tenant)

    await asyncio.gather(
        *(rotate_tenant(one.tenant_keys, tenant, batch_keys=3) for one in (keys, other))
    )

    assert await states(keys, tenant) == [(1, "destroyed", 0), (2, "active", len(HOLDERS))]
    await assert_readable(await site.process(), tenant, before)


async def test_a_rotation_that_was_killed_is_finished_by_the_next(site: Site) -> None:
    tenant, keys = await site.tenant(), await site.process()
    before = await made(keys, tenant)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _ROTATE, site.url, str(site.root_key_file), tenant,
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    async with asyncio.timeout(20):
        for _ in range(3):
            await process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        await process.wait()
    halfway = await states(keys, tenant)
    assert [(version, state) for version, state, _ in halfway] == [(1, "retired"), (2, "active")]
    assert 0 < halfway[0][2] < len(HOLDERS)
    await assert_readable(await site.process(), tenant, before)

    rotation = await rotate_tenant(keys.tenant_keys, tenant)

    assert (rotation.resumed, rotation.rewrapped) == (True, halfway[0][2])
    assert await states(keys, tenant) == [(1, "destroyed", 0), (2, "active", len(HOLDERS))]
    await assert_readable(await site.process(), tenant, before)


async def test_keys_from_before_there_were_versions_are_taken_along(site: Site) -> None:
    tenant, keys = await site.tenant(), await site.process()
    root = (await RootKeys.open(site.databases(), site.root_key_file)).files_keys()[0]
    wrapped = seal_bytes(
        b"s" * 32, root.derived_tenant_key(tenant), about=f"{tenant}/contact/old/k-old".encode()
    )
    async with site.databases().connection(tenant) as connection:
        # As the migration leaves an installation that had keys already.
        await connection.execute(
            "INSERT INTO tenant_keys (version, wrapped, wrapper, retired_at) "
            "VALUES (0, '', 'root', now())"
        )
        await connection.execute(
            "INSERT INTO holder_keys (holder, key_id, wrapped, tenant_key) "
            "VALUES ('contact/old', 'k-old', $1, 0)",
            wrapped,
        )
    assert (await keys.obtain(tenant, "contact/old")).secret == b"s" * 32

    await rotate_tenant(keys.tenant_keys, tenant)

    assert await states(keys, tenant) == [(0, "destroyed", 0), (1, "active", 1)]
    assert (await (await site.process()).obtain(tenant, "contact/old")).secret == b"s" * 32
