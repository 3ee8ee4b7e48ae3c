"""The server: who may open a session, how many at a time, and where it listens.

    async with TranscribeServer(secrets={"AKID": "secret"}) as server:
        ...  # a client opens sessions at server.url

It shares no code with the client it is used against.
"""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from urllib.parse import parse_qsl, urlsplit
from weakref import WeakKeyDictionary

from websockets.asyncio.server import ServerConnection
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from ..deepgram.words import CodedWords, Finders
from ..vendor_socket import VendorSocket
from .misbehaviour import GOOD, Misbehaviour
from .query import BadQuery, query_of
from .session import Session, refuse
from .signature import Unsigned, check

IDLE_S = 15.0
STREAMS_MAX = 25
AUDIO_S_MAX = 4 * 3_600.0
_PATH = "/stream-transcription-websocket"


class TranscribeServer(VendorSocket):
    """Listens on this machine alone.

    Args:
        secrets: by access key, of those who are let in.
        misbehaves: how the nth session goes wrong, from 1; refused ones count.
        vocabularies: names of those that the account has.
    """

    def __init__(
        self,
        *,
        secrets: Mapping[str, str],
        region: str = "eu-central-1",
        finders: Finders = CodedWords,
        misbehaves: Callable[[int], Misbehaviour] = lambda _: GOOD,
        vocabularies: frozenset[str] = frozenset(),
        idle_s: float = IDLE_S,
        streams_max: int = STREAMS_MAX,
        audio_s_max: float = AUDIO_S_MAX,
    ) -> None:
        super().__init__()
        self.secrets = dict(secrets)
        self.misbehaves = misbehaves
        self.attempts = 0  # handshakes, refused ones among them
        self.sessions: list[Session] = []
        self._region = region
        self._finders = finders
        self._vocabularies = vocabularies
        self._idle_s = idle_s
        self._streams_max = streams_max
        self._audio_s_max = audio_s_max
        self._open = 0
        self._admitted: WeakKeyDictionary[ServerConnection, tuple[str, int]] = WeakKeyDictionary()

    async def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        self.attempts += 1
        bad = self.misbehaves(self.attempts)
        number = self.attempts
        if bad.opens is not None:
            await bad.opens.wait()
        if urlsplit(request.path).path != _PATH:
            return _refusal(HTTPStatus.NOT_FOUND, "UnknownOperationException", "No such path")
        try:
            check(
                request.path,
                host=request.headers["Host"],
                secrets=self.secrets,
                region=self._region,
                now=datetime.now(UTC),
            )
        except Unsigned as error:
            return _refusal(HTTPStatus.FORBIDDEN, error.name, error.why)
        if bad.refuse is not None:
            return _refusal(HTTPStatus(bad.refuse), bad.error, bad.message)
        self._admitted[connection] = (urlsplit(request.path).query, number)
        return None

    async def _serve(self, connection: ServerConnection) -> None:
        asked, number = self._admitted.pop(connection)
        if self._open >= self._streams_max:
            await _end(connection, "LimitExceededException", "Too many concurrent streams.")
            return
        try:
            query = query_of(dict(parse_qsl(asked)), vocabularies=self._vocabularies)
        except BadQuery as error:
            await _end(connection, "BadRequestException", str(error))
            return
        session = Session(
            connection,
            query,
            finders=self._finders,
            misbehaviour=self.misbehaves(number),
            idle_s=self._idle_s,
            audio_s_max=self._audio_s_max,
        )
        self.sessions.append(session)
        self._open += 1
        try:
            await session.serve()
        finally:
            self._open -= 1


async def _end(connection: ServerConnection, name: str, message: str) -> None:
    try:
        await refuse(connection, name, message)
        await connection.close(1000)
    except ConnectionClosed:
        pass  # the client did not wait for it


def _refusal(status: HTTPStatus, name: str, message: str) -> Response:
    body = json.dumps({"Message": message}).encode()
    headers = Headers({"Content-Type": "application/json", "Content-Length": str(len(body))})
    if name:
        headers["x-amzn-ErrorType"] = f"{name}:http://internal.amazon.com/coral/"
    return Response(status.value, status.phrase, headers, body)
