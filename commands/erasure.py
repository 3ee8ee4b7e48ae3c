"""Forgetting people: record that it was asked for, destroy the keys, tell every reader, record it.

The order makes it safe to stop anywhere. Whatever was recorded is done, by whoever comes next:
every step may be repeated, and `Eraser.finish` takes up where another stopped.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime

from msgspec import Struct
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_random

from ..errors import ContactUnknown, ErasureUnknown, HistoryUnreadable, StreamMoved
from ..events.base import (
    START,
    ContactId,
    ContactRef,
    Draft,
    Event,
    EventId,
    Position,
    TenantName,
    Unreadable,
    command_event_id,
    service_event_id,
)
from ..events.contact import ContactErased
from ..events.erasure import (
    INDEX_HOLDER,
    KIND,
    ErasureCompleted,
    ErasureRequested,
    FoundBy,
    endpoint_token,
)
from ..events.faultpoints import FaultPoint, reach
from ..events.journal import Journal
from ..events.keys import KeyStore
from ..events.register import Register, Registered
from ..events.sealed import Sealed

RACES_LOST_MAX = 20  # a running call's own commands race for the same lane
RACE_PAUSE_S_MAX = 0.05  # spreads the racers; about one append

CONTACTS_A_FACT = 1_000  # 37 kB; the log takes a megabyte
CONTACTS_MAX = 100_000  # of one erasure; whoever has more is no person

_ACTOR = "service:erasure"


class EraseContacts(Struct, frozen=True, kw_only=True):
    """Destroy the keys of contacts, for good. `erasure_id` tells a repeat from another wish."""

    erasure_id: str
    contact_ids: tuple[ContactId, ...]
    found_by: FoundBy
    reason: Sealed


class Erasure(Struct, frozen=True, kw_only=True):
    """What the register knows of one erasure: the receipt. Holds nothing of the person erased."""

    erasure_id: str
    contact_ids: tuple[ContactId, ...] = ()
    found_by: FoundBy = "contact_id"
    reason: Sealed = Sealed("")
    actor: str = ""
    requested_at: datetime | None = None  # None: it was not
    completed_at: datetime | None = None  # None: it is being done
    end: Position = START  # of its last fact in the register

    @property
    def is_open(self) -> bool:
        """Whether something is left to do."""
        return self.requested_at is not None and self.completed_at is None


def evolve(erasure: Erasure, fact: Registered) -> Erasure:
    """Return the erasure as it stands after a fact of the register.

    Raises:
        HistoryUnreadable: the fact cannot be read by this version. Nobody passes over one: whom
            it names would stay.
    """
    known = {name: getattr(erasure, name) for name in erasure.__struct_fields__}
    known["end"] = fact.position
    match fact.event:
        case ErasureRequested(contact_ids=contact_ids, found_by=found_by, reason=reason):
            known |= {"contact_ids": (*erasure.contact_ids, *contact_ids), "found_by": found_by}
            known |= {"reason": reason, "actor": fact.actor, "requested_at": fact.recorded_at}
        case ErasureCompleted(completed_at=completed_at):
            known["completed_at"] = completed_at
        case Unreadable(problem=problem):
            raise HistoryUnreadable(
                f"{KIND}/{fact.subject_id}", position=fact.position, problem=problem
            )
        case _:
            pass  # of no other kind there are
    return Erasure(**known)


def request_events(command: EraseContacts) -> list[Event]:
    """Return the facts that record what was asked for: several, where there are many contacts."""
    ids = command.contact_ids
    chunks = [ids[n : n + CONTACTS_A_FACT] for n in range(0, len(ids), CONTACTS_A_FACT)]
    return [
        ErasureRequested(contact_ids=chunk, found_by=command.found_by, reason=command.reason)
        for chunk in chunks
    ]


class Eraser:
    """Carries erasures out. Any number may be at the same one."""

    def __init__(
        self,
        *,
        journal: Journal,
        register: Register,
        keys: KeyStore,
        forget_copies: Callable[[TenantName], Awaitable[None]],
        now: Callable[[], datetime],
    ) -> None:
        """`forget_copies` drops what no fact reaches: generations of read models that rest."""
        self._journal = journal
        self._register = register
        self._keys = keys
        self._forget_copies = forget_copies
        self._now = now

    async def request(self, tenant: TenantName, command: EraseContacts, *, actor: str) -> Erasure:
        """Record that contacts are to be erased, once; return what the register holds then.

        Raises:
            ContactUnknown: one of them never started; nothing is recorded.
            LogUnavailable: no answer; repeating the command is safe.
        """
        assert 0 < len(command.contact_ids) <= CONTACTS_MAX, "somebody is to be erased"
        if (known := await self.find(tenant, command.erasure_id)) is not None:
            return known
        for contact_id in command.contact_ids:
            if await self._journal.lane_end(ContactRef(tenant, contact_id), "life") == START:
                raise ContactUnknown(contact_id)
        drafts = [
            self._draft(event, command.erasure_id, ordinal, actor)
            for ordinal, event in enumerate(request_events(command))
        ]
        # Where the same wish came from elsewhere a moment ago, what that one recorded counts.
        with suppress(StreamMoved):
            await self._register.append(
                tenant, id=command.erasure_id, drafts=drafts, expected=START
            )
        await reach(FaultPoint.ERASURE_RECORDED)
        return await self._fold(tenant, command.erasure_id)

    async def finish(self, tenant: TenantName, erasure: Erasure) -> Erasure:
        """Do what is left of an erasure; harmless when nothing is.

        Raises:
            StoreUnavailable, LogUnavailable: call again; what is done is done.
        """
        if not erasure.is_open:
            return erasure
        await self.destroy_keys(tenant, erasure)
        await self.tell_contacts(tenant, erasure)
        await self._forget_copies(tenant)
        await reach(FaultPoint.COPIES_FORGOTTEN)
        return await self.complete(tenant, erasure)

    async def destroy_keys(self, tenant: TenantName, erasure: Erasure) -> None:
        """Destroy the keys. From here on nothing can be read again."""
        for contact_id in erasure.contact_ids:
            await self._keys.destroy(tenant, f"contact/{contact_id}")
            await reach(FaultPoint.KEY_DESTROYED)

    async def tell_contacts(self, tenant: TenantName, erasure: Erasure) -> None:
        """Record in each contact's history that it was erased, so that every reader forgets."""
        for contact_id in erasure.contact_ids:
            races = AsyncRetrying(
                retry=retry_if_exception_type(StreamMoved),
                stop=stop_after_attempt(RACES_LOST_MAX),
                wait=wait_random(0, RACE_PAUSE_S_MAX),
                reraise=True,
            )
            await races(self._tell, ContactRef(tenant, contact_id), erasure)
            await reach(FaultPoint.CONTACT_TOLD)

    async def complete(self, tenant: TenantName, erasure: Erasure) -> Erasure:
        """Record that it is done; return what the register holds then."""
        event = ErasureCompleted(completed_at=self._now(), contacts=len(erasure.contact_ids))
        draft = self._draft(event, erasure.erasure_id, "completed", _ACTOR)
        # Where another was at it too, and faster, it is completed.
        with suppress(StreamMoved):
            await self._register.append(
                tenant, id=erasure.erasure_id, drafts=[draft], expected=erasure.end
            )
        await reach(FaultPoint.ERASURE_COMPLETED)
        return await self._fold(tenant, erasure.erasure_id)

    async def find(self, tenant: TenantName, erasure_id: str) -> Erasure | None:
        """Return what the register knows of an erasure; None if nobody asked for it."""
        found = await self._fold(tenant, erasure_id)
        return None if found.requested_at is None else found

    async def token(self, tenant: TenantName, customer_endpoint: str) -> bytes:
        """Return what the index knows a customer by."""
        key = await self._keys.obtain(tenant, INDEX_HOLDER)
        return endpoint_token(key.secret, customer_endpoint)

    async def receipt(self, tenant: TenantName, erasure_id: str) -> Erasure:
        """Return what was erased, when, by whom and why.

        Raises:
            ErasureUnknown: nobody asked for it.
        """
        if (found := await self.find(tenant, erasure_id)) is None:
            raise ErasureUnknown(erasure_id)
        return found

    async def _fold(self, tenant: TenantName, erasure_id: str) -> Erasure:
        erasure = Erasure(erasure_id=erasure_id)
        async for fact in self._register.read(tenant, kind=KIND, id=erasure_id):
            erasure = evolve(erasure, fact)
        return erasure

    async def _tell(self, contact: ContactRef, erasure: Erasure) -> None:
        end, correlation = START, str(contact.contact_id)
        async for recorded in self._journal.read(contact, lanes=("life",)):
            if isinstance(recorded.event, ContactErased):
                return
            # What cannot be read is no reason to keep the rest.
            end, correlation = recorded.position, recorded.correlation
        if end == START:
            return  # its facts are past retention: nobody reads them
        draft = Draft(
            event=ContactErased(erasure_id=erasure.erasure_id),
            id=service_event_id("erasure", contact, erasure.erasure_id, ContactErased.TYPE),
            occurred_at=self._now(),
            actor=_ACTOR,
            correlation=correlation,
        )
        await self._journal.append(contact, [draft], expected=end)

    def _draft(self, event: Event, erasure_id: str, ordinal: int | str, actor: str) -> Draft:
        id_ = command_event_id(f"{KIND}/{erasure_id}/{ordinal}", 0)
        return Draft(
            event=event,
            id=EventId(id_),
            occurred_at=self._now(),
            actor=actor,
            correlation=erasure_id,
        )
