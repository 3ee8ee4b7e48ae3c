"""What may be asked of a contact: translate, delegate to the command, translate back."""

from typing import Annotated, Any

import structlog
from litestar import Controller, Request, Response, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, HeaderParameter, JSONBody
from msgspec import Struct

from ..commands.contact import ContactCommand, HoldContact, ResumeContact, SetAttributes
from ..commands.cue import DismissGuidance, MarkGuidanceShown, UseGuidance
from ..commands.handle import Outcome, handle
from ..events.base import ContactId, ContactRef, GuidanceId, Position, TenantName
from ..events.contact import MediaStream
from .bodies import (
    Attributes,
    ConnectAgentBody,
    CorrectEndBody,
    EndContactBody,
    InstantBody,
    StartContactBody,
    checked_id,
    connect_agent,
    correct_end,
    end_contact,
    sealed_attributes,
    start_contact,
    utc,
)
from .fields import check_body
from .idempotency import HEADER, command_id
from .ports import Ports
from .signatures import signed

log = structlog.get_logger()

# Until access control exists nobody can say which person asks.
ACTOR = "machine"


class Accepted(Struct, frozen=True, kw_only=True):
    """What was asked is so. A read model shows it once it has reached `position`."""

    contact_id: ContactId
    position: Position
    repeated: bool  # it was so already


class Asked:
    """One request for a command, but for what it asks."""

    def __init__(self, *, path: str, key: str | None, tenant: TenantName, ports: Ports) -> None:
        self._path = path
        self._key = key
        self.tenant = tenant
        self.ports = ports

    def check_stream(self, media: MediaStream | None) -> None:
        """See `StreamAccounts.check`."""
        self.ports.stream_accounts.check(self.tenant, media)

    def command_id(self, told: Any, *, tells_when: bool) -> str:
        """See `idempotency.command_id`."""
        return command_id(
            self._key, tenant=self.tenant, path=self._path, told=told, tells_when=tells_when
        )

    async def handle(
        self, command: ContactCommand, *, told: Any, tells_when: bool, status: int = 202
    ) -> Response[Accepted]:
        """Handle the command and answer; see `command_id` for `told` and `tells_when`."""
        outcome = await handle(
            command,
            contact=ContactRef(self.tenant, command.contact_id),
            journal=self.ports.journal,
            command_id=self.command_id(told, tells_when=tells_when),
            actor=ACTOR,
            now=self.ports.now,
            known=self.ports.known,
        )
        return self.answer(type(command).__name__, command.contact_id, outcome, status=status)

    def answer(
        self, command: str, contact_id: ContactId, outcome: Outcome, *, status: int = 202
    ) -> Response[Accepted]:
        """Return the answer to a command that was handled; 200 to a repeat."""
        log.info(
            "command_handled",
            command=command,
            tenant=self.tenant,
            contact_id=contact_id,
            position=outcome.position,
            repeated=outcome.repeated,
        )
        accepted = Accepted(
            contact_id=contact_id, position=outcome.position, repeated=outcome.repeated
        )
        return Response(accepted, status_code=200 if outcome.repeated else status)


async def provide_asked(
    request: Request[Any, Any, Any],
    tenant: NamedDependency[TenantName],
    ports: NamedDependency[Ports],
    idempotency_key: Annotated[
        str | None,
        HeaderParameter(name=HEADER, description="Requests with the same key are one command."),
    ] = None,
) -> Asked:
    """Return what every request for a command has in common."""
    return Asked(path=request.url.path, key=idempotency_key, tenant=tenant, ports=ports)


