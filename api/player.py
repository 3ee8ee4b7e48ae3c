"""A contact played again: the events of its stream, at its own pace or at a multiple of it.

Names and shapes are those of the live stream, so whatever shows one shows the other. Pace is
that of recording: a cue comes as long after the words as it came then. Partials were never
stored and do not come; nor do the states of the feed itself. `server_time` is that of the past.
A player that was cut is told the next fact at once: the silence may be what it was cut in.
"""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime, timedelta

import structlog
from msgspec import Struct

from ..errors import Fault
from ..events.base import START, ContactRef, Epoch, Position, Recorded
from ..events.catalogue import WITHHELD
from ..events.contact import AgentConnected
from ..events.untold import NOTHING
from .ending import Ending, step_of
from .listening import Listening
from .past import Clock, batches_of, moment_of
from .ports import Ports
from .sse import RETRY, event_id, frame
from .told import fact_json, snapshot_json, to_json
from .untold import contact_as_told, untold_of_past

log = structlog.get_logger()


class Playing(Struct, frozen=True, kw_only=True):
    """What is to be played, and how."""

    contact: ContactRef
    clock: Clock
    epoch: Epoch
    after: Position  # of the last fact that is taken as shown
    upto: Position  # the end of the log when it began
    begins_at: datetime | None  # None: with the first fact
    speed: float  # times real time
    silence_ms_max: int | None  # of the contact's time; longer silences are cut short to it
    reads_originals: bool  # who plays it is told what is in quarantine, too


class Player:
    """The frames of one replay. See `bounded.Feed`."""

    def __init__(self, playing: Playing, ports: Ports) -> None:
        self._playing = playing
        self._ports = ports
        self._listening = Listening()
        self._ending = Ending()
        self._untold = NOTHING  # as it is today: the past is told without what was found since
        self._told = 0
        self._past_at = playing.begins_at  # how far the past has come
        self._due_s = 0.0  # when the next fact is due; monotonic, as is
        self._until_s = 0.0  # when the stream has lasted long enough

    def close(self) -> None:
        """Nothing is held before the first frame is asked for."""

    async def frames(self) -> AsyncGenerator[bytes]:
        """Yield pieces of the stream until the contact's last fact, or for a bounded time."""
        playing = self._playing
        self._due_s = time.monotonic()
        self._until_s = self._due_s + self._ports.limits.lifetime_s
        try:
            self._untold = await untold_of_past(
                playing.contact, self._ports, reads_originals=playing.reads_originals
            )
            yield RETRY + self._started()
            yield await self._opening()
            facts = self._facts()
            async with aclosing(facts):
                async for fact in facts:
                    waits = self._wait_for(fact)
                    async with aclosing(waits):
                        async for beat in waits:
                            yield beat
                    if self._is_too_long():
                        return  # the client resumes with the last id it has
                    yield await self._piece(fact)
            yield self._completed()
        except Fault as error:
            # What was sent stands; the client comes back with the last id it has.
            log.warning("replay_interrupted", tenant=playing.contact.tenant, code=error.code)

    async def _facts(self) -> AsyncGenerator[Recorded]:
        """Yield what is to be played. Batches are read when due: nothing waits in the log."""
        playing, after = self._playing, self._playing.after
        while batch := await self._next_batch(after):
            for fact in batch:
                yield fact
            after = batch[-1].position
            if after >= playing.upto:
                return

    async def _next_batch(self, after: Position) -> list[Recorded]:
        batches = batches_of(
            self._playing.contact, self._ports, after=after, upto=self._playing.upto
        )
        async with aclosing(batches):
            return await anext(batches, list[Recorded]())

    async def _wait_for(self, fact: Recorded) -> AsyncGenerator[bytes]:
        """Wait until a fact is due; yield signs of life meanwhile."""
        playing = self._playing
        if self._past_at is not None:
            silence = max(fact.recorded_at - self._past_at, timedelta())
            if playing.silence_ms_max is not None:
                silence = min(silence, timedelta(milliseconds=playing.silence_ms_max))
            self._due_s += silence.total_seconds() / playing.speed
        while (rest_s := self._due_s - time.monotonic()) > 0:
            left_s = self._until_s - time.monotonic()
            if left_s < 0:
                return
            await asyncio.sleep(min(rest_s, left_s, self._ports.limits.heartbeat_s))
            if self._due_s > time.monotonic():
                yield self._heartbeat()
        self._past_at = max(fact.recorded_at, self._past_at or fact.recorded_at)

    def _is_too_long(self) -> bool:
        return time.monotonic() > self._until_s

    async def _opening(self) -> bytes:
        """Take in what came before, and return it as one snapshot if that is where to begin."""
        playing = self._playing
        if playing.after == START:
            return b""
        earlier = batches_of(playing.contact, self._ports, upto=playing.after)
        async with aclosing(earlier):
            async for batch in earlier:
                for fact in batch:
                    self._listening.hear(fact)
                    self._ending.note(step_of(fact.event), at=fact.recorded_at)
        if playing.begins_at is None:
            return b""
        return await self._snapshot(playing.begins_at, playing.after, with_id=True)

    async def _piece(self, fact: Recorded) -> bytes:
        relabels = self._listening.hear(fact)
        self._ending.note(step_of(fact.event), at=fact.recorded_at)
        if fact.event.TYPE in WITHHELD:
            return b""
        self._told += 1
        encoded = frame(
            fact.event.TYPE,
            fact_json(fact, self._listening.voices, untold=self._untold),
            id=event_id(self._playing.epoch, fact.position),
        )
        # As the live streams do: who has the fact's id has seen its effect.
        if relabels or isinstance(fact.event, AgentConnected):
            return await self._snapshot(fact.recorded_at, fact.position) + encoded
        return encoded

    async def _snapshot(self, at: datetime, upto: Position, *, with_id: bool = False) -> bytes:
        playing = self._playing
        moment = await moment_of(
            playing.contact, at=at, epoch=playing.epoch, ports=self._ports, upto=upto
        )
        if moment.contact is None:
            return b""
        contact = contact_as_told(moment.contact, self._untold)
        told = snapshot_json(contact, position=upto, server_time=at)
        return frame("snapshot", told, id=event_id(playing.epoch, upto) if with_id else None)

    def _started(self) -> bytes:
        playing = self._playing
        told = {
            "contact_id": playing.contact.contact_id,
            "speed": playing.speed,
            "silence_ms_max": playing.silence_ms_max,
            "clock_zero_at": playing.clock.zero_at,
            "clock_counted_from": playing.clock.counted_from,
            "partials": "never_stored",
            "server_time": playing.begins_at,
        }
        return frame("replay_started", to_json(told))

    def _heartbeat(self) -> bytes:
        past_at = self._past_at
        told = {"server_time": past_at, "late": False, "late_s": 0.0, "stalled": ()}
        return b": alive\n" + frame("heartbeat", to_json(told))

    def _completed(self) -> bytes:
        told = {
            "contact_id": self._playing.contact.contact_id,
            "facts": self._told,
            "finished": self._ending.is_complete,
        }
        closed = frame("stream_closed", to_json({"reason": "replay_completed"}))
        return frame("replay_completed", to_json(told)) + closed
