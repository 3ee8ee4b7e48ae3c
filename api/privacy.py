"""What was removed of a contact and who checked it; and the queue of what waits for people."""

from contextlib import aclosing
from typing import Annotated, Any, Literal

from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta, Struct

from ..commands.privacy import PrivacyPolicies
from ..commands.redaction import SPANS_MAX, ReviewRedaction, handle_review
from ..errors import ContactGone, ContactUnknown
from ..events.base import ContactId, ContactRef, Lane, Position, TenantName, Track
from ..events.contact import ContactErased, ContactStarted
from ..events.privacy.kinds import PersonalKind
from ..events.quarantine import Quarantine, State, evolve
from ..events.redaction import AudioSpan
from ..projections.redaction import CONTACTS_MAX, Redactions, redactions
from ..projections.store import store_faults
from .bodies import checked_id
from .contacts import Accepted, Asked, provide_asked
from .fields import check_body
from .ports import Ports
from .privacy_told import ContactPrivacy, privacy_of
from .reader import Reader, provide_reader
from .selection import check_names

_LANES: tuple[Lane, ...] = ("life", "speech", "recording", "redaction", "retention")

_Milliseconds = Annotated[int, Meta(ge=0)]
Wanted = Annotated[State | None, QueryParameter(name="state", description="In this state alone.")]
Before = Annotated[
    int | None,
    QueryParameter(name="before", description="Those that follow: `before` of the last answer."),
]
Many = Annotated[
    int, QueryParameter(name="limit", ge=1, le=CONTACTS_MAX, description="Contacts at most.")
]


class MarkedSpan(Struct, frozen=True, kw_only=True):
    """A stretch of one track that is to be removed, on the contact's clock."""

    track: Track
    from_ms: _Milliseconds
    until_ms: _Milliseconds
    kind: PersonalKind = "other"


class ReviewBody(Struct, frozen=True, kw_only=True):
    """What a person decided who listened to an attempt."""

    decision: Literal["confirmed", "marked"]
    attempt: Annotated[int, Meta(ge=1)]
    round: Annotated[int, Meta(ge=1)] | None = None  # None: the newest
    spans: Annotated[tuple[MarkedSpan, ...], Meta(max_length=SPANS_MAX)] = ()


class PrivacyController(Controller):
    path = "/v1/contacts/{contact_id:str}"
    tags = ["privacy"]  # noqa: RUF012 (the framework declares it so)
    dependencies = {  # noqa: RUF012 (the framework declares it so)
        "asked": Provide(provide_asked),
        "reader": Provide(provide_reader, sync_to_thread=False),
    }

    @get("/privacy")
    async def privacy(
        self,
        contact_id: FromPath[str],
        tenant: NamedDependency[TenantName],
        ports: NamedDependency[Ports],
    ) -> Response[ContactPrivacy]:
        """Return what was removed, by kind and place; how it stands; who verified what, and when.

        From the contact's own facts, so without any lag, and without a word that was said.
        """
        contact = ContactRef(tenant, ContactId(checked_id("contact_id", contact_id)))
        known = Quarantine()
        async with aclosing(ports.history.read(contact, lanes=_LANES)) as reading:
            facts = [fact async for fact in reading]
        for fact in facts:
            known = evolve(known, fact)
        types = {type(fact.event) for fact in facts}
        if ContactStarted not in types:
            raise ContactUnknown(contact.contact_id)
        if ContactErased in types:
            raise ContactGone(contact.contact_id)
        told = privacy_of(contact.contact_id, facts, known)
        return Response(told, headers={"Cache-Control": "no-store"})

    @post("/redaction/review", status_code=202, before_request=check_body)
    async def review(
        self,
        contact_id: FromPath[str],
        data: JSONBody[ReviewBody],
        asked: NamedDependency[Asked],
        reader: NamedDependency[Reader],
        privacy_policies: NamedDependency[PrivacyPolicies | None],
    ) -> Response[Accepted]:
        """Confirm an attempt as it is, or mark what else is to be removed and checked again.

        403 `review_forbidden` unless the tenant's privacy policy names the reviewer
        (`Antiphon-Actor`) in `original_readers`, as for listening. 409 unless the contact waits
        for people, and for one about another attempt than the newest.
        """
        command = ReviewRedaction(
            contact_id=ContactId(checked_id("contact_id", contact_id)),
            decision=data.decision,
            attempt=data.attempt,
            round=data.round,
            spans=tuple(
                AudioSpan(one.track, one.from_ms, one.until_ms, one.kind, "review")
                for one in data.spans
            ),
        )
        outcome = await handle_review(
            command,
            contact=ContactRef(asked.tenant, command.contact_id),
            journal=asked.ports.journal,
            command_id=asked.command_id([reader.actor, data], tells_when=False),
            reader_id=reader.id,
            policies=privacy_policies,
            now=asked.ports.now,
        )
        return asked.answer(type(command).__name__, command.contact_id, outcome)


class RedactionsController(Controller):
    path = "/v1/redactions"
    tags = ["privacy"]  # noqa: RUF012 (the framework declares it so)

    @get()
    async def listed(  # noqa: PLR0917 (the framework passes them by name)
        self,
        request: Request[Any, Any, Any],
        tenant: NamedDependency[TenantName],
        ports: NamedDependency[Ports],
        wanted: Wanted = None,
        before: Before = None,
        limit: Many = 100,
    ) -> Response[Redactions]:
        """Return contacts by where they stand, the newest first. `state=failed`: for people."""
        check_names(request, known=("state", "before", "limit"))
        pool = await ports.databases.pool(tenant)
        with store_faults():
            async with pool.acquire(timeout=ports.limits.query_s) as connection:
                found = await redactions(
                    connection,
                    state=wanted,
                    before=None if before is None else Position(before),
                    contacts_max=limit,
                )
        return Response(found, headers={"Cache-Control": "no-store"})
