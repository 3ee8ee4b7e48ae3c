"""Processes that hear calls and nothing else, and what became of the calls' audio.

Each is `antiphon run media` on the same nats-server, PostgreSQL and simulator; the test starts,
kills, pauses and stops them, and looks on as the audio arrives.
"""

import asyncio
import hashlib
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import structlog
from antiphon.events.base import (
    SAMPLES_PER_MS,
    TRACKS,
    ContactRef,
    Draft,
    Event,
    EventId,
    Track,
)
from antiphon.events.contact import ContactEnded, ContactStarted, MediaStream
from antiphon.events.media import AudioGap, AudioStreamClosed
from antiphon.infra.jetstream.lease import BUCKET as LEASES
from antiphon.infra.jetstream.lease import decode
from antiphon.infra.jetstream.streams import bucket_stream, key_subject
from antiphon.infra.parts import Parts, connect
from antiphon.infra.simulator.simulator import INSTANCE_ARN, Playing, Simulator
from antiphon.infra.tenancy import DEMO, add_tenant
from antiphon.services.media.patience import PATIENCE
from antiphon.services.ranges import RANGES
from msgspec import Struct

from ..services.site import one_of_each_range
from ..waiting import until
from .calls import hashes_of, samples_of

log = structlog.get_logger()

RECORDING = "price_rise"
UP_S_MAX = 60.0


class Outcome(Struct, frozen=True):
    """What a fault did to one call."""

    lost_ms: int
    repeated_ms: int
    is_whole: bool  # every sample is the recording's, by hash
    stood_still_s: float  # the longest that no audio of it arrived


