"""A stored recording read back: how loud it is, and any stretch of it as a FLAC file."""

import hashlib
from collections.abc import AsyncGenerator

from ..errors import RecordingDamaged
from ..events.base import TRACKS, ContactRef, Track
from ..events.keys import KeyStore
from ..events.recording import RecordingStored
from ..events.redaction import RedactedAudio
from .recording_store import RecordingStore
from .sealed_recording import (
    Index,
    Piece,
    Seal,
    SpooledPart,
    opened_index,
    opened_part,
    seal_of_original,
    seal_of_redacted,
)

# As it was heard, or what was made of that.
StoredAudio = RecordingStored | RedactedAudio


class Playback:
    """Opens recordings, for as long as the keys that seal them exist.

    Every method raises `KeyDestroyed` once the person was erased, or the original alone was
    destroyed and is asked for; `ArchiveUnavailable` where the store does not answer; and
    `RecordingDamaged` where it gives what was not stored.
    """

    def __init__(self, store: RecordingStore, keys: KeyStore) -> None:
        self._store = store
        self._keys = keys

    async def open(self, contact: ContactRef, recording: StoredAudio) -> "OpenRecording":
        """Return a recording whose index was read, and nothing else yet."""
        return OpenRecording(contact, recording, await self.index(contact, recording), self)

    async def index(self, contact: ContactRef, recording: StoredAudio) -> Index:
        """Return what a player needs before it plays: where parts stand, and how loud it is."""
        seal = await self._seal(contact, recording)
        length = recording.size - recording.index_at
        sealed = await self._read(recording, start=recording.index_at, length=length)
        try:
            return opened_index(sealed, seal=seal)
        except ValueError as error:
            raise RecordingDamaged(recording.key, "its index does not open") from error

    async def frames(
        self, contact: ContactRef, recording: StoredAudio, *, number: int, piece: Piece
    ) -> bytes:
        """Return the FLAC frames of one part."""
        return (await self.part(contact, recording, number=number, piece=piece)).frames

    async def part(
        self, contact: ContactRef, recording: StoredAudio, *, number: int, piece: Piece
    ) -> SpooledPart:
        """Return one part, encoded as it is, and how loud it is."""
        # Asked for anew: the person may be erased meanwhile.
        seal = await self._seal(contact, recording)
        sealed = await self._read(recording, start=piece.offset, length=piece.size)
        try:
            return opened_part(sealed, number=number, seal=seal)
        except ValueError as error:
            raise RecordingDamaged(recording.key, f"part {number} does not open") from error

    async def sha256(self, recording: StoredAudio) -> str:
        """Return the hash of what the store holds, to be compared with the fact's."""
        digest, at = hashlib.sha256(), 0
        while at < recording.size:
            piece = await self._read(recording, start=at, length=_READ_BYTES)
            digest.update(piece)
            at += len(piece)
        return digest.hexdigest()

    async def _seal(self, contact: ContactRef, recording: StoredAudio) -> Seal:
        # Also where another key seals: who is erased is not heard, whichever was destroyed first.
        own = await self._keys.obtain(contact.tenant, f"contact/{contact.contact_id}")
        if not isinstance(recording, RecordingStored):
            return seal_of_redacted(recording.key, own)
        if recording.holder == "contact":
            return seal_of_original(contact, own)
        key = await self._keys.obtain(contact.tenant, f"{recording.holder}/{contact.contact_id}")
        return seal_of_original(contact, key)

    async def _read(self, recording: StoredAudio, *, start: int, length: int) -> bytes:
        piece = await self._store.get_range(recording.key, start=start, length=length)
        if not piece:
            raise RecordingDamaged(recording.key, "it is gone, or shorter than it was")
        return piece


class OpenRecording:
    """One recording, as whoever plays it sees it: a FLAC file of two channels."""

    def __init__(
        self, contact: ContactRef, recording: StoredAudio, index: Index, playback: Playback
    ) -> None:
        self._contact = contact
        self._recording = recording
        self._index = index
        self._playback = playback

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return len(self._index.header) + sum(piece.frames_size for piece in self._index.pieces)

    @property
    def window_samples(self) -> int:
        """Samples of a point of energy."""
        return self._index.window_samples

    @property
    def energy(self) -> dict[Track, bytes]:
        """A byte a window, by track: 0 is silence (-96 dBFS), 255 is 0 dBFS."""
        return dict(zip(TRACKS, self._index.energy, strict=True))

    async def read(self, first: int, end: int) -> AsyncGenerator[bytes]:
        """Yield the file's bytes from `first` on, up to `end`, a part at a time at most."""
        header = self._index.header
        if piece := header[first:end]:
            yield piece
        at = len(header)
        for number, one in enumerate(self._index.pieces):
            if at >= end:
                return
            if first < at + one.frames_size:
                frames = await self._playback.frames(
                    self._contact, self._recording, number=number, piece=one
                )
                yield frames[max(0, first - at) : end - at]
            at += one.frames_size


_READ_BYTES = 4 * 1024 * 1024  # of one request
