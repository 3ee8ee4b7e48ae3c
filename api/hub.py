"""One cursor on a tenant's facts, fanned out to every stream of this process.

Each fact is decoded and encoded once, whoever looks on. Streams get bytes over bounded
queues; who cannot keep up is cut, and resumes from the log.
"""

import asyncio
from collections.abc import Coroutine, Sequence
from contextlib import aclosing
from datetime import datetime
from typing import Any

import structlog

from ..errors import Fault
from ..events.base import (
    START,
    AgentId,
    ContactId,
    ContactRef,
    Epoch,
    Position,
    Recorded,
    TenantName,
)
from ..events.catalogue import WITHHELD
from ..events.contact import AgentConnected, ContactStarted
from ..events.live import UtterancePartial
from ..events.progress import Progress
from ..events.speech import TranscriptCompleted
from ..projections.desk import shown_upto
from ..projections.store import store_faults
from .ending import step_of
from .listening import Listening, listening_so_far, takes_back
from .loops import loops_of
from .ports import Ports
from .sse import event_id, frame
from .subscriber import Frame, Subscriber
from .told import fact_json, partial_json, to_json
from .untold import untold_of

log = structlog.get_logger()

CONTACTS_KEPT_MAX = 5_000  # whose voices are remembered: about a kilobyte a contact
PAUSE_S = 1.0  # after the log or the live feed failed
POLL_S = 0.02  # between looks at how far a read model is, while somebody waits for it


