"""The body of one GetMedia response: what was stored, then what is being spoken, then its end."""

import random
from collections.abc import AsyncGenerator
from contextlib import aclosing
from math import inf

from .clock import Clock
from .document import error_tags, pieces, trailer
from .faults import InBandErrorId, hits
from .stream import MS_PER_S, Call, Fragment, Stream


class BodyCut(Exception):  # not an error of ours: the one that a test asked for
    """The connection is to be dropped in mid-body."""


class Body:
    """Delivers a stream from one fragment on, to one reader."""

    def __init__(self, stream: Stream, *, first: int | None, clock: Clock, idle_s: float) -> None:
        """`first` is None when the fragment that was asked for is not there."""
        self._stream = stream
        self._first = first
        self._clock = clock
        self._idle_s = idle_s
        self._sent_bytes = 0
        self._line_free_s = -inf  # when a slow network has carried what was sent

    async def content(self) -> AsyncGenerator[bytes]:
        """Yield the body as it becomes due; it ends `idle_s` after nobody speaks any more.

        Raises:
            BodyCut: a fault asked for it.
        """
        if self._first is None:
            yield error_tags(4000)
            return
        ordinal, quiet_since_s = self._first, self._clock.monotonic()
        while (fragment := await self._upcoming(ordinal, quiet_since_s)) is not None:
            error_id = await self._disturbed(fragment)
            if error_id is not None:
                yield error_tags(error_id)
                return
            for _ in range(_deliveries(fragment)):
                async with aclosing(self._document(fragment)) as document:
                    async for content in document:
                        yield content
            quiet_since_s = max(quiet_since_s, fragment.complete_s)
            ordinal = fragment.ordinal + 1

    async def _upcoming(self, ordinal: int, quiet_since_s: float) -> Fragment | None:
        """Return the fragment once its call has begun; None when the stream stays idle."""
        idle_at_s = quiet_since_s + self._idle_s
        while True:
            # What a slow reader has not had before its retention ended is gone.
            fragment = self._stream.fragment(max(ordinal, self._stream.earliest_ordinal))
            starts_s = inf if fragment is None else fragment.call.start.at_s
            now_s = self._clock.monotonic()
            if fragment is not None and starts_s <= now_s:
                return fragment
            if now_s >= idle_at_s:
                return None
            await self._stream.grown_or(min(idle_at_s, starts_s))

    async def _disturbed(self, fragment: Fragment) -> InBandErrorId | None:
        """Stall if that is due; return the error to end with, if one is."""
        stall, error = fragment.call.faults.stall, fragment.call.faults.error_in_band
        if stall is not None and stall.fragment == fragment.index and _strikes(fragment.call):
            seconds = inf if stall.seconds is None else stall.seconds
            await self._clock.wait_until(self._clock.monotonic() + seconds)
        if error is not None and error.fragment == fragment.index and _strikes(fragment.call):
            return error.error_id
        return None

    async def _document(self, fragment: Fragment) -> AsyncGenerator[bytes]:
        """Yield one document, as much at a time as is due."""
        half = len(fragment.slots) // 2
        ready: list[bytes] = []
        for count, piece in enumerate(pieces(fragment)):
            due_s = piece.due_s + _lateness_s(fragment, count)
            cut = (
                count == half
                and fragment.call.faults.cut_at_fragment == fragment.index
                and _strikes(fragment.call)
            )
            if ready and (cut or due_s > self._clock.monotonic()):
                async for content in self._uncut(fragment.call, b"".join(ready)):
                    yield content
                ready.clear()
            if cut:
                raise BodyCut
            await self._clock.wait_until(due_s)
            ready.append(piece.content)
        ready.append(trailer(fragment, sent_s=self._clock.monotonic()))
        async for content in self._uncut(fragment.call, b"".join(ready)):
            yield content

    async def _uncut(self, call: Call, content: bytes) -> AsyncGenerator[bytes]:
        """Yield the content, or what of it may still be sent, and then cut."""
        limit = call.faults.cut_after_bytes
        end_bytes = self._sent_bytes + len(content)
        if limit is None or end_bytes <= limit or not _strikes(call):
            self._sent_bytes = end_bytes
            await self._carried(call, len(content))
            yield content
            return
        yield content[: max(0, limit - self._sent_bytes)]
        raise BodyCut

    async def _carried(self, call: Call, size_bytes: int) -> None:
        """Return when so many bytes have come through the call's network."""
        pace = call.faults.network.bytes_a_second
        if pace is None:
            return
        self._line_free_s = max(self._line_free_s, self._clock.monotonic()) + size_bytes / pace
        await self._clock.wait_until(self._line_free_s)


def _deliveries(fragment: Fragment) -> int:
    if hits(fragment.call.faults.undelivered_fragments, fragment.index):
        return 0
    return 2 if hits(fragment.call.faults.repeated_fragments, fragment.index) else 1


def _lateness_s(fragment: Fragment, piece: int) -> float:
    """Return how much later a piece arrives than it was due; the same for every reader."""
    network = fragment.call.faults.network
    if not network.jitter_ms:
        return network.latency_ms / MS_PER_S
    share = random.Random(f"{fragment.number}/{piece}").random()  # noqa: S311 (no secret)
    return (network.latency_ms + share * network.jitter_ms) / MS_PER_S


def _strikes(call: Call) -> bool:
    """Return whether a disturbance that is due happens, and count it."""
    if call.disturbances_left == 0:
        return False
    call.disturbances_left -= 1
    return True
