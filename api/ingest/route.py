"""The socket that sources bring audio to: who they are, which contact, and then the talk."""

from datetime import datetime
from typing import Any

import structlog
from litestar import WebSocket, websocket
from litestar.di import NamedDependency
from litestar.exceptions import WebSocketDisconnect
from msgspec.structs import replace

from ...commands.contact import ContactCommand, EndContact
from ...commands.handle import handle
from ...errors import AntiphonError, Fault, IngestRefused, TenantUnknown
from ...events.base import ContactRef, TenantName
from ...events.pushed import PUSHED_START, PUSHED_STREAM
from ..bodies import MediaBody, start_contact, utc
from ..ports import Ports
from ..signatures import HEADER, MachineKeys, check
from ..tenancy import tenant_of
from .conversation import Conversation
from .line import CLOSED_NORMALLY, CLOSED_REFUSED, CLOSED_TRY_AGAIN, Line
from .messages import Hello, RefusedMessage, Retry, hello_in
from .order import FUTURE_S_MAX
from .port import Intake

PATH = "/v1/ingest"
HELLO_S = 10.0  # from the handshake to the first message
CONNECTIONS_MAX = 1_000  # of a process: each holds a window of 256 KiB at most
RETRY_AFTER_S = 1.0

# One start and one end a contact: their ids need not tell one request from another.
_COMMAND_ID = "ingest"
_ACTOR = "machine"

log = structlog.get_logger()


class Ingest:
    """The sources that are connected to this process."""

    def __init__(self, ports: Ports, intake: Intake, keys: MachineKeys) -> None:
        self._ports = ports
        self._intake = intake
        self._keys = keys
        self._count = 0

    async def serve(self, socket: WebSocket[Any, Any, Any]) -> None:
        """Talk to one source until it has ended, is gone, or is told why not."""
        await socket.accept()
        line = Line(socket, send_s=self._ports.limits.send_s)
        self._count += 1
        try:
            code = await self._talk(line, socket)
            await line.hang_up(code)
        except WebSocketDisconnect as cut:
            log.info("ingest_cut", problem=cut.detail)
            await line.hang_up(CLOSED_TRY_AGAIN)
        finally:
            self._count -= 1

    async def _talk(self, line: Line, socket: WebSocket[Any, Any, Any]) -> int:
        try:
            if self._count > CONNECTIONS_MAX:
                await line.say(Retry("busy", RETRY_AFTER_S))
                return CLOSED_TRY_AGAIN
            tenant = self._tenant_of(socket)
            hello = hello_in(await line.hear(within_s=HELLO_S))
            await self._converse(line, hello, tenant)
        except Fault as fault:
            log.warning("ingest_interrupted", problem=fault.code)
            await line.say(Retry(fault.code, RETRY_AFTER_S))
            return CLOSED_TRY_AGAIN
        except AntiphonError as error:
            problem = error.problem if isinstance(error, IngestRefused) else error.code
            log.info("ingest_refused", problem=problem)
            await line.say(RefusedMessage(problem, str(error)))
            return CLOSED_REFUSED
        return CLOSED_NORMALLY

    async def _converse(self, line: Line, hello: Hello, tenant: TenantName) -> None:
        now = self._ports.now
        if (hello.started_at - now()).total_seconds() > FUTURE_S_MAX:
            raise IngestRefused("started_in_future")
        media = MediaBody(
            stream_arn=PUSHED_STREAM,
            start_fragment_number=PUSHED_START,
            started_at=hello.started_at,
        )
        start = start_contact(replace(hello.contact, media=media))
        contact = ContactRef(tenant, start.contact_id)
        await self._intake.admit(contact)
        await self._handle(start, contact)
        inlet = await self._intake.open(contact)
        told = log.bind(tenant=tenant, contact_id=contact.contact_id)
        told.info("ingest_opened", sequence=inlet.stored)

        async def end(ended_at: datetime, reason: str | None) -> None:
            command = EndContact(
                contact_id=contact.contact_id, ended_at=utc(ended_at), reason=reason
            )
            await self._handle(command, contact)

        await Conversation(line, hello, inlet, end=end, now=now).run()
        told.info("ingest_ended", sequence=inlet.stored)

    async def _handle(self, command: ContactCommand, contact: ContactRef) -> None:
        await handle(
            command,
            contact=contact,
            journal=self._ports.journal,
            command_id=_COMMAND_ID,
            actor=_ACTOR,
            now=self._ports.now,
            known=self._ports.known,
        )

    def _tenant_of(self, socket: WebSocket[Any, Any, Any]) -> TenantName:
        tenant = tenant_of(socket.headers.get("host", ""))
        if not self._ports.tenants.exists(tenant):
            raise TenantUnknown(tenant)
        if keys := self._keys.keys_of(tenant):
            check(
                socket.headers.get(HEADER),
                keys,
                method="GET",
                path=socket.url.path,
                idempotency_key="",
                body=b"",
                now=self._ports.now(),
            )
        return tenant


@websocket(PATH)
async def ingest(socket: WebSocket[Any, Any, Any], ingesting: NamedDependency[Ingest]) -> None:
    """Take a contact's audio; `docs/ingest.md` is the protocol."""
    await ingesting.serve(socket)
