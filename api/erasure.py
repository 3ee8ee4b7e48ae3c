"""Erasing people: asked for by one person, decided by another, and the receipt of it."""

import asyncio
from typing import Annotated, Any, Protocol

import structlog
from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, HeaderParameter, JSONBody, QueryParameter
from msgspec import Struct

from ..commands.eraser import Eraser
from ..commands.erasure import Erasure, RequestErasure, State
from ..commands.erasure_receipt import SignedReceipt
from ..errors import Fault
from ..events.base import TenantName
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
from .erasure_scope import Found, check_same, found_now, found_of, id_of
from .fields import check_body
from .idempotency import HEADER
from .ports import Ports
from .reader import PersonHeader, person_named

log = structlog.get_logger()

# Then whoever approved is told that it goes on without them: twenty contacts take a second.
FINISH_S_MAX = 20.0
COUNTED_CONTACTS_MAX = 200  # in a preview: a few milliseconds each
TOLD_MAX = 1_000  # erasures in one answer

Key = Annotated[
    str | None,
    HeaderParameter(name=HEADER, description="Requests with the same key are one command."),
]
Wanted = Annotated[State | None, QueryParameter(name="state", description="In this state alone.")]
Many = Annotated[int, QueryParameter(name="limit", ge=1, le=TOLD_MAX, description="At most.")]


class Office(Struct, frozen=True, kw_only=True):
    """What every request about erasures is answered with."""

    tenant: TenantName
    ports: Ports
    eraser: Eraser

    async def known(self, erasure_id: str) -> Erasure:
        """Return what the register says of an erasure.

        Raises:
            Malformed, ErasureUnknown: it is no id, or nobody's.
        """
        return await self.eraser.erasures.known(self.tenant, checked_id("erasure_id", erasure_id))

    async def finished(self, erasure: Erasure) -> Erasure:
        """Return the erasure when all is done, or as far as it came: its service goes on."""
        try:
            async with asyncio.timeout(FINISH_S_MAX):
                return await self.eraser.finish(self.tenant, erasure)
        except (Fault, TimeoutError) as error:
            why = error.code if isinstance(error, Fault) else "takes_long"
            about = {"tenant": self.tenant, "erasure_id": erasure.erasure_id}
            log.warning("erasure_goes_on", **about, why=why)
            return await self.known(erasure.erasure_id)

    async def told(self, erasure: Erasure) -> ErasureTold:
        """Return what is told of an erasure; while it waits, what an approval would do now."""
        now = self.ports.now()
        waits = erasure.state(now) == "requested"
        return told(erasure, now=now, scope=await self._scope(erasure) if waits else None)

    async def _scope(self, erasure: Erasure) -> Scope:
        contact_ids = await found_now(erasure, self.tenant, self.ports)
        some = contact_ids[:COUNTED_CONTACTS_MAX]
        return scope_of(
            contact_ids,
            await self.eraser.count(self.tenant, some),
            await self.eraser.held(self.tenant, contact_ids),
            counted_contacts=len(some),
        )


async def provide_office(
    tenant: NamedDependency[TenantName],
    ports: NamedDependency[Ports],
    eraser: NamedDependency[Eraser],
) -> Office:
    """Return it, for the tenant who asks."""
    return Office(tenant=tenant, ports=ports, eraser=eraser)


