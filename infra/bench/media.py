"""The media role alone: calls a core, and the delay it adds, at real pace.

Four processes: the role, the simulator that speaks GetMedia, the broker (and a database that
keeps keys), and this one, which reads what the role stores as a recogniser would. The calls stay
while more of them come. Beside it stands the publisher with nothing else to do, in the same run.
"""

import asyncio
import os
import random
import tempfile
import time
import wave
from collections import Counter
from collections.abc import Generator, Iterable, Sequence
from contextlib import AsyncExitStack, aclosing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import psutil
import uvloop
from msgspec import Struct
from msgspec.structs import replace

from ...events.base import START, ContactId, ContactRef, Draft, EventId
from ...events.contact import ContactStarted, MediaStream
from ...events.log import Entry
from ...events.subjects import audio_stream, audio_subject
from ..embedded.nats import NatsServer
from ..embedded.postgres import PostgresServer
from ..embedded.simulator import SimulatorServer
from ..logs import set_up_logs
from ..parts import Parts, connect
from ..simulate import INSTANCE_ARN, new_contact_id
from ..tenancy import DEMO
from .noting import RECEIVED_FILE, received_in
from .rows import Row, quantile
from .servers import BROKER_SYNC
from .synthetic import BLOCK_SAMPLES, MARK, marked_recording
from .system import system

CALLS = (50, 100)
MORE_CALLS = 200  # where there are cores for the other processes
CORES_FOR_MORE = 4
STAGGER_S = 0.013  # between the calls' starts, so that their blocks do not fall together
CALM_S = 1.5  # after the last of them
WINDOW_S = 6.0  # of measuring
CALL_S = 120  # longer than the whole run
FOLLOWED_MAX = 40  # calls: the reading costs the machine what a recogniser's process would
MARK_EVERY_S = 1.024  # whole blocks, and longer than a call takes to be opened
RECORDING_S = 1_024 // 16  # whole blocks and whole marks, so that it can be looped
BLOCKS_A_SECOND = 15.625  # 64 ms each; both tracks' come together and go in one message
CHUNK_BYTES = 2 * 1_024 + 220  # two blocks, their header, what sealing adds
CEILING_MESSAGES = 6_000
CALLS_A_CORE_MIN = 400.0
DELAY_P99_MS_MAX = 20.0
HEARD_MIN = 0.95  # a role that falls behind costs less, and is no measure
MS_PER_S = 1_000

_MARK = MARK.to_bytes(2, "little", signed=True)


class _Placed(Struct, frozen=True):
    contact: ContactRef
    stream_arn: str


class _Seen(Struct, frozen=True):
    """The nth mark of a call was read from the audio stream."""

    stream_arn: str
    ordinal: int
    at_s: float  # CLOCK_MONOTONIC


class _Window(Struct, frozen=True):
    """What was measured while so many calls were under way."""

    calls: int
    began_s: float
    ended_s: float
    cpu_s: float  # of the role's process
    heard: float = 0.0  # share of what was spoken meanwhile

    @property
    def lasted_s(self) -> float:
        return self.ended_s - self.began_s

    @property
    def calls_a_core(self) -> float:
        return self.calls * self.lasted_s / self.cpu_s


def run() -> list[Row]:
    """Return calls a core and the p99 of the added delay at each number of calls."""
    set_up_logs("warning")
    has_room = (os.cpu_count() or 1) >= CORES_FOR_MORE
    windows, delays, ceiling = uvloop.run(_measure((*CALLS, MORE_CALLS) if has_room else CALLS))
    rows: list[Row] = []
    for window in windows:
        label = f"{window.calls} calls of GetMedia bytes at real pace"
        delays_ms = [
            delay_ms for at_s, delay_ms in delays if window.began_s <= at_s < window.ended_s
        ]
        p99 = quantile(delays_ms, 0.99)
        is_promised = window.calls == max(CALLS)
        rows += [
            Row(
                what=f"calls a core, {label}",
                value=window.calls_a_core,
                unit="calls",
                beside=f"{ceiling:,.0f} calls' messages a core by the publisher alone; "
                f"{window.heard:.0%} of the audio came in",
                aim=f"{CALLS_A_CORE_MIN:g}, of all the audio",
                met=window.calls_a_core >= CALLS_A_CORE_MIN and window.heard >= HEARD_MIN,
            ),
            Row(
                what=f"block received to block read, p99, {window.calls} calls",
                value=p99,
                unit="ms",
                beside=f"p50 {quantile(delays_ms, 0.5):.1f} ms, of {len(delays_ms)} blocks",
                aim=f"under {DELAY_P99_MS_MAX:g} ms" if is_promised else "",
                met=p99 < DELAY_P99_MS_MAX if is_promised else None,
            ),
        ]
    return rows


