"""A stream of segments, and processes that read it on a log in memory."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import httpx
from antiphon.errors import LogUnavailable
from antiphon.events.base import Event, Position, TenantName
from antiphon.events.live import Live
from antiphon.events.log import Entry, EventLog
from antiphon.events.log_in_front import LogInFront
from antiphon.events.privacy.protection import everything
from antiphon.events.progress import Progress
from antiphon.events.speech import TextStreamClosed
from antiphon.infra.jetstream.attendance import BUCKET as PROCESSES
from antiphon.infra.jetstream.lease import STREAM as LEASE_STREAM
from antiphon.infra.jetstream.lease import decode
from antiphon.infra.jetstream.leases import BUCKET as LEASES
from antiphon.infra.jetstream.leases import Leases
from antiphon.infra.jetstream.streams import bucket_stream, key_subject
from antiphon.infra.simulator.clock import Clock, RealClock
from antiphon.infra.simulator.segments.server import SegmentsServer
from antiphon.infra.simulator.segments.stream import DataStream
from antiphon.services.media.identities import Identities
from antiphon.services.transcription.contact_lens.checkpoint import Checkpoint, decoded
from antiphon.services.transcription.contact_lens.contacts import Contacts
from antiphon.services.transcription.contact_lens.following import Following
from antiphon.services.transcription.contact_lens.kinesis import KinesisSegments, StreamName
from antiphon.services.transcription.contact_lens.limits import Limits
from antiphon.services.transcription.contact_lens.reader import Reader
from antiphon.services.transcription.service import Transcription
from msgspec.structs import replace
from prometheus_client import REGISTRY

from ...builders import CONTACT
from ..contact_stage import ContactStage
from ..site import standing_still
from .segments import ARN, finals
from .stage import Stage

STREAM = "111122223333/eu-central-1/contact=lens"


# What takes seconds in production takes as long as it must.
EAGER = Limits(
    poll_s=0.005,
    poll_behind_s=0.005,
    list_s=0.02,
    retry_first_s=0.005,
    retry_longest_s=0.02,
    denied_s=0.02,
    tick_s=0.01,
    save_s=0.01,
    look_s=0.01,
    quiet_s=0.1,
    unknown_s=30.0,
    unknown_look_s=0.01,
    unknown_look_longest_s=0.01,
)


NEVER_SAVED = replace(EAGER, save_s=1_000.0)


class Lens:
    """A contact's stage, the stream its text comes by, and processes that read it."""

    def __init__(self, stage: Stage, *, shards: int, clock: Clock, page_shards: int) -> None:
        self.stage = stage
        self.stream = DataStream(ARN, clock=clock, shards=shards)
        self.server = SegmentsServer(
            [self.stream], clock=clock, page_shards=page_shards, reads_per_s_max=100_000
        )
        self.running: dict[str, asyncio.Task[None]] = {}
        self.clock: Callable[[], float] = standing_still

    def put(self, *contents: bytes, key: str = "") -> None:
        for content in contents:
            self.stream.put(content, key=key or json.loads(content)["ContactId"])

    def start(self, owner: str = "one", **given: Any) -> Progress:
        """Let a process of this name read the stream."""
        progress = Progress("contact_lens", CONTACT.tenant, of="segments")
        self.running[owner] = asyncio.create_task(self._run(owner, progress, **given))
        return progress

    async def stop(self, owner: str = "one") -> None:
        """Let it leave in order."""
        task = self.running.pop(owner)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task  # raises what ended it before it was to end

    async def _run(self, owner: str, progress: Progress, **given: Any) -> None:
        leases = Leases(given.pop("leases_on", self.stage.log), clock=self.clock)
        async with (
            httpx.AsyncClient() as http,
            leases.attending(owner),
        ):
            await following(
                self.server.url,
                stage=self.stage,
                leases=leases,
                http=http,
                progress=progress,
                **given,
            ).run()


