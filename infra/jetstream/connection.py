"""One connection to NATS: comes back by itself, and speaks of the vendor's errors in our words."""

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager

import structlog
from nats.aio.client import Client
from nats.errors import BadSubjectError, Error, MaxPayloadError

from ...errors import LogUnavailable

log = structlog.get_logger()

CONNECT_S_MAX = 30.0  # a broker that starts beside us needs seconds; a wrong address must be told
_RECONNECT_PAUSE_S = 0.25  # a restarted broker is back within a second, and calls go on meanwhile
_FOR_EVER = -1
_PING_S = 5  # two unanswered ones and the connection counts as dead: 15 s, not four minutes
_PINGS_UNANSWERED_MAX = 2
_OUTBOUND_BYTES_MAX = 32 * 1024 * 1024  # held while the broker is away; more is refused
_FLUSH_S_MAX = 10.0  # a full socket may block a writer for so long


async def connect(url: str, *, name: str, within_s: float = CONNECT_S_MAX) -> Client:
    """Return a connection that reconnects for ever. `name` shows in the broker's monitoring.

    Raises:
        LogUnavailable: nobody answered at `url` within so many seconds.
    """
    nc = Client()
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
                url,
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
            )
    return nc


@asynccontextmanager
async def connected(url: str, *, name: str) -> AsyncGenerator[Client]:
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


@contextmanager
def answering() -> Generator[None]:
    """Translate what nats-py raises.

    Raises:
        LogUnavailable: the broker cannot be reached, or does not answer.
        ValueError: what was sent could never be taken; a bug of the caller.
    """
    task = asyncio.current_task()
    cancels = task.cancelling() if task else 0
    try:
        yield
    except (BadSubjectError, MaxPayloadError) as error:
        raise ValueError(f"not to be sent: {type(error).__name__}") from error
    except (Error, OSError, TimeoutError) as error:
        if task and task.cancelling() > cancels:
            raise asyncio.CancelledError from error
        raise LogUnavailable(type(error).__name__) from error
    if task and task.cancelling() > cancels:
        # nats-py swallows a cancellation that meets it while it flushes: whoever was to stop
        # would go on for ever.
        raise asyncio.CancelledError
