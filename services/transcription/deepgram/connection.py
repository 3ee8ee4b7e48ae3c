"""The vendor's package at our border: sockets opened through it, its errors told as ours.

It neither reconnects nor keeps alive, its callbacks lose the close code, and it stands on the
old client of `websockets`. So a socket is read with `recv()`, and what it raises is looked at.
"""

import warnings
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

from websockets.exceptions import ConnectionClosed, WebSocketException

from ....errors import RecognizerFailed
from .answers import Answer, answer_of
from .failures import of_close, of_status

if TYPE_CHECKING:
    from deepgram import AsyncDeepgramClient
    from deepgram.listen.v1.socket_client import AsyncV1SocketClient


class Connection:
    """An open socket."""

    def __init__(self, socket: "AsyncV1SocketClient") -> None:
        self._socket = socket

    async def send(self, audio: bytes) -> None:
        """Send interleaved samples; wait while the line is full.

        Raises:
            RecognizerFailed: the socket is closed.
        """
        with _told_as_failure():
            await self._socket.send_media(audio)

    async def keep_alive(self) -> None:
        """Say that audio will follow. Raises as `send` does."""
        with _told_as_failure():
            await self._socket.send_keep_alive()

    async def finish(self) -> None:
        """Ask for everything to be made final, and then for the end. Raises as `send` does."""
        with _told_as_failure():
            await self._socket.send_finalize()
            await self._socket.send_close_stream()

    async def receive(self) -> Answer | None:
        """Return the next answer, or None for one that says nothing to us.

        Raises:
            RecognizerFailed: the socket is closed, also where it was closed as it should be.
        """
        with _told_as_failure():
            try:
                return answer_of(await self._socket.recv())
            except (ValueError, TypeError):
                return None  # no JSON, or of no shape the package can read

    def abort(self) -> None:
        """Let the line go without a farewell: one that is dead would not answer it."""
        # The package waits ten seconds for an answer to its close, and offers no other way.
        websocket: Any = vars(self._socket)["_websocket"]
        websocket.transport.abort()


def client(*, url: str, api_key: str) -> "AsyncDeepgramClient":
    """Return the vendor's client for sockets at `url`, `wss://…` without a path."""
    with warnings.catch_warnings():
        # On import it looks for names that `websockets` has deprecated.
        warnings.simplefilter("ignore", DeprecationWarning)
        import deepgram.listen.v1.client  # noqa: F401, PLC0415
        from deepgram import AsyncDeepgramClient, DeepgramClientEnvironment  # noqa: PLC0415
    http = url.replace("ws", "http", 1)
    return AsyncDeepgramClient(
        api_key=api_key,
        environment=DeepgramClientEnvironment(
            base=http, production=url.rstrip("/"), agent=url, agent_rest=http
        ),
    )


@asynccontextmanager
async def connected(
    client: "AsyncDeepgramClient", query: Mapping[str, Any]
) -> AsyncGenerator[Connection]:
    """Open a socket for as long as it is entered.

    Raises, on entering:
        RecognizerFailed: it was refused, or nobody answers.
    """
    from deepgram.core.api_error import ApiError  # noqa: PLC0415

    opening = client.listen.v1.connect(**query)
    try:
        socket = await opening.__aenter__()
    except ApiError as error:
        raise of_status(error.status_code) from error
    except WebSocketException as error:
        raise RecognizerFailed("handshake_failed") from error
    except (OSError, TimeoutError) as error:
        raise RecognizerFailed("unreachable") from error
    connection = Connection(socket)
    try:
        yield connection
    finally:
        connection.abort()
        with suppress(ConnectionClosed):  # as it is now
            await opening.__aexit__(None, None, None)


class _told_as_failure:  # noqa: N801 (it is used as a function is)
    """Tell the socket library's errors as ours. A class: it is entered for every frame."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if isinstance(error, ConnectionClosed):
            said = error.rcvd
            raise of_close(said.code if said else None, said.reason if said else "") from error
        if isinstance(error, OSError):
            raise RecognizerFailed("line_cut") from error
