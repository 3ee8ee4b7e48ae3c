"""Erasing people: asked for by one person, decided by another, and the receipt of it."""

import asyncio
from typing import Annotated, Any

import structlog
from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, HeaderParameter, JSONBody, QueryParameter

from ..commands.eraser import Eraser
from ..commands.erasure import Erasure, RequestErasure, State
from ..commands.erasure_receipt import SignedReceipt
from ..errors import Fault, Malformed
from ..events.base import ContactId, TenantName
from ..events.sealed import Sealed
from .bodies import checked_id
from .erasure_bodies import (
    ApprovalBody,
    DecisionBody,
    ErasureBody,
    ErasureTold,
    Scope,
    scope_of,
    told,
)
from .erasure_scope import Found, found_now, found_of, id_of
from .fields import check_body
from .idempotency import HEADER
from .ports import Ports
from .reader import WHO

log = structlog.get_logger()

# Then whoever approved is told that it goes on without them: twenty contacts take a second.
FINISH_S_MAX = 20.0
COUNTED_CONTACTS_MAX = 200  # in a preview: a few milliseconds each
TOLD_MAX = 1_000  # erasures in one answer

Actor = Annotated[
    str | None,
    HeaderParameter(name=WHO, description="Who decides: an id, never a name. Recorded."),
]
Key = Annotated[
    str | None,
    HeaderParameter(name=HEADER, description="Requests with the same key are one command."),
]
Wanted = Annotated[State | None, QueryParameter(name="state", description="In this state alone.")]
Many = Annotated[int, QueryParameter(name="limit", ge=1, le=TOLD_MAX, description="At most.")]


class ErasureController(Controller):
    path = "/v1/erasures"
    tags = ["privacy"]  # noqa: RUF012 (the framework declares it so)

    @post(status_code=201, before_request=check_body)
    async def ask(  # noqa: PLR0917 (the framework injects them by name)
        self,
        request: Request[Any, Any, Any],
        data: JSONBody[ErasureBody],
        tenant: NamedDependency[TenantName],
        ports: NamedDependency[Ports],
        eraser: NamedDependency[Eraser],
        idempotency_key: Key = None,
        who: Actor = None,
    ) -> Response[ErasureTold]:
        """Ask that a contact, or every contact of a person, be erased; erases nothing yet.

        Another person has to approve it within thirty days. Says what that would do, and what is
        under legal hold. 200 when it was asked for already. Who calls again after the approval has
        new contacts: ask again for those.
        """
        actor = _person(who)
        found = await found_of(data, tenant, ports, eraser)
        id_ = await id_of(
            found, tenant, eraser, key=idempotency_key, path=request.url.path, now=ports.now()
        )
        known = await eraser.erasures.find(tenant, id_)
        erasure = known or await eraser.request(tenant, _command(id_, data, found), actor=actor)
        log.info(
            "erasure_requested",
            tenant=tenant,
            erasure_id=id_,
            contacts=len(erasure.contact_ids),
            repeated=known is not None,
        )
        answer = await _told(erasure, tenant, ports, eraser)
        return Response(answer, status_code=201 if known is None else 200)

    @post("/{erasure_id:str}/approve", status_code=200, before_request=check_body)
    async def approve(  # noqa: PLR0917 (the framework injects them by name)
        self,
        erasure_id: FromPath[str],
        tenant: NamedDependency[TenantName],
        ports: NamedDependency[Ports],
        eraser: NamedDependency[Eraser],
        data: JSONBody[ApprovalBody | None] = None,
        who: Actor = None,
    ) -> Response[ErasureTold]:
        """Agree, as another person than who asked: the keys are destroyed, for good.

        The person's contacts are looked up anew. 409 where some are under legal hold, unless
        `partial`: these are kept then, and a further request is needed once they are free. 202
        where it takes longer: it is finished by itself.
        """
        actor = _person(who)
        erasure = await _known(erasure_id, tenant, eraser)
        contact_ids = erasure.contact_ids
        if erasure.state(ports.now()) == "requested":
            contact_ids = await found_now(erasure, tenant, ports)
        agreed = await eraser.approve(
            tenant,
            erasure,
            contact_ids=contact_ids,
            partial=bool(data and data.partial),
            actor=actor,
        )
        done = await _finished(agreed, tenant, eraser)
        log.info(
            "erasure_approved",
            tenant=tenant,
            erasure_id=done.erasure_id,
            contacts=len(done.destroyed),
            held=len(done.held),
            completed=not done.is_open,
        )
        answer = await _told(done, tenant, ports, eraser)
        return Response(answer, status_code=202 if done.is_open else 200)

    @post("/{erasure_id:str}/refuse", status_code=200, before_request=check_body)
    async def refuse(  # noqa: PLR0917 (the framework injects them by name)
        self,
        erasure_id: FromPath[str],
        data: JSONBody[DecisionBody],
        tenant: NamedDependency[TenantName],
        ports: NamedDependency[Ports],
        eraser: NamedDependency[Eraser],
        who: Actor = None,
    ) -> ErasureTold:
        """Do not agree, as another person than who asked."""
        erasure = await _known(erasure_id, tenant, eraser)
        closed = await eraser.erasures.refuse(
            tenant, erasure, reason=Sealed(data.reason), actor=_person(who)
        )
        return await _told(closed, tenant, ports, eraser)

    @post("/{erasure_id:str}/withdraw", status_code=200, before_request=check_body)
    async def withdraw(  # noqa: PLR0917 (the framework injects them by name)
        self,
        erasure_id: FromPath[str],
        data: JSONBody[DecisionBody],
        tenant: NamedDependency[TenantName],
        ports: NamedDependency[Ports],
        eraser: NamedDependency[Eraser],
        who: Actor = None,
    ) -> ErasureTold:
        """Do not ask for it any more. Whoever it is: the person may have changed their mind."""
        erasure = await _known(erasure_id, tenant, eraser)
        closed = await eraser.erasures.withdraw(
            tenant, erasure, reason=Sealed(data.reason), actor=_person(who)
        )
        return await _told(closed, tenant, ports, eraser)

    @get()
    async def every(
        self,
        tenant: NamedDependency[TenantName],
        ports: NamedDependency[Ports],
        eraser: NamedDependency[Eraser],
        wanted: Wanted = None,
        limit: Many = 100,
    ) -> list[ErasureTold]:
        """Return erasures, the newest first."""
        found = [told(one, now=ports.now()) for one in await eraser.erasures.all(tenant)]
        those = [one for one in reversed(found) if wanted is None or one.state == wanted]
        return those[:limit]

    @get("/{erasure_id:str}")
    async def one(
        self,
        erasure_id: FromPath[str],
        tenant: NamedDependency[TenantName],
        ports: NamedDependency[Ports],
        eraser: NamedDependency[Eraser],
    ) -> ErasureTold:
        """Return what became of an erasure; while it waits, what an approval would do now."""
        erasure = await _known(erasure_id, tenant, eraser)
        return await _told(erasure, tenant, ports, eraser)

    @get("/{erasure_id:str}/receipt")
    async def receipt(
        self,
        erasure_id: FromPath[str],
        tenant: NamedDependency[TenantName],
        eraser: NamedDependency[Eraser],
    ) -> SignedReceipt:
        """Return the signed receipt; 409 before it is completed.

        `jws` holds the same once more, signed by the tenant's key: keep this file, and have
        `antiphon erasure verify-receipt` or any JOSE library check it.
        """
        return await eraser.erasures.receipt(tenant, checked_id("erasure_id", erasure_id))


