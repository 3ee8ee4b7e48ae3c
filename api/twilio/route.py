"""The socket that Twilio streams to: which tenant and account, which contact, then the talk."""

import asyncio
from typing import Any

import structlog
from litestar import WebSocket, websocket
from litestar.di import NamedDependency
from litestar.exceptions import WebSocketDisconnect
from msgspec.structs import asdict

from ...errors import AntiphonError, Fault, IngestRefused, SignatureRefused, TenantUnknown
from ...events.base import TenantName, Track
from ..ingest.line import CLOSED_NORMALLY, CLOSED_REFUSED, CLOSED_TRY_AGAIN, Line
from ..ingest.reception import Reception, problem_of
from ..ports import Ports
from ..signatures import HEADER as MACHINE_HEADER
from ..signatures import MachineKeys, check
from .contact import StreamedContact
from .conversation import Conversation
from .messages import Connected, Side, Start, checked, message_in, sides_of
from .parameters import told_by
from .signature import HEADER, TwilioAccounts, signer

PATH = "/v1/twilio"
START_S = 10.0  # for each of the first two messages, which come at once

log = structlog.get_logger()


class Twilio:
    """The streams of Twilio that are connected to this process."""

    def __init__(
        self, ports: Ports, reception: Reception, *, keys: MachineKeys, accounts: TwilioAccounts
    ) -> None:
        self._ports = ports
        self._reception = reception
        self._keys = keys
        self._accounts = accounts

    async def serve(self, socket: WebSocket[Any, Any, Any]) -> None:
        """Hear one stream. A handshake that is not signed as it has to be is answered 403."""
        send_s = self._reception.send_s
        try:
            tenant = self._reception.tenant_of(socket)
            account = self._account_of(socket, tenant)
        except (TenantUnknown, SignatureRefused) as refused:
            log.info("twilio_refused", problem=refused.code)
            await _hang_up(socket, CLOSED_REFUSED, refused.code, within_s=send_s)
            return
        await socket.accept()
        with self._reception.connected() as has_room:
            line = Line(socket, send_s=send_s)
            code, reason = await self._talk(line, tenant, account, has_room=has_room)
            await _hang_up(socket, code, reason, within_s=send_s)

    async def _talk(
        self, line: Line, tenant: TenantName, account: str | None, *, has_room: bool
    ) -> tuple[int, str]:
        if not has_room:
            log.warning("twilio_refused", problem="busy")
            return CLOSED_TRY_AGAIN, "busy"
        try:
            start = await _start_in(line)
            if account not in (None, start.start.account_sid):
                raise SignatureRefused("the stream is of another account than signed for it")
            await self._hear(line, start, tenant)
        except WebSocketDisconnect as cut:
            log.info("twilio_cut", problem=cut.detail)
            return CLOSED_TRY_AGAIN, ""
        except Fault as fault:
            log.error("twilio_given_up", problem=fault.code)  # noqa: TRY400 (no bug of ours)
            return CLOSED_TRY_AGAIN, fault.code
        except AntiphonError as error:
            problem = problem_of(error)
            log.info("twilio_refused", problem=problem)
            return CLOSED_REFUSED, problem
        return CLOSED_NORMALLY, ""

    async def _hear(self, line: Line, start: Start, tenant: TenantName) -> None:
        zero_at = self._reception.now()
        sides, told = sides_of(start), told_by(start.start)
        contact = StreamedContact(
            self._ports, self._reception, told, tenant, zero_at=zero_at, stream_sid=start.stream_sid
        )
        bound = log.bind(
            tenant=tenant, contact_id=told.start.contact_id, stream_sid=start.stream_sid
        )
        if told.left_out:
            bound.warning("twilio_parameters_left_out", names=told.left_out)
        tracks: dict[Side, Track] = {side: told.tracks[side] for side in sides}
        conversation = Conversation(line, start, contact, tracks=tracks, zero_at=zero_at)
        bound.info("twilio_started", sides=sorted(sides))
        try:
            spoken_at = await conversation.run()
        finally:
            bound.info("twilio_heard", **asdict(conversation.tally))
        if told.ends_on_stop:
            await contact.finish(spoken_at)

    def _account_of(self, socket: WebSocket[Any, Any, Any], tenant: TenantName) -> str | None:
        """Return which account streams; None where none has to sign."""
        if accounts := self._accounts.accounts_of(tenant):
            host, path = socket.headers.get("host", ""), socket.url.path
            return signer(socket.headers.get(HEADER), accounts, host=host, path=path)
        if keys := self._keys.keys_of(tenant):
            header, now = socket.headers.get(MACHINE_HEADER), self._reception.now()
            check(
                header,
                keys,
                method="GET",
                path=socket.url.path,
                idempotency_key="",
                body=b"",
                now=now,
            )
        return None


async def _start_in(line: Line) -> Start:
    """Return the second message; the first only says that it is this protocol.

    Raises:
        IngestRefused: they are others.
    """
    connected = message_in(await line.hear(within_s=START_S))
    if not isinstance(connected, Connected):
        raise IngestRefused("connected_expected")
    checked(connected)
    start = message_in(await line.hear(within_s=START_S))
    if not isinstance(start, Start):
        raise IngestRefused("start_expected")
    return start


async def _hang_up(
    socket: WebSocket[Any, Any, Any], code: int, reason: str, *, within_s: float
) -> None:
    # Twilio is sent no messages: what it can show is why the socket was closed.
    try:
        async with asyncio.timeout(within_s):
            await socket.close(code, reason)
    except (OSError, WebSocketDisconnect):
        return


@websocket(PATH)
async def twilio(socket: WebSocket[Any, Any, Any], streaming: NamedDependency[Twilio]) -> None:
    """Hear a Twilio Media Stream; `docs/twilio.md` says how to point a call here."""
    await streaming.serve(socket)
