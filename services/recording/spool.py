"""A contact's objects: parts while the call goes on, one object at the end, nothing else after."""

import asyncio
import hashlib
import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from typing import TypeVar

import structlog
from msgspec import Struct
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception_type,
    stop_after_delay,
    wait_exponential,
)

from ...errors import ArchiveUnavailable, RecordingDamaged
from ...events.base import TRACKS, ContactRef
from ...events.keys import Key
from ...events.recording import RecordingPartStored
from .limits import Limits
from .reel import Part
from .sealing import Piece, folder_of, opened_part, sealed_index, sealed_part
from .store import RecordingStore

T = TypeVar("T")

log = structlog.get_logger()


class Assembled(Struct, frozen=True, kw_only=True):
    """The object that holds a recording."""

    key: str
    size: int
    sha256: str
    index_at: int


class Spool:
    """Where one contact's recording is kept. Waits for the store as long as the limits say."""

    def __init__(
        self, contact: ContactRef, store: RecordingStore, *, key: Key, limits: Limits
    ) -> None:
        self._contact = contact
        self._store = store
        self._key = key
        self._limits = limits
        self._folder = folder_of(contact)

    async def put(self, part: Part) -> RecordingPartStored:
        """Store a part and return the fact of it.

        No two objects ever have one key: what a dead or overtaken process put is named by no
        fact, and swept in the end.

        Raises:
            ArchiveUnavailable: the store did not answer for as long as the limits say.
            ValueError: the key was taken: random keys are not random.
        """
        sealed = await asyncio.to_thread(
            sealed_part, part.samples, number=part.number, contact=self._contact, key=self._key
        )
        key = f"{self._folder}part-{part.number:05}-{uuid.uuid4().hex}"

        async def put() -> None:
            # Taken by ourselves, when the answer to the last try was lost.
            if not await self._store.put(key, sealed) and await self._store.get(key) != sealed:
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
        )

    async def assemble(self, parts: Sequence[RecordingPartStored]) -> Assembled:
        """Put all parts into one object, one after another in memory, each proved on its way.

        Raises:
            ArchiveUnavailable: as for `put`.
            RecordingDamaged: a part is not what it was, or is gone.
        """

        async def put() -> Assembled:
            key = f"{self._folder}recording-{uuid.uuid4().hex}"
            body = _Body()
            async with aclosing(self._pieces(parts, body)) as pieces:
                await self._store.put_pieces(key, pieces)
            return Assembled(
                key=key,
                size=body.size,
                sha256=body.digest.hexdigest(),
                index_at=body.index_at,
            )

        return await self._patiently(put)

    async def sweep(self, *, keep: str) -> None:
        """Delete every object of the contact but `keep`.

        Raises:
            ArchiveUnavailable: as for `put`.
        """

        async def sweep() -> None:
            async with aclosing(self._store.list(self._folder)) as pages:
                keys = [one.key async for page in pages for one in page]
            for key in keys:
                if key != keep:
                    await self._store.delete(key)

        await self._patiently(sweep)

    async def _pieces(
        self, parts: Sequence[RecordingPartStored], body: "_Body"
    ) -> AsyncGenerator[bytes]:
        pieces: list[Piece] = []
        energy: list[bytearray] = [bytearray() for _ in TRACKS]
        for fact in parts:
            sealed = await self._store.get(fact.key)
            if sealed is None:
                raise RecordingDamaged(fact.key, "it is gone")
            if hashlib.sha256(sealed).hexdigest() != fact.sha256:
                raise RecordingDamaged(fact.key, "its bytes are not those that were put")
            part = opened_part(sealed, number=fact.part, contact=self._contact, key=self._key)
            for track, points in zip(energy, part.energy, strict=True):
                track.extend(points)
            pieces.append(Piece(body.size, len(sealed), fact.sample_count))
            yield body.add(sealed)
        body.index_at = body.size
        points = [bytes(track) for track in energy]
        yield body.add(sealed_index(pieces, points, contact=self._contact, key=self._key))

    async def _patiently(self, ask: Callable[[], Awaitable[T]]) -> T:
        limits = self._limits
        trying = AsyncRetrying(
            retry=retry_if_exception_type(ArchiveUnavailable),
            stop=stop_after_delay(limits.store_unreachable_s),
            wait=wait_exponential(limits.store_again_s, max=limits.store_again_longest_s),
            before_sleep=self._tell,
            reraise=True,
        )
        return await trying(ask)

    def _tell(self, state: RetryCallState) -> None:
        log.warning(
            "recording_store_away",
            tenant=self._contact.tenant,
            contact_id=self._contact.contact_id,
            tries=state.attempt_number,
        )


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
