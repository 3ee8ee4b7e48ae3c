"""Legal holds: `POST /v1/holds` places one, `DELETE /v1/holds/{id}` releases it.

What is held is neither erased nor deleted when its time is over. A hold of a person or of a query
holds contacts that are yet to come as well.
"""

import asyncio
from datetime import datetime
from typing import Annotated, Any, Literal

import structlog
from litestar import Controller, Request, Response, delete, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct, field

from ..commands.hold import Hold, Holds, PlaceHold, ReleaseHold
from ..errors import Malformed
from ..events.base import AgentId, ContactId, TenantName
from ..events.hold import HoldPlaced, HoldQuery
from ..events.sealed import Sealed
from ..projections import endpoint_index, retention
from ..projections.projection import ReadModel, checkpoint_of
from ..projections.store import Connection, store_faults
from ..projections.transcript_rows import ERASED
from .bodies import Attributes, Id, Instant, Language, Name, checked_id, sealed_attributes, utc
from .fields import check_body
from .idempotency import command_id
from .ports import Ports
from .reader import PersonHeader, Reader, person_named, provide_reader
from .webhooks import KeyHeader

log = structlog.get_logger()

COVERED_MAX = 1_000  # contacts that an answer looks at and names
POLL_S = 0.02  # between looks at how far a read model is

Reason = Annotated[str, Meta(min_length=1, max_length=1_024, pattern=r"^[^\x00]*$")]


class HoldQueryBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which contacts: any value of each field, every field that is given.

    `recorded_from` (inclusive) and `recorded_to` (exclusive) are of the contact's start.
    """

    recorded_from: Instant | None = None
    recorded_to: Instant | None = None
    queues: tuple[Name, ...] = ()
    profiles: tuple[Name, ...] = ()
    languages: tuple[Language, ...] = ()
    agent_ids: tuple[Id, ...] = ()
    attributes: Attributes = field(default_factory=dict[str, str])


class HoldBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What must be kept, and why. One of `contact_ids`, `customer_endpoint` and `query`."""

    reason: Reason
    matter: Reason | None = None
    contact_ids: tuple[Id, ...] | None = None
    customer_endpoint: Name | None = None
    query: HoldQueryBody | None = None


class HoldTold(Struct, frozen=True, kw_only=True):
    """A hold. Of a held person it tells that, and not who it is."""

    hold_id: str
    state: Literal["active", "released"]
    holds: Literal["contact_ids", "customer_endpoint", "query"]
    contact_ids: tuple[ContactId, ...]
    query: HoldQuery | None
    attributes: dict[str, str]
    reason: str
    matter: str | None
    placed_by: str
    placed_at: datetime | None
    released_by: str | None
    released_at: datetime | None
    release_reason: str | None
    enforced: int  # attempts to delete that it stopped


class Covered(Struct, frozen=True, kw_only=True):
    """The contacts that a hold is of, at the moment."""

    contact_ids: tuple[ContactId, ...]
    gone: tuple[ContactId, ...]  # of these, who was erased before the hold could keep them
    complete: bool  # False: there are more, or not all that is recorded was looked at


class HoldAnswer(Struct, frozen=True, kw_only=True):
    """A hold, and what it is of now."""

    hold: HoldTold
    covers: Covered


_READER = Provide(provide_reader, sync_to_thread=False)


class HoldController(Controller):
    path = "/v1/holds"
    tags = ["privacy"]  # noqa: RUF012 (the framework declares it so)

    @post(status_code=201, before_request=check_body)
    async def place(  # noqa: PLR0917 (the framework injects them by name)
        self,
        request: Request[Any, Any, Any],
        data: JSONBody[HoldBody],
        tenant: NamedDependency[TenantName],
        holds: NamedDependency[Holds],
        who: PersonHeader = None,
        idempotency_key: KeyHeader = None,
    ) -> Response[HoldTold]:
        """Keep contacts from being deleted, from now on. 200 where that hold stands already.

        422 unless `Antiphon-Actor` says who places it; 409 `hold_differs` where its
        `Idempotency-Key` is that of a hold that says something else: nothing more is held then.
        """
        actor = _person(who)
        hold_id = idempotency_key and command_id(
            idempotency_key, tenant=tenant, path=request.url.path, told=None, tells_when=True
        )
        placed, repeated = await holds.place(
            tenant, _command(data), hold_id=hold_id and hold_id[:32], actor=actor
        )
        log.info("hold_placed", tenant=tenant, hold_id=placed.hold_id, repeated=repeated)
        return Response(_told(placed), status_code=200 if repeated else 201, headers=_UNKEPT)

    @get()
    async def all(
        self, tenant: NamedDependency[TenantName], holds: NamedDependency[Holds]
    ) -> list[HoldTold]:
        """Return every hold that was ever placed, the newest first."""
        known = (await holds.of(tenant)).values()
        return [_told(one) for one in sorted(known, key=lambda one: one.placed_at or _NEVER)[::-1]]

    @get("/{hold_id:str}")
    async def one(
        self,
        hold_id: FromPath[str],
        tenant: NamedDependency[TenantName],
        holds: NamedDependency[Holds],
        ports: NamedDependency[Ports],
    ) -> HoldAnswer:
        """Return a hold, and which contacts it is of now."""
        hold = await holds.find(tenant, checked_id("hold_id", hold_id))
        candidates, complete = await _candidates(tenant, hold, ports)
        found = await holds.covered_by(tenant, hold, candidates)
        covered = Covered(
            contact_ids=tuple(one.contact_id for one in found),
            gone=tuple(one.contact_id for one in found if one.erased),
            complete=complete,
        )
        return HoldAnswer(hold=_told(hold), covers=covered)

    @delete("/{hold_id:str}", status_code=200, dependencies={"reader": _READER})
    async def release(
        self,
        hold_id: FromPath[str],
        tenant: NamedDependency[TenantName],
        holds: NamedDependency[Holds],
        reader: NamedDependency[Reader],
        who: PersonHeader = None,
    ) -> HoldTold:
        """Let what was held be deleted again. Why: `Antiphon-Reason`. Again changes nothing.

        422 unless `Antiphon-Actor` says who releases it.
        """
        command = ReleaseHold(hold_id=checked_id("hold_id", hold_id), reason=reader.reason)
        released, repeated = await holds.release(tenant, command, actor=_person(who))
        log.info("hold_released", tenant=tenant, hold_id=hold_id, repeated=repeated)
        return _told(released)


