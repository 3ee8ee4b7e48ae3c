"""Plays what is told of a call to the guidance service itself, in no time.

On a log in memory and a clock that leaps: deadlines, expiries, and what waits for the agent to
stop talking come at their instants, and what a playbook does to a call is done here too.
"""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from ...events.base import (
    START,
    ContactId,
    ContactRef,
    Draft,
    EventId,
    Position,
    Recorded,
    TenantName,
)
from ...events.journal import Journal
from ...events.live import UtterancePartial
from ...events.subjects import facts_stream
from ...services.guidance.case import SERVICE
from ...services.guidance.service import Guidance
from ...services.guidance.shelf import Shelf
from ...services.inbox import ContactInbox
from ...services.models import Classifier, Embedder, TextModels
from .. import virtual_time
from ..memory_keys import MemoryKeys
from ..memory_live import MemoryLive
from ..memory_log import MemoryLog
from ..rehearsal_facts import Told

CONTACT = ContactRef(TenantName("rehearsal"), ContactId("rehearsal"))
BEGIN = datetime(2026, 1, 5, 9, tzinfo=UTC)  # any instant would do
ACTOR = "rehearsal"

LISTENING_S = 0.001  # until the service hears partials: it has nothing to wait for
IDLE_S = 3_600.0  # between two looks at an idle log; time is for nothing here


class Heads(Struct, frozen=True, kw_only=True):
    """The models that moments may ask; what needs one that is not there does not come.

    They are asked from the player's own loop, whose clock leaps: see `lent_models`.
    """

    embedder: Embedder | None = None
    classifier: Classifier | None = None
    text: TextModels | None = None


NO_HEADS = Heads()


def play(
    told: Sequence[Told],
    shelf: Shelf,
    *,
    contact: ContactRef = CONTACT,
    begin: datetime = BEGIN,
    heads: Heads = NO_HEADS,
) -> tuple[Recorded, ...]:
    """Return what guidance appends to its lane while a contact is told to it.

    `told` is in order; its facts tell the same `begin` as their instants rest on, so that
    `occurred_at - begin` of what comes back is on the same clock as `at_s`. Milliseconds,
    whatever the contact lasts, and what models take.

    Raises:
        Fault: what the service raises.
    """
    return virtual_time.run(_Playing(contact, begin, shelf, heads).play(told))


class _Playing:
    def __init__(self, contact: ContactRef, begin: datetime, shelf: Shelf, heads: Heads) -> None:
        self._contact = contact
        self._begin = begin
        self._log = MemoryLog(now=self._now, idle_s=IDLE_S)
        self._journal = Journal(self._log, MemoryKeys())
        self._live = MemoryLive()
        self._guidance = Guidance(
            self._journal,
            self._live,
            shelf,
            now=self._now,
            embedder=heads.embedder,
            classifier=heads.classifier,
            text=heads.text,
        )
        self._told_upto: Position = START

    async def play(self, told: Sequence[Told]) -> tuple[Recorded, ...]:
        await self._log.create(facts_stream(self._contact.tenant))
        caring = asyncio.create_task(self._care())
        try:
            await asyncio.sleep(LISTENING_S)
            await self._tell(told)
            let_go_at = await caring
        finally:
            caring.cancel()
            await asyncio.wait([caring])
        if let_go_at < self._told_upto:
            # Something was told when guidance was done with the contact: it is woken again.
            await self._care()
        journal = self._journal
        return tuple([one async for one in journal.read(self._contact, lanes=("guidance",))])

    async def _care(self) -> Position:
        """Care until guidance lets the contact go; return how far it had taken what was told."""
        inbox = ContactInbox(self._contact, self._journal, self._guidance.lanes)
        await inbox.open(reach=self._told_upto)
        feeding = asyncio.create_task(self._feed(inbox, after=self._told_upto))
        try:
            await self._guidance.care(self._contact, inbox)
        finally:
            feeding.cancel()
            await asyncio.wait([feeding])
        return START if inbox.untaken(but_by=f"service:{SERVICE}") else self._told_upto

    async def _feed(self, inbox: ContactInbox, *, after: Position) -> None:
        contact, lanes = self._contact, self._guidance.lanes
        batches = self._journal.follow(
            contact.tenant, lanes=lanes, contact_id=contact.contact_id, after=after
        )
        async with aclosing(batches):
            async for batch in batches:
                for recorded in batch:
                    inbox.put(recorded)

    async def _tell(self, told: Sequence[Told]) -> None:
        loop = asyncio.get_running_loop()
        ends: dict[str, Position] = {}
        for n, one in enumerate(told):
            await asyncio.sleep(max(0.0, one.at_s - loop.time()))
            if isinstance(one.what, UtterancePartial):
                await self._live.publish(self._contact, one.what)
                continue
            draft = Draft(
                event=one.what,
                id=one.id or EventId(f"told-{n}"),
                occurred_at=one.occurred_at or self._begin + timedelta(seconds=one.at_s),
                actor=ACTOR,
                correlation=one.correlation or self._contact.contact_id,
            )
            lane = one.what.LANE
            end = ends.get(lane, START)
            ends[lane] = await self._journal.append(self._contact, [draft], expected=end)
            self._told_upto = ends[lane]

    def _now(self) -> datetime:
        return self._begin + timedelta(seconds=asyncio.get_running_loop().time())
