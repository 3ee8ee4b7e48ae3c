"""The audio stream of a contact: blocks of samples, sealed, in order, for a day.

The samples go here; the facts about them (`events/media.py`) go to the log.
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import AbstractContextManager, aclosing
from functools import partial

import msgspec
from msgspec import Struct

from ..errors import KeyDestroyed
from .audio_here import QUIET_S, Hearer, Here
from .base import SAMPLE_BYTES, START, TRACKS, ContactRef, KeyId, Position, TenantName, Track
from .keys import Key, KeyStore
from .log import Entry, EventLog, Posts, Stored, Told
from .sealed import open_with, seal_with
from .subjects import audio_stream, audio_subject


class AudioBlock(Struct, frozen=True, kw_only=True, gc=False):
    """Consecutive samples of one track, as one block of one fragment delivered them."""

    track: Track
    fragment: str
    ordinal: int  # of the block within its fragment, from 0, over all tracks
    first_sample: int  # on the contact clock
    samples: bytes  # signed 16-bit little-endian, 8 kHz, mono

    @property
    def end_sample(self) -> int:
        """The first sample after this block."""
        return self.first_sample + len(self.samples) // SAMPLE_BYTES


class AudioChunk(Struct, frozen=True, kw_only=True, gc=False):
    """What one append holds: blocks of both tracks, in the order they arrived."""

    stream: int  # ordinal of the contact's media streams, from 1
    resume_after: str | None  # last completely stored fragment once this chunk is stored
    blocks: tuple[AudioBlock, ...]
    repair: bool = False  # found after the contact, of stretches that were missing


class StoredChunk(Struct, frozen=True, kw_only=True, gc=False):
    """A chunk and where it stands."""

    position: Position
    chunk: AudioChunk


class _Block(Struct, frozen=True, array_like=True, gc=False):
    track: int  # index in TRACKS
    fragment: int  # index in the header's fragments
    ordinal: int
    first_sample: int
    sample_count: int


class _Header(Struct, frozen=True, array_like=True, gc=False):
    format: int
    key_id: str
    stream: int
    resume_after: str | None
    fragments: list[str]
    blocks: list[_Block]
    repair: bool = False


class _Packed(Struct, frozen=True, array_like=True, gc=False):
    header: bytes  # bound to the ciphertext: a changed byte is found
    sealed: bytes


_FORMAT = 1
_NUMBERS = {track: number for number, track in enumerate(TRACKS)}
_encode = msgspec.msgpack.encode
_headers = msgspec.msgpack.Decoder(_Header)
_packed = msgspec.msgpack.Decoder(_Packed)


class AudioLog:
    """Appends and reads the audio of contacts.

    What one process stores need not come back to it over the wire: see `here`.
    """

    def __init__(self, log: EventLog, keys: KeyStore, *, quiet_s: float = QUIET_S) -> None:
        """`quiet_s`: see `audio_here.QUIET_S`."""
        self._log = log
        self._posts = log if isinstance(log, Posts) else None
        self._keys = keys
        self._here = Here[StoredChunk](quiet_s=quiet_s)

    def post(
        self,
        contact: ContactRef,
        chunk: AudioChunk,
        *,
        id: str,  # noqa: A002 (it is the chunk's)
        expected: Position,
        told: Told,
    ) -> bool:
        """Store a chunk as `append` does, without waiting; see `Posts.post` for what comes of it.

        False: not now, `append` it.
        """
        if self._posts is None:
            return False
        key = self._keys.held(contact.tenant, f"contact/{contact.contact_id}")
        if key is None:
            return False
        subject = audio_subject(contact)
        entry = Entry(
            f"{contact.tenant}:{contact.contact_id}:{id}", _pack(chunk, key, subject=subject)
        )
        if self._here.is_followed(contact):
            told = partial(self._end_post, told, contact, chunk, expected)
        return self._posts.post(
            audio_stream(contact.tenant), subject, entry, expected=expected, told=told
        )

    async def append(
        self,
        contact: ContactRef,
        chunk: AudioChunk,
        *,
        id: str,  # noqa: A002 (it is the chunk's)
        expected: Position,
    ) -> Position:
        """Store a chunk after the one at `expected` (START: the first), and return its position.

        Raises:
            StreamMoved: another reader of the same contact stored audio since.
            LogUnavailable: no answer in time; repeating the call with the same id is safe.
            KeyDestroyed: the person behind the contact was erased.
        """
        key = await self._keys.obtain(contact.tenant, f"contact/{contact.contact_id}")
        subject = audio_subject(contact)
        payload = _pack(chunk, key, subject=subject)
        entry = Entry(f"{contact.tenant}:{contact.contact_id}:{id}", payload)
        position = await self._log.append(
            audio_stream(contact.tenant), subject, [entry], expected=expected
        )
        self._tell_here(contact, chunk, expected, position)
        return position

    async def last(self, contact: ContactRef) -> StoredChunk | None:
        """Return the contact's newest chunk, repairs included, or None."""
        stored = await self._log.last(audio_stream(contact.tenant), audio_subject(contact))
        if stored is None:
            return None
        return (await self._open(contact, [stored]))[0]

    async def read(
        self,
        contact: ContactRef,
        *,
        after: Position = START,
        upto: Position | None = None,
        repairs: bool = False,
    ) -> AsyncGenerator[StoredChunk]:
        """Yield the contact's chunks in order, then end.

        With `repairs` also those that were found after the contact was over, which stand last
        and out of the order of the clock. Where they touch what was heard, they may overlap it
        by less than a millisecond: what was heard is then the truth.
        """
        batches = self._log.read(
            audio_stream(contact.tenant), [audio_subject(contact)], after=after, upto=upto
        )
        async for batch in batches:
            for stored in await self._open(contact, batch):
                if repairs or not stored.chunk.repair:
                    yield stored

    async def follow(
        self, contact: ContactRef, *, after: Position = START
    ) -> AsyncGenerator[StoredChunk]:
        """Yield the contact's chunks in order, then new ones as they arrive, for ever.

        Never what was found after the contact: it is out of the order of the clock.
        """
        batches = self._log.follow(
            audio_stream(contact.tenant), [audio_subject(contact)], after=after
        )
        async with aclosing(batches):
            async for batch in batches:
                for stored in await self._open(contact, batch):
                    if not stored.chunk.repair:
                        yield stored

    async def is_whole(self, tenant: TenantName, *, after: Position) -> bool:
        """Tell whether all that a tenant's contacts stored behind a position is still kept.

        Raises:
            LogUnavailable: the log does not answer.
        """
        state = await self._log.state(audio_stream(tenant))
        return state.first <= after + 1  # what is oldest goes first

    def here(self, contact: ContactRef) -> AbstractContextManager[Hearer[StoredChunk]]:
        """Be told of the contact's chunks that are stored through this very object.

        Never what was found after the contact, as with `follow`.
        """
        return self._here.hearer(contact)

    def _end_post(
        self,
        told: Told,
        contact: ContactRef,
        chunk: AudioChunk,
        expected: Position,
        position: Position | None,
    ) -> None:
        if position is not None:
            self._tell_here(contact, chunk, expected, position)
        told(position)

    def _tell_here(
        self, contact: ContactRef, chunk: AudioChunk, behind: Position, position: Position
    ) -> None:
        if not chunk.repair:
            self._here.tell(contact, StoredChunk(position=position, chunk=chunk), behind=behind)

    async def _open(self, contact: ContactRef, batch: Sequence[Stored]) -> list[StoredChunk]:
        opened: list[StoredChunk] = []
        subject = audio_subject(contact)
        for stored in batch:
            packed = _packed.decode(stored.payload)
            header = _headers.decode(packed.header)
            key_id = KeyId(header.key_id)
            keys = await self._keys.find(contact.tenant, [key_id])
            if key_id not in keys:
                raise KeyDestroyed(key_id)
            chunk = _unpack(packed, header, keys[key_id], subject=subject)
            opened.append(StoredChunk(position=stored.position, chunk=chunk))
        return opened