class Hub:
    """A tenant's facts and partials, as they come, to whom they concern."""

    def __init__(self, tenant: TenantName, ports: Ports) -> None:
        self.tenant = tenant
        self.epoch = Epoch("")
        self.position = START  # what comes after it will be routed
        self.progress = Progress("api_hub", tenant)
        self.cut_total = 0
        self._ports = ports
        self._by_contact: dict[ContactId, set[Subscriber]] = {}
        self._by_agent: dict[AgentId, set[Subscriber]] = {}
        self._subscribers: set[Subscriber] = set()
        self._listening: dict[ContactId, Listening] = {}
        self._turn = asyncio.Lock()  # of whoever reads or changes `_listening`
        self._lag_s = 0.0
        self._late = False
        self._shown = START
        self._asking = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []
        self.failed = False

    async def open(self) -> None:
        """Begin at the end of the log.

        Raises:
            TenantUnknown, LogUnavailable: there is nothing to begin with.
        """
        state = await self._ports.journal.state(self.tenant)
        self.epoch, self.position = state.epoch, state.last
        self._tasks = [
            asyncio.create_task(self._guard(self._follow_facts())),
            asyncio.create_task(self._guard(self._follow_partials())),
            asyncio.create_task(self._guard(self._pulse())),
        ]

    async def close(self) -> None:
        """Stop, and end every stream."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._cut_all("closing")

    @property
    def streams(self) -> int:
        """How many streams are open."""
        return len(self._subscribers)

    def subscribe(
        self, *, agent_id: AgentId | None = None, contact_id: ContactId | None = None
    ) -> Subscriber:
        """Return a queue of what concerns an agent's desk, or a contact, after `position`."""
        subscriber = Subscriber(self._ports.limits.queue_frames, agent_id=agent_id)
        self._subscribers.add(subscriber)
        if agent_id is not None:
            self._by_agent.setdefault(agent_id, set()).add(subscriber)
        if contact_id is not None:
            self.join(subscriber, contact_id)
        return subscriber

    def join(self, subscriber: Subscriber, contact_id: ContactId) -> None:
        """Send a contact's news to a subscriber, too, from what comes after `position`."""
        if subscriber in self._subscribers:
            subscriber.contact_ids.add(contact_id)
            self._by_contact.setdefault(contact_id, set()).add(subscriber)

    def leave(self, subscriber: Subscriber, contact_id: ContactId) -> None:
        """Send no more of a contact to a subscriber."""
        subscriber.contact_ids.discard(contact_id)
        _remove(self._by_contact, contact_id, subscriber)

    def unsubscribe(self, subscriber: Subscriber) -> None:
        """Send nothing more; harmless when repeated."""
        self._subscribers.discard(subscriber)
        for contact_id in list(subscriber.contact_ids):
            self.leave(subscriber, contact_id)
        if subscriber.agent_id is not None:
            _remove(self._by_agent, subscriber.agent_id, subscriber)

    async def frame_of(self, fact: Recorded) -> Frame:
        """Return a fact of the past as it would have been sent.

        What may have relabelled earlier words is taken to have done so.
        """
        async with self._turn:
            listening = await self._listening_to(fact.contact, upto=self.position)
        return self._frame(fact, listening, relabels=listening.may_relabel(fact.event))

    async def shown(self, position: Position) -> None:
        """Wait until the read models show everything up to a position.

        Raises:
            StoreUnavailable: they did not get there in `catch_up_s`, or cannot be asked.
        """
        with store_faults():
            async with asyncio.timeout(self._ports.limits.catch_up_s):
                while self._shown < position:
                    # One asks for all that wait.
                    async with self._asking:
                        if self._shown < position:
                            await self._look(position)

    def forget_shown(self) -> None:
        """Ask again how far the read models are: they went back, for they are rebuilt."""
        self._shown = START

    async def _look(self, position: Position) -> None:
        pool = await self._ports.databases.pool(self.tenant)
        async with pool.acquire() as connection:
            checkpoint = await shown_upto(connection)
        if checkpoint.epoch == self.epoch:
            self._shown = checkpoint.position
        if self._shown < position:
            await asyncio.sleep(POLL_S)

    async def _follow_facts(self) -> None:
        while True:
            try:
                batches = self._ports.journal.follow(
                    self.tenant, after=self.position, epoch=self.epoch
                )
                async with aclosing(batches):
                    async for batch in batches:
                        await self._route_batch(batch)
            except Fault as error:
                log.warning("hub_interrupted", tenant=self.tenant, code=error.code)
            await asyncio.sleep(PAUSE_S)

    async def _route_batch(self, batch: Sequence[Recorded]) -> None:
        for fact in batch:
            self._lag_s = _age_s(fact.recorded_at, self._ports.now())
            await self._route(fact)
            self.progress.reached(fact.position)
        if not batch:
            self._lag_s = 0.0
        self.progress.beat()

    async def _route(self, fact: Recorded) -> None:
        async with self._turn:
            listening = await self._listening_for(fact)
            if listening is not None and takes_back(fact.event):
                listening.untold = await untold_of(fact.contact, self._ports)
            relabels = listening is not None and listening.hear(fact)
        # From here on nothing is awaited: who subscribes sees all of a fact or nothing.
        self.position = fact.position
        if listening is not None and fact.event.TYPE not in WITHHELD:
            self._distribute(fact, listening, relabels=relabels)

    async def _listening_for(self, fact: Recorded) -> Listening | None:
        contact_id = fact.contact.contact_id
        if isinstance(fact.event, ContactStarted):
            self._remember(contact_id, Listening())
        elif contact_id in self._by_contact or isinstance(fact.event, AgentConnected):
            await self._listening_to(fact.contact, upto=self.position)
        return self._listening.get(contact_id)

    def _distribute(self, fact: Recorded, listening: Listening, *, relabels: bool) -> None:
        contact_id, agent_id = fact.contact.contact_id, listening.agent_id
        taken = isinstance(fact.event, AgentConnected)
        if taken and agent_id is not None:
            for subscriber in self._by_agent.get(agent_id, ()):
                self.join(subscriber, contact_id)
        if targets := list(self._by_contact.get(contact_id, ())):
            self._send(self._frame(fact, listening, relabels=relabels), targets)
        elif isinstance(fact.event, TranscriptCompleted):
            del self._listening[contact_id]  # little follows, and it can be read again
        if taken:
            for subscriber in targets:
                if subscriber.agent_id not in {None, agent_id}:
                    self.leave(subscriber, contact_id)

    def _frame(self, fact: Recorded, listening: Listening, *, relabels: bool) -> Frame:
        kind = fact.event.TYPE
        payload = fact_json(fact, listening.voices, untold=listening.untold)
        return Frame(
            position=fact.position,
            contact_id=fact.contact.contact_id,
            encoded=frame(kind, payload, id=event_id(self.epoch, fact.position)),
            recorded_at=fact.recorded_at,
            step=step_of(fact.event),
            agent_id=listening.agent_id if isinstance(fact.event, AgentConnected) else None,
            relabels=relabels,
        )

    async def _follow_partials(self) -> None:
        while True:
            try:
                partials = self._ports.live.subscribe(self.tenant)
                async with aclosing(partials):
                    async for partial in partials:
                        await self._route_partial(partial)
            except Fault as error:
                log.warning("hub_partials_interrupted", tenant=self.tenant, code=error.code)
            await asyncio.sleep(PAUSE_S)

    async def _route_partial(self, partial: UtterancePartial) -> None:
        if partial.contact_id not in self._by_contact:
            return
        contact = ContactRef(self.tenant, partial.contact_id)
        async with self._turn:
            listening = await self._listening_to(contact, upto=self.position)
        if listening.is_final(partial.utterance_id):
            return  # it was overtaken by its final
        encoded = frame(partial.TYPE, partial_json(partial, listening.voices))
        shown = Frame(position=None, contact_id=partial.contact_id, encoded=encoded)
        self._send(shown, list(self._by_contact.get(partial.contact_id, ())))

    async def _listening_to(self, contact: ContactRef, *, upto: Position) -> Listening:
        """Return what is known of a contact's voices; from the log where it began before us."""
        listening = self._listening.get(contact.contact_id)
        if listening is None:
            listening = await listening_so_far(contact, self._ports, upto=upto)
            self._remember(contact.contact_id, listening)
        return listening

    def _remember(self, contact_id: ContactId, listening: Listening) -> None:
        self._listening[contact_id] = listening
        if len(self._listening) > CONTACTS_KEPT_MAX:
            self._listening.pop(next(iter(self._listening)))

    async def _pulse(self) -> None:
        """Tell every stream the time and whether the feed is late, at once when that turns."""
        limits = self._ports.limits
        beat_due_s = 0.0
        step_s = min(limits.heartbeat_s, limits.late_s) / 3
        while True:
            await asyncio.sleep(step_s)
            beat_due_s -= step_s
            if self.is_late() != self._late:
                self._late = not self._late
                self._tell("feed_late" if self._late else "feed_ok")
            if beat_due_s <= 0:
                beat_due_s = limits.heartbeat_s
                self._tell("heartbeat")

    def late_s(self) -> float:
        """Return how far streams are behind the log, seconds; the log's silence counts."""
        silent_s = self.progress.silent_s
        return max(self._lag_s, silent_s if silent_s > self._ports.limits.late_s else 0.0)

    def is_late(self) -> bool:
        """Tell whether what streams show may lag behind what happens."""
        return self.late_s() > self._ports.limits.late_s or bool(self._stalled())

    def _stalled(self) -> list[str]:
        loops = loops_of(self._ports.loops, self._ports.limits)
        return [one.loop for one in loops if one.stalled and one.tenant == self.tenant]

    def _tell(self, kind: str) -> None:
        encoded = self._state(kind)
        if kind == "heartbeat":
            encoded = b": alive\n" + encoded
        told = Frame(position=None, contact_id=None, encoded=encoded)
        self._send(told, list(self._subscribers))

    def _state(self, kind: str) -> bytes:
        told = {
            "server_time": self._ports.now(),
            "position": self.position,
            "late": self._late,
            "late_s": round(self.late_s(), 3),
            "stalled": self._stalled(),
        }
        return frame(kind, to_json(told))

    def feed_state(self) -> bytes:
        """Return what a stream that begins now has to be told of the feed, if anything."""
        return self._state("feed_late") if self._late else b""

    def _send(self, one: Frame, subscribers: list[Subscriber]) -> None:
        for subscriber in subscribers:
            if not subscriber.take(one):
                self.cut_total += 1
                self.unsubscribe(subscriber)
                log.info("stream_cut", tenant=self.tenant, reason="queue_full")

    def _cut_all(self, reason: str) -> None:
        for subscriber in list(self._subscribers):
            subscriber.cut(reason)
            self.unsubscribe(subscriber)

    async def _guard(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except asyncio.CancelledError:
            raise
        except BaseException:
            # The stream was made anew, or a bug. Every client begins again with a new hub.
            self.failed = True
            self._cut_all("hub_failed")
            log.exception("hub_failed", tenant=self.tenant)


def _remove(subscribers: dict[Any, set[Subscriber]], key: Any, one: Subscriber) -> None:
    if own := subscribers.get(key):
        own.discard(one)
        if not own:
            del subscribers[key]


def _age_s(then: datetime, now: datetime) -> float:
    return max(0.0, (now - then).total_seconds())
