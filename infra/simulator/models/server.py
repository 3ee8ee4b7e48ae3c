"""The server: who may ask, what is answered, and how it goes wrong.

    async with ModelServer(keys={"secret"}) as server:
        server.script.says("answer-from-passages", {"answer": "…", "cited": ["a-1"]})
        server.misbehaves(Misbehaviour(status=429, retry_after="2"), Misbehaviour(hangs=True))
        ...  # a client asks at server.url + "/v1", "/v2/models/…" or "/predictions/…"
        assert server.asked[-1].messages[0] == ("system", "…")

It shares no code with the client it is used against.
"""

import asyncio
import hmac
import json
from collections import deque
from collections.abc import AsyncGenerator, Collection, Mapping
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self, cast
from urllib.parse import unquote

from ..delivery import BodyCut
from ..wire import Answer, Request, Server, Streaming
from . import chat, predictors
from .asked import Asked, BadRequest
from .control import Control
from .misbehaviour import GOOD, Misbehaviour
from .script import Script
from .vectors import scores_of, vector_of

DIMENSIONS = 384
_BODY_BYTES_MAX = 8 << 20  # a summary's prompt is some hundred kilobytes
_ASKED_MAX = 10_000  # kept, the newest
_DRIP_BYTES = 16
_ENDLESS_BYTES = 65_536
_JSON = {"Content-Type": "application/json"}
_SENTIMENT = ("negative", "neutral", "positive")


class ModelServer:
    """Listens on this machine from `async with` to its end."""

    def __init__(
        self,
        *,
        port: int = 0,
        keys: Collection[str] = (),
        models: Collection[str] | None = None,
        classifiers: Mapping[str, Collection[str]] | None = None,
        dimensions: int = DIMENSIONS,
        refuses: Collection[str] = (),
    ) -> None:
        """Make one.

        Args:
            port: 0 for a free one.
            keys: who may ask; empty: everybody.
            models: of text and of vectors, LoRA adapters by their whole names; None: any name.
            classifiers: their labels, by name. `*` is any name.
            dimensions: of the vectors.
            refuses: fields of a chat's body that the endpoint does not know, and says so:
                `max_tokens`; `response_format`, or a type of it: `json_schema`.
        """
        self.script = Script()
        self.asked: deque[Asked] = deque(maxlen=_ASKED_MAX)
        self.is_healthy = True
        self.always = GOOD  # where nothing else was told
        self.busy = self.busiest = 0  # requests under way: now, and at most
        self.abandoned = 0  # whose clients did not wait for the answer
        self._next: deque[Misbehaviour] = deque()
        self._port = port
        self._keys = frozenset(keys)
        self._models = None if models is None else tuple(models)
        self._classifiers = {name: tuple(told) for name, told in (classifiers or {}).items()}
        self._dimensions = dimensions
        self._refuses = frozenset(refuses)
        self._control = Control(self)
        self._server: Server | None = None

    @property
    def url(self) -> str:
        """Where it listens, without a path."""
        assert self._port, "enter it first"
        return f"http://127.0.0.1:{self._port}"

    def misbehaves(self, *ways: Misbehaviour) -> None:
        """Have the next requests for answers go wrong, one way each."""
        self._next.extend(ways)

    async def __aenter__(self) -> Self:
        await self.rise()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.fall()

    async def rise(self) -> None:
        """Listen, after a fall at the same port."""
        self._server = Server(self._answer, body_bytes_max=_BODY_BYTES_MAX, abandons=True)
        self._port = await self._server.start("127.0.0.1", self._port)

    async def fall(self) -> None:
        """Drop every connection; new ones are refused from here on."""
        if self._server is not None:
            await self._server.stop()
            self._server = None

    async def _answer(self, request: Request) -> Answer | Streaming:
        parts = [unquote(part) for part in request.path.strip("/").split("/")]
        if parts[0] == "control":
            return self._control.answer(request, parts[1:])
        door = {"v2": "kserve", "predictions": "torchserve", "ping": "torchserve"}.get(parts[0], "")
        try:
            if request.method == "GET":
                self._check_key(request)
                return self._state(parts)
            bad = self._next.popleft() if self._next else self.always
            self._check_key(request)
            asked = self._asked(request, parts)
            self.asked.append(asked)
            await self._suffer(bad)
            return _spoiled(self._good(asked, bad), bad)
        except BadRequest as refused:
            return _refusal(door, refused)

    async def _suffer(self, bad: Misbehaviour) -> None:
        """Take the time, and raise what is not answered."""
        self.busy += 1
        self.busiest = max(self.busiest, self.busy)
        try:
            if bad.delay_s:
                await asyncio.sleep(bad.delay_s)
            if bad.hangs:
                await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.abandoned += 1
            raise
        finally:
            self.busy -= 1
        if bad.resets:
            raise ConnectionResetError
        if bad.status is not None:
            raise BadRequest(bad.status, bad.message, code=bad.code, retry_after=bad.retry_after)

    def _check_key(self, request: Request) -> None:
        if not self._keys:
            return
        told = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not any(hmac.compare_digest(told.encode(), key.encode()) for key in self._keys):
            message = "Incorrect API key provided."
            raise BadRequest(HTTPStatus.UNAUTHORIZED, message, code="invalid_api_key")

    def _state(self, parts: list[str]) -> Answer:
        if not self.is_healthy:
            return Answer(HTTPStatus.SERVICE_UNAVAILABLE, {"status": "Unhealthy"})
        match parts:
            case ["v1", "models"]:
                return Answer(HTTPStatus.OK, chat.models(self._models or ()))
            case ["v2", "health", "live"]:
                return Answer(HTTPStatus.OK, {"live": True})
            case ["v2", "health", "ready"]:
                return Answer(HTTPStatus.OK, {"ready": True})
            case ["v2", "models", name, *_, "ready"]:
                self._labels(name)
                return Answer(HTTPStatus.OK, {"name": name, "ready": True})
            case ["ping"]:
                return Answer(HTTPStatus.OK, {"status": "Healthy"})
            case _:
                raise BadRequest(HTTPStatus.NOT_FOUND, "Not Found")

    def _asked(self, request: Request, parts: list[str]) -> Asked:
        headers = tuple((k, v) for k, v in request.headers.items() if k != "authorization")
        match request.method, parts:
            case "POST", ["v1", "chat", "completions"]:
                prompt = request.headers.get("x-prompt", "")
                body = chat.decoded(request.body)
                self._check_dialect(body)
                asked = chat.chat_of(body, prompt=prompt, headers=headers)
                self._check_model(asked.model)
                return asked
            case "POST", ["v1", "embeddings"]:
                asked = chat.embeddings_of(chat.decoded(request.body), headers=headers)
                self._check_model(asked.model)
                return asked
            case "POST", ["v2", "models", name, *_, "infer"]:
                return predictors.inference_of(name, chat.decoded(request.body), headers=headers)
            case "POST", ["predictions", name, *_]:
                return predictors.prediction_of(name, request.body, headers=headers)
            case _:
                raise BadRequest(HTTPStatus.NOT_FOUND, "Not Found")

    def _check_dialect(self, body: Any) -> None:
        told = cast("dict[str, Any]", body if isinstance(body, dict) else {})
        form: Any = told.get("response_format")
        kind: Any = cast("Any", form).get("type") if isinstance(form, dict) else None
        for field in self._refuses & {*told, kind}:
            named = "response_format" if field == kind else field
            message = f"Unsupported parameter: '{named}' is not supported with this model."
            raise BadRequest(400, message, code="unsupported_parameter", param=named)

    def _check_model(self, name: str) -> None:
        if self._models is not None and name not in self._models:
            message = f"The model `{name}` does not exist or you do not have access to it."
            raise BadRequest(HTTPStatus.NOT_FOUND, message, code="model_not_found", param="model")

    def _labels(self, name: str) -> tuple[str, ...]:
        labels = self._classifiers.get(name, self._classifiers.get("*"))
        if labels is None and not self._classifiers:
            labels = _SENTIMENT
        if labels is None:
            raise BadRequest(HTTPStatus.NOT_FOUND, f"Model not found: {name}")
        return labels

    def _good(self, asked: Asked, bad: Misbehaviour) -> Any:
        """Return what a service answers that does what it should, or says other things."""
        width = bad.dimensions or self._dimensions
        if asked.door == "chat":
            return chat.completion(asked, self.script.answer(asked), bad)
        if asked.door == "embeddings":
            return chat.embedded(asked, self._vectors(asked, width), bad)
        if asked.model.startswith("embed"):
            rows = self._vectors(asked, width)
            return predictors.inferred(asked, rows, bad) if asked.door == "kserve" else rows[0]
        scores = self._scores(asked)
        if asked.door == "torchserve":
            return scores[0]
        if asked.model.endswith("-json"):
            return predictors.labelled(asked, scores, bad)
        return predictors.inferred(asked, [list(one.values()) for one in scores], bad)

    def _vectors(self, asked: Asked, width: int) -> list[list[float]]:
        return [vector_of(text, width) for text in asked.texts]

    def _scores(self, asked: Asked) -> list[dict[str, float]]:
        """Return each text's scores: what was scripted for the model's name, or counted words."""
        labels = self._labels(asked.model)
        found: list[dict[str, float]] = []
        for text in asked.texts:
            scripted = self.script.scores(asked.model, text)
            found.append(scores_of(text, labels) if scripted is None else scripted)
        return found


