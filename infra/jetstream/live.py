"""Partials over core NATS: what nobody hears at this moment is gone."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator

import msgspec
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg

from ...events.base import ContactRef, TenantName
from ...events.live import UtterancePartial
from ...events.subjects import live_subject
from .connection import answering, send

log = structlog.get_logger()

_PENDING_MAX = 1_024  # partials a slow listener may be behind; the oldest are worth the least

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(UtterancePartial).decode


class NatsLive:
    """See `Live`."""

    def __init__(self, nc: Client) -> None:
        self._nc = nc

    async def publish(self, contact: ContactRef, partial: UtterancePartial) -> None:
        """See `Live.publish`. Nothing is kept for later while the broker is away."""
        if not self._nc.is_connected:
            return
        await send(self._nc, live_subject(contact), _encode(partial))

    async def subscribe(self, tenant: TenantName) -> AsyncGenerator[UtterancePartial]:
        """See `Live.subscribe`. Listens from the first `anext` on.

        Raises:
            LogUnavailable: the connection is closed.
        """
        pending: deque[bytes] = deque(maxlen=_PENDING_MAX)
        filled = asyncio.Event()

        async def receive(msg: Msg) -> None:
            pending.append(msg.data)
            filled.set()

        with answering():
            subscription = await self._nc.subscribe(  # pyright: ignore[reportUnknownMemberType]
                f"live.{tenant}.*", cb=receive
            )
        try:
            while True:
                await filled.wait()
                filled.clear()
                while pending:
                    partial = _decoded(pending.popleft(), tenant)
                    if partial is not None:
                        yield partial
        finally:
            if not self._nc.is_closed:
                with answering():
                    await subscription.unsubscribe()


def _decoded(payload: bytes, tenant: TenantName) -> UtterancePartial | None:
    try:
        return _decode(payload)
    except msgspec.MsgspecError:
        # A newer version publishes something else; finals still come by the log.
        log.warning("partial_undecodable", tenant=tenant, size=len(payload))
        return None
