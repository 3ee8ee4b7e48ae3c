"""Plays recordings as an Amazon Connect instance with live media streaming would.

    async with Simulator() as simulator:
        playing = simulator.play(Path("call.wav"), contact_id="c-1")
        ...  # a reader opens playing.media.stream_arn at simulator.url
        await playing.finished()

Everything a stream holds follows from the clock, so a call that nobody reads costs nothing, and
fifty of one file share its samples.
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from ...errors import ContactUnknown, Malformed
from .archived import Archived
from .clock import Clock, RealClock
from .control import Control
from .faults import NO_FAULTS, Faults
from .kvs import Kvs
from .pool import ACCOUNT, REGION, Pool
from .recording import DURATION_S_MAX, RATE_HZ, Excerpt, recording_of
from .stream import MS_PER_S, Call, Pacing, Stream
from .sts import Sts
from .wire import Answer, Request, Server, Streaming

INSTANCE_ARN = f"arn:aws:connect:{REGION}:{ACCOUNT}:instance/0f6c2b1e-5d0a-4c8e-9a63-2b7d1f4e8c55"
IDLE_S = 3.0  # how long a body stays open after the last block: 3 s and more were measured
RETENTION_S = 86_400.0  # what Kinesis keeps at least, even where none was asked for
SPEED_MAX = 1_000.0  # beyond that one sends as fast as a reader takes it


class Media(Struct, frozen=True, kw_only=True):
    """What the contact flow tells the Lambda: where to read."""

    stream_arn: str
    start_fragment_number: str
    started_at: datetime  # the producer's time of the first sample


class Playing:
    """A call that is being played, or was."""

    def __init__(self, call: Call, *, stream: Stream, instance_arn: str, clock: Clock) -> None:
        self.contact_id = call.contact_id
        self.instance_arn = instance_arn
        self.fragment_count = call.layout.fragment_count
        self.media = Media(
            stream_arn=stream.arn,
            start_fragment_number=str(stream.number(call.first_ordinal)),
            started_at=call.start.producer_at,
        )
        self._call = call
        self._stream = stream
        self._clock = clock

    @property
    def duration_ms(self) -> int:
        return self._call.recording.duration_ms

    @property
    def played_ms(self) -> int:
        """How much of the recording has been spoken by now."""
        passed_s = self._clock.monotonic() - self._call.start.at_s
        return min(self.duration_ms, max(0, int(passed_s * MS_PER_S * self._call.speed)))

    @property
    def is_finished(self) -> bool:
        return self._clock.monotonic() >= self._call.ended_s

    @property
    def is_kept(self) -> bool:
        """Whether its fragments can still be read."""
        return self._call in self._stream.calls

    async def finished(self) -> None:
        """Return once the last sample has been spoken."""
        await self._clock.wait_until(self._call.ended_s)

    def fragment_number(self, index: int) -> str:
        """Return the number of the call's fragment `index`, from 0; the last one is -1."""
        return str(
            self._stream.number(self._call.first_ordinal + range(self.fragment_count)[index])
        )

    def suffer(self, faults: Faults) -> None:
        """Replace the call's faults from now on, for open connections too.

        Short blocks stay as they were when the call began.
        """
        self._call.suffer(faults)

    def hang_up(self) -> None:
        """End the call with the fragment that is being spoken.

        Raises:
            Malformed: another call waits for its stream already.
        """
        if not self._stream.hang_up(self._call):
            raise Malformed("contact_id", "another call waits for its stream")


