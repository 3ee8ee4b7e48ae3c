"""Serve the API with uvicorn inside our own process and under our own signals."""

import asyncio
import contextlib
import socket
from collections.abc import Generator
from typing import Any

import uvicorn

from ..errors import Malformed

# Until access control exists nobody but this machine may connect.
HOST = "127.0.0.1"

# An agent's stream stays open for a whole shift; without this uvicorn waits for it.
GRACEFUL_SHUTDOWN_S = 3
BACKLOG = 2_048  # connections waiting for accept; uvicorn's default, named
KEEP_ALIVE_S = 75  # longer than the 60 s of common load balancers, so that they close first
MESSAGE_BYTES_MAX = 256 * 1024  # over a WebSocket; a hello with attributes is the largest
PING_S = 10.0  # a source that answers none for as long is gone


class _Server(uvicorn.Server):
    """Leaves signals to `infra/main.py`, which has more than HTTP to stop."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


def listen(port: int) -> socket.socket:
    """Return a listening socket on the loopback address; port 0 takes a free one.

    Raises:
        Malformed: the port is taken.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError as error:
        listener.close()
        raise Malformed(
            "ANTIPHON_HTTP_PORT", f"port {port} cannot be had ({error.strerror}); name another"
        ) from error
    listener.listen(BACKLOG)
    listener.setblocking(False)
    return listener


def listen_beside(port: int) -> socket.socket:
    """Return a listening socket as `listen` does, on a free port where that one is taken.

    For a process that serves nothing but its own health: several share a machine.
    """
    try:
        return listen(port)
    except Malformed:
        return listen(0)


def address_of(listener: socket.socket) -> str:
    """Return the URL of a listening socket; `localhost`, so that tenants have host names."""
    return f"http://localhost:{listener.getsockname()[1]}"


async def serve(app: Any, listener: socket.socket) -> None:
    """Serve an ASGI application until cancelled, then let open requests end in a bounded time."""
    server = _Server(
        uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=GRACEFUL_SHUTDOWN_S,
            timeout_keep_alive=KEEP_ALIVE_S,
            server_header=False,
            # Audio does not shrink, and what inflates would have to be bounded once more.
            ws_per_message_deflate=False,
            ws_max_size=MESSAGE_BYTES_MAX,
            ws_ping_interval=PING_S,
            ws_ping_timeout=PING_S,
            lifespan="on",
        )
    )
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        await asyncio.shield(serving)
    except asyncio.CancelledError:
        server.should_exit = True
        await serving
        raise
