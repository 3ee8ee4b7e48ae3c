"""What every RecordingStore must do besides. Run by `tests/infra/test_recording_stores.py`."""

import os
from collections.abc import AsyncGenerator, Sequence

import pytest
from antiphon.services.recording_store import RecordingStore

MIB = 1024 * 1024


async def given(pieces: Sequence[bytes], *, fails: bool = False) -> AsyncGenerator[bytes]:
    for piece in pieces:
        yield piece
    if fails:
        raise RuntimeError("asked to")


async def keys(store: RecordingStore, prefix: str) -> list[str]:
    return [one.key async for page in store.list(prefix) for one in page]


class RecordingStoreContract:
    @pytest.mark.parametrize(
        "sizes",
        [
            pytest.param([10, 20], id="small"),
            pytest.param([3 * MIB] * 7, id="several uploads"),
            pytest.param([8 * MIB], id="just one upload"),
        ],
    )
    async def test_pieces_become_one_object(self, store: RecordingStore, sizes: list[int]) -> None:
        pieces = [os.urandom(size) for size in sizes]

        await store.put_pieces("a/whole", given(pieces))

        size = sum(sizes)
        assert await store.get_range("a/whole", start=0, length=size + 1) == b"".join(pieces)

    async def test_what_broke_off_is_not_there(self, store: RecordingStore) -> None:
        pieces = [os.urandom(9 * MIB), b"more"]

        with pytest.raises(RuntimeError, match="asked to"):
            await store.put_pieces("a/broken", given(pieces, fails=True))

        assert await store.get_range("a/broken", start=0, length=1) is None
        assert await keys(store, "a/") == []

    async def test_what_was_deleted_is_gone_and_others_are_not(self, store: RecordingStore) -> None:
        await store.put("a/one", b"1")
        await store.put("a/two", b"2")

        await store.delete("a/one")
        await store.delete("a/one")

        assert await store.get("a/one") is None
        assert await keys(store, "a/") == ["a/two"]

    async def test_deleting_what_never_was_is_harmless(self, store: RecordingStore) -> None:
        await store.delete("nothing/here")

        assert await keys(store, "nothing/") == []
