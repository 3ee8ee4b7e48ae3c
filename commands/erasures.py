"""The register's side of erasures: what it holds of them, and what it takes down."""

from collections.abc import Callable, Sequence
from contextlib import aclosing, suppress
from datetime import datetime

from ..errors import ErasureUnfinished, ErasureUnknown, StreamMoved
from ..events.base import Draft, Epoch, Event, EventId, TenantName, command_event_id
from ..events.erasure import KIND, own_holder
from ..events.register import Register
from ..events.sealed import Sealed
from .erasure import Erasure, evolve, refused, withdrawn
from .erasure_receipt import SignedReceipt, signed_receipt

ACTOR = "service:erasure"  # of what nobody decides

Decide = Callable[[Erasure], list[Event]]


class Erasures:
    """Reads and records. Several may be at one erasure: who is faster counts."""

    def __init__(self, register: Register, *, now: Callable[[], datetime]) -> None:
        self._register = register
        self._now = now

    async def find(self, tenant: TenantName, erasure_id: str) -> Erasure | None:
        """Return what the register knows of an erasure; None if nobody asked for it.

        Raises:
            HistoryUnreadable: another version wrote of it.
        """
        found = await self._fold(tenant, erasure_id)
        return None if found.requested_at is None else found

    async def known(self, tenant: TenantName, erasure_id: str) -> Erasure:
        """Return what the register knows of an erasure.

        Raises:
            ErasureUnknown: nobody asked for it.
            HistoryUnreadable: another version wrote of it.
        """
        if (found := await self.find(tenant, erasure_id)) is None:
            raise ErasureUnknown(erasure_id)
        return found

    async def all(self, tenant: TenantName) -> list[Erasure]:
        """Return every erasure of a tenant, in the order in which they were asked for."""
        found: dict[str, Erasure] = {}
        async with aclosing(self._register.read(tenant, kind=KIND)) as facts:
            async for fact in facts:
                known = found.get(fact.subject_id) or Erasure(erasure_id=fact.subject_id)
                found[fact.subject_id] = evolve(known, fact)
        return list(found.values())

    async def receipt(self, tenant: TenantName, erasure_id: str) -> SignedReceipt:
        """Return the signed receipt.

        Raises:
            ErasureUnknown: nobody asked for it.
            ErasureUnfinished: it is not completed, or not signed yet.
            ReceiptDamaged: the facts do not give what was signed.
        """
        erasure = await self.known(tenant, erasure_id)
        if erasure.signed is None:
            raise ErasureUnfinished(erasure_id, state=erasure.state(self._now()))
        return signed_receipt(erasure, tenant=tenant)

    async def refuse(
        self, tenant: TenantName, erasure: Erasure, *, reason: Sealed, actor: str
    ) -> Erasure:
        """Record that a second person does not agree.

        Raises:
            ErasureClosed, SecondPersonNeeded: see `erasure.refused`.
            LogUnavailable: no answer; repeating it is safe.
        """
        return await self.decided(
            tenant,
            erasure,
            lambda known: refused(known, by=actor, reason=reason, now=self._now()),
            actor=actor,
        )

    async def withdraw(
        self, tenant: TenantName, erasure: Erasure, *, reason: Sealed, actor: str
    ) -> Erasure:
        """Record that it is not asked for any more.

        Raises:
            ErasureClosed: see `erasure.withdrawn`.
            LogUnavailable: no answer; repeating it is safe.
        """
        return await self.decided(
            tenant,
            erasure,
            lambda known: withdrawn(known, reason=reason, now=self._now()),
            actor=actor,
        )

    async def decided(
        self, tenant: TenantName, erasure: Erasure, decide: Decide, *, actor: str
    ) -> Erasure:
        """Record what is decided, anew when something else was recorded meanwhile.

        Returns what the register holds once there is nothing to record; an erasure takes down few
        facts about what people decide, so that there are few rounds.
        """
        while facts := decide(erasure):
            erasure = await self.record(tenant, erasure, facts, actor=actor)
        return erasure

    async def record(
        self, tenant: TenantName, erasure: Erasure, events: Sequence[Event], *, actor: str = ACTOR
    ) -> Erasure:
        """Append what follows from all that is recorded; return what the register holds then.

        Where another was faster, what that one recorded counts, and is returned.
        """
        drafts = [
            self._draft(event, erasure, ordinal, actor) for ordinal, event in enumerate(events)
        ]
        with suppress(StreamMoved):
            await self._register.append(
                tenant,
                id=erasure.erasure_id,
                drafts=drafts,
                expected=erasure.end,
                holder=own_holder(erasure.erasure_id),  # people write names into reasons
            )
        return await self._fold(tenant, erasure.erasure_id)

    async def epoch(self, tenant: TenantName) -> Epoch:
        """Return the epoch of the register, without which positions say nothing."""
        return (await self._register.state(tenant)).epoch

    async def _fold(self, tenant: TenantName, erasure_id: str) -> Erasure:
        erasure = Erasure(erasure_id=erasure_id)
        async with aclosing(self._register.read(tenant, kind=KIND, id=erasure_id)) as facts:
            async for fact in facts:
                erasure = evolve(erasure, fact)
        return erasure

    def _draft(self, event: Event, erasure: Erasure, ordinal: int, actor: str) -> Draft:
        # The end it follows tells one fact of a type from the next.
        cause = f"{KIND}/{erasure.erasure_id}/{erasure.end}/{event.TYPE}/{actor}"
        return Draft(
            event=event,
            id=EventId(command_event_id(cause, ordinal)),
            occurred_at=self._now(),
            actor=actor,
            correlation=erasure.erasure_id,
        )
