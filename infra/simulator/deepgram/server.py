"""The server: who may open a socket, how many at a time, and where it listens.

    async with DeepgramServer(keys={"secret"}) as server:
        ...  # a client opens sockets at server.url

It shares no code with the client it is used against.
"""

import json
from collections.abc import Callable, Collection
from http import HTTPStatus
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from websockets.asyncio.server import ServerConnection
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from ..vendor_socket import VendorSocket
from .listening import Socket
from .misbehaviour import GOOD, Misbehaviour
from .query import BadQuery, Query, query_of
from .replay import Replay
from .words import CodedWords, Finders

IDLE_S = 10.0  # Deepgram's own patience without audio. Source: its NET-0001
STREAMS_MAX = 50  # of one project, on the plans without a contract
_PATH = "/v1/listen"


class DeepgramServer(VendorSocket):
    """Listens on this machine alone.

    Args:
        keys: API keys that are let in.
        finders: what a channel is heard with.
        misbehaves: how the nth socket goes wrong, from 1; refused ones count.
        replays: what the nth socket tells instead of what it hears, or None.
    """

    def __init__(
        self,
        *,
        keys: Collection[str],
        finders: Finders = CodedWords,
        misbehaves: Callable[[int], Misbehaviour] = lambda _: GOOD,
        replays: Callable[[int], Replay | None] = lambda _: None,
        idle_s: float = IDLE_S,
        streams_max: int = STREAMS_MAX,
        port: int = 0,
    ) -> None:
        super().__init__(port=port)
        self.misbehaves = misbehaves
        self.attempts = 0  # handshakes, refused ones among them
        self.sockets: list[Socket] = []
        self._keys = keys
        self._finders = finders
        self._replays = replays
        self._idle_s = idle_s
        self._streams_max = streams_max
        self._open = 0
        self._admitted: WeakKeyDictionary[ServerConnection, tuple[Query, int]] = WeakKeyDictionary()

    @property
    def open_sockets(self) -> int:
        """How many are open now."""
        return self._open

    async def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        self.attempts += 1
        number = self.attempts
        bad = self.misbehaves(number)
        if bad.opens is not None:
            await bad.opens.wait()
        address = urlsplit(request.path)
        if address.path != _PATH:
            return _refusal(HTTPStatus.NOT_FOUND, "NOT_FOUND", "No such path")
        if not self._is_key(request.headers.get("Authorization", "")):
            return _refusal(HTTPStatus.UNAUTHORIZED, "INVALID_AUTH", "Invalid credentials.")
        if bad.refuse is not None:
            return _refusal(HTTPStatus(bad.refuse), "REFUSED", "As it was told to")
        if self._open >= self._streams_max:
            return _refusal(
                HTTPStatus.TOO_MANY_REQUESTS,
                "TOO_MANY_REQUESTS",
                "Too many requests. Please try again later",
            )
        try:
            query = query_of(address.query)
        except BadQuery as error:
            return _refusal(HTTPStatus.BAD_REQUEST, "Bad Request", str(error))
        self._admitted[connection] = (query, number)
        return None

    def _is_key(self, authorization: str) -> bool:
        scheme, _, secret = authorization.partition(" ")
        return scheme.casefold() in ("token", "bearer") and secret in self._keys

    async def _serve(self, connection: ServerConnection) -> None:
        query, number = self._admitted.pop(connection)
        socket = Socket(
            connection,
            query,
            finders=self._finders,
            misbehaviour=self.misbehaves(number),
            idle_s=self._idle_s,
            replay=self._replays(number),
        )
        self.sockets.append(socket)
        self._open += 1
        try:
            await socket.serve()
        finally:
            self._open -= 1


def _refusal(status: HTTPStatus, code: str, message: str) -> Response:
    body = json.dumps({"err_code": code, "err_msg": message, "request_id": ""}).encode()
    headers = Headers({"Content-Type": "application/json", "Content-Length": str(len(body))})
    return Response(status.value, status.phrase, headers, body)
