"""A stored recording read back: its index for a player, and the whole of it as FLAC."""

import hashlib
from collections.abc import AsyncGenerator

from ...errors import RecordingDamaged
from ...events.base import ContactRef
from ...events.keys import Key, KeyStore
from ...events.recording import RecordingStored
from .sealing import Index, opened_index, opened_part
from .store import RecordingStore


class Playback:
    """Opens recordings, for as long as their contacts' keys exist.

    Every method raises `KeyDestroyed` once the person was erased, `ArchiveUnavailable` where
    the store does not answer, and `RecordingDamaged` where it gives what was not stored.
    """

    def __init__(self, store: RecordingStore, keys: KeyStore) -> None:
        self._store = store
        self._keys = keys

    async def index(self, contact: ContactRef, recording: RecordingStored) -> Index:
        """Return what a player needs before it plays: where parts stand, and how loud it is."""
        return await self._index(contact, recording, await self._key(contact))

    async def flac(self, contact: ContactRef, recording: RecordingStored) -> AsyncGenerator[bytes]:
        """Yield the recording as a FLAC file of two channels, a part at a time."""
        key = await self._key(contact)
        index = await self._index(contact, recording, key)
        yield index.header
        for number, piece in enumerate(index.pieces):
            sealed = await self._read(recording, start=piece.offset, length=piece.size)
            try:
                part = opened_part(sealed, number=number, contact=contact, key=key)
            except ValueError as error:
                raise RecordingDamaged(recording.key, f"part {number} does not open") from error
            yield part.frames

    async def sha256(self, recording: RecordingStored) -> str:
        """Return the hash of what the store holds, to be compared with the fact's."""
        digest, at = hashlib.sha256(), 0
        while at < recording.size:
            piece = await self._read(recording, start=at, length=_READ_BYTES)
            digest.update(piece)
            at += len(piece)
        return digest.hexdigest()

    async def _key(self, contact: ContactRef) -> Key:
        return await self._keys.obtain(contact.tenant, f"contact/{contact.contact_id}")

    async def _index(self, contact: ContactRef, recording: RecordingStored, key: Key) -> Index:
        length = recording.size - recording.index_at
        sealed = await self._read(recording, start=recording.index_at, length=length)
        try:
            return opened_index(sealed, contact=contact, key=key)
        except ValueError as error:
            raise RecordingDamaged(recording.key, "its index does not open") from error

    async def _read(self, recording: RecordingStored, *, start: int, length: int) -> bytes:
        piece = await self._store.get_range(recording.key, start=start, length=length)
        if not piece:
            raise RecordingDamaged(recording.key, "it is gone, or shorter than it was")
        return piece


_READ_BYTES = 4 * 1024 * 1024  # of one request