class ContactController(Controller):
    path = "/v1/contacts"
    tags = ["commands"]  # noqa: RUF012 (the framework declares it so)
    dependencies = {"asked": Provide(provide_asked)}  # noqa: RUF012 (the framework declares it so)
    before_request = check_body

    @post(status_code=201, guards=[signed])
    async def start(
        self, data: JSONBody[StartContactBody], asked: NamedDependency[Asked]
    ) -> Response[Accepted]:
        """Follow a contact. 200 when it is followed already; a further stream is taken up."""
        command = start_contact(data)
        asked.check_stream(command.media)
        return await asked.handle(command, told=data, tells_when=True, status=201)

    @post("/{contact_id:str}/agent", status_code=202, guards=[signed])
    async def connect_agent(
        self,
        contact_id: FromPath[str],
        data: JSONBody[ConnectAgentBody],
        asked: NamedDependency[Asked],
    ) -> Response[Accepted]:
        """Tell which agent took the contact. May come late: what was said is relabelled."""
        command = connect_agent(_contact(contact_id), data)
        return await asked.handle(command, told=data, tells_when=command.connected_at is not None)

    @post("/{contact_id:str}/hold", status_code=202, guards=[signed])
    async def hold(
        self,
        contact_id: FromPath[str],
        asked: NamedDependency[Asked],
        data: JSONBody[InstantBody | None] = None,
    ) -> Response[Accepted]:
        """Tell that the customer was put on hold."""
        at = utc("at", data and data.at)
        command = HoldContact(contact_id=_contact(contact_id), at=at)
        return await asked.handle(command, told=data, tells_when=command.at is not None)

    @post("/{contact_id:str}/resume", status_code=202, guards=[signed])
    async def resume(
        self,
        contact_id: FromPath[str],
        asked: NamedDependency[Asked],
        data: JSONBody[InstantBody | None] = None,
    ) -> Response[Accepted]:
        """Tell that the hold ended."""
        at = utc("at", data and data.at)
        command = ResumeContact(contact_id=_contact(contact_id), at=at)
        return await asked.handle(command, told=data, tells_when=command.at is not None)

    @post("/{contact_id:str}/attributes", status_code=202, guards=[signed])
    async def set_attributes(
        self,
        contact_id: FromPath[str],
        data: JSONBody[Attributes],
        asked: NamedDependency[Asked],
    ) -> Response[Accepted]:
        """Give contact attributes values; those not named keep theirs."""
        attributes = sealed_attributes(data)
        command = SetAttributes(contact_id=_contact(contact_id), attributes=attributes)
        return await asked.handle(command, told=data, tells_when=False)

    @post("/{contact_id:str}/end", status_code=202, guards=[signed])
    async def end(
        self,
        contact_id: FromPath[str],
        asked: NamedDependency[Asked],
        data: JSONBody[EndContactBody | None] = None,
    ) -> Response[Accepted]:
        """Tell that the parties hung up. The first to tell is believed."""
        command = end_contact(_contact(contact_id), data or EndContactBody())
        return await asked.handle(command, told=data, tells_when=True)

    @post("/{contact_id:str}/end/correction", status_code=202, guards=[signed])
    async def correct_end(
        self,
        contact_id: FromPath[str],
        data: JSONBody[CorrectEndBody],
        asked: NamedDependency[Asked],
    ) -> Response[Accepted]:
        """Tell when the parties really hung up, in place of what was told; ends what had not."""
        command = correct_end(_contact(contact_id), data)
        return await asked.handle(command, told=data, tells_when=True)

    @post("/{contact_id:str}/guidance/{guidance_id:str}/shown", status_code=202)
    async def mark_guidance_shown(
        self, contact_id: FromPath[str], guidance_id: FromPath[str], asked: NamedDependency[Asked]
    ) -> Response[Accepted]:
        """Tell that a cue is on the agent's screen."""
        command = MarkGuidanceShown(
            contact_id=_contact(contact_id), guidance_id=_guidance(guidance_id)
        )
        return await asked.handle(command, told=None, tells_when=True)

    @post("/{contact_id:str}/guidance/{guidance_id:str}/use", status_code=202)
    async def use_guidance(
        self, contact_id: FromPath[str], guidance_id: FromPath[str], asked: NamedDependency[Asked]
    ) -> Response[Accepted]:
        """Tell that a cue helped."""
        command = UseGuidance(contact_id=_contact(contact_id), guidance_id=_guidance(guidance_id))
        return await asked.handle(command, told=None, tells_when=True)

    @post("/{contact_id:str}/guidance/{guidance_id:str}/dismiss", status_code=202)
    async def dismiss_guidance(
        self, contact_id: FromPath[str], guidance_id: FromPath[str], asked: NamedDependency[Asked]
    ) -> Response[Accepted]:
        """Tell that the agent put a cue away."""
        command = DismissGuidance(
            contact_id=_contact(contact_id), guidance_id=_guidance(guidance_id)
        )
        return await asked.handle(command, told=None, tells_when=True)


def _contact(text: str) -> ContactId:
    return ContactId(checked_id("contact_id", text))


def _guidance(text: str) -> GuidanceId:
    return GuidanceId(checked_id("guidance_id", text))
