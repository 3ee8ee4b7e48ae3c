"""A contact on an in-memory log: its media plays here, recording records it."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, aclosing
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from antiphon.errors import ArchiveUnavailable, LogUnavailable
from antiphon.events.audio import AudioBlock, AudioChunk
from antiphon.events.base import START, TRACKS, Event, Track
from antiphon.events.recording import RecordingPartStored, RecordingStored
from antiphon.events.sealed import Sealed
from antiphon.infra.object_store.directory import DirectoryStore
from antiphon.services.flac import Samples
from antiphon.services.playback import Playback
from antiphon.services.recording.limits import Limits
from antiphon.services.recording.service import Recording
from antiphon.services.sealed_recording import PART_SAMPLES
from numpy.typing import NDArray

from ...builders import (
    CONTACT,
    audio_received,
    audio_stream_closed,
    audio_stream_opened,
    contact_ended,
    contact_started,
    track_span,
)
from ...media_builders import audio_repaired
from ..contact_stage import WAIT_S, ContactStage, meanwhile
from .decoder import decoded

CONSENT = "antiphon_recording_consent"
BLOCK = 8_000  # samples of a block here: a second, so that minutes take few chunks
QUICK = Limits(
    close_deadline_s=0.05,
    store_again_s=0.001,
    store_again_longest_s=0.001,
    store_unreachable_s=5.0,
)
_LOUD = 20_000  # samples
RANDOM = np.random.default_rng(11)


def consent(answer: str = "yes") -> dict[str, Sealed]:
    return {CONSENT: Sealed(answer)}


def noise(count: int) -> Samples:
    """Return two tracks of which no two stretches are alike, loud where parts begin and end."""
    samples = RANDOM.integers(-300, 300, (count, 2)).astype(np.int16)
    place = np.arange(count) % PART_SAMPLES
    samples[(place > _LOUD) & (place < PART_SAMPLES - _LOUD)] = 0  # takes no time to encode
    return samples


class Shelf(DirectoryStore):
    """A store that can be away, and that dies where it is told to."""

    refusals = 0  # that are still to come
    refused = 0
    dies_at: str | None = None  # an operation, once
    held_bytes_max = 0
    held: asyncio.Event | None = None  # every put waits for it

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.reached = asyncio.Event()  # by a put that waits

    async def put(self, key: str, body: bytes, *, retain_until: datetime | None = None) -> bool:
        self._answer("put")
        if self.held is not None:
            self.reached.set()
            await self.held.wait()
        stored = await super().put(key, body, retain_until=retain_until)
        self._answer("after_put")
        return stored

    async def put_pieces(self, key: str, pieces: AsyncIterator[bytes]) -> None:
        self._answer("put_pieces")

        async def measured() -> AsyncGenerator[bytes]:
            async for piece in pieces:
                self.held_bytes_max = max(self.held_bytes_max, len(piece))
                yield piece

        await super().put_pieces(key, measured())
        self._answer("after_put_pieces")

    async def delete(self, key: str) -> None:
        self._answer("delete")
        await super().delete(key)

    def _answer(self, operation: str) -> None:
        if self.dies_at == operation:
            self.dies_at = None
            raise LogUnavailable("as if the process had died here")
        if self.refusals and not operation.startswith("after"):
            self.refusals -= 1
            self.refused += 1
            raise ArchiveUnavailable("asked to")


class Booth(ContactStage):
    def __init__(self, directory: Path) -> None:
        super().__init__(lane="recording", lanes=Recording.lanes)
        self.shelf = Shelf(directory)
        self.playback = Playback(self.shelf, self.keys)

    async def play(
        self,
        samples: Samples,
        *,
        first: int = 0,
        tracks: Sequence[Track] = TRACKS,
        lost: Callable[[int], bool] = lambda _sample: False,
    ) -> None:
        """Store audio from `first` on, a chunk a block, and then the fact of it.

        Chunks that are `lost` are told of and not stored, as if they had expired.
        """
        after = self.audio_end
        for at in range(0, len(samples), BLOCK):
            if lost(first + at):
                continue
            blocks = tuple(
                AudioBlock(
                    track=track,
                    fragment="1",
                    ordinal=TRACKS.index(track),
                    first_sample=first + at,
                    samples=samples[at : at + BLOCK, TRACKS.index(track)].astype("<i2").tobytes(),
                )
                for track in tracks
            )
            chunk = AudioChunk(stream=1, resume_after=None, blocks=blocks)
            self.audio_end = await self.audio.append(
                CONTACT, chunk, id=f"{first}-{at}-{len(tracks)}", expected=self.audio_end
            )
        spans = tuple(
            track_span(
                track=track,
                first_sample=first,
                end_sample=first + len(samples),
                sample_count=len(samples),
            )
            for track in tracks
        )
        await self.tell(audio_received(spans=spans, audio_after=after, audio_upto=self.audio_end))

    async def find(self, *stretches: tuple[Track, int, NDArray[np.int16]]) -> None:
        """Store what media found after the contact: of a track, from a sample on."""
        after = self.audio_end
        for track, first, samples in stretches:
            block = AudioBlock(
                track=track,
                fragment="2",
                ordinal=0,
                first_sample=first,
                samples=samples.astype("<i2").tobytes(),
            )
            chunk = AudioChunk(stream=1, resume_after=None, blocks=(block,), repair=True)
            self.audio_end = await self.audio.append(
                CONTACT, chunk, id=f"repair-{track}-{first}", expected=self.audio_end
            )
        spans = tuple(
            track_span(
                track=track,
                first_sample=first,
                end_sample=first + len(samples),
                sample_count=len(samples),
            )
            for track, first, samples in stretches
        )
        await self.tell(audio_repaired(spans=spans, audio_after=after, audio_upto=self.audio_end))

    async def hang_up(self) -> None:
        await self.tell(contact_ended(), audio_stream_closed(audio_upto=self.audio_end))

    def service(self, *, limits: Limits = QUICK) -> Recording:
        return Recording(
            journal=self.journal,
            audio=self.audio,
            store=self.shelf,
            keys=self.keys,
            now=lambda: datetime.now(UTC),
            limits=limits,
        )

    async def care(self, *, limits: Limits = QUICK) -> None:
        """Let a new instance of the service care for the contact, as after a restart."""
        async with asyncio.timeout(WAIT_S):
            await self.service(limits=limits).care(CONTACT, await self.inbox())

    def caring(
        self, *, limits: Limits = QUICK
    ) -> AbstractAsyncContextManager["asyncio.Task[None]"]:
        """Let the service care for the contact while something else happens."""
        return meanwhile(self.care(limits=limits))

    async def events(self) -> list[Event]:
        return [one.event for one in await self.facts()]

    async def until_answered(self) -> None:
        """Wait until it is stated whether the contact may be recorded."""
        async with asyncio.timeout(WAIT_S), aclosing(self.newer(START)) as facts:
            lane = None
            while lane != "recording":
                lane = (await anext(facts)).lane

    async def until_parts(self, count: int) -> None:
        """Wait until so many parts are stored."""
        async with asyncio.timeout(WAIT_S), aclosing(self.newer(START)) as facts:
            while count:
                recorded = await anext(facts)
                count -= isinstance(recorded.event, RecordingPartStored)

    async def stored(self) -> RecordingStored:
        """Return the newest fact of a recording, of which there is one, and one repaired."""
        stored = [one for one in await self.events() if isinstance(one, RecordingStored)]
        assert [one.repaired for one in stored] in ([False], [True], [False, True])
        return stored[-1]

    async def recorded(self) -> Samples:
        """Return the recording as a decoder of others hears it."""
        opened = await self.playback.open(CONTACT, await self.stored())
        return decoded(b"".join([piece async for piece in opened.read(0, opened.size)]))

    async def keys_on_shelf(self) -> list[str]:
        return [one.key async for page in self.shelf.list("") for one in page]


async def new_booth(directory: Path) -> Booth:
    booth = Booth(directory)
    await booth.created()
    return booth


async def finished_call(
    directory: Path, samples: Samples, *, attributes: Mapping[str, Sealed] | None = None
) -> Booth:
    """A call that was over before anybody recorded it."""
    booth = await new_booth(directory)
    given = consent() if attributes is None else dict(attributes)
    await booth.tell(contact_started(attributes=given), audio_stream_opened())
    await booth.play(samples)
    await booth.hang_up()
    return booth


TWO_PARTS_AND_A_BIT = 2 * PART_SAMPLES + 12_345
