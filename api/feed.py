"""What one client is sent: a snapshot, what was missed, then what comes. Nothing in between.

The order is: subscribe, snapshot at p, then what the log holds after p and before the
subscription, then the queue, with what is known already left out. A client that was cut comes
back with the id of the last fact it saw and is sent what followed: each fact once, in order.
Where one fact changes how earlier words are to be seen (an agent connected late), or brings a
contact to a desk, its event is preceded by the contact's snapshot, in one piece: who has the
id has both. The facts go on from there, though such a snapshot may show some already.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence

import structlog

from ..errors import ContactUnknown, EpochChanged, Fault, PositionBeyondEnd, StoreUnavailable
from ..events.base import (
    START,
    AgentId,
    ContactId,
    ContactRef,
    Epoch,
    Position,
    Recorded,
)
from ..events.catalogue import WITHHELD
from ..events.contact import AgentConnected
from ..events.subjects import facts_stream
from ..projections.desk import Desk, DeskContact, desk_contact_of, desk_of, members_at
from ..projections.store import store_faults
from .ending import LAST, LAST_LANES, Ending, ending_of, rest_s
from .hub import Hub
from .ports import Ports
from .sse import RETRY, event_id, frame
from .subscriber import Frame, Subscriber
from .told import snapshot_json, to_json
from .untold import desk_as_told

log = structlog.get_logger()

Resume = tuple[Epoch, Position]


class Feed:
    """The frames of one stream. To be closed, iterated or not."""

    def __init__(
        self,
        hub: Hub,
        ports: Ports,
        subscriber: Subscriber,
        *,
        opening: bytes,
        members: set[ContactId],
        missed: AsyncGenerator[Recorded],
        seen: Position,
        ending: Ending | None,
    ) -> None:
        self._hub = hub
        self._ports = ports
        self._subscriber = subscriber
        self._opening = opening
        self._members = members
        self._missed = missed
        self._seen = seen
        self._ending = ending

    def close(self) -> None:
        """Let go of the queue."""
        self._hub.unsubscribe(self._subscriber)

    async def frames(self) -> AsyncGenerator[bytes]:
        """Yield pieces of the stream until it ends; the client may then resume."""
        try:
            yield RETRY + self._opening + self._hub.feed_state()
            async for piece in self._pieces():
                yield piece
        except Fault as error:
            # What was sent stands; the client comes back with the last id it has.
            log.warning("stream_interrupted", tenant=self._hub.tenant, code=error.code)
        finally:
            self.close()

    async def _pieces(self) -> AsyncGenerator[bytes]:
        until = time.monotonic() + self._ports.limits.lifetime_s
        async for fact in self._missed:
            if fact.event.TYPE in WITHHELD:
                continue
            if piece := await self._piece(await self._hub.frame_of(fact)):
                yield piece
        while (left_s := self._rest_s()) != 0:
            try:
                async with asyncio.timeout(left_s):
                    one = await self._subscriber.next()
            except TimeoutError:
                continue
            if one is None or time.monotonic() > until:
                return
            if one.position is not None and one.position <= self._seen:
                continue
            if piece := await self._piece(one):
                yield piece
        yield frame("stream_closed", to_json({"reason": "transcript_completed"}))

    async def _piece(self, one: Frame) -> bytes | None:
        """Return what a frame means to this client; None where it concerns others."""
        contact_id, position = one.contact_id, one.position
        if contact_id is None:
            return one.encoded
        comes = one.agent_id is not None and one.agent_id == self._subscriber.agent_id
        if comes:
            self._members.add(contact_id)
        if contact_id not in self._members:
            return None
        if position is None:
            return one.encoded
        if self._ending is not None and one.recorded_at is not None:
            self._ending.note(one.step, at=min(one.recorded_at, self._ports.now()))
        if one.agent_id is not None and self._subscriber.agent_id is not None and not comes:
            # It goes to another desk; its last event here says to whose.
            self._members.discard(contact_id)
            return one.encoded
        if comes or one.relabels:
            return await self._snapshot(contact_id, position) + one.encoded
        return one.encoded

    async def _snapshot(self, contact_id: ContactId, position: Position) -> bytes:
        """Return the contact as it is, once the read models know of `position`."""
        await self._hub.shown(position)
        desk = await _contact_desk(self._hub, self._ports, contact_id)
        if desk.position < position:
            self._hub.forget_shown()
            raise StoreUnavailable("the read models went back: they are being rebuilt")
        if not desk.contacts:
            return b""  # parked: what it says comes from the log alone
        return _contact_snapshot(desk, desk.contacts[0], self._ports)

    def _rest_s(self) -> float | None:
        return None if self._ending is None else rest_s(self._ending, self._ports)


async def open_contact_feed(
    hub: Hub, ports: Ports, contact_id: ContactId, *, resume: Resume | None
) -> Feed | None:
    """Return a contact's feed; None when the client has seen all there will ever be.

    Raises:
        ContactUnknown: it never started.
        EpochChanged, PositionBeyondEnd: the position was not read from this stream.
        StoreUnavailable: no snapshot can be had now.
    """
    after = await _checked(hub, ports, resume)
    contact = ContactRef(hub.tenant, contact_id)
    subscriber = hub.subscribe(contact_id=contact_id)
    opening = _fresh_contact_feed if after is None else _resumed_contact_feed
    feed: Feed | None = None
    try:
        feed = await opening(hub, ports, subscriber, contact, after=after or START)
    finally:
        if feed is None:
            hub.unsubscribe(subscriber)
    return feed


async def open_agent_feed(
    hub: Hub, ports: Ports, agent_id: AgentId, *, resume: Resume | None
) -> Feed:
    """Return the feed of an agent's desk. Contacts that come to the desk join it.

    A client that was away for more than `resume_positions` begins with a snapshot.

    Raises:
        EpochChanged, PositionBeyondEnd: the position was not read from this stream.
        StoreUnavailable: no snapshot can be had now.
    """
    after = await _checked(hub, ports, resume)
    if after is not None and hub.position - after > ports.limits.resume_positions:
        after = None
    subscriber = hub.subscribe(agent_id=agent_id)
    from_now = hub.position
    try:
        if after is None:
            desk = await _agent_desk(hub, ports, agent_id, near=from_now)
            after, members = desk.position, {one.contact_id for one in desk.contacts}
            opening = _desk_snapshot(desk, agent_id, ports)
        else:
            await hub.shown(after)
            members, opening = await _members(hub, ports, agent_id, after), b""
        came = _missed_by_agent(hub, ports, agent_id, set(), after=after, upto=from_now)
        coming = {fact.contact.contact_id async for fact in came}
        for contact_id in members | coming:
            hub.join(subscriber, contact_id)
    except BaseException:
        hub.unsubscribe(subscriber)
        raise
    # Nothing was awaited since all were joined: what comes after this will be queued.
    upto = hub.position
    return Feed(
        hub,
        ports,
        subscriber,
        opening=opening,
        members=members,
        missed=_missed_by_agent(hub, ports, agent_id, members, after=after, upto=upto),
        seen=max(after, upto),
        ending=None,
    )


async def _fresh_contact_feed(
    hub: Hub, ports: Ports, subscriber: Subscriber, contact: ContactRef, *, after: Position
) -> Feed:
    upto = hub.position
    desk = await _contact_desk(hub, ports, contact.contact_id)
    opening, ending = b"", Ending()
    if desk.contacts:
        shown = desk.contacts[0]
        opening = _contact_snapshot(desk, shown, ports, id=event_id(desk.epoch, desk.position))
        after = desk.position
        if shown.ended_at is not None or shown.state == "completed":
            facts = ports.journal.read(contact, lanes=LAST_LANES, upto=after, only=LAST)
            ending = ending_of([fact async for fact in facts], now=ports.now())
    elif await ports.journal.lane_end(contact, "life") == START:
        raise ContactUnknown(contact.contact_id)
    return Feed(
        hub,
        ports,
        subscriber,
        opening=opening,
        members={contact.contact_id},
        missed=ports.journal.read(contact, after=after, upto=upto) if after < upto else _each(()),
        seen=max(after, upto),
        ending=ending,
    )


async def _resumed_contact_feed(
    hub: Hub, ports: Ports, subscriber: Subscriber, contact: ContactRef, *, after: Position
) -> Feed | None:
    upto = max(hub.position, after)
    facts = [fact async for fact in ports.journal.read(contact, upto=upto)]
    if not facts:
        raise ContactUnknown(contact.contact_id)
    seen = [fact for fact in facts if fact.position <= after]
    ending = ending_of(seen, now=ports.now())
    news = [fact for fact in facts if fact.position > after]
    if not news and rest_s(ending, ports) == 0:
        return None
    return Feed(
        hub,
        ports,
        subscriber,
        opening=b"",
        members={contact.contact_id},
        missed=_each(news),
        seen=upto,
        ending=ending,
    )


async def _missed_by_agent(
    hub: Hub,
    ports: Ports,
    agent_id: AgentId,
    members: set[ContactId],
    *,
    after: Position,
    upto: Position,
) -> AsyncGenerator[Recorded]:
    """Yield what concerns a desk: facts of its members, which may grow, and who comes to it."""
    if after >= upto:
        return
    async for batch in ports.journal.read_tenant(hub.tenant, after=after, upto=upto):
        for fact in batch:
            comes = isinstance(fact.event, AgentConnected) and fact.event.agent_id == agent_id
            if comes or fact.contact.contact_id in members:
                yield fact


async def _each(facts: Sequence[Recorded]) -> AsyncGenerator[Recorded]:
    for fact in facts:
        yield fact


async def _checked(hub: Hub, ports: Ports, resume: Resume | None) -> Position | None:
    if resume is None:
        return None
    epoch, position = resume
    stream = facts_stream(hub.tenant)
    if epoch != hub.epoch:
        raise EpochChanged(stream, asked=epoch, current=hub.epoch)
    if position > hub.position:
        state = await ports.journal.state(hub.tenant)
        if position > state.last:
            raise PositionBeyondEnd(stream, asked=position, last=state.last)
    return position


async def _agent_desk(hub: Hub, ports: Ports, agent_id: AgentId, *, near: Position) -> Desk:
    pool = await ports.databases.pool(hub.tenant)
    with store_faults():
        async with pool.acquire(timeout=ports.limits.query_s) as connection:
            desk = await desk_of(connection, agent_id, now=ports.now())
    if near - desk.position > ports.limits.resume_positions:
        raise StoreUnavailable("the read models are far behind the log")
    return await desk_as_told(_of_this_epoch(desk, hub), hub.tenant, ports)


async def _contact_desk(hub: Hub, ports: Ports, contact_id: ContactId) -> Desk:
    pool = await ports.databases.pool(hub.tenant)
    with store_faults():
        async with pool.acquire(timeout=ports.limits.query_s) as connection:
            desk = await desk_contact_of(connection, contact_id)
    return await desk_as_told(_of_this_epoch(desk, hub), hub.tenant, ports)


async def _members(hub: Hub, ports: Ports, agent_id: AgentId, position: Position) -> set[ContactId]:
    pool = await ports.databases.pool(hub.tenant)
    with store_faults():
        async with pool.acquire(timeout=ports.limits.query_s) as connection:
            now = ports.now()
            return set(await members_at(connection, agent_id, position=position, now=now))


def _of_this_epoch(desk: Desk, hub: Hub) -> Desk:
    if desk.epoch != hub.epoch:
        raise StoreUnavailable("the read models show a stream that was made anew since")
    return desk


def _desk_snapshot(desk: Desk, agent_id: AgentId, ports: Ports) -> bytes:
    told = {
        "agent_id": agent_id,
        "position": desk.position,
        "server_time": ports.now(),
        "contacts": desk.contacts,
    }
    return frame("snapshot", to_json(told), id=event_id(desk.epoch, desk.position))


def _contact_snapshot(
    desk: Desk,
    contact: DeskContact,
    ports: Ports,
    *,
    id: str | None = None,  # noqa: A002
) -> bytes:
    told = snapshot_json(contact, position=desk.position, server_time=ports.now())
    return frame("snapshot", told, id=id)
