"""Whether a hold covers a contact: by what the contact's own facts say, now and whenever asked."""

import asyncio
import hmac
from collections.abc import AsyncGenerator, Callable, Collection
from contextlib import aclosing
from datetime import datetime
from typing import Protocol

from msgspec import Struct, field

from ..errors import HistoryUnreadable
from ..events.base import (
    AgentId,
    ContactId,
    ContactRef,
    Lane,
    Recorded,
    TenantName,
    Unreadable,
)
from ..events.contact import AgentConnected, AttributesSet, ContactErased, ContactStarted
from ..events.erasure import INDEX_HOLDER, endpoint_token
from ..events.hold import HoldPlaced, HoldQuery
from ..events.keys import KeyStore
from ..events.sealed import Sealed

AT_ONCE = 16  # contacts whose facts are read at the same time


class Facts(Protocol):
    """Where a contact's facts are read: the log, or archive and log together."""

    def read(self, contact: ContactRef, *, lanes: Collection[Lane]) -> AsyncGenerator[Recorded]:
        """Yield the facts of one contact in order, then end. Nothing for an unknown contact."""
        ...


class Traits(Struct, kw_only=True):
    """What of a contact a hold may ask for. Without `recorded_at` there is no such contact."""

    contact_id: ContactId
    recorded_at: datetime | None = None  # of its start
    customer: str | None = None  # hex of the person's token; None: unknown, or erased
    queue: str | None = None
    profile: str | None = None
    language: str | None = None
    agent_ids: set[AgentId] = field(default_factory=set[AgentId])
    # Every value that each attribute ever had: what was so when it mattered may be another now.
    attributes: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    erased: bool = False


Token = Callable[[str], str]  # from a customer's endpoint to the hex of the token


class Examiner:
    """Reads what holds may ask for, of contacts side by side."""

    def __init__(self, facts: Facts, keys: KeyStore) -> None:
        self._facts = facts
        self._keys = keys

    async def secret(self, tenant: TenantName) -> bytes:
        """Return the key under which a tenant's customers are known; the same for ever."""
        return (await self._keys.obtain(tenant, INDEX_HOLDER)).secret

    async def examine(self, tenant: TenantName, contact_ids: Collection[ContactId]) -> list[Traits]:
        """Return the traits of each contact. Raises as `traits_of`."""
        secret = await self.secret(tenant)
        unique, found = list(dict.fromkeys(contact_ids)), list[Traits]()

        def token(endpoint: str) -> str:
            return endpoint_token(secret, endpoint).hex()

        for first in range(0, len(unique), AT_ONCE):
            some = [ContactRef(tenant, one) for one in unique[first : first + AT_ONCE]]
            found += await asyncio.gather(
                *(traits_of(contact, self._facts, token=token) for contact in some)
            )
        return found


async def traits_of(contact: ContactRef, facts: Facts, *, token: Token) -> Traits:
    """Return what a contact's facts say.

    Raises:
        HistoryUnreadable: one of them cannot be read: nobody knows whether it is held.
        LogUnavailable, ArchiveUnavailable: no answer; asking again is safe.
    """
    traits = Traits(contact_id=contact.contact_id)
    async with aclosing(facts.read(contact, lanes=("life",))) as found:
        async for fact in found:
            _take(traits, fact, token)
    return traits


def covers(hold: HoldPlaced, traits: Traits) -> bool:
    """Tell whether a hold is of this contact."""
    if traits.contact_id in hold.contact_ids:
        return True
    if hold.customer is not None:
        known = traits.customer or ""
        return hmac.compare_digest(hold.customer.encode(), known.encode())
    if hold.query is None or traits.recorded_at is None:
        return False
    return _is_found(hold.query, traits) and _has(hold.attributes, traits)


def is_wide(hold: HoldPlaced) -> bool:
    """Tell whether the facts of a contact have to be read to know whether it is covered."""
    return hold.customer is not None or hold.query is not None


def _is_found(query: HoldQuery, traits: Traits) -> bool:
    at = traits.recorded_at
    assert at is not None, "the caller looked"
    if query.recorded_from is not None and at < query.recorded_from:
        return False
    if query.recorded_to is not None and at >= query.recorded_to:
        return False
    if query.agent_ids and traits.agent_ids.isdisjoint(query.agent_ids):
        return False
    wanted = (
        (query.queues, traits.queue),
        (query.profiles, traits.profile),
        (query.languages, traits.language),
    )
    return all(not values or value in values for values, value in wanted)


def _has(attributes: dict[str, Sealed], traits: Traits) -> bool:
    # The tenant's own key opens what a hold asks for; it is never destroyed.
    return all((name, value.reveal()) in traits.attributes for name, value in attributes.items())


def _take(traits: Traits, fact: Recorded, token: Token) -> None:
    match fact.event:
        case ContactStarted() as event:
            traits.recorded_at = traits.recorded_at or fact.recorded_at
            traits.queue, traits.profile = event.queue, event.profile
            traits.language = event.language
            endpoint = event.customer_endpoint and event.customer_endpoint.reveal_or(None)
            traits.customer = traits.customer or (token(endpoint) if endpoint else None)
            _take_attributes(traits, event.attributes)
        case AttributesSet(attributes=attributes):
            _take_attributes(traits, attributes)
        case AgentConnected(agent_id=agent_id):
            traits.agent_ids.add(agent_id)
        case ContactErased():
            traits.erased = True
        case Unreadable(ignorable=False, problem=problem):
            raise HistoryUnreadable(traits.contact_id, position=fact.position, problem=problem)
        case _:
            pass  # nothing that a hold may ask for


def _take_attributes(traits: Traits, attributes: dict[str, Sealed]) -> None:
    for name, value in attributes.items():
        if (text := value.reveal_or(None)) is not None:
            traits.attributes.add((name, text))
