"""Erasing people: `POST /v1/erasures`, and the receipt of it."""

import asyncio
from datetime import datetime
from typing import Annotated, Any, Literal

import structlog
from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, HeaderParameter, JSONBody
from msgspec import Meta, Struct

from ..commands.erasure import CONTACTS_MAX, EraseContacts, Eraser, Erasure
from ..errors import CustomerUnknown, Malformed
from ..events.base import ContactId, TenantName
from ..events.erasure import FoundBy
from ..events.sealed import Sealed
from ..projections.endpoint_index import contacts_of, shows
from ..projections.store import store_faults
from ..projections.transcript_rows import ERASED
from .bodies import Id, Name, checked_id
from .fields import check_body
from .idempotency import HEADER, command_id
from .ports import Ports

log = structlog.get_logger()

POLL_S = 0.02  # between looks at how far the index is

ACTOR = "machine"  # until access control exists nobody can say which person asks

Reason = Annotated[str, Meta(min_length=1, max_length=1_024, pattern=r"^[^\x00]*$")]


class ErasureBody(Struct, frozen=True, kw_only=True):
    """Who is to be erased: one contact, or every contact of a customer. One of the two."""

    reason: Reason
    contact_id: Id | None = None
    customer_endpoint: Name | None = None  # however it is written: +49 30 90182-0, 00493090...


class Receipt(Struct, frozen=True, kw_only=True):
    """What was erased, when, on whose word and why. Says nothing about the person."""

    erasure_id: str
    state: Literal["requested", "completed"]  # `requested`: it is under way, and will be finished
    contact_ids: tuple[ContactId, ...]
    found_by: FoundBy
    reason: str
    requested_by: str
    requested_at: datetime | None
    completed_at: datetime | None


class ErasureController(Controller):
    path = "/v1/erasures"
    tags = ["privacy"]  # noqa: RUF012 (the framework declares it so)

    @post(status_code=201, before_request=check_body)
    async def erase(  # noqa: PLR0917 (the framework injects them by name)
        self,
        request: Request[Any, Any, Any],
        data: JSONBody[ErasureBody],
        tenant: NamedDependency[TenantName],
        ports: NamedDependency[Ports],
        eraser: NamedDependency[Eraser],
        idempotency_key: Annotated[
            str | None,
            HeaderParameter(name=HEADER, description="Requests with the same key are one command."),
        ] = None,
    ) -> Response[Receipt]:
        """Destroy the keys of a contact, or of all contacts of a customer, for good.

        What was said and every personal detail then reads as erased, everywhere. 200 when it
        was done already. Who calls again later has new contacts: repeat it for those.
        """
        if (data.contact_id is None) == (data.customer_endpoint is None):
            raise Malformed("contact_id", "either it or customer_endpoint has to be given")
        id_ = _erasure_id(idempotency_key, request.url.path, tenant, data)
        erasure = None if id_ is None else await eraser.find(tenant, id_)
        if erasure is None:
            contact_ids = await _contacts(data, tenant, ports, eraser)
            command = EraseContacts(
                erasure_id=id_ or _id_of_contacts(tenant, contact_ids),
                contact_ids=contact_ids,
                found_by="contact_id" if data.contact_id else "customer_endpoint",
                reason=Sealed(data.reason),
            )
            erasure = await eraser.request(tenant, command, actor=ACTOR)
        done = await eraser.finish(tenant, erasure)
        log.info(
            "erasure_handled",
            tenant=tenant,
            erasure_id=done.erasure_id,
            contacts=len(done.contact_ids),
            repeated=not erasure.is_open,
        )
        return Response(_receipt(done), status_code=201 if erasure.is_open else 200)

    @get("/{erasure_id:str}")
    async def receipt(
        self,
        erasure_id: FromPath[str],
        tenant: NamedDependency[TenantName],
        eraser: NamedDependency[Eraser],
    ) -> Receipt:
        """Return the receipt of an erasure."""
        return _receipt(await eraser.receipt(tenant, checked_id("erasure_id", erasure_id)))


def _erasure_id(key: str | None, path: str, tenant: TenantName, body: ErasureBody) -> str | None:
    """Return the id that the client or the contact determines; None: whom it finds does."""
    if key is not None:
        return command_id(key, tenant=tenant, path=path, told=None, tells_when=True)
    if body.contact_id is not None:
        # A contact can be erased but once, whatever the reason given.
        return _id_of_contacts(tenant, (ContactId(body.contact_id),))
    # Of a number nothing may stand in an id, and the same one may have new contacts tomorrow.
    return None


def _id_of_contacts(tenant: TenantName, contact_ids: tuple[ContactId, ...]) -> str:
    return command_id(
        None, tenant=tenant, path="/v1/erasures", told=sorted(contact_ids), tells_when=True
    )


async def _contacts(
    body: ErasureBody, tenant: TenantName, ports: Ports, eraser: Eraser
) -> tuple[ContactId, ...]:
    if body.contact_id is not None:
        return (ContactId(checked_id("contact_id", body.contact_id)),)
    assert body.customer_endpoint is not None, "one of the two was given"
    token = await eraser.token(tenant, body.customer_endpoint)
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
            found = await contacts_of(connection, token, contacts_max=CONTACTS_MAX)
    if not found:
        raise CustomerUnknown
    return tuple(found)


def _receipt(erasure: Erasure) -> Receipt:
    return Receipt(
        erasure_id=erasure.erasure_id,
        state="requested" if erasure.is_open else "completed",
        contact_ids=erasure.contact_ids,
        found_by=erasure.found_by,
        reason=erasure.reason.reveal_or(ERASED),
        requested_by=erasure.actor,
        requested_at=erasure.requested_at,
        completed_at=erasure.completed_at,
    )
