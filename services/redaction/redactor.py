"""Makes redacted recordings, each a new object, and reads them back.

A part at a time: an hour of a call takes as much memory as a minute.
"""

import asyncio
import hashlib
import uuid
from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from contextlib import aclosing

import numpy as np
from numpy.typing import NDArray

from ...errors import RecognizerFailed, RecordingDamaged
from ...events.base import SAMPLE_RATE_HZ, SAMPLES_PER_MS, TRACKS, ContactRef, Track
from ...events.keys import KeyStore
from ...events.recording import RecordingStored
from ...events.redaction import AudioSpan, Cover, RedactedAudio
from .. import flac_decoding
from ..flac import Samples
from ..playback import Playback, StoredAudio
from ..recording_store import RecordingStore
from ..sealed_recording import (
    Piece,
    Seal,
    SpooledPart,
    folder_of,
    folder_of_redacted,
    seal_of_redacted,
    sealed_index,
    sealed_spooled,
    spooled,
)
from ..store_patience import StorePatience, patiently
from ..sweeping import delete_all
from . import beeping
from .heard import SpeechStretch
from .port import SpeechFinder
from .stretches import merged

# Whoever drives us comes again when it is over, and says meanwhile that the store is away.
PATIENCE = StorePatience(unreachable_s=30.0)
# What a voice detector is shown again of the part before, so that it is not taken by surprise.
_LEAD_SAMPLES = SAMPLE_RATE_HZ
_PAUSE_MS = 100  # between two stretches that are one


