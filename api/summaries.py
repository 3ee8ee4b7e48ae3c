"""A contact's summary: read it, ask for one so far, put it in other words, say how it ended."""

from typing import Annotated, Any

import structlog
from litestar import Controller, Response, get, post, put
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from ..commands.summary import (
    NOTE_CHARS_MAX,
    TEXT_CHARS_MAX,
    ChooseDisposition,
    EditSummary,
    RequestSummary,
    SummaryCommand,
    handle_summary,
)
from ..errors import ContactUnknown, SummaryUnwritten
from ..events.base import AgentId, ContactId, ContactRef, TenantName
from ..events.sealed import Sealed
from ..projections.store import store_faults
from ..projections.summary import ContactSummary, summary_of
from .bodies import Id, checked_id
from .contacts import ACTOR, Accepted, Asked, provide_asked
from .fields import check_body
from .ports import Ports
from .untold import as_told, untold_of

log = structlog.get_logger()

_Text = Annotated[str, Meta(min_length=1, max_length=TEXT_CHARS_MAX, pattern=r"^[^\x00]*$")]
_Note = Annotated[str, Meta(min_length=1, max_length=NOTE_CHARS_MAX, pattern=r"^[^\x00]*$")]
_Code = Annotated[str, Meta(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9][\w.:-]*$")]


class EditBody(Struct, frozen=True, kw_only=True):
    """The agent's own words for what the contact came to."""

    text: _Text
    agent_id: Id | None = None


class DispositionBody(Struct, frozen=True, kw_only=True):
    """How the contact ended, by a code of the tenant's own list."""

    code: _Code
    note: _Note | None = None
    agent_id: Id | None = None


async def _handled(asked: Asked, command: SummaryCommand, *, told: Any) -> Response[Accepted]:
    protection = await asked.ports.protection(asked.tenant)
    outcome = await handle_summary(
        command,
        contact=ContactRef(asked.tenant, command.contact_id),
        journal=asked.ports.journal,
        command_id=asked.command_id(told, tells_when=False),
        actor=ACTOR,
        now=asked.ports.now,
        protection=protection,
    )
    return asked.answer(type(command).__name__, command.contact_id, outcome)


class SummaryController(Controller):
    path = "/v1/contacts/{contact_id:str}"
    tags = ["summaries"]  # noqa: RUF012 (the framework declares it so)
    dependencies = {"asked": Provide(provide_asked)}  # noqa: RUF012 (the framework declares it so)
    before_request = check_body

    @get("/summary")
    async def summary(
        self,
        contact_id: FromPath[str],
        tenant: NamedDependency[TenantName],
        ports: NamedDependency[Ports],
    ) -> Response[ContactSummary]:
        """Return what a contact came to, each sentence with its utterances. 409: not summed up yet.

        The final summary stands a moment after the transcript is complete; before, the newest
        that was asked for does.
        """
        wanted = ContactId(checked_id("contact_id", contact_id))
        pool = await ports.databases.pool(tenant)
        with store_faults():
            async with pool.acquire(timeout=ports.limits.query_s) as connection:
                found = await summary_of(connection, wanted)
        if found is None:
            raise ContactUnknown(wanted)
        if found.summary is None:
            raise SummaryUnwritten(wanted)
        untold = await untold_of(ContactRef(tenant, wanted), ports, wanted="annotations")
        told = as_told(found.summary, untold)
        return Response(told, headers={"Cache-Control": "no-store"})

    @post("/summary", status_code=202)
    async def request(
        self, contact_id: FromPath[str], asked: NamedDependency[Asked]
    ) -> Response[Accepted]:
        """Have a contact summed up as far as it has come. 200 where that was asked for already."""
        command = RequestSummary(contact_id=ContactId(checked_id("contact_id", contact_id)))
        return await _handled(asked, command, told=None)

    @put("/summary/edit", status_code=202)
    async def edit(
        self,
        contact_id: FromPath[str],
        data: JSONBody[EditBody],
        asked: NamedDependency[Asked],
    ) -> Response[Accepted]:
        """Keep an agent's own words beside the summary, which stays as it was written."""
        command = EditSummary(
            contact_id=ContactId(checked_id("contact_id", contact_id)),
            agent_id=_agent(data.agent_id),
            text=Sealed(data.text),
        )
        return await _handled(asked, command, told=data)

    @put("/disposition", status_code=202)
    async def choose(
        self,
        contact_id: FromPath[str],
        data: JSONBody[DispositionBody],
        asked: NamedDependency[Asked],
    ) -> Response[Accepted]:
        """Record how the contact ended, as the agent says. The last word counts."""
        command = ChooseDisposition(
            contact_id=ContactId(checked_id("contact_id", contact_id)),
            agent_id=_agent(data.agent_id),
            code=data.code,
            note=None if data.note is None else Sealed(data.note),
        )
        return await _handled(asked, command, told=data)


def _agent(text: str | None) -> AgentId | None:
    return None if text is None else AgentId(checked_id("agent_id", text))
