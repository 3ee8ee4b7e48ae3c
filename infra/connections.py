"""A bound on the connections of many pools; idle ones are given up to whoever waits."""

import asyncio
from typing import TYPE_CHECKING, Any

import asyncpg

from ..errors import StoreUnavailable
from ..projections.store import store_faults

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    Raw = asyncpg.Connection[asyncpg.Record]
    Proxy = PoolConnectionProxy[asyncpg.Record]

SLOT_S_MAX = 5.0  # for a connection to come free; a longer wait means overload


class Connections:
    """Hands out at most `most` connections. Its three methods are hooks of `asyncpg.Pool`."""

    def __init__(self, most: int) -> None:
        self._free = asyncio.Semaphore(most)
        self._waiting = 0
        # By server process: pools show a connection behind a different proxy each time.
        self._idle: dict[int, Raw] = {}

    async def connect(self, *args: Any, **options: Any) -> "Raw":
        """Open a connection, closing the one that was idle longest if there are too many.

        Raises:
            StoreUnavailable: the server does not answer, or all are in use.
        """
        with store_faults():
            await self._take()
            try:
                connection = await asyncpg.connect(*args, **options)
            except asyncpg.InvalidAuthorizationSpecificationError as error:
                self._free.release()
                raise StoreUnavailable("the login was refused") from error
            except BaseException:
                self._free.release()
                raise
        process = connection.get_server_pid()
        connection.add_termination_listener(lambda _: self._gone(process))
        return connection

    async def setup(self, connection: "Proxy") -> None:
        """Note that a connection is in use."""
        self._idle.pop(connection.get_server_pid(), None)

    async def reset(self, connection: "Raw") -> None:
        """Clean a connection after use, and note that it is idle."""
        if query := connection.get_reset_query():
            await connection.execute(query)
        self._idle[connection.get_server_pid()] = connection
        # Not at once: its pool has yet to take it back.
        asyncio.get_running_loop().call_soon(self._give_up_for_waiters)

    async def _take(self) -> None:
        self._waiting += 1
        try:
            if self._free.locked():
                self._give_up_for_waiters()
            async with asyncio.timeout(SLOT_S_MAX):
                await self._free.acquire()
        except TimeoutError as error:
            raise StoreUnavailable("all connections are in use") from error
        finally:
            self._waiting -= 1

    def _give_up_for_waiters(self) -> None:
        if self._waiting and self._free.locked() and self._idle:
            self._idle.pop(next(iter(self._idle))).terminate()

    def _gone(self, process: int) -> None:
        self._idle.pop(process, None)
        self._free.release()