def following(
    url: str,
    *,
    stage: ContactStage,
    leases: Leases,
    http: httpx.AsyncClient,
    progress: Progress,
    live: Live | None = None,
    limits: Limits = EAGER,
    tenant: TenantName = CONTACT.tenant,
    is_text_only: Callable[[], bool] = lambda: True,
) -> Following:
    source = KinesisSegments(
        StreamName.of(ARN), http=http, identities=Identities(local=True), endpoint=url
    )
    if live is None:
        assert isinstance(stage, Stage)
        live = stage.live
    return Following(
        source,
        tenant=tenant,
        journal=stage.journal,
        live=live,
        leases=leases,
        progress=progress,
        now=lambda: datetime.now(UTC),
        is_text_only=is_text_only,
        limits=limits,
    )


@asynccontextmanager
async def new_lens(
    *, shards: int = 1, clock: Clock | None = None, page_shards: int = 1_000
) -> AsyncGenerator[Lens]:
    stage = Stage()
    await stage.created()
    for bucket in (PROCESSES, LEASES):
        await stage.log.create(bucket_stream(bucket))
    lens = Lens(stage, shards=shards, clock=clock or RealClock(), page_shards=page_shards)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(lens.server)
        yield lens
        for owner in list(lens.running):
            await lens.stop(owner)


def text_only(stage: Stage, *, unreachable_s: float) -> Transcription:
    """Return the service as it is for a tenant whose calls are heard elsewhere."""
    from antiphon.services.transcription.limits import Limits as OwnLimits

    return Transcription(
        journal=stage.journal,
        audio=stage.audio,
        live=stage.live,
        recognizer=_Nobody(),
        now=lambda: datetime.now(UTC),
        is_text_only=lambda _tenant: True,
        limits=OwnLimits(unreachable_s=unreachable_s),
    )


class _Nobody:
    name = "nobody/1"

    def open(self, request: Any) -> Any:
        raise AssertionError("a text-only contact is heard by nobody here")


class Severed(LogInFront):
    """A log that takes nothing any more from who is cut off."""

    def __init__(self, log: EventLog) -> None:
        super().__init__(log)
        self.is_cut = False

    async def append(
        self, stream: str, subject: str, entries: Sequence[Entry], *, expected: Position | None
    ) -> Position:
        if self.is_cut:
            raise LogUnavailable("cut off")
        return await self._log.append(stream, subject, entries, expected=expected)


@asynccontextmanager
async def asking(
    lens: Lens, identities: Identities | None = None
) -> AsyncGenerator[KinesisSegments]:
    async with httpx.AsyncClient() as http:
        yield KinesisSegments(
            StreamName.of(ARN),
            http=http,
            identities=identities or Identities(local=True),
            endpoint=lens.server.url,
        )


async def saved(lens: Lens) -> Checkpoint:
    """Return what stands in the lease."""
    last = await lens.stage.log.last(
        LEASE_STREAM, key_subject(LEASES, f"contact_lens.demo.{STREAM}")
    )
    return Checkpoint() if last is None else decoded(decode(last.payload).state)


def reader_of(lens: Lens, source: KinesisSegments) -> Reader:
    contacts = Contacts(
        CONTACT.tenant,
        stream=source.name,
        journal=lens.stage.journal,
        live=lens.stage.live,
        protection=everything,
        now=lambda: datetime.now(UTC),
        limits=EAGER,
    )
    return Reader(
        source, contacts, Checkpoint(), tenant=CONTACT.tenant, limits=EAGER, alive=lambda: None
    )


def is_over(events: list[Event]) -> bool:
    return any(isinstance(one, TextStreamClosed) for one in events)


def counted(name: str, **labels: str) -> float:
    found = REGISTRY.get_sample_value(f"antiphon_contact_lens_{name}", {"tenant": "demo", **labels})
    return found or 0.0


async def told(lens: Lens) -> list[Event]:
    """Return what was told once the text is all there."""
    await lens.stage.until(is_over)
    return await lens.stage.speech()


async def ids_told(lens: Lens) -> list[str]:
    return [one[0] for one in finals(await told(lens))]
