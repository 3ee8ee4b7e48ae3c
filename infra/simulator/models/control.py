"""How another process scripts the server and has it go wrong. From this machine only.

POST /control/answers      {"prompt": "summary", "answer": "…" or JSON}
POST /control/misbehaviour {"next": [{"status": 429, "retry_after": "1"}], "always": {}}
POST /control/health       {"healthy": false}
GET  /control/asked        the newest requests: door, model, prompt, texts
"""

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from ..wire import Answer, Request
from .misbehaviour import Misbehaviour

if TYPE_CHECKING:
    from .server import ModelServer

_SHOWN_MAX = 100


class _Says(Struct, frozen=True, forbid_unknown_fields=True):
    prompt: str
    answer: str | dict[str, Any] | list[Any]


class _Misbehaves(Struct, frozen=True, forbid_unknown_fields=True):
    next: tuple[Misbehaviour, ...] = ()
    always: Misbehaviour | None = None


class _Health(Struct, frozen=True, forbid_unknown_fields=True):
    healthy: bool


class Control:
    """Translates between HTTP and the server."""

    def __init__(self, server: "ModelServer") -> None:
        self._server = server

    def answer(self, request: Request, parts: list[str]) -> Answer:
        """Answer a request below `/control`."""
        if not request.from_loopback:
            return _problem(HTTPStatus.FORBIDDEN, "only from this machine")
        try:
            return self._done(request, parts)
        except msgspec.DecodeError as error:
            return _problem(HTTPStatus.UNPROCESSABLE_ENTITY, str(error))

    def _done(self, request: Request, parts: list[str]) -> Answer:
        server = self._server
        match request.method, parts:
            case "POST", ["answers"]:
                told = msgspec.json.decode(request.body, type=_Says)
                server.script.says(told.prompt, told.answer)
            case "POST", ["misbehaviour"]:
                ways = msgspec.json.decode(request.body, type=_Misbehaves)
                server.misbehaves(*ways.next)
                server.always = ways.always or server.always
            case "POST", ["health"]:
                server.is_healthy = msgspec.json.decode(request.body, type=_Health).healthy
            case "GET", ["asked"]:
                newest = list(server.asked)[-_SHOWN_MAX:]
                return Answer(HTTPStatus.OK, msgspec.to_builtins(newest))
            case _:
                return _problem(HTTPStatus.NOT_FOUND, f"{request.path} is not served here")
        return Answer(HTTPStatus.OK, {})


def _problem(status: HTTPStatus, message: str) -> Answer:
    return Answer(status, {"error": message})
