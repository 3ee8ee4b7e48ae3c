"""Answers to our own requests: one tap, told apart by the last token of the subject."""

import asyncio
import itertools
from collections.abc import Callable

from .client import Connection
from .connection import answering

Receive = Callable[[bytes, bytes], None]  # payload, headers


class Inbox:
    """Hands each answer to who waits for it. Must be `open` before anything is expected."""

    def __init__(self, nc: Connection) -> None:
        self._nc = nc
        self._prefix = nc.new_inbox()
        self._tokens = itertools.count()
        self._receivers: dict[bytes, Receive] = {}
        self._opening = asyncio.Lock()
        self.opened = False

    async def open(self) -> None:
        """Subscribe; harmless when repeated.

        Raises:
            LogUnavailable: the connection is closed.
        """
        async with self._opening:
            if not self.opened:
                with answering():
                    await self._nc.tap(f"{self._prefix}.*", self._take)
                self.opened = True

    def expect(self, receive: Receive) -> str:
        """Return a reply subject; all that comes there goes to `receive` until `forget`."""
        reply = f"{self._prefix}.{next(self._tokens)}"
        self._receivers[reply.encode()] = receive
        return reply

    def forget(self, reply: str) -> None:
        """Let go of whatever still arrives there."""
        self._receivers.pop(reply.encode(), None)

    def _take(self, subject: bytes, reply: bytes, payload: bytes, headers: bytes) -> None:  # noqa: ARG002
        receive = self._receivers.get(subject)
        if receive is not None:
            receive(payload, headers)
