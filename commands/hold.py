"""What may be asked of a legal hold: place it, release it; and whether a contact is held.

Whoever deletes anything of contacts asks `Holds.covering` first, and records that it was stopped
with `Holds.enforced`. A hold counts from its position in the register.
"""

import hashlib
import hmac
from collections.abc import Callable, Collection, Mapping
from datetime import datetime

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from ..errors import ContactUnknown, HoldDiffers, HoldUnknown, Malformed
from ..events.base import START, ContactId, Position, RegisterEvent, TenantName
from ..events.erasure import endpoint_token
from ..events.hold import (
    KIND,
    Attempted,
    HoldEnforced,
    HoldPlaced,
    HoldQuery,
    HoldReleased,
)
from ..events.keys import KeyStore
from ..events.register import Register, Registered
from ..events.sealed import Sealed
from .held import Examiner, Facts, Traits, covers, is_wide
from .publishing import Folds, append, fact_id
from .racing import decided

CONTACTS_MAX = 10_000  # that a hold names: 370 kB of a fact; the log takes a megabyte
VALUES_MAX = 100  # of one field of a query
NAMED_MAX = 1_000  # contacts that a `HoldEnforced` names


class PlaceHold(Struct, frozen=True, kw_only=True):
    """Keep what is there of contacts, whatever else is asked or due. One of the three."""

    reason: Sealed
    matter: Sealed | None = None
    contact_ids: tuple[ContactId, ...] = ()
    customer_endpoint: Sealed | None = None  # as it is written; only its token is kept
    query: HoldQuery | None = None
    attributes: dict[str, Sealed] = field(default_factory=dict[str, Sealed])  # with `query`


class ReleaseHold(Struct, frozen=True, kw_only=True):
    """Let what was held be deleted again, by whatever else asks for it."""

    hold_id: str
    reason: Sealed | None = None


class Hold(Struct, frozen=True, kw_only=True):
    """A hold as far as the register tells. Without `placed` there is none."""

    hold_id: str
    placed: HoldPlaced | None = None
    placed_at: datetime | None = None  # by the log's clock
    placed_by: str = ""
    released: HoldReleased | None = None
    released_by: str = ""
    enforced: frozenset[str] = frozenset()  # what it stopped, each `<what>/<attempt>`
    end: Position = START

    @property
    def holds(self) -> HoldPlaced | None:
        """What it holds now; None: nothing."""
        return None if self.released is not None else self.placed


def evolve(hold: Hold, fact: Registered) -> Hold:
    """Return the hold as it stands after a fact."""
    hold = replace(hold, end=fact.position)
    match fact.event:
        case HoldPlaced() as placed:
            return replace(hold, placed=placed, placed_at=fact.recorded_at, placed_by=fact.actor)
        case HoldReleased() as released:
            return replace(hold, released=released, released_by=fact.actor)
        case HoldEnforced() as stopped:
            return replace(hold, enforced=hold.enforced | {_name_of(stopped)})
        case _:
            return hold  # of no other kind there are


def decide(
    hold: Hold, command: HoldPlaced | HoldEnforced | ReleaseHold, *, now: datetime
) -> RegisterEvent | None:
    """Return the fact that a command makes true; None if it is so already.

    Raises:
        HoldUnknown: what is to be released was never placed.
        HoldDiffers: what stands under that id says something else.
        Malformed: it would hold nothing, or too much at once.
    """
    if isinstance(command, HoldPlaced):
        check(command)
        if hold.placed is not None and _said(hold.placed) != _said(command):
            raise HoldDiffers(hold.hold_id)
        return None if hold.placed else command
    if isinstance(command, HoldEnforced):
        return None if _name_of(command) in hold.enforced else command
    if hold.placed is None:
        raise HoldUnknown(command.hold_id)
    if hold.released is not None:
        return None
    return HoldReleased(reason=command.reason, released_at=now)


