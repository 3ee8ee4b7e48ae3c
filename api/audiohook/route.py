"""The socket that Genesys Cloud brings audio to: who it is, which contact, and then the session."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, TypeVar

import structlog
from litestar import WebSocket, websocket
from litestar.di import NamedDependency
from litestar.exceptions import WebSocketDisconnect

from ...errors import (
    AntiphonError,
    ContactFinished,
    Fault,
    IngestRefused,
    SignatureRefused,
    TenantUnknown,
)
from ...events.base import ContactRef, TenantName
from ..ingest.line import CLOSED_NORMALLY, CLOSED_TRY_AGAIN, Line
from ..ingest.reception import Reception, problem_of
from ..signatures import MachineKeys
from .arrival import arrive
from .exchange import Exchange, Parting
from .media import chosen
from .messages import Close, Open, Ping, uuid_in
from .positions import samples_in
from .session import IDLE_S, Opened, Session
from .signature import ORGANIZATION, SESSION, check

PATH = "/v1/audiohook"
OPEN_S = 10.0  # from the handshake to `open`
PROBE_S = 20.0  # somebody who only tries the connection closes it at once
# A client gives up opening after 5 s and closing after 10 s; an outage may be shorter.
OPEN_AGAIN_S = (0.1, 0.2, 0.4, 0.8, 1.0, 1.0)
END_AGAIN_S = (*OPEN_AGAIN_S, 1.0, 1.0, 1.0, 1.0, 1.0)

_Result = TypeVar("_Result")

log = structlog.get_logger()


class AudioHook:
    """The AudioHook sessions that are connected to this process."""

    def __init__(self, reception: Reception, keys: MachineKeys) -> None:
        """`keys` by their API keys: a secret is what Genesys calls the client secret."""
        self._reception = reception
        self._keys = keys

    async def serve(self, socket: WebSocket[Any, Any, Any]) -> None:
        """Talk to one client until its session is closed, or it is gone."""
        await socket.accept()
        line = Line(socket, send_s=self._reception.send_s)
        exchange = Exchange(line, session_id=uuid_in(socket.headers.get(SESSION)))
        with self._reception.connected() as has_room:
            try:
                await self._talk(exchange, socket, has_room=has_room)
                await line.hang_up(CLOSED_NORMALLY)
            except WebSocketDisconnect as cut:
                log.info("audiohook_cut", session=exchange.session_id, problem=cut.detail)
                await line.hang_up(CLOSED_TRY_AGAIN)

    async def _talk(
        self, exchange: Exchange, socket: WebSocket[Any, Any, Any], *, has_room: bool
    ) -> None:
        try:
            if not has_room:
                log.warning("audiohook_interrupted", session=exchange.session_id, problem="busy")
                await exchange.part("error", "busy")
                return
            tenant = self._authenticated(socket)
            opening = await _opening(exchange, organization=socket.headers.get(ORGANIZATION))
            if opening.is_probe:
                await _be_probed(exchange, opening)
            else:
                await self._receive(exchange, opening, tenant)
        except Fault as fault:
            log.warning("audiohook_interrupted", session=exchange.session_id, problem=fault.code)
            await exchange.part("error", fault.code)
        except AntiphonError as error:
            problem = problem_of(error)
            log.info("audiohook_refused", session=exchange.session_id, problem=problem)
            await exchange.part(_parting(error), problem)

    async def _receive(self, exchange: Exchange, opening: Open, tenant: TenantName) -> None:
        media = chosen(opening.media)
        if media is None:
            raise IngestRefused("media_unsupported")
        position = samples_in(exchange.position)
        arrived = await _persistently(
            lambda: arrive(
                self._reception,
                opening,
                session_id=exchange.session_id,
                position=position,
                tenant=tenant,
            ),
            again_s=OPEN_AGAIN_S,
        )
        contact, inlet = arrived.contact, arrived.inlet
        if inlet.is_closed:
            raise IngestRefused("stream_closed")
        told = log.bind(tenant=tenant, contact_id=contact.contact_id, session=exchange.session_id)
        told.info("audiohook_opened", sequence=inlet.stored, channels=media.channels)

        async def end(ended_at: datetime) -> None:
            await _persistently(lambda: self._conclude(contact, ended_at), again_s=END_AGAIN_S)

        session = Session(
            exchange,
            Opened(media, inlet, position, arrived.origin),
            reopen=lambda: self._reception.open(contact),
            end=end,
            now=self._reception.now,
        )
        await session.run()
        told.info("audiohook_ended")

    async def _conclude(self, contact: ContactRef, ended_at: datetime) -> None:
        await self._reception.end(contact, ended_at, "end")
        inlet = await self._reception.open(contact)
        await inlet.close()

    def _authenticated(self, socket: WebSocket[Any, Any, Any]) -> TenantName:
        tenant = self._reception.tenant_of(socket)
        if keys := self._keys.keys_of(tenant):
            check(socket.headers, keys, target=_target(socket), now=self._reception.now())
        return tenant


def _target(socket: WebSocket[Any, Any, Any]) -> str:
    raw = socket.scope["raw_path"].decode("latin-1")
    query = socket.scope["query_string"].decode("latin-1")
    return f"{raw}?{query}" if query else raw


def _parting(error: AntiphonError) -> Parting:
    if isinstance(error, SignatureRefused | TenantUnknown):
        return "unauthorized"
    is_over = isinstance(error, IngestRefused) and error.problem == "stream_closed"
    return "completed" if is_over or isinstance(error, ContactFinished) else "error"


async def _opening(exchange: Exchange, *, organization: str | None) -> Open:
    """Return the first message.

    Raises:
        IngestRefused: it is another.
    """
    told = await exchange.hear(within_s=OPEN_S)
    if not isinstance(told, Open):
        raise IngestRefused("open_expected")
    if organization is not None and organization.lower() != told.organization_id.lower():
        raise SignatureRefused("the handshake was of another organization")
    return told


async def _be_probed(exchange: Exchange, opening: Open) -> None:
    """Answer somebody who tries the connection, and keep nothing of it."""
    media = chosen(opening.media)
    await exchange.opened(media)
    log.info("audiohook_probed")
    try:
        async with asyncio.timeout(PROBE_S):
            while not isinstance(told := await exchange.hear(within_s=IDLE_S), Close):
                if isinstance(told, Ping):
                    await exchange.say("pong")
    except TimeoutError:
        raise IngestRefused("probe_unfinished") from None
    await exchange.closed()


async def _persistently(
    attempt: Callable[[], Awaitable[_Result]], *, again_s: tuple[float, ...]
) -> _Result:
    """Return what an attempt does, made again after so many seconds each.

    Raises:
        Fault: of the last attempt.
    """
    for pause_s in again_s:
        try:
            return await attempt()
        except Fault as fault:
            log.warning("audiohook_tried_again", problem=fault.code, after_s=pause_s)
            await asyncio.sleep(pause_s)
    return await attempt()


@websocket(PATH)
async def audiohook(socket: WebSocket[Any, Any, Any], hooked: NamedDependency[AudioHook]) -> None:
    """Take a Genesys Cloud conversation's audio; `docs/audiohook.md` says how."""
    await hooked.serve(socket)
