"""Calls under way at real pace, for benchmarks of the roles that hear them.

Processes of their own: the roles, the simulator that speaks GetMedia, broker and database; and
whoever measures. A call speaks silence on both tracks, with a loud mark in the customer's every
second, by which its audio is known again wherever it comes by. Calls stay while more of them come.
"""

import asyncio
import os
import random
import tempfile
import time
import wave
from collections.abc import AsyncGenerator, Generator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import psutil
from msgspec import Struct

from ...events.base import ContactId, ContactRef, Draft, Event, EventId
from ...events.contact import ContactStarted, MediaStream
from ..embedded.nats import NatsServer
from ..embedded.postgres import PostgresServer
from ..embedded.simulator import SimulatorServer
from ..parts import Parts, connect, now
from ..simulate import INSTANCE_ARN, new_contact_id
from ..tenancy import DEMO
from .servers import BROKER_SYNC
from .synthetic import BLOCK_SAMPLES, marked_recording
from .system import system

STAGGER_S = 0.013  # between the calls' starts, so that their blocks do not fall together
MARK_EVERY_S = 1.024  # whole blocks, and longer than a call takes to be opened
RECORDING_S = 1_024 // 16  # whole blocks and whole marks, so that it can be looped
BLOCKS_A_SECOND = 15.625  # 64 ms each; both tracks' come together and go in one message
PACE_TOLERANCE = 0.03  # of what was spoken; a window may begin and end between two marks
ROLES_MODULE = "antiphon.infra.bench.media_up"
_SENDER_MODULE = "antiphon.infra.simulator"


class Placed(Struct, frozen=True):
    """A call."""

    contact: ContactRef
    stream_arn: str
    first_sample: int  # of the recording
    sample_count: int
    started_at: datetime


class Site(Struct, frozen=True, kw_only=True):
    """Servers, and what is needed to place calls. Roles are started beside it."""

    parts: Parts
    simulator: httpx.AsyncClient
    wav: Path
    directory: Path  # the roles', all of them
    environ: dict[str, str]  # the roles'
    kvs_endpoint: str

    async def place(self, *, seconds: float) -> Placed:
        """Place a call that begins somewhere in the recording, and say that it started."""
        contact = ContactRef(DEMO, ContactId(new_contact_id()))
        blocks = RECORDING_S * 8_000 // BLOCK_SAMPLES
        first = random.randrange(blocks) * BLOCK_SAMPLES  # noqa: S311 (no secret)
        count = int(seconds * 8_000)
        asked = {
            "wav": str(self.wav),
            "contact_id": contact.contact_id,
            "first_sample": first,
            "sample_count": count,
        }
        playing = (await self.simulator.post("/calls", json=asked)).raise_for_status().json()
        media = MediaStream(
            stream_arn=playing["stream_arn"],
            start_fragment_number=playing["start_fragment_number"],
            started_at=datetime.fromisoformat(playing["started_at"]).astimezone(UTC),
        )
        await self.tell(
            contact,
            ContactStarted(
                instance_arn=INSTANCE_ARN, initial_contact_id=contact.contact_id, media=media
            ),
        )
        return Placed(contact, media.stream_arn, first, count, media.started_at)

    async def place_many(self, count: int, *, seconds: float) -> list[Placed]:
        """Place calls one after the other."""
        placed: list[Placed] = []
        for _ in range(count):
            placed.append(await self.place(seconds=seconds))
            await asyncio.sleep(STAGGER_S)
        return placed

    async def tell(self, contact: ContactRef, event: Event) -> None:
        """Append a fact to a contact's life, as the commands would."""
        end = await self.parts.journal.lane_end(contact, "life")
        draft = Draft(
            event=event,
            id=EventId(f"bench-{contact.contact_id}-{end}"),
            occurred_at=now(),
            actor="machine",
            correlation=contact.contact_id,
        )
        await self.parts.journal.append(contact, [draft], expected=end)