class Simulator:
    """The server, its pool of streams, and the calls on them."""

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        clock: Clock | None = None,
        idle_s: float = IDLE_S,
        retention_s: float = RETENTION_S,
        secrets: Mapping[str, str] | None = None,
        session_s: float | None = None,
    ) -> None:
        """`secrets` are known access keys and their secrets; None takes any signature.

        With `session_s` only sessions are taken that were handed out here (STS at `/`), each for
        so long.
        """
        self._host = host
        self._port = port
        self._clock = clock or RealClock()
        self._pool = Pool(clock=self._clock, retention_s=retention_s)
        self._playings: dict[str, Playing] = {}
        self._sts = None if session_s is None else Sts(lasts_s=session_s, clock=self._clock)
        secrets = secrets if self._sts is None else self._sts
        self._kvs = Kvs(self._pool.streams, clock=self._clock, idle_s=idle_s, secrets=secrets)
        self._archived = Archived(self._kvs, clock=self._clock)
        self._control = Control(self)
        self._server = Server(self._answer)

    async def __aenter__(self) -> Self:
        self._port = await self._server.start(self._host, self._port)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._server.stop()

    @property
    def url(self) -> str:
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}"

    def play(
        self,
        source: Path | NDArray[np.int16],
        *,
        contact_id: str,
        instance_arn: str = INSTANCE_ARN,
        speed: float = 1.0,
        pacing: Pacing = "block",
        faults: Faults = NO_FAULTS,
        stream_arn: str | None = None,
        started_at: datetime | None = None,
        first_sample: int = 0,
        sample_count: int | None = None,
    ) -> Playing:
        """Place a call that begins now, on a stream of the pool that is idle.

        With `stream_arn` it comes on that stream, as soon as the call before it has ended. With
        `started_at` in the past, what would have been spoken since is there at once. At `speed` N
        audio comes N times as fast, and its producer timestamps keep the recording's own spacing.
        With `sample_count` so many samples from `first_sample` on are played, over the recording's
        end and from its beginning again as often as it takes.

        Raises:
            Malformed: the recording is not one (see `recording_of`), there is no such stream, it
                was busy at `started_at`, the speed is not above 0, or no sample is to be played.
        """
        if not 0 < speed <= SPEED_MAX:
            raise Malformed("speed", f"is not above 0 and at most {SPEED_MAX:g}")
        recording = recording_of(source)
        if first_sample or sample_count is not None:
            count = recording.sample_count - first_sample if sample_count is None else sample_count
            if first_sample < 0 or not 0 < count <= RATE_HZ * DURATION_S_MAX:
                raise Malformed("sample_count", "has to leave something to play, and not for ever")
            recording = Excerpt(recording, first=first_sample, count=count)
        before = self._playings.get(contact_id)
        before_arn = before.media.stream_arn if before else None
        start = self._pool.start(stream_arn, started_at, other_than=before_arn)
        call = Call(
            recording,
            start,
            contact_id=contact_id,
            instance_arn=instance_arn,
            speed=speed,
            pacing=pacing,
            faults=faults,
        )
        start.stream.add(call)
        self._forget_expired()
        playing = Playing(call, stream=start.stream, instance_arn=instance_arn, clock=self._clock)
        self._playings[contact_id] = playing
        return playing

    def playing(self, contact_id: str) -> Playing:
        """Return the contact's call, the newest if it was given several.

        Raises:
            ContactUnknown: none was played, or its retention is over.
        """
        if contact_id not in self._playings:
            raise ContactUnknown(contact_id)
        return self._playings[contact_id]

    def _forget_expired(self) -> None:
        """Let go of calls that no stream keeps any more."""
        self._pool.forget_expired()
        gone = [name for name, playing in self._playings.items() if not playing.is_kept]
        for contact_id in gone:
            del self._playings[contact_id]

    async def _answer(self, request: Request) -> Answer | Streaming:
        if self._sts is not None and (answer := self._sts.answer(request)) is not None:
            return answer
        match request.method, request.path:
            case "POST", "/getDataEndpoint":
                return self._kvs.get_data_endpoint(request, url=self.url)
            case "POST", "/getMedia":
                return self._kvs.get_media(request)
            case "POST", "/listFragments":
                return self._archived.list_fragments(request)
            case "POST", "/getMediaForFragmentList":
                return self._archived.get_media_for_fragment_list(request)
            case _:
                return self._control.answer(request)
