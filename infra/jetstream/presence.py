"""Whether a process is connected to the broker: of a killed one the broker knows at once.

A sign of life that is missing may be late; a connection that is gone is gone. Each process
listens at a subject of its own, and a question put there is answered by the broker itself when
nobody listens any more ("no responders").
"""

from typing import Protocol

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import Error, NoRespondersError

from .connection import answering

ASK_S_MAX = 0.5  # the broker answers in a millisecond; a process that is busy may take longer


class Presence(Protocol):
    """Who is connected, as far as it can be told."""

    async def announce(self, owner: str) -> None:
        """Be found under this name from now on.

        Raises:
            LogUnavailable: the connection is closed.
        """
        ...

    async def withdraw(self) -> None:
        """Be found no longer."""
        ...

    async def is_connected(self, owner: str) -> bool | None:
        """Tell whether a process is connected; None: nobody can tell now."""
        ...


class NatsPresence:
    """`Presence` over core NATS."""

    def __init__(self, nc: Client) -> None:
        self._nc = nc
        self._subscription: Subscription | None = None

    async def announce(self, owner: str) -> None:
        """See `Presence.announce`."""
        with answering():
            self._subscription = await self._nc.subscribe(  # pyright: ignore[reportUnknownMemberType]
                _subject(owner), cb=_answer
            )
            await self._nc.flush()

    async def withdraw(self) -> None:
        """See `Presence.withdraw`."""
        subscription, self._subscription = self._subscription, None
        if subscription is not None and not self._nc.is_closed:
            with answering():
                await subscription.unsubscribe()

    async def is_connected(self, owner: str) -> bool | None:
        """See `Presence.is_connected`. A process that is too busy to answer is connected."""
        if not self._nc.is_connected:
            return None
        try:
            await self._nc.request(_subject(owner), b"", timeout=ASK_S_MAX)
        except NoRespondersError:
            return False
        except (Error, TimeoutError, OSError):
            return None
        return True


async def _answer(message: Msg) -> None:
    await message.respond(b"")


def _subject(owner: str) -> str:
    return f"presence.{owner}"