class Window(Struct, frozen=True, kw_only=True):
    """What was measured while so many calls were under way."""

    calls: int
    began_s: float  # CLOCK_MONOTONIC
    ended_s: float
    cpu_s: float  # of the roles' process
    sender_cpu_s: float  # of the simulator's

    @property
    def lasted_s(self) -> float:
        """Seconds."""
        return self.ended_s - self.began_s

    @property
    def calls_a_core(self) -> float:
        """Call-seconds a processor-second of the roles' process."""
        return self.calls * self.lasted_s / self.cpu_s

    def share(self, marks_s: Iterable[float], *, calls: int | None = None) -> float:
        """Return how much of what was spoken these marks are, 1 being all of it.

        `calls`: whose marks they are, where not all calls'.
        """
        came = sum(self.began_s <= at_s < self.ended_s for at_s in marks_s)
        return came * MARK_EVERY_S / self.lasted_s / (calls or self.calls)


@asynccontextmanager
async def site() -> AsyncGenerator[Site]:
    """Yield servers of its own; everything is gone afterwards."""
    async with AsyncExitStack() as stack:
        directory = stack.enter_context(_directory())
        wav = await asyncio.to_thread(_marked_wav, directory)
        nats = await stack.enter_async_context(NatsServer(directory, sync_interval=BROKER_SYNC))
        postgres = await stack.enter_async_context(PostgresServer(directory))
        simulator = await stack.enter_async_context(SimulatorServer(directory))
        home = directory / "roles"
        home.mkdir()
        yield Site(
            parts=await stack.enter_async_context(
                connect(nats_url=nats.url, postgres_url=postgres.url, data_dir=home)
            ),
            simulator=await stack.enter_async_context(httpx.AsyncClient(base_url=simulator.url)),
            wav=wav,
            directory=home,
            environ={"ANTIPHON_NATS_URL": nats.url, "ANTIPHON_POSTGRES_URL": postgres.url},
            kvs_endpoint=simulator.url,
        )


@asynccontextmanager
async def roles(on: Site, *names: str) -> AsyncGenerator[psutil.Process]:
    """Yield the one process of some roles, with the recogniser that costs nothing."""
    arguments = (ROLES_MODULE, *names)
    async with system(on.kvs_endpoint, *arguments, environ=on.environ, directory=on.directory):
        yield next(one for one in psutil.Process().children() if ROLES_MODULE in one.cmdline())


async def window(process: psutil.Process, *, calls: int, seconds: float) -> Window:
    """Measure the roles' process for a while."""
    sender = next(one for one in psutil.Process().children() if _SENDER_MODULE in one.cmdline())
    before, sender_before, began_s = _cpu_s(process), _cpu_s(sender), time.monotonic()
    await asyncio.sleep(seconds)
    after, sender_after, ended_s = _cpu_s(process), _cpu_s(sender), time.monotonic()
    return Window(
        calls=calls,
        began_s=began_s,
        ended_s=ended_s,
        cpu_s=after - before,
        sender_cpu_s=sender_after - sender_before,
    )


def is_real_pace(share: float) -> bool:
    """Tell whether as much came by as was spoken.

    Who falls behind does more at once, which costs less a call; who catches up does more than
    its share. Neither is a measure.
    """
    return abs(share - 1) <= PACE_TOLERANCE


def load() -> str:
    """Return what else the machine has to do, in words."""
    return f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors"


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


@contextmanager
def _directory() -> Generator[Path]:
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o711)  # PostgreSQL's service account has to come through
        yield Path(name)


def _marked_wav(directory: Path) -> Path:
    samples = marked_recording(seconds=RECORDING_S, every_s=MARK_EVERY_S, first_s=0)
    path = directory / "marked.wav"
    with wave.open(str(path), "wb") as wav:
        wav.setnchannels(2)
        wav.setsampwidth(2)
        wav.setframerate(8_000)
        wav.writeframes(samples.tobytes())
    return path
