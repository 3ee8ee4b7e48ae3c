"""The socket that sources bring audio to: who they are, which contact, and then the talk."""

from datetime import datetime
from typing import Any

import structlog
from litestar import WebSocket, websocket
from litestar.di import NamedDependency
from litestar.exceptions import WebSocketDisconnect

from ...errors import AntiphonError, Fault
from ...events.base import TenantName
from ..bodies import start_contact
from ..signatures import HEADER, MachineKeys, check
from .conversation import Conversation
from .line import CLOSED_NORMALLY, CLOSED_REFUSED, CLOSED_TRY_AGAIN, Line
from .messages import Hello, RefusedMessage, Retry, hello_in
from .reception import Reception, problem_of

PATH = "/v1/ingest"
HELLO_S = 10.0  # from the handshake to the first message
RETRY_AFTER_S = 1.0

log = structlog.get_logger()


class Ingest:
    """The sources of our own protocol that are connected to this process."""

    def __init__(self, reception: Reception, keys: MachineKeys) -> None:
        self._reception = reception
        self._keys = keys

    async def serve(self, socket: WebSocket[Any, Any, Any]) -> None:
        """Talk to one source until it has ended, is gone, or is told why not."""
        await socket.accept()
        line = Line(socket, send_s=self._reception.send_s)
        with self._reception.connected() as has_room:
            try:
                code = await self._talk(line, socket, has_room=has_room)
                await line.hang_up(code)
            except WebSocketDisconnect as cut:
                log.info("ingest_cut", problem=cut.detail)
                await line.hang_up(CLOSED_TRY_AGAIN)

    async def _talk(self, line: Line, socket: WebSocket[Any, Any, Any], *, has_room: bool) -> int:
        try:
            if not has_room:
                await line.say(Retry("busy", RETRY_AFTER_S))
                return CLOSED_TRY_AGAIN
            tenant = self._signed_tenant_of(socket)
            hello = hello_in(await line.hear(within_s=HELLO_S))
            await self._converse(line, hello, tenant)
        except Fault as fault:
            log.warning("ingest_interrupted", problem=fault.code)
            await line.say(Retry(fault.code, RETRY_AFTER_S))
            return CLOSED_TRY_AGAIN
        except AntiphonError as error:
            problem = problem_of(error)
            log.info("ingest_refused", problem=problem)
            await line.say(RefusedMessage(problem, str(error)))
            return CLOSED_REFUSED
        return CLOSED_NORMALLY

    async def _converse(self, line: Line, hello: Hello, tenant: TenantName) -> None:
        contact, inlet = await self._reception.receive(
            start_contact(hello.contact), tenant, started_at=hello.started_at
        )
        told = log.bind(tenant=tenant, contact_id=contact.contact_id)
        told.info("ingest_opened", sequence=inlet.stored)

        async def end(ended_at: datetime, reason: str | None) -> None:
            await self._reception.end(contact, ended_at, reason)

        await Conversation(line, hello, inlet, end=end, now=self._reception.now).run()
        told.info("ingest_ended", sequence=inlet.stored)

    def _signed_tenant_of(self, socket: WebSocket[Any, Any, Any]) -> TenantName:
        tenant = self._reception.tenant_of(socket)
        if keys := self._keys.keys_of(tenant):
            check(
                socket.headers.get(HEADER),
                keys,
                method="GET",
                path=socket.url.path,
                idempotency_key="",
                body=b"",
                now=self._reception.now(),
            )
        return tenant


@websocket(PATH)
async def ingest(socket: WebSocket[Any, Any, Any], ingesting: NamedDependency[Ingest]) -> None:
    """Take a contact's audio; `docs/ingest.md` is the protocol."""
    await ingesting.serve(socket)
