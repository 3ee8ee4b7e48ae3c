"""Answers to our own requests: one subscription, told apart by the last token of the subject."""

import asyncio
import itertools
from collections.abc import Callable

from nats.aio.client import Client
from nats.aio.msg import Msg

from .connection import answering

Receive = Callable[[Msg], None]


class Inbox:
    """Hands each answer to who waits for it. Opened by the first use."""

    def __init__(self, nc: Client) -> None:
        self._nc = nc
        self._prefix = nc.new_inbox()
        self._tokens = itertools.count()
        self._receivers: dict[str, Receive] = {}
        self._opening = asyncio.Lock()
        self._opened = False

    async def expect(self, receive: Receive) -> str:
        """Return the reply subject whose messages go to `receive` until `forget`.

        Raises:
            LogUnavailable: the connection is closed.
        """
        if not self._opened:
            await self._open()
        reply = f"{self._prefix}.{next(self._tokens)}"
        self._receivers[reply] = receive
        return reply

    def forget(self, reply: str) -> None:
        """Let go of whatever still arrives there."""
        self._receivers.pop(reply, None)

    async def _open(self) -> None:
        async with self._opening:
            if not self._opened:
                with answering():
                    await self._nc.subscribe(  # pyright: ignore[reportUnknownMemberType]
                        f"{self._prefix}.*", cb=self._take
                    )
                self._opened = True

    async def _take(self, msg: Msg) -> None:
        receive = self._receivers.get(msg.subject)
        if receive is not None:
            receive(msg)
