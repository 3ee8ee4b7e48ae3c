"""An OpenAI-compatible endpoint: OpenAI, Fireworks, vLLM and many others.

What an endpoint does not take is learned from its refusal, and not sent again: a schema, the
older or newer name of the limit of tokens.

Source: OpenAI API reference, chat completions and embeddings; vLLM, "OpenAI-compatible server".
"""

import logging
import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated, Any, Literal

import httpx2
import msgspec
import openai
from msgspec import Meta, Struct

from ...events.decoding import decoded
from ..models import TextRequest, Vector
from .bounded_http import client_of, failure_of, is_json
from .checking import as_asked, is_closed, is_text
from .provider import Failure, Written
from .settings import EndpointSettings
from .vectors import unit_vectors

PROMPT_HEADER = "X-Prompt"  # for gateways and logs: which prompt this is. Never what it says
_NO_KEY = "none"  # the package insists on one; servers of one's own take any
_NAME = re.compile(r"[^a-zA-Z0-9_-]")
_NAME_CHARS_MAX = 64
_CHARS_PER_TOKEN_MAX = 32  # no tokenizer has longer words; what is longer is no such answer
_WITHOUT_DIALECT = (HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY)
# What asks for a list of models is told no, and the endpoint is well all the same.
_NO_LIST = (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED)

# The package logs whole requests where it may: what callers say is in them.
logging.getLogger("openai").setLevel(logging.WARNING)

_Format = Literal["json_schema", "json_object", "none"]
_Limit = Literal["max_tokens", "max_completion_tokens"]


class _Message(Struct):
    content: str | None = None
    refusal: str | None = None


class _Choice(Struct):
    message: _Message
    finish_reason: str | None = None


class _Usage(Struct):
    total_tokens: Annotated[int, Meta(ge=0)] | None = None


class _Completion(Struct):
    choices: Annotated[list[_Choice], Meta(min_length=1)]
    usage: _Usage | None = None


class _Entry(Struct):
    index: Annotated[int, Meta(ge=0)]
    embedding: list[float]


class _Embeddings(Struct):
    data: list[_Entry]


_COMPLETION = msgspec.json.Decoder(_Completion)
_EMBEDDINGS = msgspec.json.Decoder(_Embeddings)