_UNKEPT = {"Cache-Control": "no-store"}
_NEVER = datetime.fromisoformat("0001-01-01T00:00:00+00:00")


def _person(who: str | None) -> str:
    return person_named(who, why="whose hold it is, and who let go of it, is evidence")


def _command(body: HoldBody) -> PlaceHold:
    if body.contact_ids is not None and not body.contact_ids:
        raise Malformed("contact_ids", "names no contact")
    query, endpoint = body.query, body.customer_endpoint
    return PlaceHold(
        reason=Sealed(body.reason),
        matter=None if body.matter is None else Sealed(body.matter),
        contact_ids=tuple(
            ContactId(checked_id("contact_ids", one)) for one in body.contact_ids or ()
        ),
        customer_endpoint=None if endpoint is None else Sealed(endpoint),
        query=None if query is None else _query(query),
        attributes={} if query is None else sealed_attributes(query.attributes),
    )


def _query(body: HoldQueryBody) -> HoldQuery:
    return HoldQuery(
        recorded_from=utc("query.recorded_from", body.recorded_from),
        recorded_to=utc("query.recorded_to", body.recorded_to),
        queues=body.queues,
        profiles=body.profiles,
        languages=body.languages,
        agent_ids=tuple(AgentId(checked_id("query.agent_ids", one)) for one in body.agent_ids),
    )


def _told(hold: Hold) -> HoldTold:
    placed, released = hold.placed, hold.released
    assert placed is not None, "holds that were not placed are not told"
    return HoldTold(
        hold_id=hold.hold_id,
        state="active" if released is None else "released",
        holds=_scope(placed),
        contact_ids=placed.contact_ids,
        query=placed.query,
        attributes={name: value.reveal_or(ERASED) for name, value in placed.attributes.items()},
        reason=placed.reason.reveal_or(ERASED),
        matter=placed.matter and placed.matter.reveal_or(ERASED),
        placed_by=hold.placed_by,
        placed_at=hold.placed_at,
        released_by=hold.released_by or None,
        released_at=None if released is None else released.released_at,
        release_reason=released and released.reason and released.reason.reveal_or(ERASED),
        enforced=len(hold.enforced),
    )


def _scope(placed: HoldPlaced) -> Literal["contact_ids", "customer_endpoint", "query"]:
    if placed.query is not None:
        return "query"
    return "contact_ids" if placed.customer is None else "customer_endpoint"


async def _candidates(tenant: TenantName, hold: Hold, ports: Ports) -> tuple[list[ContactId], bool]:
    """Return contacts that a hold may be of, and whether there can be no other."""
    placed = hold.placed
    assert placed is not None, "the caller found it"
    if _scope(placed) == "contact_ids":
        named = placed.contact_ids
        return list(named[:COVERED_MAX]), len(named) <= COVERED_MAX
    model = retention.PROJECTION if placed.customer is None else endpoint_index.MODEL
    reached = (await ports.journal.state(tenant)).last
    pool = await ports.databases.pool(tenant)
    with store_faults():
        async with pool.acquire(timeout=ports.limits.query_s) as connection:
            shows_all = await _shows(connection, model, reached, within_s=ports.limits.catch_up_s)
            found = await _looked_up(connection, placed)
    return found[:COVERED_MAX], shows_all and len(found) <= COVERED_MAX


async def _shows(
    connection: Connection, model: ReadModel, reached: int, *, within_s: float
) -> bool:
    """Tell whether a read model shows the log up to a position, which it is given time for."""
    try:
        async with asyncio.timeout(within_s):
            while True:
                checkpoint = await checkpoint_of(connection, model)
                if checkpoint is not None and checkpoint.position >= reached:
                    return True
                await asyncio.sleep(POLL_S)
    except TimeoutError:
        return False


async def _looked_up(connection: Connection, placed: HoldPlaced) -> list[ContactId]:
    if placed.customer is not None:
        token = bytes.fromhex(placed.customer)
        return await endpoint_index.contacts_of(connection, token, contacts_max=COVERED_MAX + 1)
    query = placed.query or HoldQuery()
    return await retention.recorded_between(
        connection,
        recorded_from=query.recorded_from,
        recorded_to=query.recorded_to,
        queues=query.queues,
        limit=COVERED_MAX + 1,
    )