def _person(who: str | None) -> str:
    if who is None:
        raise Malformed(WHO, "has to say who this is: an erasure takes two persons")
    return f"person:{checked_id(WHO, who)}"


def _command(erasure_id: str, body: ErasureBody, found: Found) -> RequestErasure:
    return RequestErasure(
        erasure_id=erasure_id,
        by_id=found.by_id,
        by_endpoint=found.by_endpoint,
        reason=Sealed(body.reason),
        identity_proof=Sealed(body.identity_proof),
    )


async def _known(erasure_id: str, tenant: TenantName, eraser: Eraser) -> Erasure:
    return await eraser.erasures.known(tenant, checked_id("erasure_id", erasure_id))


async def _finished(erasure: Erasure, tenant: TenantName, eraser: Eraser) -> Erasure:
    """Return the erasure when all is done, or as far as it came: its service goes on."""
    try:
        async with asyncio.timeout(FINISH_S_MAX):
            return await eraser.finish(tenant, erasure)
    except (Fault, TimeoutError) as error:
        why = error.code if isinstance(error, Fault) else "takes_long"
        log.warning("erasure_goes_on", tenant=tenant, erasure_id=erasure.erasure_id, why=why)
        return await eraser.erasures.known(tenant, erasure.erasure_id)


async def _told(erasure: Erasure, tenant: TenantName, ports: Ports, eraser: Eraser) -> ErasureTold:
    now = ports.now()
    waits = erasure.state(now) == "requested"
    scope = await _scope(erasure, tenant, ports, eraser) if waits else None
    return told(erasure, now=now, scope=scope)


async def _scope(erasure: Erasure, tenant: TenantName, ports: Ports, eraser: Eraser) -> Scope:
    contact_ids: tuple[ContactId, ...] = await found_now(erasure, tenant, ports)
    some = contact_ids[:COUNTED_CONTACTS_MAX]
    return scope_of(
        contact_ids,
        await eraser.count(tenant, some),
        await eraser.held(tenant, contact_ids),
        counted_contacts=len(some),
    )
