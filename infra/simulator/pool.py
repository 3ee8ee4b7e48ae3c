"""The streams that calls take turns on, and when a call may begin on one."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import uuid4

from ...errors import Malformed
from .clock import Clock
from .stream import MS_PER_S, Start, Stream

REGION = "us-east-1"
ACCOUNT = "111122223333"  # the one that AWS's own examples use
STREAMS_MAX = 10_000  # an account's quota at AWS


class Pool:
    """Streams are made when all are busy, and reused by later contacts."""

    def __init__(self, *, clock: Clock, retention_s: float) -> None:
        self.streams: dict[str, Stream] = {}  # by ARN
        self._clock = clock
        self._retention_s = retention_s

    def start(
        self, stream_arn: str | None, started_at: datetime | None, *, other_than: str | None = None
    ) -> Start:
        """Return where and when a call begins: now, or at `started_at`, on an idle stream.

        Unless it is named, that is `other_than` the one the contact was on before.

        On a stream that is named, and busy now, it begins when that is idle.

        Raises:
            Malformed: there is no such stream, it is not idle from `started_at` on, or none is.
        """
        now = _Moment(self._clock.monotonic(), self._clock.now())
        at = now if started_at is None else now.later((started_at - now.date).total_seconds())
        if stream_arn is None:
            stream = self._idle(at, other_than)
        elif stream_arn in self.streams:
            stream = self.streams[stream_arn]
        else:
            raise Malformed("stream_arn", "there is no such stream")
        if not _is_idle(stream, at):
            if started_at is not None:
                raise Malformed("started_at", "the stream holds a call at that time or after it")
            at = now.later(max(0.0, stream.ended_s - now.at_s))
        # At speeds above 1 a call's own time runs ahead of the clock: the next one keeps behind it.
        producer_ms = max(at.epoch_ms, stream.producer_ended_ms)
        return Start(stream, at.at_s, at.epoch_ms, _EPOCH + timedelta(milliseconds=producer_ms))

    def forget_expired(self) -> None:
        for stream in self.streams.values():
            stream.forget_expired()

    def _idle(self, at: "_Moment", other_than: str | None) -> Stream:
        """Return the stream that has been idle the longest, or a new one."""
        others = (stream for arn, stream in self.streams.items() if arn != other_than)
        idle = [stream for stream in others if _is_idle(stream, at)]
        if idle:
            return min(idle, key=lambda stream: stream.ended_s)
        if len(self.streams) >= STREAMS_MAX:
            raise Malformed("stream_arn", f"none is idle, and there are {STREAMS_MAX} already")
        name = f"antiphon-connect-simulator-contact-{uuid4()}"
        created_ms = _Moment(0, self._clock.now()).epoch_ms
        arn = f"arn:aws:kinesisvideo:{REGION}:{ACCOUNT}:stream/{name}/{created_ms}"
        self.streams[arn] = Stream(arn, clock=self._clock, retention_s=self._retention_s)
        return self.streams[arn]


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class _Moment(NamedTuple):
    at_s: float  # on the clock's monotonic scale
    date: datetime

    @property
    def epoch_ms(self) -> int:
        return round(self.date.timestamp() * MS_PER_S)

    def later(self, seconds: float) -> "_Moment":
        return _Moment(self.at_s + seconds, self.date + timedelta(seconds=seconds))


def _is_idle(stream: Stream, at: _Moment) -> bool:
    return stream.ended_s <= at.at_s and stream.producer_ended_ms <= at.epoch_ms
