"""Destroying keys of a contact because a policy says so: recorded first, then done.

Because their time is over, or because originals are not wanted once they were redacted. A proposal
stands in the register before the holds are asked one last time. So every hold that was acknowledged
before it is seen, and whoever reads the register sees which came first.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import datetime

from msgspec import Struct, field
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_random

from ..errors import HistoryUnreadable, StreamMoved
from ..events.base import (
    START,
    ContactRef,
    Draft,
    Holder,
    Position,
    TenantName,
    Unreadable,
    command_event_id,
    service_event_id,
)
from ..events.contact import ContactErased
from ..events.journal import Journal
from ..events.keys import KeyStore
from ..events.register import Register
from ..events.retention import EXPIRY_KIND, DataKind, ExpiryProposed, KeysExpired, expiry_id

ACTOR = "service:retention"
RACES_LOST_MAX = 20  # services may still write about the contact
RACE_PAUSE_S_MAX = 0.05  # spreads the racers; about one append


class Expiry(Struct, frozen=True, kw_only=True):
    """What the register knows of a contact's expiry."""

    facts: int = 0
    end: Position = START
    # Whose keys are to be destroyed, for good, and the actor who decided so first.
    decided_by: Mapping[Holder, str] = field(default_factory=dict[Holder, str])

    @property
    def holders(self) -> frozenset[Holder]:
        """Whose keys are to be destroyed, for good."""
        return frozenset(self.decided_by)


class Expirer:
    """Proposes, decides and carries out. Any number may be at the same contact."""

    def __init__(
        self,
        *,
        journal: Journal,
        register: Register,
        keys: KeyStore,
        forget_copies: Callable[[TenantName], Awaitable[None]],
        now: Callable[[], datetime],
        actor: str = ACTOR,
    ) -> None:
        """`forget_copies` drops a tenant's read models that rest: no fact reaches those.

        `actor` is whose policy is carried out.
        """
        self._journal = journal
        self._register = register
        self._keys = keys
        self._forget_copies = forget_copies
        self._now = now
        self._actor = actor

    async def propose(
        self, contact: ContactRef, kinds: tuple[DataKind, ...], *, policy_version: str
    ) -> Expiry:
        """Record that these kinds are about to be deleted. Ask for the holds after that.

        Raises:
            StreamMoved: another process is at it.
            LogUnavailable: no answer; repeating the call is safe.
        """
        expiry = await self.find(contact)
        event = ExpiryProposed(kinds=kinds, policy_version=policy_version)
        return await self._record(contact, expiry, event)

    async def decide(
        self, contact: ContactRef, expiry: Expiry, holders: Collection[Holder], *, version: str
    ) -> Expiry:
        """Record which keys are to be destroyed, unless that stands there. Raises as `propose`."""
        if expiry.holders.issuperset(holders):
            return expiry
        event = KeysExpired(holders=tuple(sorted(holders)), policy_version=version)
        return await self._record(contact, expiry, event)

    async def destroy(self, contact: ContactRef, holders: Collection[Holder]) -> None:
        """Destroy the keys, and tell every reader where that was the contact's own.

        May be repeated.

        Raises:
            StoreUnavailable, LogUnavailable: call again; what is done is done.
        """
        for holder in sorted(holders):
            await self._keys.destroy(contact.tenant, f"{holder}/{contact.contact_id}")
        if "contact" not in holders:
            return
        races = AsyncRetrying(
            retry=retry_if_exception_type(StreamMoved),
            stop=stop_after_attempt(RACES_LOST_MAX),
            wait=wait_random(0, RACE_PAUSE_S_MAX),
            reraise=True,
        )
        await races(self._tell, contact)
        await self._forget_copies(contact.tenant)

    async def forget_copies(self, tenant: TenantName) -> None:
        """Drop read models that rest: no fact reaches them. Raises StoreUnavailable: call again."""
        await self._forget_copies(tenant)

    async def find(self, contact: ContactRef) -> Expiry:
        """Return what the register knows.

        Raises:
            HistoryUnreadable: another version wrote something there.
        """
        expiry = Expiry()
        facts = self._register.read(contact.tenant, kind=EXPIRY_KIND, id=contact.contact_id)
        async for fact in facts:
            if isinstance(fact.event, Unreadable):
                raise HistoryUnreadable(
                    f"{EXPIRY_KIND}/{contact.contact_id}",
                    position=fact.position,
                    problem=fact.event.problem,
                )
            expiry = _evolved(expiry, fact.event, fact.position, actor=fact.actor)
        return expiry

    async def _record(
        self, contact: ContactRef, expiry: Expiry, event: ExpiryProposed | KeysExpired
    ) -> Expiry:
        # All that it says is in its id: who decided something else meanwhile is no repeat of this.
        what = event.holders if isinstance(event, KeysExpired) else event.kinds
        told = (event.TYPE, event.policy_version, *what)
        cause = f"{EXPIRY_KIND}/{contact.contact_id}/{expiry.facts}/{self._actor}/{'/'.join(told)}"
        draft = Draft(
            event=event,
            id=command_event_id(cause, 0),
            occurred_at=self._now(),
            actor=self._actor,
            correlation=contact.contact_id,
        )
        position = await self._register.append(
            contact.tenant, id=contact.contact_id, drafts=[draft], expected=expiry.end
        )
        return _evolved(expiry, event, position, actor=self._actor)

    async def _tell(self, contact: ContactRef) -> None:
        end, correlation = START, str(contact.contact_id)
        async for recorded in self._journal.read(contact, lanes=("life",)):
            if isinstance(recorded.event, ContactErased):
                return
            end, correlation = recorded.position, recorded.correlation
        if end == START:
            return  # nobody reads its facts any more
        erasure_id = expiry_id(contact.contact_id)
        draft = Draft(
            event=ContactErased(erasure_id=erasure_id),
            id=service_event_id("retention", contact, erasure_id, ContactErased.TYPE),
            occurred_at=self._now(),
            actor=self._actor,
            correlation=correlation,
        )
        await self._journal.append(contact, [draft], expected=end)


def _evolved(expiry: Expiry, event: object, position: Position, *, actor: str) -> Expiry:
    holders = event.holders if isinstance(event, KeysExpired) else ()
    return Expiry(
        facts=expiry.facts + 1,
        end=position,
        decided_by=dict.fromkeys(holders, actor) | dict(expiry.decided_by),
    )
