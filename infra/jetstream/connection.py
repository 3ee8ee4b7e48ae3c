"""One connection to NATS: comes back by itself, and speaks of the vendor's errors in our words."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from types import TracebackType
from urllib.parse import urlsplit, urlunsplit

import structlog
from msgspec import Struct
from nats.aio.client import Client
from nats.errors import BadSubjectError, Error, MaxPayloadError

from ...errors import LogUnavailable
from .client import Connection

log = structlog.get_logger()

CONNECT_S_MAX = 30.0  # a broker that starts beside us needs seconds; a wrong address must be told
_RECONNECT_PAUSE_S = 0.25  # a restarted broker is back within a second, and calls go on meanwhile
_FOR_EVER = -1
_PING_S = 5  # two unanswered ones and the connection counts as dead: 15 s, not four minutes
_PINGS_UNANSWERED_MAX = 2
_OUTBOUND_BYTES_MAX = 32 * 1024 * 1024  # held while the broker is away; more is refused
_FLUSH_S_MAX = 10.0  # a full socket may block a writer for so long


async def connect(url: str, *, name: str, within_s: float = CONNECT_S_MAX) -> Connection:
    """Return a connection that reconnects for ever. `name` shows in the broker's monitoring.

    `url` names a server, or several of a cluster with commas between them; the others are
    learnt from the first that answers. Credentials in the first count for all.

    Raises:
        LogUnavailable: nobody answered at `url` within so many seconds.
    """
    nc = Connection()
    servers, login = _servers_of(url)
    told: set[type[Exception]] = set()  # since the last connection: it tries four times a second

    async def on_error(error: Exception) -> None:
        if nc.is_connected or type(error) not in told:
            told.add(type(error))
            log.warning("nats_error", connection=name, error=type(error).__name__, text=str(error))

    async def on_disconnected() -> None:
        if not nc.is_closed:
            log.warning("nats_disconnected", connection=name)

    async def on_reconnected() -> None:
        told.clear()
        log.info("nats_reconnected", connection=name)

    with answering():
        async with asyncio.timeout(within_s):
            await nc.connect(  # pyright: ignore[reportUnknownMemberType]
                servers,
                name=name,
                error_cb=on_error,
                disconnected_cb=on_disconnected,
                reconnected_cb=on_reconnected,
                max_reconnect_attempts=_FOR_EVER,
                reconnect_time_wait=_RECONNECT_PAUSE_S,  # pyright: ignore[reportArgumentType]
                ping_interval=_PING_S,
                max_outstanding_pings=_PINGS_UNANSWERED_MAX,
                pending_size=_OUTBOUND_BYTES_MAX,
                flush_timeout=_FLUSH_S_MAX,
                user=login.user,
                password=login.password,
                token=login.token,
            )
    return nc


@asynccontextmanager
async def connected(url: str, *, name: str) -> AsyncGenerator[Connection]:
    """Connect, and close at the end."""
    nc = await connect(url, name=name)
    try:
        yield nc
    finally:
        await close(nc)


async def close(nc: Client) -> None:
    """Close the connection, whether or not the broker is there."""
    if not nc.is_connected:
        # nats-py would write what is pending to the connection that is gone, fail at that, and
        # leave its tasks behind.
        nc._pending = []  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        nc._pending_data_size = 0  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    await nc.close()


async def send(
    nc: Client,
    subject: str,
    payload: bytes,
    *,
    reply: str = "",
    headers: dict[str, str] | None = None,
) -> None:
    """Hand a message to the connection; it leaves now, or when the broker is back.

    Raises:
        LogUnavailable: the connection is closed, or holds as much as it may.
    """
    with answering():
        await nc.publish(subject, payload, reply=reply, headers=headers)


class answering:  # noqa: N801 (used as a verb: `with answering():`)
    """Translate what nats-py raises.

    A class and not a generator: appends pass through it tens of thousands of times a second.

    Raises:
        LogUnavailable: the broker cannot be reached, or does not answer.
        ValueError: what was sent could never be taken; a bug of the caller.
    """

    __slots__ = ("_cancels", "_task")

    def __enter__(self) -> None:
        self._task = asyncio.current_task()
        self._cancels = self._task.cancelling() if self._task else 0

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # nats-py swallows a cancellation that meets it while it flushes: whoever was to stop
        # would go on for ever.
        cancelled = self._task is not None and self._task.cancelling() > self._cancels
        if error is None:
            if cancelled:
                raise asyncio.CancelledError
        elif isinstance(error, BadSubjectError | MaxPayloadError):
            raise ValueError(f"not to be sent: {type(error).__name__}") from error
        elif isinstance(error, Error | OSError | TimeoutError):
            if cancelled:
                raise asyncio.CancelledError from error
            raise LogUnavailable(type(error).__name__) from error


class _Login(Struct, frozen=True):
    user: str | None = None
    password: str | None = None
    token: str | None = None


def _servers_of(url: str) -> tuple[list[str], _Login]:
    """Return the servers' addresses without credentials, and these."""
    parts = [urlsplit(one.strip()) for one in url.split(",")]
    servers = [urlunsplit(one._replace(netloc=one.netloc.rpartition("@")[2])) for one in parts]
    # nats-py keeps what stands in an address for that address alone: a server of the cluster
    # that it learns of later would refuse it, and it takes a refusal for the end.
    user, password = parts[0].username, parts[0].password
    if password is None:
        return servers, _Login(token=user)
    return servers, _Login(user=user, password=password)
