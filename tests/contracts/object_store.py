"""What every ObjectStore must do. Run by `tests/infra/test_object_stores.py` for each adapter."""

import asyncio
import os

import pytest
from antiphon.services.archive.store import OBJECT_BYTES_MAX, ObjectStore

WRITERS = 8
MANY = 1_005  # more than a page of any store


async def keys(store: ObjectStore, prefix: str, *, after: str = "") -> list[str]:
    return [one.key async for page in store.list(prefix, after=after) for one in page]


class ObjectStoreContract:
    async def test_what_was_put_is_got_back_byte_for_byte(self, store: ObjectStore) -> None:
        body = os.urandom(3 * 1024 * 1024)

        stored = await store.put("a/b/c-1.bin", body)

        assert stored
        assert await store.get("a/b/c-1.bin") == body

    async def test_an_empty_object_is_an_object(self, store: ObjectStore) -> None:
        await store.put("empty", b"")

        assert await store.get("empty") == b""
        assert await keys(store, "empty") == ["empty"]

    async def test_what_is_not_there_is_none(self, store: ObjectStore) -> None:
        await store.put("a/b", b"x")

        assert await store.get("nothing") is None
        assert await store.get("a") is None
        assert await store.get("a/b/c") is None
        assert await store.get_range("nothing", start=0, length=1) is None
        assert await store.get_range("nothing", start=0, length=0) is None
        assert await store.head("nothing") is None
        assert await store.retained_until("nothing") is None
        assert await keys(store, "nothing") == []

    async def test_a_taken_key_is_refused_and_keeps_what_it_had(self, store: ObjectStore) -> None:
        await store.put("once", b"first")

        again = await store.put("once", b"second")

        assert not again
        assert await store.get("once") == b"first"

    async def test_of_many_writers_of_one_key_one_succeeds(self, store: ObjectStore) -> None:
        bodies = [f"writer {n}".encode() for n in range(WRITERS)]

        answers = await asyncio.gather(*(store.put("contested", body) for body in bodies))

        assert answers.count(True) == 1
        assert await store.get("contested") == bodies[answers.index(True)]

    async def test_a_range_is_cut_out(self, store: ObjectStore) -> None:
        await store.put("ranged", b"0123456789")

        ranges = [(0, 3), (4, 2), (8, 10), (10, 5), (50, 5), (3, 0)]
        cut = [await store.get_range("ranged", start=start, length=n) for start, n in ranges]

        assert cut == [b"012", b"45", b"89", b"", b"", b""]

    async def test_head_tells_the_size(self, store: ObjectStore) -> None:
        await store.put("sized", b"12345")

        found = await store.head("sized")

        assert found is not None
        assert (found.key, found.size) == ("sized", 5)

    async def test_every_key_is_listed_once_whatever_the_nesting(self, store: ObjectStore) -> None:
        names = ["l/a/2", "l/a/1", "l/a.x", "l/a-b/9", "l/b", "l/a/1x/y", "m/1", "l/ab"]
        for name in names:
            await store.put(name, b"x")

        assert sorted(await keys(store, "l/")) == sorted(n for n in names if n.startswith("l/"))
        assert sorted(await keys(store, "l/a/1")) == ["l/a/1", "l/a/1x/y"]
        assert sorted(await keys(store, "")) == sorted(names)

    async def test_keys_of_one_folder_are_listed_in_their_order_and_after_a_key(
        self, store: ObjectStore
    ) -> None:
        names = [f"p/{n:02d}.x" for n in range(10)]
        for name in reversed(names):
            await store.put(name, b"x")

        assert await keys(store, "p/") == names
        assert await keys(store, "p/", after="p/04.x") == names[5:]
        assert await keys(store, "p/", after=names[-1]) == []

    async def test_a_listing_has_no_end_but_its_own(self, store: ObjectStore) -> None:
        names = [f"many/{n:05d}" for n in range(MANY)]
        for start in range(0, MANY, 50):
            await asyncio.gather(*(store.put(name, b"") for name in names[start : start + 50]))

        assert await keys(store, "many/") == names

    async def test_an_object_beyond_the_bound_is_refused(self, store: ObjectStore) -> None:
        with pytest.raises(ValueError, match="more than"):
            await store.put("huge", bytes(OBJECT_BYTES_MAX + 1))

        assert await store.get("huge") is None

    @pytest.mark.parametrize(
        "key",
        ["", "/a", "a/", "a//b", "../a", "a/../b", ".a", "a/.b", "a b", "ä", "a\n", "x" * 513],
    )
    async def test_what_is_no_key_is_refused(self, store: ObjectStore, key: str) -> None:
        with pytest.raises(ValueError, match="no key"):
            await store.put(key, b"x")
        with pytest.raises(ValueError, match="no key"):
            await store.get(key)
        with pytest.raises(ValueError, match="no key"):
            await store.head(key)