def check(placed: HoldPlaced) -> None:
    """Raise Malformed, which names the field, for a hold that cannot be."""
    given = (bool(placed.contact_ids), placed.customer is not None, placed.query is not None)
    if sum(given) != 1:
        raise Malformed("contact_ids", "either it, customer_endpoint or query has to be given")
    if len(placed.contact_ids) > CONTACTS_MAX:
        raise Malformed("contact_ids", f"{CONTACTS_MAX} are the most; place several holds")
    if placed.query is None:
        if placed.attributes:
            raise Malformed("attributes", "narrow a query, and there is none")
        return
    query = placed.query
    for name in ("queues", "profiles", "languages", "agent_ids"):
        if len(getattr(query, name)) > VALUES_MAX:
            raise Malformed(f"query.{name}", f"{VALUES_MAX} are the most")
    if query == HoldQuery() and not placed.attributes:
        # Whoever means everything says from when on: an empty body is a slip.
        raise Malformed("query", "has to narrow something")
    begin, end = query.recorded_from, query.recorded_to
    if begin is not None and end is not None and begin >= end:
        raise Malformed("query.recorded_to", "has to lie after recorded_from")


class Holds:
    """Handles commands about holds, and tells what is held."""

    def __init__(
        self, register: Register, *, facts: Facts, keys: KeyStore, now: Callable[[], datetime]
    ) -> None:
        """`facts` are those of contacts; of archive and log, where the log lets go of any."""
        self._register = register
        self._examiner = Examiner(facts, keys)
        self._now = now
        self._folds = Folds(register, kind=KIND, begin=lambda id_: Hold(hold_id=id_), evolve=evolve)

    async def of(self, tenant: TenantName) -> Mapping[str, Hold]:
        """Return every hold that was ever placed, by its id.

        Raises:
            HistoryUnreadable: another version placed one: nobody knows what it holds.
            LogUnavailable, TenantUnknown: see `Folds.of`.
        """
        found = await self._folds.of(tenant)
        return {id_: one for id_, one in found.items() if one.placed is not None}

    async def find(self, tenant: TenantName, hold_id: str) -> Hold:
        """Return a hold.

        Raises:
            HoldUnknown: nobody placed it.
        """
        found = (await self.of(tenant)).get(hold_id)
        if found is None:
            raise HoldUnknown(hold_id)
        return found

    async def active(self, tenant: TenantName) -> frozenset[str]:
        """Return the ids of all holds that hold anything. Raises as `of`."""
        known = await self.of(tenant)
        return frozenset(id_ for id_, one in known.items() if one.holds is not None)

    async def covering(
        self, tenant: TenantName, contact_ids: Collection[ContactId]
    ) -> dict[ContactId, tuple[str, ...]]:
        """Return the ids of the holds, by contact that is held; nothing where all are free.

        Raises:
            HistoryUnreadable: a hold or a contact that this version cannot read: keep it.
            LogUnavailable, ArchiveUnavailable, StoreUnavailable: no answer: keep it.
        """
        known = await self.of(tenant)
        active = {id_: held for id_, one in known.items() if (held := one.holds) is not None}
        if not active:
            return {}
        if any(is_wide(one) for one in active.values()):
            traits = await self._examiner.examine(tenant, contact_ids)
        else:
            traits = [Traits(contact_id=contact_id) for contact_id in contact_ids]
        covered = {
            one.contact_id: tuple(sorted(id_ for id_, held in active.items() if covers(held, one)))
            for one in traits
        }
        return {contact_id: ids for contact_id, ids in covered.items() if ids}

    async def covered_by(
        self, tenant: TenantName, hold: Hold, contact_ids: Collection[ContactId]
    ) -> list[Traits]:
        """Return those of the contacts that one hold is of, whether or not it was released."""
        if hold.placed is None:
            return []
        traits = await self._examiner.examine(tenant, contact_ids)
        return [one for one in traits if covers(hold.placed, one)]

    async def enforced(
        self,
        tenant: TenantName,
        *,
        what: Attempted,
        attempt: str,
        held: Mapping[ContactId, tuple[str, ...]],
        actor: str,
    ) -> None:
        """Record that somebody wanted to delete what is `held`, once for each hold and attempt.

        `attempt` names what was tried, such as the id of an erasure.

        Raises:
            LogUnavailable: no answer; repeating the call is safe.
        """
        by_hold: dict[str, list[ContactId]] = {}
        for contact_id, hold_ids in held.items():
            for hold_id in hold_ids:
                by_hold.setdefault(hold_id, []).append(contact_id)
        for hold_id, contacts in by_hold.items():
            event = HoldEnforced(
                what=what,
                attempt=attempt,
                contact_ids=tuple(sorted(contacts)[:NAMED_MAX]),
                contacts=len(contacts),
            )
            await self._handle(tenant, hold_id, event, command_id=_name_of(event), actor=actor)

    async def place(
        self, tenant: TenantName, command: PlaceHold, *, hold_id: str | None, actor: str
    ) -> tuple[Hold, bool]:
        """Place a hold, once; return it, and whether it stood already.

        Without `hold_id` what is held, and why, tells a repeat: as long as it is not released.

        Raises:
            ContactUnknown: no contact of that id ever started.
            HoldDiffers: `hold_id` is that of another hold; nothing is held by this one.
            Malformed: see `check`.
            LogUnavailable: no answer; repeating the command is safe.
        """
        placed = await self._placed(tenant, command)
        check(placed)
        known = await self.of(tenant)
        id_ = hold_id or await self._id_of(tenant, placed, known)
        if id_ not in known:
            for traits in await self._examiner.examine(tenant, placed.contact_ids):
                if traits.recorded_at is None:
                    raise ContactUnknown(traits.contact_id)
        news = await self._handle(tenant, id_, placed, command_id="placed", actor=actor)
        return await self.find(tenant, id_), not news

    async def release(
        self, tenant: TenantName, command: ReleaseHold, *, actor: str
    ) -> tuple[Hold, bool]:
        """Release a hold, once; return it, and whether it was so already.

        Raises:
            HoldUnknown: nobody placed it.
            LogUnavailable: no answer; repeating the command is safe.
        """
        news = await self._handle(
            tenant, command.hold_id, command, command_id="released", actor=actor
        )
        return await self.find(tenant, command.hold_id), not news

    async def token(self, tenant: TenantName, customer_endpoint: str) -> str:
        """Return what a hold of a person knows that person by."""
        return endpoint_token(await self._examiner.secret(tenant), customer_endpoint).hex()

    async def _handle(
        self,
        tenant: TenantName,
        hold_id: str,
        command: HoldPlaced | HoldEnforced | ReleaseHold,
        *,
        command_id: str,
        actor: str,
    ) -> bool:
        """Append the fact that a command makes true; False: it was so already."""

        async def attempt() -> bool:
            hold = await self._folds.one(tenant, hold_id)
            now = self._now()
            event = decide(hold, command, now=now)
            if event is None:
                return False
            await append(
                self._register,
                tenant,
                hold_id,
                event,
                id_=fact_id(KIND, hold_id, command_id),
                actor=actor,
                now=now,
                expected=hold.end,
            )
            return True

        return await decided(attempt)

    async def _placed(self, tenant: TenantName, command: PlaceHold) -> HoldPlaced:
        endpoint = command.customer_endpoint
        return HoldPlaced(
            reason=command.reason,
            matter=command.matter,
            contact_ids=tuple(dict.fromkeys(command.contact_ids)),
            customer=None if endpoint is None else await self.token(tenant, endpoint.reveal()),
            query=command.query,
            attributes=command.attributes,
        )

    async def _id_of(
        self, tenant: TenantName, placed: HoldPlaced, known: Mapping[str, Hold]
    ) -> str:
        # Under a key: what is held, and why, could be guessed from a bare hash.
        secret, said = await self._examiner.secret(tenant), _said(placed)
        for times in range(len(known) + 1):
            told = msgspec.json.encode((said, times))
            id_ = hmac.digest(secret, told, hashlib.sha256).hex()[:32]
            if id_ not in known or known[id_].released is None:
                return id_
        raise AssertionError("no more holds were released than there are")


def _name_of(stopped: HoldEnforced) -> str:
    return f"{stopped.what}/{stopped.attempt}"


def _said(placed: HoldPlaced) -> tuple[object, ...]:
    """Return everything that a hold says, in clear, in one order."""
    return (
        placed.reason.reveal(),
        placed.matter and placed.matter.reveal(),
        sorted(placed.contact_ids),
        placed.customer,
        placed.query,
        sorted((name, value.reveal()) for name, value in placed.attributes.items()),
    )