def _pack(chunk: AudioChunk, key: Key, *, subject: str) -> bytes:
    fragments: dict[str, int] = {}
    blocks: list[_Block] = []
    for block in chunk.blocks:
        fragment = fragments.setdefault(block.fragment, len(fragments))
        count = len(block.samples) // SAMPLE_BYTES
        blocks.append(
            _Block(_NUMBERS[block.track], fragment, block.ordinal, block.first_sample, count)
        )
    header = _encode(
        _Header(
            _FORMAT,
            key.id,
            chunk.stream,
            chunk.resume_after,
            list(fragments),
            blocks,
            chunk.repair,
        )
    )
    samples = b"".join([block.samples for block in chunk.blocks])
    about = subject.encode() + header
    return _encode(_Packed(header, seal_with(key.opener, samples, about=about)))


def _unpack(packed: _Packed, header: _Header, key: Key, *, subject: str) -> AudioChunk:
    about = subject.encode() + packed.header
    samples = open_with(key.opener, packed.sealed, about=about)
    blocks: list[AudioBlock] = []
    offset = 0
    for block in header.blocks:
        end = offset + block.sample_count * SAMPLE_BYTES
        blocks.append(
            AudioBlock(
                track=TRACKS[block.track],
                fragment=header.fragments[block.fragment],
                ordinal=block.ordinal,
                first_sample=block.first_sample,
                samples=samples[offset:end],
            )
        )
        offset = end
    return AudioChunk(
        stream=header.stream,
        resume_after=header.resume_after,
        blocks=tuple(blocks),
        repair=header.repair,
    )
