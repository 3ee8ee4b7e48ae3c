"""What every KeyStore must do. Run by `tests/infra/test_key_stores.py` for each adapter."""

import asyncio

import pytest
from antiphon.errors import KeyDestroyed
from antiphon.events.base import KeyId, TenantName
from antiphon.events.keys import KeyStore
from antiphon.events.sealed import KEY_BYTES

RACERS = 20


class KeyStoreContract:
    async def test_a_holder_keeps_its_key(self, keys: KeyStore, tenant: TenantName) -> None:
        first = await keys.obtain(tenant, "contact/c1")

        again = await keys.obtain(tenant, "contact/c1")

        assert (again.id, again.secret) == (first.id, first.secret)
        assert len(first.secret) == KEY_BYTES

    async def test_holders_have_keys_of_their_own(self, keys: KeyStore, tenant: TenantName) -> None:
        names = ["contact/c1", "contact/c2", "agent/c1"]

        made = [await keys.obtain(tenant, name) for name in names]

        assert len({key.id for key in made}) == len({key.secret for key in made}) == len(names)

    async def test_racers_get_the_same_key(self, keys: KeyStore, tenant: TenantName) -> None:
        made = await asyncio.gather(*(keys.obtain(tenant, "contact/c1") for _ in range(RACERS)))

        assert len({(key.id, key.secret) for key in made}) == 1

    async def test_keys_are_found_by_their_ids_and_unknown_ones_left_out(
        self, keys: KeyStore, tenant: TenantName
    ) -> None:
        one = await keys.obtain(tenant, "contact/c1")
        two = await keys.obtain(tenant, "agent/a1")

        found = await keys.find(tenant, {one.id, two.id, KeyId("of-nobody")})

        assert {id_: key.secret for id_, key in found.items()} == {
            one.id: one.secret,
            two.id: two.secret,
        }
        assert await keys.find(tenant, set()) == {}

    async def test_the_key_of_originals_is_found_by_nobody_and_obtained_by_who_names_its_holder(
        self, keys: KeyStore, tenant: TenantName
    ) -> None:
        original = await keys.obtain(tenant, "original/c1")
        contact = await keys.obtain(tenant, "contact/c1")

        found = await keys.find(tenant, {original.id, contact.id})

        assert set(found) == {contact.id}
        assert (await keys.obtain(tenant, "original/c1")).secret == original.secret

    async def test_a_destroyed_key_is_found_no_more(
        self, keys: KeyStore, tenant: TenantName
    ) -> None:
        gone = await keys.obtain(tenant, "contact/c1")
        kept = await keys.obtain(tenant, "contact/c2")

        await keys.destroy(tenant, "contact/c1")

        assert set(await keys.find(tenant, {gone.id, kept.id})) == {kept.id}

    async def test_a_key_is_at_hand_once_it_was_obtained_and_until_it_is_destroyed(
        self, keys: KeyStore, tenant: TenantName
    ) -> None:
        before = keys.held(tenant, "contact/c1")
        key = await keys.obtain(tenant, "contact/c1")

        held = keys.held(tenant, "contact/c1")
        await keys.destroy(tenant, "contact/c1")

        assert before is None
        assert held is not None
        assert (held.id, held.secret) == (key.id, key.secret)
        assert keys.held(tenant, "contact/c1") is None

    async def test_who_destroys_a_key_is_told_which_as_often_as_they_do(
        self, keys: KeyStore, tenant: TenantName
    ) -> None:
        key = await keys.obtain(tenant, "contact/c1")

        told = [await keys.destroy(tenant, "contact/c1") for _ in range(2)]

        assert told == [key.id, key.id]
        assert await keys.destroy(tenant, "contact/nobody") is None

    async def test_whoever_was_erased_gets_no_other_key(
        self, keys: KeyStore, tenant: TenantName
    ) -> None:
        await keys.obtain(tenant, "contact/c1")

        await keys.destroy(tenant, "contact/c1")
        await keys.destroy(tenant, "contact/c1")  # harmless when repeated

        with pytest.raises(KeyDestroyed):
            await keys.obtain(tenant, "contact/c1")

    async def test_a_holder_erased_before_it_had_a_key_never_gets_one(
        self, keys: KeyStore, tenant: TenantName
    ) -> None:
        await keys.destroy(tenant, "contact/c1")

        with pytest.raises(KeyDestroyed):
            await keys.obtain(tenant, "contact/c1")

    async def test_forgetting_a_key_destroys_nothing(
        self, keys: KeyStore, tenant: TenantName
    ) -> None:
        key = await keys.obtain(tenant, "contact/c1")

        keys.forget(tenant, "contact/c1")
        keys.forget(tenant, "contact/nobody")

        assert set(await keys.find(tenant, {key.id})) == {key.id}
        assert (await keys.obtain(tenant, "contact/c1")).secret == key.secret

    async def test_a_key_does_not_show_its_secret(self, keys: KeyStore, tenant: TenantName) -> None:
        key = await keys.obtain(tenant, "contact/c1")

        assert key.secret.hex() not in repr(key)
        assert repr(key.secret) not in repr(key)
