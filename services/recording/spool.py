"""A contact's objects: parts while the call goes on, one object at the end, nothing else after."""

import asyncio
import hashlib
import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from typing import TypeVar

from msgspec import Struct

from ...errors import RecordingDamaged
from ...events.base import TRACKS, ContactRef
from ...events.keys import Key
from ...events.recording import AudioHolder, RecordingPartStored
from ..finishing import finished
from ..recording_store import RecordingStore
from ..sealed_recording import (
    Piece,
    folder_of,
    folder_of_repaired,
    opened_part,
    seal_of_original,
    sealed_index,
    sealed_part,
)
from ..store_patience import StorePatience, patiently
from ..sweeping import keys_in
from .limits import Limits
from .reel import Part
from .standing import Kept

T = TypeVar("T")


class Assembled(Struct, frozen=True, kw_only=True):
    """The object that holds a recording."""

    key: str
    size: int
    sha256: str
    index_at: int
    holder: AudioHolder


class Spool:
    """Where one contact's recording is kept. Waits for the store as long as the limits say."""

    def __init__(
        self,
        contact: ContactRef,
        store: RecordingStore,
        *,
        key: Key,
        holder: AudioHolder,
        limits: Limits,
    ) -> None:
        """`key` is the holder's; a contact's recording has one for all its parts."""
        self._contact = contact
        self._store = store
        self._seal = seal_of_original(contact, key)
        self._holder: AudioHolder = holder
        self._patience = StorePatience(
            again_s=limits.store_again_s,
            again_longest_s=limits.store_again_longest_s,
            unreachable_s=limits.store_unreachable_s,
        )
        self._folder = folder_of(contact)
        self._repaired = folder_of_repaired(contact)

    async def put(self, part: Part, *, repaired: bool = False) -> RecordingPartStored:
        """Store a part and return the fact of it; `repaired`: cut with what was found later.

        No two objects ever have one key: what a dead or overtaken process put is named by no
        fact, and swept in the end.

        Raises:
            ArchiveUnavailable: the store did not answer for as long as the limits say.
            ValueError: the key was taken: random keys are not random.
        """
        sealed = await asyncio.to_thread(
            sealed_part, part.samples, number=part.number, seal=self._seal
        )
        folder = self._repaired if repaired else self._folder
        key = f"{folder}part-{part.number:05}-{uuid.uuid4().hex}"

        async def put() -> None:
            # Taken by ourselves, when the answer to the last try was lost.
            is_new = await finished(self._store.put(key, sealed))
            if not is_new and await self._store.get(key) != sealed:
                raise ValueError(f"key {key} is taken")

        await self._patiently(put)
        return RecordingPartStored(
            part=part.number,
            key=key,
            size=len(sealed),
            sha256=hashlib.sha256(sealed).hexdigest(),
            sample_count=len(part.samples),
            heard=part.heard,
            audio_upto=part.audio_upto,
            repaired=part.repaired if repaired else None,
            holder=self._holder,
        )

    async def assemble(self, parts: Sequence[Kept]) -> Assembled:
        """Put all parts into one object, one after another in memory, each proved on its way.

        Raises:
            ArchiveUnavailable: as for `put`.
            RecordingDamaged: a part is not what it was, or is gone.
        """
        is_repaired = any(kept.fact.repaired is not None for kept in parts)
        folder = self._repaired if is_repaired else self._folder

        async def put() -> Assembled:
            key = f"{folder}recording-{uuid.uuid4().hex}"
            body = _Body()
            async with aclosing(self._pieces(parts, body)) as pieces:
                await self._store.put_pieces(key, pieces)
            return Assembled(
                key=key,
                size=body.size,
                sha256=body.digest.hexdigest(),
                index_at=body.index_at,
                holder=self._holder,
            )

        return await self._patiently(put)

    async def sweep(self, *, keep: str) -> None:
        """Delete every object of the contact but `keep`, and but those made after it.

        Raises:
            ArchiveUnavailable: as for `put`.
        """

        async def sweep() -> None:
            for key in await keys_in(self._folder, self._store):
                # Another process may be at work on what was found after the contact.
                is_later = key.startswith(self._repaired) and not keep.startswith(self._repaired)
                if key != keep and not is_later:
                    await self._store.delete(key)

        await self._patiently(sweep)

    async def _pieces(self, parts: Sequence[Kept], body: "_Body") -> AsyncGenerator[bytes]:
        pieces: list[Piece] = []
        energy: list[bytearray] = [bytearray() for _ in TRACKS]
        for kept in parts:
            fact = kept.fact
            sealed = await self._store.get_range(kept.key, start=kept.offset, length=fact.size)
            if sealed is None:
                raise RecordingDamaged(kept.key, "it is gone")
            if hashlib.sha256(sealed).hexdigest() != fact.sha256:
                raise RecordingDamaged(kept.key, "its bytes are not those that were put")
            part = opened_part(sealed, number=fact.part, seal=self._seal)
            for track, points in zip(energy, part.energy, strict=True):
                track.extend(points)
            pieces.append(Piece(body.size, len(sealed), fact.sample_count, len(part.frames)))
            yield body.add(sealed)
        body.index_at = body.size
        points = [bytes(track) for track in energy]
        yield body.add(sealed_index(pieces, points, seal=self._seal))

    async def _patiently(self, ask: Callable[[], Awaitable[T]]) -> T:
        return await patiently(ask, contact=self._contact, patience=self._patience)


class _Body:
    """What was made of an object so far."""

    def __init__(self) -> None:
        self.size = 0
        self.index_at = 0
        self.digest = hashlib.sha256()

    def add(self, piece: bytes) -> bytes:
        self.size += len(piece)
        self.digest.update(piece)
        return piece