async def _measure(
    steps: Sequence[int],
) -> tuple[list[_Window], list[tuple[float, float]], float]:
    """Return the windows, (received at, delay in ms) of every mark, and the publisher's calls."""
    async with AsyncExitStack() as stack:
        directory = stack.enter_context(_directory())
        wav = await asyncio.to_thread(_marked_wav, directory)
        nats = await stack.enter_async_context(NatsServer(directory, sync_interval=BROKER_SYNC))
        postgres = await stack.enter_async_context(PostgresServer(directory))
        simulator = await stack.enter_async_context(SimulatorServer(directory))
        environ = {"ANTIPHON_NATS_URL": nats.url, "ANTIPHON_POSTGRES_URL": postgres.url}
        _, data_dir = await stack.enter_async_context(
            system(simulator.url, "antiphon.infra.bench.media_up", environ=environ)
        )
        parts = await stack.enter_async_context(
            connect(nats_url=nats.url, postgres_url=postgres.url, data_dir=data_dir)
        )
        http = await stack.enter_async_context(httpx.AsyncClient(base_url=simulator.url))
        seen: list[_Seen] = []
        windows: list[_Window] = []
        async with asyncio.TaskGroup() as tasks:
            followers: list[asyncio.Task[None]] = []
            placed = 0
            for step in steps:
                while placed < step:
                    call = await _place(parts, http, wav)
                    placed += 1
                    if len(followers) < FOLLOWED_MAX:
                        followers.append(tasks.create_task(_follow(parts, call, seen)))
                    await asyncio.sleep(STAGGER_S)
                await asyncio.sleep(CALM_S)
                windows.append(await _window(step))
            for follower in followers:
                follower.cancel()
        received = received_in(data_dir / RECEIVED_FILE)
        _role().suspend()  # the publisher has nothing beside it
        ceiling = await _ceiling(parts)
        _role().resume()
    delays = [
        (at_s, (one.at_s - at_s) * MS_PER_S)
        for one in seen
        if (at_s := received.get((one.stream_arn, one.ordinal))) is not None
    ]
    return [_with_share(one, received.values()) for one in windows], delays, ceiling


def _with_share(window: _Window, received_s: Iterable[float]) -> _Window:
    """Add how much of what was spoken in a window came in during it."""
    came = sum(window.began_s <= at_s < window.ended_s for at_s in received_s)
    return replace(window, heard=came * MARK_EVERY_S / window.lasted_s / window.calls)


@contextmanager
def _directory() -> Generator[Path]:
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o711)  # PostgreSQL's service account has to come through
        yield Path(name)


async def _window(calls: int) -> _Window:
    role = _role()
    before, began_s = role.cpu_times(), time.monotonic()
    await asyncio.sleep(WINDOW_S)
    after, ended_s = role.cpu_times(), time.monotonic()
    cpu_s = after.user - before.user + after.system - before.system
    return _Window(calls, began_s, ended_s, cpu_s)


def _role() -> psutil.Process:
    return next(
        child
        for child in psutil.Process().children()
        if "antiphon.infra.bench.media_up" in child.cmdline()
    )


def _marked_wav(directory: Path) -> Path:
    samples = marked_recording(seconds=RECORDING_S, every_s=MARK_EVERY_S, first_s=0)
    path = directory / "marked.wav"
    with wave.open(str(path), "wb") as wav:
        wav.setnchannels(2)
        wav.setsampwidth(2)
        wav.setframerate(8_000)
        wav.writeframes(samples.tobytes())
    return path


async def _place(parts: Parts, http: httpx.AsyncClient, wav: Path) -> _Placed:
    """Place a call that begins somewhere in the recording, and say that it started."""
    contact = ContactRef(DEMO, ContactId(new_contact_id()))
    blocks = RECORDING_S * 8_000 // BLOCK_SAMPLES
    asked = {
        "wav": str(wav),
        "contact_id": contact.contact_id,
        "first_sample": random.randrange(blocks) * BLOCK_SAMPLES,  # noqa: S311 (no secret)
        "sample_count": CALL_S * 8_000,
    }
    playing = (await http.post("/calls", json=asked)).raise_for_status().json()
    media = MediaStream(
        stream_arn=playing["stream_arn"],
        start_fragment_number=playing["start_fragment_number"],
        started_at=datetime.fromisoformat(playing["started_at"]).astimezone(UTC),
    )
    started = ContactStarted(
        instance_arn=INSTANCE_ARN, initial_contact_id=contact.contact_id, media=media
    )
    draft = Draft(
        event=started,
        id=EventId(f"bench-{contact.contact_id}"),
        occurred_at=datetime.now(UTC),
        actor="machine",
        correlation=contact.contact_id,
    )
    await parts.journal.append(contact, [draft], expected=START)
    return _Placed(contact, media.stream_arn)


async def _follow(parts: Parts, call: _Placed, seen: list[_Seen]) -> None:
    """Note when each mark of a call is read, until cancelled."""
    ordinals = Counter[str]()
    async with aclosing(parts.audio.follow(call.contact)) as chunks:
        async for stored in chunks:
            at_s = time.monotonic()
            for block in stored.chunk.blocks:
                if block.samples.startswith(_MARK):
                    ordinal = ordinals[call.stream_arn]
                    ordinals[call.stream_arn] += 1
                    seen.append(_Seen(call.stream_arn, ordinal, at_s))


async def _ceiling(parts: Parts) -> float:
    """Return the calls whose messages a core can publish, and do nothing else."""
    payload, subjects = b"a" * CHUNK_BYTES, max(CALLS)
    count = CEILING_MESSAGES // subjects

    async def publish(number: int) -> None:
        contact = ContactRef(DEMO, ContactId(f"ceiling-{number}"))
        end = START
        for ordinal in range(count):
            entry = Entry(f"ceiling-{number}-{ordinal}", payload)
            end = await parts.log.append(
                audio_stream(DEMO), audio_subject(contact), [entry], expected=end
            )

    before_s = time.process_time()
    await asyncio.gather(*(publish(number) for number in range(subjects)))
    cpu_s_each = (time.process_time() - before_s) / (count * subjects)
    return 1 / (cpu_s_each * BLOCKS_A_SECOND)
