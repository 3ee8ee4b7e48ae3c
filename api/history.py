"""What was: a contact's transcript from the read model, its history from the log."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream
from msgspec import Struct

from ..errors import ContactUnknown
from ..events.base import START, ContactId, ContactRef, Position, Recorded, TenantName
from ..projections.store import store_faults
from ..projections.transcript import Gap, Line, State, Transcript, transcript_of
from .bodies import checked_id
from .ports import Ports
from .told import history_json


class TranscriptAnswer(Struct, frozen=True, kw_only=True):
    """What was said so far. `position`: of the last fact that is shown; 0 when none is yet."""

    contact_id: ContactId
    state: State
    position: Position
    lines: tuple[Line, ...]
    gaps: tuple[Gap, ...]


class HistoryController(Controller):
    path = "/v1/contacts/{contact_id:str}"
    tags = ["history"]  # noqa: RUF012 (the framework declares it so)

    @get("/transcript")
    async def transcript(
        self,
        contact_id: FromPath[str],
        tenant: NamedDependency[TenantName],
        ports: NamedDependency[Ports],
    ) -> TranscriptAnswer:
        """Return the transcript, in speaking order."""
        contact = ContactRef(tenant, ContactId(checked_id("contact_id", contact_id)))
        pool = await ports.databases.pool(tenant)
        with store_faults():
            async with (
                pool.acquire(timeout=ports.limits.query_s) as connection,
                connection.transaction(isolation="repeatable_read", readonly=True),
            ):
                found = await transcript_of(connection, contact.contact_id)
        if found is not None:
            return _answer(found)
        # It may have started just now: the log knows first.
        if await ports.journal.lane_end(contact, "life") == START:
            raise ContactUnknown(contact.contact_id)
        return TranscriptAnswer(
            contact_id=contact.contact_id, state="live", position=START, lines=(), gaps=()
        )

    @get("/events", media_type="application/x-ndjson")
    async def events(
        self,
        contact_id: FromPath[str],
        tenant: NamedDependency[TenantName],
        ports: NamedDependency[Ports],
    ) -> Stream:
        """Return every fact of the contact from the log, in order, a JSON object a line."""
        contact = ContactRef(tenant, ContactId(checked_id("contact_id", contact_id)))
        facts = ports.journal.read(contact)
        first = await anext(facts, None)
        if first is None:
            raise ContactUnknown(contact.contact_id)
        return Stream(
            _lines(first, facts),
            media_type="application/x-ndjson",
            headers={"Cache-Control": "no-store"},
        )


async def _lines(first: Recorded, others: AsyncGenerator[Recorded]) -> AsyncGenerator[bytes]:
    async with aclosing(others):
        yield history_json(first) + b"\n"
        async for fact in others:
            yield history_json(fact) + b"\n"


def _answer(found: Transcript) -> TranscriptAnswer:
    return TranscriptAnswer(
        contact_id=found.contact_id,
        state=found.state,
        position=found.position,
        lines=found.lines,
        gaps=found.gaps,
    )
