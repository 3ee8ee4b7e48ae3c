"""Whom an erasure is about: found by an id or a number, and looked up anew when it is decided."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

from msgspec import Struct

from ..commands.eraser import Eraser
from ..commands.erasure import CONTACTS_MAX, Erasure
from ..errors import CustomerUnknown, ErasureDiffers, Malformed, StoreUnavailable
from ..events.base import ContactId, TenantName
from ..projections.endpoint_index import contacts_of, contacts_of_same, shows
from ..projections.store import Connection, store_faults
from .bodies import checked_id
from .erasure_bodies import ErasureBody
from .idempotency import command_id
from .ports import Ports

PATH = "/v1/erasures"
POLL_S = 0.02  # between looks at how far the index is
REQUESTS_MAX = 100  # for the same contacts: refused, withdrawn or expired again and again


class Found(Struct, frozen=True, kw_only=True):
    """Contacts, by how they were found; none twice."""

    by_id: tuple[ContactId, ...] = ()
    by_endpoint: tuple[ContactId, ...] = ()

    @property
    def contact_ids(self) -> tuple[ContactId, ...]:
        """All of them."""
        return (*self.by_id, *self.by_endpoint)


async def found_of(body: ErasureBody, tenant: TenantName, ports: Ports, eraser: Eraser) -> Found:
    """Return the contacts that a body names.

    Raises:
        Malformed: it names nobody, or says more than one thing.
        CustomerUnknown: no contact is known that is not erased already.
        StoreUnavailable: the index does not answer, or does not show every contact yet.
    """
    given = [one for one in (body.contact_id, body.customer_endpoint, body.person) if one]
    if len(given) != 1:
        problem = "it, customer_endpoint or person has to be given, and one alone"
        raise Malformed("contact_id", problem)
    if body.contact_id is not None:
        return Found(by_id=(ContactId(checked_id("contact_id", body.contact_id)),))
    person = body.person
    named = () if person is None else person.contact_ids
    by_id = tuple(dict.fromkeys(ContactId(checked_id("contact_ids", one)) for one in named))
    endpoints = [body.customer_endpoint] if body.customer_endpoint else []
    endpoints += [] if person is None else person.customer_endpoints
    by_endpoint = await _of_endpoints(endpoints, tenant, ports, eraser)
    found = Found(
        by_id=by_id, by_endpoint=tuple(one for one in by_endpoint if one not in set(by_id))
    )
    if not found.contact_ids:
        raise CustomerUnknown
    return found


async def check_same(found: Found, erasure: Erasure, tenant: TenantName, ports: Ports) -> None:
    """Raise ErasureDiffers where an erasure that was asked for before is of others.

    Who was found by a number may have called again since.
    """
    others = set(found.by_endpoint).difference(erasure.by_endpoint)
    if others:
        others.difference_update(await found_now(erasure, tenant, ports))
    is_person = bool(found.by_endpoint) == bool(erasure.by_endpoint)
    if others or not is_person or set(found.by_id) != set(erasure.by_id):
        raise ErasureDiffers(erasure.erasure_id)


async def found_now(erasure: Erasure, tenant: TenantName, ports: Ports) -> tuple[ContactId, ...]:
    """Return the contacts that an erasure is about now: those found by a number, and later ones.

    Raises:
        StoreUnavailable: the index does not answer, or does not show every contact yet.
    """
    if not erasure.by_endpoint:
        return erasure.by_id
    later = await _indexed(
        tenant,
        ports,
        lambda connection: contacts_of_same(
            connection, erasure.by_endpoint, contacts_max=CONTACTS_MAX
        ),
    )
    return tuple(dict.fromkeys((*erasure.by_id, *erasure.by_endpoint, *later)))


async def id_of(
    found: Found,
    tenant: TenantName,
    eraser: Eraser,
    *,
    key: str | None,
    path: str,
    now: datetime,
) -> str:
    """Return the id that the client chose, or that of the erasure of just these contacts.

    Nothing of a number stands in it. Where an earlier one came to nothing, or a hold kept some of
    the contacts, it is another.

    Raises:
        Malformed: the key is no key.
        StoreUnavailable: it came to nothing too often.
    """
    if key is not None:
        return command_id(key, tenant=tenant, path=path, told=None, tells_when=True)
    contact_ids = sorted(found.contact_ids)
    for attempt in range(REQUESTS_MAX):
        told = [*contact_ids, str(attempt)] if attempt else contact_ids
        id_ = command_id(None, tenant=tenant, path=PATH, told=told, tells_when=True)
        known = await eraser.erasures.find(tenant, id_)
        if known is None or not _came_to_nothing(known, now):
            return id_
    raise StoreUnavailable("asked for again and again; give an Idempotency-Key")


def _came_to_nothing(erasure: Erasure, now: datetime) -> bool:
    state = erasure.state(now)
    return state in {"refused", "withdrawn", "expired"} or (
        state == "completed" and bool(erasure.held)
    )


async def _of_endpoints(
    endpoints: list[str], tenant: TenantName, ports: Ports, eraser: Eraser
) -> list[ContactId]:
    if not endpoints:
        return []
    tokens = [await eraser.token(tenant, one) for one in endpoints]

    async def look(connection: Connection) -> list[ContactId]:
        found: list[ContactId] = []
        for token in tokens:
            found += await contacts_of(connection, token, contacts_max=CONTACTS_MAX)
        return list(dict.fromkeys(found))[:CONTACTS_MAX]

    return await _indexed(tenant, ports, look)


async def _indexed(
    tenant: TenantName,
    ports: Ports,
    look: Callable[[Connection], Awaitable[list[ContactId]]],
) -> list[ContactId]:
    """Return what the index says once it shows every contact there is."""
    reached = (await ports.journal.state(tenant)).last
    pool = await ports.databases.pool(tenant)
    with store_faults():
        async with (
            asyncio.timeout(ports.limits.catch_up_s),
            pool.acquire(timeout=ports.limits.query_s) as connection,
        ):
            # Whoever called a moment ago is to be found, too.
            while not await shows(connection, reached):  # noqa: ASYNC110 (it asks anew each time)
                await asyncio.sleep(POLL_S)
            return await look(connection)
