# pyright: basic, reportMissingImports=false
"""Pipecat carries both tracks of calls at real pace to a recogniser that costs nothing.

As its documentation has it: a `PipelineWorker` runs a pipeline of an input transport, an
`STTService`, which takes mono audio, and a sink: a pipeline for each track. 8 kHz, 16 bit, frames
of 20 ms, by a WebSocket in its own protobuf form, sent by another process; with what a worker
does by default (RTVI, turn tracking, idle timeout) and without. On each track a final comes every
`final_every_s` and is handed on. uvloop, no log, audio handed on no further than to the
recogniser. Beside these stand ways that its documentation does not have: both tracks in a stereo
frame, as if an `STTService` took it, and frames that nothing has to read, pushed in-process.

Told: {"calls": at once, "seconds": measured of each way, "final_every_s"}.
Answers: {"ways": [{"way", "is_documented", "calls_a_core", "carried": share of the audio spoken
meanwhile that the recognisers were given, "finals"}], "configuration": text}.
"""

import asyncio
import gc
import itertools
import json
import socket
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from importlib.metadata import version

import uvloop
import websockets
from loguru import logger
from pipecat.frames.frames import (
    Frame,
    InputAudioRawFrame,
    OutputAudioRawFrame,
    StartFrame,
    TranscriptionFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.serializers.protobuf import ProtobufFrameSerializer
from pipecat.services.stt_service import STTService
from pipecat.transports.base_input import BaseInputTransport
from pipecat.transports.base_transport import TransportParams
from pipecat.transports.websocket.server import (
    SingleClientWebsocketServerParams,
    SingleClientWebsocketServerTransport,
)
from pipecat.workers.runner import WorkerRunner

RATE_HZ = 8_000
FRAME_S = 0.02
SAMPLES = int(RATE_HZ * FRAME_S)  # of a frame and a track
START_S_MAX = 30.0
WARM_S = 1.0  # before it is measured
LEAN = {"enable_rtvi": False, "enable_turn_tracking": False, "idle_timeout_secs": None}
SPEAK = "speak"  # the argument with which this script is the process that sends


class Pushed(BaseInputTransport):
    """Frames are pushed into it from within the process."""

    def __init__(self, channels: int) -> None:
        super().__init__(
            TransportParams(
                audio_in_enabled=True, audio_in_sample_rate=RATE_HZ, audio_in_channels=channels
            )
        )
        self.ready = asyncio.Event()
        self._channels = channels

    async def start(self, frame: StartFrame) -> None:
        await super().start(frame)
        await self.set_transport_ready(frame)
        self.ready.set()

    async def speak(self) -> None:
        await self.push_audio_frame(
            InputAudioRawFrame(
                audio=speech(self._channels), sample_rate=RATE_HZ, num_channels=self._channels
            )
        )


class Recognizer(STTService):
    """Costs nothing: counts, and every so often hands a final of each track on."""

    def __init__(self, *, frames_a_final: int, tracks: int) -> None:
        super().__init__(audio_passthrough=False, sample_rate=RATE_HZ, ttfs_p99_latency=0.0)
        self.heard = 0
        self._frames_a_final = frames_a_final
        self._tracks = tracks

    async def run_stt(self, audio: bytes) -> AsyncGenerator[Frame | None]:
        self.heard += len(audio) / (2 * SAMPLES * self._tracks)
        if self.heard % self._frames_a_final:
            yield None
            return
        for track in range(self._tracks):
            yield TranscriptionFrame("i want to cancel my contract", str(track), "")


class Sink(FrameProcessor):
    """The end of the pipeline."""

    def __init__(self) -> None:
        super().__init__()
        self.finals = 0

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        self.finals += isinstance(frame, TranscriptionFrame)
        await self.push_frame(frame, direction)


def speech(channels: int) -> bytes:
    return b"\x10\x00" * (SAMPLES * channels)


async def main(told: dict) -> dict:
    logger.remove()
    ways = [
        await measure(
            told, "WebSocket, a pipeline a track, worker as by default", by_socket, 1, {}
        ),
        await measure(told, "WebSocket, a pipeline a track", by_socket, 1, LEAN),
        await measure(told, "WebSocket, both tracks in a stereo frame", by_socket, 2, LEAN),
        await measure(told, "pushed in-process, a pipeline a track", pushed, 1, LEAN),
        await measure(told, "pushed in-process, both tracks in a stereo frame", pushed, 2, LEAN),
    ]
    name = f"pipecat-ai {version('pipecat-ai')}"
    return {
        "ways": ways,
        "configuration": f"{name}, {told['calls']} calls, frames of 20 ms, uvloop, no log, and "
        "where nothing else is said no RTVI, turn tracking and idle timeout",
    }


async def measure(told: dict, way: str, transports: Callable, tracks: int, options: dict) -> dict:
    """Run pipelines of so many tracks each, and count what their recognisers are given."""
    pipelines = 2 // tracks
    async with transports(told["calls"] * pipelines, tracks) as (inputs, speaking):
        recognizers = [
            Recognizer(frames_a_final=int(told["final_every_s"] / FRAME_S), tracks=tracks)
            for _ in inputs
        ]
        sinks = [Sink() for _ in inputs]
        runner = WorkerRunner(handle_sigint=False)
        await runner.add_workers(
            *(
                PipelineWorker(
                    Pipeline(list(line)),
                    params=PipelineParams(audio_in_sample_rate=RATE_HZ),
                    **options,
                )
                for line in zip(inputs, recognizers, sinks, strict=True)
            )
        )
        running = asyncio.create_task(runner.run())
        try:
            async with speaking():
                async with asyncio.timeout(START_S_MAX):
                    while not all(one.heard for one in recognizers):  # noqa: ASYNC110 (others count)
                        await asyncio.sleep(FRAME_S)
                gc.collect()
                gc.freeze()
                await asyncio.sleep(WARM_S)
                heard, cpu_s, took_s = await window(recognizers, told["seconds"])
        finally:
            await runner.cancel()
            await running
    return {
        "way": way,
        "is_documented": transports is by_socket and tracks == 1,
        # Of what was carried, not of what was to be: who falls behind costs no less.
        "calls_a_core": heard * FRAME_S / pipelines / cpu_s,
        "carried": heard * FRAME_S / took_s / len(inputs),
        "finals": sum(one.finals for one in sinks),
    }


async def window(recognizers: list[Recognizer], seconds: float) -> tuple[float, float, float]:
    """Return the frames heard, the processor time of this process, and how long it was."""
    before = sum(one.heard for one in recognizers)
    began, cpu_began = time.perf_counter(), time.process_time()
    await asyncio.sleep(seconds)
    cpu_s, took_s = time.process_time() - cpu_began, time.perf_counter() - began
    return sum(one.heard for one in recognizers) - before, cpu_s, took_s


@asynccontextmanager
async def pushed(count: int, tracks: int) -> AsyncGenerator[tuple[list, Callable]]:
    inputs = [Pushed(tracks) for _ in range(count)]

    @asynccontextmanager
    async def speaking() -> AsyncGenerator[None]:
        for one in inputs:
            await one.ready.wait()
        task = asyncio.create_task(at_real_pace([one.speak for one in inputs]))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    yield inputs, speaking


@asynccontextmanager
async def by_socket(count: int, tracks: int) -> AsyncGenerator[tuple[list, Callable]]:
    ports = free_ports(count)
    transports = [
        SingleClientWebsocketServerTransport(
            host="127.0.0.1",
            port=port,
            params=SingleClientWebsocketServerParams(
                audio_in_enabled=True,
                audio_in_sample_rate=RATE_HZ,
                audio_in_channels=tracks,
                serializer=ProtobufFrameSerializer(),
            ),
        )
        for port in ports
    ]

    @asynccontextmanager
    async def speaking() -> AsyncGenerator[None]:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", __file__, SPEAK), stdin=subprocess.PIPE
        )
        try:
            assert process.stdin is not None
            process.stdin.write(json.dumps({"ports": ports, "tracks": tracks}).encode())
            process.stdin.close()
            yield
        finally:
            process.kill()
            await process.wait()

    yield [one.input() for one in transports], speaking