class Readers:
    """Calls that are under way, one of each range, and the processes that hear them."""

    def __init__(self, parts: Parts, simulator: Simulator, environ: dict[str, str]) -> None:
        self.contacts = [ContactRef(DEMO, one.contact_id) for one in one_of_each_range()]
        self._parts = parts
        self._simulator = simulator
        self._environ = environ
        self._processes: dict[str, asyncio.subprocess.Process] = {}
        self._playings: dict[ContactRef, Playing] = {}
        self._arrived: dict[ContactRef, list[float]] = {one: [] for one in self.contacts}
        self._tasks: list[asyncio.Task[None]] = []

    # Processes

    async def start(self, *names: str) -> None:
        """Start processes; return when they share the ranges."""
        directory = Path(self._environ["ANTIPHON_DATA_DIR"])
        for name in names:
            with (directory / f"{name}.log").open("ab") as log:
                self._processes[name] = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-m", "antiphon", "run", "media"),
                    env=self._environ,
                    stdout=log,
                    stderr=log,
                )
        await until(self._is_shared, within_s=UP_S_MAX, what="shared")

    def log_of(self, name: str) -> str:
        return (Path(self._environ["ANTIPHON_DATA_DIR"]) / f"{name}.log").read_text()

    async def _is_shared(self) -> bool:
        for name, process in self._processes.items():
            assert process.returncode is None, self.log_of(name)[-3_000:]
        held: Counter[str] = Counter()
        pattern = key_subject(LEASES, f"media.{DEMO}.*")
        async for batch in self._parts.log.read(bucket_stream(LEASES), [pattern]):
            leases = [decode(one.payload) for one in batch]
            held.update(one.owner for one in leases if not one.released)
        each = len(RANGES) // len(self._processes)
        return list(held.values()) == [each] * len(self._processes)

    async def kill(self, name: str) -> float:
        """Kill a process as the kernel would; return when, on the monotonic clock."""
        process = self._processes.pop(name)
        assert process.returncode is None, self.log_of(name)[-3_000:]
        process.kill()
        at = time.monotonic()
        await process.wait()
        return at

    async def stop(self, name: str) -> tuple[float, int]:
        """Ask a process to stop; return when, and its exit code."""
        process = self._processes.pop(name)
        process.send_signal(signal.SIGTERM)
        at = time.monotonic()
        return at, await process.wait()

    def pause(self, name: str) -> float:
        """Let a process stand still; return when."""
        self._processes[name].send_signal(signal.SIGSTOP)
        return time.monotonic()

    def go_on(self, name: str) -> float:
        """Let it go on in the middle of what it was doing; return when."""
        self._processes[name].send_signal(signal.SIGCONT)
        return time.monotonic()

    async def end(self) -> None:
        for process in self._processes.values():
            if process.returncode is None:
                process.kill()
            await process.wait()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # Calls

    async def call(self, *, seconds: float) -> None:
        """Place a call with each contact, and look on."""
        for contact in self.contacts:
            playing = self._simulator.play(
                samples_of(RECORDING, seconds=seconds), contact_id=contact.contact_id
            )
            self._playings[contact] = playing
            media = MediaStream(
                stream_arn=playing.media.stream_arn,
                start_fragment_number=playing.media.start_fragment_number,
                started_at=playing.media.started_at,
            )
            await self._append(
                contact,
                ContactStarted(
                    instance_arn=INSTANCE_ARN, initial_contact_id=contact.contact_id, media=media
                ),
            )
            self._tasks.append(asyncio.create_task(self._look_on(contact)))

    async def heard(self) -> None:
        """Return when some audio of every call has arrived."""
        await until(lambda: all(self._arrived.values()), what="audio of every call")

    async def played(self, ms: int) -> None:
        """Return when so much of the calls was spoken."""
        await until(lambda: min(one.played_ms for one in self._playings.values()) >= ms)

    async def hang_up(self) -> None:
        """End the calls when they are played to their end, and wait until their audio is over."""
        for contact, playing in self._playings.items():
            await playing.finished()
            length = timedelta(milliseconds=playing.duration_ms)
            await self._append(contact, ContactEnded(ended_at=playing.media.started_at + length))
        for contact in self.contacts:
            await until(
                lambda one=contact: self._is_closed(one),
                within_s=PATIENCE.quiet_s + 20,
                what="closed",
            )

    async def outcomes(self, *, seconds: float, since: float = 0.0) -> list[Outcome]:
        """Return what became of each call's audio; pauses are looked for since that moment."""
        expected = hashes_of(samples_of(RECORDING, seconds=seconds))
        return [await self._outcome(one, expected, since) for one in self.contacts]

    async def resumed_s(self, since: float) -> float:
        """Return how long after that moment audio of every call had arrived again."""

        def is_heard() -> bool:
            return all(one[-1] > since for one in self._arrived.values())

        await until(is_heard, what="heard again")
        after_s = [next(at for at in one if at > since) - since for one in self._arrived.values()]
        log.info("audio_flows_again", after_s=[round(one, 2) for one in sorted(after_s)])
        return max(after_s)

    async def gaps(self) -> list[AudioGap]:
        return [
            one.event
            for contact in self.contacts
            async for one in self._parts.journal.read(contact, lanes=("media",))
            if isinstance(one.event, AudioGap)
        ]

    async def _outcome(
        self, contact: ContactRef, expected: dict[Track, str], since: float
    ) -> Outcome:
        ends: dict[Track, int] = dict.fromkeys(TRACKS, 0)
        samples: dict[Track, list[bytes]] = {track: [] for track in TRACKS}
        lost = repeated = 0
        async for stored in self._parts.audio.read(contact):
            for block in stored.chunk.blocks:
                lost += max(0, block.first_sample - ends[block.track])
                repeated += max(0, ends[block.track] - block.first_sample)
                ends[block.track] = block.end_sample
                samples[block.track].append(block.samples)
        arrived = [since, *(at for at in self._arrived[contact] if at > since)]
        return Outcome(
            lost_ms=lost // SAMPLES_PER_MS,
            repeated_ms=repeated // SAMPLES_PER_MS,
            is_whole={track: _sha(b"".join(one)) for track, one in samples.items()} == expected,
            stood_still_s=max((b - a for a, b in pairwise(arrived)), default=0.0),
        )

    async def _look_on(self, contact: ContactRef) -> None:
        async for _ in self._parts.audio.follow(contact):
            self._arrived[contact].append(time.monotonic())

    async def _is_closed(self, contact: ContactRef) -> bool:
        facts = self._parts.journal.read(contact, lanes=("media",))
        return any([isinstance(one.event, AudioStreamClosed) async for one in facts])

    async def _append(self, contact: ContactRef, event: Event) -> None:
        end = await self._parts.journal.lane_end(contact, "life")
        draft = Draft(
            event=event,
            id=EventId(f"{contact.contact_id}-{end}"),
            occurred_at=datetime.now(UTC),
            actor="machine",
            correlation=contact.contact_id,
        )
        await self._parts.journal.append(contact, [draft], expected=end)


@asynccontextmanager
async def readers(*, nats_url: str, postgres_url: str, directory: Path) -> AsyncGenerator[Readers]:
    environ = {
        **os.environ,
        "ANTIPHON_DATA_DIR": str(directory),
        "ANTIPHON_HTTP_PORT": "0",
        "ANTIPHON_NATS_URL": nats_url,
        "ANTIPHON_POSTGRES_URL": postgres_url,
    }
    async with (
        Simulator() as simulator,
        connect(nats_url=nats_url, postgres_url=postgres_url, data_dir=directory) as parts,
    ):
        await add_tenant(DEMO, parts)
        environ["ANTIPHON_KVS_ENDPOINT"] = simulator.url
        made = Readers(parts, simulator, environ)
        try:
            yield made
        finally:
            await made.end()


def _sha(samples: bytes) -> str:
    return hashlib.sha256(samples).hexdigest()