class ErasureController(Controller):
    path = "/v1/erasures"
    tags = ["privacy"]  # noqa: RUF012 (the framework declares it so)
    dependencies = {"office": Provide(provide_office)}  # noqa: RUF012 (as above)

    @post(status_code=201, before_request=check_body)
    async def ask(
        self,
        request: Request[Any, Any, Any],
        data: JSONBody[ErasureBody],
        office: NamedDependency[Office],
        idempotency_key: Key = None,
        who: PersonHeader = None,
    ) -> Response[ErasureTold]:
        """Ask that a contact, or every contact of a person, be erased; erases nothing yet.

        Another person has to approve it within thirty days. Says what that would do, and what is
        under legal hold. 200 when it was asked for already, 409 with the `Idempotency-Key` of an
        erasure of others. Who calls again after the approval has
        new contacts: ask again for those.
        """
        actor, tenant, eraser = _person(who), office.tenant, office.eraser
        found = await found_of(data, tenant, office.ports, eraser)
        now = office.ports.now()
        id_ = await id_of(
            found, tenant, eraser, key=idempotency_key, path=request.url.path, now=now
        )
        known = await eraser.erasures.find(tenant, id_)
        if known is not None:
            await check_same(found, known, tenant, office.ports)
        erasure = known or await eraser.request(tenant, _command(id_, data, found), actor=actor)
        log.info(
            "erasure_requested",
            tenant=tenant,
            erasure_id=id_,
            contacts=len(erasure.contact_ids),
            repeated=known is not None,
        )
        answer = await office.told(erasure)
        return Response(answer, status_code=201 if known is None else 200)

    @post("/{erasure_id:str}/approve", status_code=200, before_request=check_body)
    async def approve(
        self,
        erasure_id: FromPath[str],
        office: NamedDependency[Office],
        data: JSONBody[ApprovalBody | None] = None,
        who: PersonHeader = None,
    ) -> Response[ErasureTold]:
        """Agree, as another person than who asked: the keys are destroyed, for good.

        The person's contacts are looked up anew. 409 where some are under legal hold, unless
        `partial`: these are kept then, and a further request is needed once they are free. 202
        where it takes longer: it is finished by itself.
        """
        actor = _person(who)
        erasure = await office.known(erasure_id)
        contact_ids = erasure.contact_ids
        if erasure.state(office.ports.now()) == "requested":
            contact_ids = await found_now(erasure, office.tenant, office.ports)
        agreed = await office.eraser.approve(
            office.tenant,
            erasure,
            contact_ids=contact_ids,
            partial=bool(data and data.partial),
            actor=actor,
        )
        done = await office.finished(agreed)
        log.info(
            "erasure_approved",
            tenant=office.tenant,
            erasure_id=done.erasure_id,
            contacts=len(done.destroyed),
            held=len(done.held),
            completed=not done.is_open,
        )
        answer = await office.told(done)
        return Response(answer, status_code=202 if done.is_open else 200)

    @post("/{erasure_id:str}/refuse", status_code=200, before_request=check_body)
    async def refuse(
        self,
        erasure_id: FromPath[str],
        data: JSONBody[DecisionBody],
        office: NamedDependency[Office],
        who: PersonHeader = None,
    ) -> ErasureTold:
        """Do not agree, as another person than who asked."""
        return await _closed(office.eraser.erasures.refuse, erasure_id, office, data, who)

    @post("/{erasure_id:str}/withdraw", status_code=200, before_request=check_body)
    async def withdraw(
        self,
        erasure_id: FromPath[str],
        data: JSONBody[DecisionBody],
        office: NamedDependency[Office],
        who: PersonHeader = None,
    ) -> ErasureTold:
        """Do not ask for it any more. Whoever it is: the person may have changed their mind."""
        return await _closed(office.eraser.erasures.withdraw, erasure_id, office, data, who)

    @get()
    async def every(
        self,
        office: NamedDependency[Office],
        wanted: Wanted = None,
        limit: Many = 100,
    ) -> list[ErasureTold]:
        """Return erasures, the newest first."""
        now, known = office.ports.now(), await office.eraser.erasures.all(office.tenant)
        found = [told(one, now=now) for one in known]
        those = [one for one in reversed(found) if wanted is None or one.state == wanted]
        return those[:limit]

    @get("/{erasure_id:str}")
    async def one(
        self,
        erasure_id: FromPath[str],
        office: NamedDependency[Office],
    ) -> ErasureTold:
        """Return what became of an erasure; while it waits, what an approval would do now."""
        return await office.told(await office.known(erasure_id))

    @get("/{erasure_id:str}/receipt")
    async def receipt(
        self,
        erasure_id: FromPath[str],
        office: NamedDependency[Office],
    ) -> SignedReceipt:
        """Return the signed receipt; 409 before it is completed.

        `jws` holds the same once more, signed by the tenant's key: keep this file, and have
        `antiphon erasure verify-receipt` or any JOSE library check it.
        """
        id_ = checked_id("erasure_id", erasure_id)
        return await office.eraser.erasures.receipt(office.tenant, id_)


class Close(Protocol):
    """Ends an erasure that waits: another person refuses, or nobody asks for it any more."""

    async def __call__(
        self, tenant: TenantName, erasure: Erasure, *, reason: Sealed, actor: str
    ) -> Erasure: ...


async def _closed(
    close: Close, erasure_id: str, office: Office, decision: DecisionBody, who: str | None
) -> ErasureTold:
    erasure, actor = await office.known(erasure_id), _person(who)
    reason = Sealed(decision.reason)
    return await office.told(await close(office.tenant, erasure, reason=reason, actor=actor))


def _person(who: str | None) -> str:
    return person_named(who, why="an erasure takes two persons")


def _command(erasure_id: str, body: ErasureBody, found: Found) -> RequestErasure:
    return RequestErasure(
        erasure_id=erasure_id,
        by_id=found.by_id,
        by_endpoint=found.by_endpoint,
        reason=Sealed(body.reason),
        identity_proof=Sealed(body.identity_proof),
    )
