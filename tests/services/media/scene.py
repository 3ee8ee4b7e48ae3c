"""A contact, its log, its stream and the service: what the tests of hearing share."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, TypeVar

from antiphon.events.audio import AudioBlock, AudioChunk, AudioLog
from antiphon.events.base import (
    START,
    ContactId,
    ContactRef,
    Draft,
    Event,
    EventId,
    Position,
    Recorded,
    TenantName,
    Track,
)
from antiphon.events.contact import ContactEnded, ContactStarted, MediaOffered, MediaStream
from antiphon.events.journal import Journal
from antiphon.events.media import AudioReceived, AudioStreamClosed
from antiphon.events.subjects import audio_stream, facts_stream
from antiphon.infra.memory_keys import MemoryKeys
from antiphon.infra.memory_log import MemoryLog
from antiphon.services.inbox import ContactInbox
from antiphon.services.media.kinesis import Kinesis
from antiphon.services.media.patience import Patience
from antiphon.services.media.pump import Pump
from antiphon.services.media.service import Media

from .bytes_by_hand import FIRST_NUMBER, ZERO_MS, Fragment, even_sounds
from .kvs import STREAM_ARN, Kvs

TENANT = TenantName("demo")
CONTACT = ContactRef(TENANT, ContactId("ours"))
TRACKS: tuple[Track, Track] = ("from_customer", "to_customer")
FRAGMENT_BYTES = 16_384  # 1.024 s of a track
HASTY_TICK_S = 0.001  # what comes in pieces is read in pieces, about
T = TypeVar("T", bound=Event)

# Opens as fast as may be, and long waits as in earnest: a busy machine changes nothing.
PATIENT = Patience(open_every_s=0.01, retry_longest_s=0.05)
# For tests that wait for patience to end.
HASTY = Patience(
    open_every_s=0.01,
    retry_longest_s=0.05,
    stalled_s=0.5,
    quiet_s=0.2,
    quiet_behind_s=0.4,
    overrun_s=0.3,
    failing_s=0.6,
    refused_s=0.2,
    silent_s=0.6,
)


def at(ms: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)


def media(*, arn: str = STREAM_ARN, started_ms: int = ZERO_MS) -> MediaStream:
    return MediaStream(
        stream_arn=arn, start_fragment_number=str(FIRST_NUMBER), started_at=at(started_ms)
    )


def voices(seed: int, fragments: int) -> tuple[bytes, bytes]:
    chance = Random(seed)
    return chance.randbytes(fragments * FRAGMENT_BYTES), chance.randbytes(
        fragments * FRAGMENT_BYTES
    )


def call_of(spoken: Sequence[bytes], *, first: int = 0, **odd: Any) -> list[Fragment]:
    """Cut two voices into fragments of 1.024 s."""
    count = len(spoken[0]) // FRAGMENT_BYTES
    return [
        Fragment(
            index=first + nth,
            sounds=even_sounds(
                [voice[nth * FRAGMENT_BYTES : (nth + 1) * FRAGMENT_BYTES] for voice in spoken]
            ),
            **odd,
        )
        for nth in range(count)
    ]


@dataclass
class Scene:
    kvs: Kvs
    source: Kinesis
    log: MemoryLog = field(default_factory=MemoryLog)
    keys: MemoryKeys = field(default_factory=MemoryKeys)
    patience: Patience = PATIENT
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def journal(self) -> Journal:
        return Journal(self.log, self.keys)

    @property
    def audio(self) -> AudioLog:
        return AudioLog(self.log, self.keys)

    async def start(self, stream: MediaStream | None = None) -> None:
        await self.life(
            ContactStarted(instance_arn="i", initial_contact_id="ours", media=stream or media())
        )

    async def end(self, ended_ms: int) -> None:
        await self.life(ContactEnded(ended_at=at(ended_ms)))

    async def offer(self, stream: MediaStream) -> None:
        await self.life(MediaOffered(media=stream))

    async def life(self, event: Event) -> None:
        end = await self.journal.lane_end(CONTACT, "life")
        draft = Draft(
            event=event,
            id=EventId(f"life-{end}"),
            occurred_at=at(ZERO_MS),
            actor="machine",
            correlation="ours",
        )
        await self.journal.append(CONTACT, [draft], expected=end)

    async def care(
        self,
        *,
        journal: Journal | None = None,
        audio: AudioLog | None = None,
        service: Media | None = None,
    ) -> None:
        """Let the service care for the contact once, fed from the log."""
        service = service or self.service(journal=journal, audio=audio)
        inbox = ContactInbox(CONTACT, self.journal, service.lanes)
        await inbox.open(reach=START)
        newest = inbox.history[-1].position if inbox.history else START
        feeding = asyncio.create_task(self._feed(inbox, newest))
        try:
            await service.care(CONTACT, inbox)
        finally:
            feeding.cancel()
            await asyncio.gather(feeding, return_exceptions=True)

    def service(self, *, journal: Journal | None = None, audio: AudioLog | None = None) -> Media:
        return Media(
            journal=journal or self.journal,
            audio=audio or self.audio,
            source=self.source,
            now=lambda: at(ZERO_MS),
            patience=self.patience,
            **self.options,
        )

    async def _feed(self, inbox: ContactInbox, after: Position) -> None:
        facts = self.journal.follow(TENANT, contact_id=CONTACT.contact_id, after=after)
        async with aclosing(facts):
            async for batch in facts:
                for recorded in batch:
                    inbox.put(recorded)

    async def facts(self, kind: type[T]) -> list[T]:
        return [one.event for one in await self.recorded() if isinstance(one.event, kind)]

    async def recorded(self) -> list[Recorded]:
        return [one async for one in self.journal.read(CONTACT, lanes=("media",))]

    async def chunks(self) -> list[AudioChunk]:
        return [one.chunk async for one in self.audio.read(CONTACT)]

    async def blocks(self) -> list[AudioBlock]:
        return [block for chunk in await self.chunks() for block in chunk.blocks]

    async def heard(self) -> dict[Track, bytes]:
        """All stored samples by track, in the order they stand."""
        stored = await self.blocks()
        return {
            track: b"".join(block.samples for block in stored if block.track == track)
            for track in TRACKS
        }

    async def assert_heard(self, spoken: Sequence[bytes]) -> None:
        """Every sample once and in order, by hash, and the facts say the same."""
        heard = await self.heard()
        assert [_sha(heard[track]) for track in TRACKS] == [_sha(voice) for voice in spoken]
        await self.assert_facts_agree()

    async def assert_facts_agree(self) -> None:
        """`AudioReceived`s cover all chunks without a hole, and their hashes are right."""
        received = await self.facts(AudioReceived)
        upto = START
        for fact in received:
            assert fact.audio_after == upto
            upto = fact.audio_upto
            stored = [
                block
                async for one in self.audio.read(
                    CONTACT, after=fact.audio_after, upto=fact.audio_upto
                )
                for block in one.chunk.blocks
            ]
            assert {span.track for span in fact.spans} == {block.track for block in stored}
            for span in fact.spans:
                mine = [block for block in stored if block.track == span.track]
                samples = b"".join(block.samples for block in mine)
                assert span.sha256 == _sha(samples)
                assert span.sample_count == len(samples) // 2
                assert (span.first_sample, span.end_sample) == (
                    mine[0].first_sample,
                    mine[-1].end_sample,
                )
        last = await self.audio.last(CONTACT)
        assert upto == (START if last is None else last.position)


@asynccontextmanager
async def scene(
    *, source: Mapping[str, Any] | None = None, **options: Any
) -> AsyncGenerator[Scene]:
    """`source` are further arguments of the `Kinesis` under test."""
    arguments: dict[str, Any] = {"idle_s": 5, "pump": Pump(tick_s=HASTY_TICK_S), **(source or {})}
    async with Kvs() as kvs, Kinesis(endpoint=kvs.url, **arguments) as kinesis:
        yield await made(Scene(kvs, kinesis, **options))


def in_pieces() -> AbstractAsyncContextManager[Scene]:
    """A scene whose sockets are looked at in every turn of the loop: as many appends as pieces."""
    return scene(source={"pump": Pump(tick_s=0)})


async def afresh(used: Scene) -> Scene:
    """A scene in which nothing has happened, with the same server and client."""
    used.kvs.fragments, used.kvs.requests = [], []
    return await made(Scene(used.kvs, used.source, patience=used.patience))


async def made(made: Scene) -> Scene:
    await made.log.create(facts_stream(TENANT))
    await made.log.create(audio_stream(TENANT))
    return made


async def ended_call(set_up: Scene, fragments: list[Fragment], *, length: int) -> None:
    """A call of so many fragments that is over before anybody reads it."""
    set_up.kvs.fragments = fragments
    await set_up.start()
    await set_up.end(ZERO_MS + length * 1_024)


async def care(set_up: Scene) -> None:
    async with asyncio.timeout(15):
        await set_up.care()


async def closing_of(set_up: Scene) -> AudioStreamClosed:
    (closed,) = await set_up.facts(AudioStreamClosed)
    return closed


async def stored(set_up: Scene, *, fragments: int = 0, blocks: int = 0) -> None:
    """Wait until so much audio is stored."""
    wanted, found = blocks or fragments * 32, 0
    async for one in set_up.audio.follow(CONTACT):
        found += len(one.chunk.blocks)
        if found >= wanted:
            return


async def opened(set_up: Scene, times: int) -> None:
    """Wait until GetMedia was called so often."""
    await set_up.kvs.asked(times)


def _sha(samples: bytes) -> str:
    return hashlib.sha256(samples).hexdigest()