class Redactor:
    """Satisfies what redaction needs of audio. Keeps nothing between two calls.

    Every method raises `ArchiveUnavailable` where the store does not answer for long,
    `RecordingDamaged` where it gives what was not stored, and `KeyDestroyed` once the person was
    erased, or the original alone was destroyed and is asked for.
    """

    def __init__(
        self,
        store: RecordingStore,
        keys: KeyStore,
        finder: SpeechFinder,
        *,
        patience: StorePatience = PATIENCE,
    ) -> None:
        self._store = store
        self._keys = keys
        self._finder = finder
        self._patience = patience
        self._playback = Playback(store, keys)

    async def speech(
        self, contact: ContactRef, recording: RecordingStored
    ) -> tuple[SpeechStretch, ...]:
        """Return where somebody is heard in the original, by track and in order.

        Raises:
            RecognizerFailed: the detector gave what cannot be.
        """
        found: dict[Track, list[tuple[int, int]]] = {track: [] for track in TRACKS}
        before, first = np.zeros((0, len(TRACKS)), np.int16), 0
        async with aclosing(self.pieces(contact, recording)) as pieces:
            async for samples in pieces:
                shown = np.concatenate([before, samples])
                starts_ms = (first - len(before)) // SAMPLES_PER_MS
                for column, track in enumerate(TRACKS):
                    voiced = await self._found(shown[:, column])
                    found[track] += [(starts_ms + one, starts_ms + end) for one, end in voiced]
                before, first = samples[-_LEAD_SAMPLES:], first + len(samples)
        return tuple(
            SpeechStretch(track, start, end)
            for track in TRACKS
            for start, end in merged(found[track], gap_ms=_PAUSE_MS)
        )

    async def redact(
        self,
        contact: ContactRef,
        recording: RecordingStored,
        spans: Sequence[AudioSpan],
        *,
        cover: Cover,
        round_: int,
        attempt: int,
    ) -> RedactedAudio:
        """Store the recording with these spans covered, as an object of its own.

        Of a new name each time: what is named by no fact is nothing, and `sweep` deletes it.

        Raises:
            ValueError: a span lies outside of the audio; nothing was stored.
        """
        beeping.check(spans, duration_ms=recording.duration_ms)
        own = await self._keys.obtain(contact.tenant, f"contact/{contact.contact_id}")

        async def put() -> RedactedAudio:
            name = f"round-{round_}-attempt-{attempt}-{uuid.uuid4().hex}"
            key = f"{folder_of_redacted(contact)}{name}"
            body = _Body(seal_of_redacted(key, own))
            covered = self._covered(contact, recording, spans, cover=cover, body=body)
            async with aclosing(covered) as pieces:
                await self._store.put_pieces(key, pieces)
            return RedactedAudio(
                key=key,
                original_key=recording.key,
                original_sha256=recording.sha256,
                duration_ms=recording.duration_ms,
                size=body.size,
                sha256=body.digest.hexdigest(),
                parts=len(body.pieces),
                index_at=body.index_at,
                cover=cover,
                spans=tuple(spans),
            )

        return await patiently(put, contact=contact, patience=self._patience)

    async def pieces(self, contact: ContactRef, audio: StoredAudio) -> AsyncGenerator[Samples]:
        """Yield the samples of a recording, about a minute at a time, a column a track."""
        async with aclosing(self._parts(contact, audio)) as parts:
            async for number, piece, part in parts:
                yield await _decoded(part, piece, of=f"part {number}", key=audio.key)

    async def samples(
        self, contact: ContactRef, audio: StoredAudio
    ) -> Mapping[Track, NDArray[np.int16]]:
        """Return all samples of a recording by track: 2 MB a minute. See `pieces` for long ones.

        Their seals prove that they are those of this recording, each in its place.
        """
        async with aclosing(self.pieces(contact, audio)) as pieces:
            parts = [samples async for samples in pieces]
        whole = np.concatenate(parts) if parts else np.zeros((0, len(TRACKS)), np.int16)
        return {track: whole[:, column] for column, track in enumerate(TRACKS)}

    async def sweep(self, contact: ContactRef, *, keep: Collection[str]) -> int:
        """Delete redacted recordings but those whose keys are to be kept; return how many.

        To be called once the fact of those that are kept is in the log: before it, another process
        may be about to append its own.
        """
        return await self._delete(contact, folder_of_redacted(contact), keep=keep)

    async def forget(self, contact: ContactRef) -> int:
        """Delete every redacted recording of a contact; return how many there were."""
        return await self._delete(contact, folder_of_redacted(contact))

    async def delete_original(self, contact: ContactRef) -> int:
        """Delete a contact's recording as it was heard; return how many objects there were.

        Its key is another's to destroy: see `originals.py`. What was redacted stays.
        """
        return await self._delete(contact, folder_of(contact))

    async def _parts(
        self, contact: ContactRef, audio: StoredAudio
    ) -> AsyncGenerator[tuple[int, Piece, SpooledPart]]:
        index = await self._playback.index(contact, audio)
        total = sum(piece.sample_count for piece in index.pieces)
        if total // SAMPLES_PER_MS != audio.duration_ms or len(index.pieces) != audio.parts:
            raise RecordingDamaged(audio.key, "it is not as long as it should be")
        for number, piece in enumerate(index.pieces):
            part = await self._playback.part(contact, audio, number=number, piece=piece)
            yield number, piece, part

    async def _covered(
        self,
        contact: ContactRef,
        recording: RecordingStored,
        spans: Sequence[AudioSpan],
        *,
        cover: Cover,
        body: "_Body",
    ) -> AsyncGenerator[bytes]:
        """Yield the redacted object's bytes, a part at a time, and its index."""
        ends = max(track.sample_count for track in recording.tracks)
        first = 0
        async with aclosing(self._parts(contact, recording)) as parts:
            async for number, piece, part in parts:
                end = first + piece.sample_count
                if beeping.touch(spans, first_sample=first, end_sample=end):
                    of = f"part {number}"
                    samples = await _decoded(part, piece, of=of, key=recording.key)
                    beeping.cover(samples, spans, first_sample=first, end_sample=ends, by=cover)
                    made = await asyncio.to_thread(spooled, samples, number=number)
                else:
                    made = part  # as it is: to decode it would only make it anew
                yield body.add(made, sample_count=piece.sample_count)
                first = end
        yield body.finish()

    async def _delete(self, contact: ContactRef, folder: str, *, keep: Collection[str] = ()) -> int:
        deleted = 0

        async def delete() -> None:
            nonlocal deleted
            deleted += await delete_all(folder, self._store, keep=keep)

        await patiently(delete, contact=contact, patience=self._patience)
        return deleted

    async def _found(self, samples: NDArray[np.int16]) -> Sequence[tuple[int, int]]:
        voiced = await self._finder.find(samples, rate_hz=SAMPLE_RATE_HZ)
        end_ms = -(-len(samples) // SAMPLES_PER_MS)
        if any(not 0 <= start <= end <= end_ms + _PAUSE_MS for start, end in voiced):
            raise RecognizerFailed("voices_outside_audio")
        return voiced


async def _decoded(part: SpooledPart, piece: Piece, *, of: str, key: str) -> Samples:
    try:
        return await asyncio.to_thread(
            flac_decoding.decoded, part.frames, sample_count=piece.sample_count
        )
    except ValueError as error:
        raise RecordingDamaged(key, f"{of} cannot be decoded") from error


class _Body:
    """What was made of an object so far."""

    def __init__(self, seal: Seal) -> None:
        self.size = 0
        self.index_at = 0
        self.digest = hashlib.sha256()
        self.pieces: list[Piece] = []
        self._seal = seal
        self._energy = [bytearray() for _ in TRACKS]

    def add(self, part: SpooledPart, *, sample_count: int) -> bytes:
        """Return a part, sealed. How loud it is, is told of what is left in it."""
        sealed = sealed_spooled(part, number=len(self.pieces), seal=self._seal)
        for track, points in zip(self._energy, part.energy, strict=True):
            track.extend(points)
        self.pieces.append(Piece(self.size, len(sealed), sample_count, len(part.frames)))
        return self._counted(sealed)

    def finish(self) -> bytes:
        """Return the index, which stands behind the parts."""
        self.index_at = self.size
        points = [bytes(track) for track in self._energy]
        return self._counted(sealed_index(self.pieces, points, seal=self._seal))

    def _counted(self, piece: bytes) -> bytes:
        self.size += len(piece)
        self.digest.update(piece)
        return piece