class OpenAiProvider:
    """Satisfies `Provider`."""

    def __init__(self, settings: EndpointSettings) -> None:
        key = settings.key or _NO_KEY
        self._models_url = settings.url.rstrip("/") + "/models"
        self._authorization = {"Authorization": f"Bearer {key}"}
        self._http = client_of(connections=settings.concurrency)
        self._client = openai.AsyncOpenAI(
            api_key=key,
            base_url=settings.url,
            max_retries=0,  # whoever chose this endpoint knows of others
            http_client=self._http,
        )
        # What the environment says of an account of OpenAI's is not for this endpoint.
        self._client.organization = self._client.project = None
        self._format: _Format = "json_schema"
        self._limit: _Limit = "max_tokens"

    async def write(
        self, request: TextRequest, *, model: str, temperature: float | None
    ) -> Written | Failure:
        """See `Provider.write`."""
        while True:
            told = self._asking(request, model=model, temperature=temperature)
            body = await self._posted(
                "/chat/completions",
                told,
                prompt=request.prompt,
                dialect=(self._format, self._limit),
            )
            if body is not None:
                return body if isinstance(body, Failure) else _written(body, request)

    async def vectors(self, texts: Sequence[str], *, model: str) -> list[Vector] | Failure:
        """See `Provider.vectors`."""
        told = {"model": model, "input": list(texts), "encoding_format": "float"}
        body = await self._posted("/embeddings", told)
        if body is None or isinstance(body, Failure):
            return body or Failure(reason="refused", blame="request")
        try:
            entries = decoded(_EMBEDDINGS, body).data
        except msgspec.DecodeError:
            return Failure(reason="malformed")
        if sorted(one.index for one in entries) != list(range(len(texts))):
            return Failure(reason="malformed", blame="answer")
        return unit_vectors([one.embedding for one in sorted(entries, key=lambda one: one.index)])

    async def scores(
        self,
        text: str,  # noqa: ARG002
        *,
        model: str,  # noqa: ARG002
        labels: Sequence[str],  # noqa: ARG002
    ) -> dict[str, float] | Failure:
        """See `Provider.scores`: the API has no such request."""
        return Failure(reason="refused", blame="request")

    async def is_well(self) -> bool:
        """See `Provider.is_well`."""
        try:
            response = await self._http.get(self._models_url, headers=self._authorization)
        except (httpx2.HTTPError, httpx2.InvalidURL):
            return False
        return response.is_success or response.status_code in _NO_LIST

    async def aclose(self) -> None:
        """See `Provider.aclose`."""
        await self._client.close()

    def _asking(
        self, request: TextRequest, *, model: str, temperature: float | None
    ) -> dict[str, Any]:
        told: dict[str, Any] = {
            "model": model,
            "messages": [{"role": one.role, "content": one.text} for one in request.messages],
            self._limit: request.tokens_max,
        }
        if temperature is not None:
            told["temperature"] = temperature
        if request.json_schema is not None and self._format == "json_schema":
            told["response_format"] = {
                "type": "json_schema",
                "json_schema": {
                    "name": _NAME.sub("-", request.prompt)[:_NAME_CHARS_MAX] or "answer",
                    "schema": request.json_schema,
                    "strict": is_closed(request.json_schema),
                },
            }
        elif request.json_schema is not None and self._format == "json_object":
            told["response_format"] = {"type": "json_object"}
        return told

    async def _posted(
        self,
        path: str,
        told: dict[str, Any],
        *,
        prompt: str | None = None,
        dialect: tuple[_Format, _Limit] | None = None,
    ) -> bytes | Failure | None:
        """Return the body of an answer; None where the request is to be put in other words."""
        headers = {PROMPT_HEADER: prompt} if prompt is not None and prompt.isascii() else {}
        try:
            response = await self._client.post(
                path,
                cast_to=httpx2.Response,
                body=told,
                options={"headers": headers},
            )
        except openai.APIStatusError as error:
            if dialect is not None and self._learned(error, told, *dialect):
                return None
            return failure_of(error.response)
        except (openai.APIConnectionError, httpx2.HTTPError):
            return Failure(reason="unavailable")
        if response.status_code != HTTPStatus.OK or not is_json(response.headers):
            return Failure(reason="malformed")
        return response.content

    def _learned(
        self, error: openai.APIStatusError, told: dict[str, Any], format_: _Format, limit: _Limit
    ) -> bool:
        """Tell whether a refusal taught another way to ask; each is learned once."""
        if error.status_code not in _WITHOUT_DIALECT:
            return False
        refusal = f"{error.param or ''} {error.message}"
        if "max_tokens" in refusal and "max_tokens" in told and limit == "max_tokens":
            self._limit = "max_completion_tokens"
            return True
        if "response_format" in told and format_ != "none":
            about_it = ("response_format", "json_schema", "json_object", "guided", "schema")
            if any(word in refusal for word in about_it):
                self._format = "json_object" if format_ == "json_schema" else "none"
                return True
        return False


def _written(body: bytes, request: TextRequest) -> Written | Failure:
    try:
        completion = decoded(_COMPLETION, body)
    except msgspec.DecodeError:
        return Failure(reason="malformed")
    choice = completion.choices[0]
    text, message = choice.message.content, choice.message
    if message.refusal or choice.finish_reason == "content_filter":
        return Failure(reason="refused", blame="request")
    wanted = ("stop",) if request.json_schema is not None else ("stop", "length")
    if text is None or not text.strip() or (choice.finish_reason or "stop") not in wanted:
        return Failure(reason="malformed", blame="answer")
    if len(text) > request.tokens_max * _CHARS_PER_TOKEN_MAX or not is_text(text):
        return Failure(reason="malformed", blame="answer")
    if request.json_schema is not None:
        text = as_asked(text, request.json_schema)
        if text is None:
            return Failure(reason="malformed", blame="answer")
    tokens = None if completion.usage is None else completion.usage.total_tokens
    return Written(text=text, tokens=tokens)
