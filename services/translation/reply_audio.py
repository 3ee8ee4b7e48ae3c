"""Where replies are kept as audio: an object each, beside the recordings, under the contact's key.

A reply's key is always the same, so whoever speaks it again after a crash finds it spoken.
"""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Protocol

import msgspec
from msgspec import Struct

from ...errors import RecordingDamaged
from ...events.base import ContactRef
from ...events.keys import Key, KeyStore
from ...events.sealed import open_bytes, seal_bytes
from ...events.translation import ReplyId, ReplySpoken
from ..finishing import finished
from .speaking import Spoken

FORMAT = 1


class Found(Protocol):
    """What a listing tells of an object."""

    @property
    def key(self) -> str: ...


class Store(Protocol):
    """Objects by key. Every method raises `ArchiveUnavailable` where the store does not answer.

    Adapters: `infra/object_store`; contract: `tests/contracts/recording_store.py`.
    """

    async def put(self, key: str, body: bytes) -> bool:
        """Store an object, whole or not at all; False if the key is taken."""
        ...

    async def get(self, key: str) -> bytes | None:
        """Return an object, or None."""
        ...

    def list(self, prefix: str) -> AsyncGenerator[Sequence[Found]]:
        """Yield pages of the objects whose keys begin with `prefix`."""
        ...

    async def delete(self, key: str) -> None:
        """Delete an object; harmless where there is none."""
        ...


class _Object(Struct, frozen=True, array_like=True):
    """What an object holds in clear."""

    format: int
    spoken: Spoken


_encode = msgspec.msgpack.encode
_objects = msgspec.msgpack.Decoder(_Object)


class ReplyAudio:
    """Keeps and opens replies, for as long as their contacts' keys exist.

    Every method raises `KeyDestroyed` once the person was erased, and `ArchiveUnavailable` where
    the store does not answer.
    """

    def __init__(self, store: Store, keys: KeyStore) -> None:
        self._store = store
        self._keys = keys

    async def find(self, contact: ContactRef, reply_id: ReplyId) -> Spoken | None:
        """Return what was spoken of a reply; None: nothing was kept of it, or nothing that opens.

        What does not open is deleted: another may take its place.
        """
        key = await self._key(contact)
        sealed = await self._store.get(key_of(contact, reply_id))
        if sealed is None:
            return None
        try:
            return await asyncio.to_thread(_opened, sealed, contact, reply_id, key)
        except (ValueError, msgspec.MsgspecError):
            await self._store.delete(key_of(contact, reply_id))
            return None

    async def keep(self, contact: ContactRef, reply_id: ReplyId, spoken: Spoken) -> Spoken:
        """Keep a reply, unless it was kept before; return what is kept."""
        key = await self._key(contact)
        sealed = await asyncio.to_thread(_sealed, spoken, contact, reply_id, key)
        if not await finished(self._store.put(key_of(contact, reply_id), sealed)):
            return await self.find(contact, reply_id) or spoken
        return spoken

    async def audio(self, contact: ContactRef, spoken: ReplySpoken) -> bytes:
        """Return the file that a fact tells of.

        Raises:
            RecordingDamaged: the store does not give what was stored.
        """
        found = await self.find(contact, spoken.reply_id)
        if found is None:
            raise RecordingDamaged(spoken.key, "it is gone, or does not open")
        if hashlib.sha256(found.audio).hexdigest() != spoken.sha256:
            raise RecordingDamaged(spoken.key, "its bytes are not those that were put")
        return found.audio

    async def delete_all(self, contact: ContactRef) -> int:
        """Delete what there is of a contact, and return how many objects there were."""
        async with aclosing(self._store.list(folder_of(contact))) as pages:
            keys = [one.key async for page in pages for one in page]
        for key in keys:
            await self._store.delete(key)
        return len(keys)

    async def _key(self, contact: ContactRef) -> Key:
        return await self._keys.obtain(contact.tenant, f"contact/{contact.contact_id}")


def folder_of(contact: ContactRef) -> str:
    """Return what the keys of a contact's replies begin with, and no other's do."""
    return f"replies/{contact.tenant}/{contact.contact_id}/"


def key_of(contact: ContactRef, reply_id: ReplyId) -> str:
    """Return the key of a reply's object."""
    return f"{folder_of(contact)}{reply_id}"


def fact_of(
    contact: ContactRef, reply_id: ReplyId, spoken: Spoken, *, language: str
) -> ReplySpoken:
    """Return the fact that a reply is kept."""
    return ReplySpoken(
        reply_id=reply_id,
        language=language,
        voice=spoken.voice,
        key=key_of(contact, reply_id),
        codec="wav",
        sample_rate_hz=spoken.sample_rate_hz,
        duration_ms=spoken.duration_ms,
        size=len(spoken.audio),
        sha256=hashlib.sha256(spoken.audio).hexdigest(),
        took_ms=spoken.took_ms,
    )


def _sealed(spoken: Spoken, contact: ContactRef, reply_id: ReplyId, key: Key) -> bytes:
    about = _about(contact, reply_id)
    return seal_bytes(_encode(_Object(FORMAT, spoken)), key.secret, about=about)


def _opened(sealed: bytes, contact: ContactRef, reply_id: ReplyId, key: Key) -> Spoken:
    about = _about(contact, reply_id)
    return _objects.decode(open_bytes(sealed, key.secret, about=about)).spoken


def _about(contact: ContactRef, reply_id: ReplyId) -> bytes:
    return f"reply/{contact.tenant}/{contact.contact_id}/{reply_id}".encode()
