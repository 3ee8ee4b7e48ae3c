"""A session's socket, its errors told as ours.

The vendor's own package for it is given up, and the one to come unfinished (decision 0030);
what it would do is sign one address and frame bytes.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.http11 import Response

from ....errors import RecognizerFailed
from .answers import Result, message_of, results_of
from .failures import of_close, of_status
from .frames import audio_frame, frame_of

# An answer holds every word of a stretch, each with its times: a minute's are 40 kB.
_MESSAGE_BYTES_MAX = 1_048_576
_ERROR_TYPE = "x-amzn-ErrorType"


class Connection:
    """An open socket."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket

    async def send(self, samples: bytes) -> None:
        """Send interleaved samples, or with none the end; wait while the line is full.

        Raises:
            RecognizerFailed: the socket is closed.
        """
        try:
            await self._socket.send(audio_frame(samples))
        except (ConnectionClosed, OSError) as error:
            raise RecognizerFailed("line_cut") from error

    async def receive(self) -> list[Result] | None:
        """Return the next results, or None where the vendor closed the session in good order.

        Raises:
            RecognizerFailed: it tells of an exception, or the socket broke.
        """
        try:
            message = await self._socket.recv()
        except ConnectionClosed as error:
            code = error.rcvd.code if error.rcvd else None
            if code == _GOOD_ORDER:
                return None
            raise of_close(code) from error
        except OSError as error:
            raise RecognizerFailed("line_cut") from error
        if isinstance(message, str):
            return []
        return results_of(frame_of(message))

    def abort(self) -> None:
        """Let the line go without a farewell: one that is dead would not answer it."""
        self._socket.transport.abort()


_GOOD_ORDER = 1000


@asynccontextmanager
async def connected(address: str) -> AsyncGenerator[Connection]:
    """Open a socket at a signed address, for as long as it is entered.

    Raises, on entering:
        RecognizerFailed: it was refused, or nobody answers.
    """
    try:
        # No pings: the vendor need not answer them in time, and a dead line is told by what
        # does not come.
        socket = await connect(
            address,
            max_size=_MESSAGE_BYTES_MAX,
            compression=None,
            ping_interval=None,
            close_timeout=0,
            open_timeout=None,
        )
    except InvalidStatus as error:
        raise _refusal(error.response) from None  # its text holds the address, and so a token
    except WebSocketException:
        raise RecognizerFailed("handshake_failed") from None
    except (OSError, TimeoutError) as error:
        raise RecognizerFailed("unreachable") from error
    connection = Connection(socket)
    try:
        yield connection
    finally:
        connection.abort()
        await socket.wait_closed()


def _refusal(response: Response) -> RecognizerFailed:
    name, _, _ = response.headers.get(_ERROR_TYPE, "").partition(":")
    return of_status(
        response.status_code, name=name, message=message_of(bytes(response.body or b""))
    )