def _spoiled(good: Any, bad: Misbehaviour) -> Answer | Streaming:
    """Return an answer as it is sent, whole or not."""
    content = json.dumps(good).encode()
    if bad.body is not None:
        content = bad.body.encode(errors="surrogateescape")  # which can be any bytes
    headers = {"Content-Type": bad.content_type}
    if not bad.is_of_body:
        return Answer(HTTPStatus.OK, content, headers)
    return Streaming(_pieces(content, bad), headers, lambda: None)


async def _pieces(content: bytes, bad: Misbehaviour) -> AsyncGenerator[bytes]:
    if bad.endless:
        while True:
            yield b" " * _ENDLESS_BYTES
    if bad.cut:
        yield content[: len(content) // 2]
        raise BodyCut
    for first in range(0, len(content), _DRIP_BYTES):
        yield content[first : first + _DRIP_BYTES]
        await asyncio.sleep(bad.drip_s or 0.0)


def _refusal(door: str, refused: BadRequest) -> Answer:
    headers = {} if refused.retry_after is None else {"Retry-After": refused.retry_after}
    if door == "kserve":
        return Answer(refused.status, predictors.kserve_error(str(refused)), headers)
    if door == "torchserve":
        told = predictors.torchserve_error(str(refused), status=refused.status)
        return Answer(refused.status, told, headers)
    told = chat.error_body(
        str(refused), code=refused.code, param=refused.param, status=refused.status
    )
    return Answer(refused.status, told, headers)