def free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


async def speak(told: dict) -> None:
    """Be the other process: a connection a port, until killed."""
    frame = OutputAudioRawFrame(
        audio=speech(told["tracks"]), sample_rate=RATE_HZ, num_channels=told["tracks"]
    )
    message = await ProtobufFrameSerializer().serialize(frame)
    sockets = [await connected(port) for port in told["ports"]]
    await at_real_pace([lambda one=one: one.send(message) for one in sockets])


async def connected(port: int) -> websockets.ClientConnection:
    async with asyncio.timeout(START_S_MAX):
        while True:
            try:
                return await websockets.connect(f"ws://127.0.0.1:{port}", compression=None)
            except OSError:  # it is about to listen
                await asyncio.sleep(FRAME_S)


async def at_real_pace(speakers: list[Callable]) -> None:
    """Have each speak every 20 ms, spread over them, for ever."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    for number in itertools.count():
        for ordinal, one in enumerate(speakers):
            due = began + (number + ordinal / len(speakers)) * FRAME_S
            if (left_s := due - loop.time()) > 0:
                await asyncio.sleep(left_s)
            await one()


if sys.argv[1:] == [SPEAK]:
    uvloop.run(speak(json.load(sys.stdin)))
else:
    # After a line of its own: the package prints a banner.
    sys.stdout.write("\n" + json.dumps(uvloop.run(main(json.load(sys.stdin)))))
