"""What wraps the tenants' keys is replaced under everybody: the root key, or a key of KMS."""

import asyncio

import pytest
from antiphon.errors import RootKeyMissing
from antiphon.infra.key_rotation import (
    rewrap_tenant,
    rotate_root,
    rotate_tenant,
    tenants_of,
    versions_of,
)
from antiphon.infra.key_store import PostgresKeys
from antiphon.infra.kms import KmsKey
from antiphon.infra.root_key import RootKeys
from antiphon.infra.tenant_keys import OPENED_S, TenantKeys

from ..kms_server import KmsServer
from .installation import HOLDERS, Site, assert_readable, made


async def test_the_root_key_is_replaced_under_everybody(site: Site) -> None:
    tenants = [await site.tenant(), await site.tenant()]
    running = await site.process()
    before = [await made(running, tenant) for tenant in tenants]
    old = site.root_key_file.read_text()
    rotator = await site.process()
    root = await RootKeys.open(site.databases(), site.root_key_file)

    await rotate_root(rotator.tenant_keys, root)

    assert old not in site.root_key_file.read_text()
    # Who ran all along makes and reads keys, also of a tenant it never met.
    newcomer = await site.tenant()
    key = await running.obtain(newcomer, "contact/c1")
    running.tenant_keys.forget_active(tenants[0])
    later = await running.obtain(tenants[0], "contact/later")
    after = await site.process()
    for tenant, wanted in zip(tenants, before, strict=True):
        await assert_readable(after, tenant, wanted)
    await assert_readable(after, newcomer, {"contact/c1": key})
    await assert_readable(after, tenants[0], {"contact/later": later})


async def test_a_staged_root_key_is_in_the_file_and_used_by_the_second_call(site: Site) -> None:
    tenant, keys = await site.tenant(), await site.process()
    before = await made(keys, tenant)
    root = await RootKeys.open(site.databases(), site.root_key_file)
    old = site.root_key_file.read_text()

    await rotate_root(keys.tenant_keys, root, stage=True)
    staged = site.root_key_file.read_text().split()
    await assert_readable(await site.process(), tenant, before)
    await rotate_root(keys.tenant_keys, root)

    assert staged[0] == old
    assert site.root_key_file.read_text() == staged[1]
    await assert_readable(await site.process(), tenant, before)


async def test_a_root_rotation_that_broke_off_before_the_old_key_left_the_file_is_finished(
    site: Site,
) -> None:
    tenant, keys = await site.tenant(), await site.process()
    before = await made(keys, tenant)
    root = await RootKeys.open(site.databases(), site.root_key_file)
    old = site.root_key_file.read_text()
    await rotate_root(keys.tenant_keys, root)
    new = site.root_key_file.read_text()
    site.root_key_file.write_text(f"{old}\n{new}")  # all done but this

    await rotate_root(keys.tenant_keys, root)

    assert site.root_key_file.read_text() == new
    await assert_readable(await site.process(), tenant, before)


async def test_with_the_old_root_key_nothing_starts(site: Site) -> None:
    tenant, keys = await site.tenant(), await site.process()
    await made(keys, tenant)
    root = await RootKeys.open(site.databases(), site.root_key_file)
    old = site.root_key_file.read_text()
    await rotate_root(keys.tenant_keys, root)
    new = site.root_key_file.read_text()
    site.root_key_file.write_text(old)

    with pytest.raises(RootKeyMissing, match="another key"):
        await site.process()
    site.root_key_file.write_text(new)


async def test_tenants_move_from_the_key_file_to_kms_and_to_another_kms_key(
    site: Site, kms: KmsServer
) -> None:
    tenant = await site.tenant()
    before = await made(await site.process(), tenant)
    first, second = (KmsKey(kms.create_key(), endpoint=kms.url) for _ in range(2))

    moved_in = await site.process(kms=first)
    await assert_readable(moved_in, tenant, before)
    assert await rewrap_tenant(moved_in.tenant_keys, tenant) == 1
    moved_on = await site.process(kms=second)
    assert await rewrap_tenant(moved_on.tenant_keys, tenant) == 1
    assert await rewrap_tenant(moved_on.tenant_keys, tenant) == 0

    (version,) = await versions_of(moved_on.tenant_keys, tenant)
    assert version.wrapper == await second.current()
    assert kms.calls["ReEncrypt"] == 1
    await assert_readable(await site.process(kms=second), tenant, before)
    rotation = await rotate_tenant(moved_on.tenant_keys, tenant)
    assert rotation.destroyed == (1,)
    with pytest.raises(RootKeyMissing, match="not configured"):
        await (await site.process()).obtain(tenant, HOLDERS[0])


async def test_kms_is_asked_once_for_many_keys_and_again_when_that_was_long_ago(
    site: Site, kms: KmsServer
) -> None:
    tenant = await site.tenant()
    wrapper = KmsKey(kms.create_key(), endpoint=kms.url)
    before = await made(await site.process(kms=wrapper), tenant)
    now = [1_000.0]
    keys = PostgresKeys(
        TenantKeys(site.databases(), [wrapper], clock=lambda: now[0]), clock=lambda: now[0]
    )
    asked = kms.calls["Decrypt"]

    await asyncio.gather(*(keys.obtain(tenant, holder) for holder in before))
    once = kms.calls["Decrypt"] - asked
    now[0] += OPENED_S
    await keys.obtain(tenant, HOLDERS[0])

    assert (once, kms.calls["Decrypt"] - asked) == (1, 2)


async def test_all_tenants_are_known_by_their_databases(site: Site) -> None:
    tenant = await site.tenant()

    found = await tenants_of(await site.databases().control())

    assert tenant in found
