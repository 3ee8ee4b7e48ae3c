"""Endpoints of classifiers and embedders: KServe's Open Inference Protocol v2, and TorchServe.

Source: Open Inference Protocol, "HTTP/REST"; TorchServe, "Inference API", "Default handlers".
"""

import asyncio
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Annotated, Any, cast
from urllib.parse import quote

import httpx2
import msgspec
from msgspec import Meta, Struct

from ...events.decoding import decoded
from ..models import TextRequest, Vector
from .bounded_http import client_of, failure_of, is_json
from .provider import Failure, Written
from .settings import EndpointSettings
from .vectors import unit_vectors

_INPUT = "input"
_LABELS_MAX = 1_000
_NUMBER_MAX = 1e30  # its square is a number still
_TOGETHER_MAX = 8  # texts of one request that go to TorchServe at once: it batches them itself
_MALFORMED = Failure(reason="malformed", blame="answer")
_NOT_OF_THE_PROTOCOL = Failure(reason="refused", blame="request")


class _Output(Struct):
    datatype: str
    shape: list[Annotated[int, Meta(ge=0)]]
    data: list[Any]


class _Inference(Struct):
    outputs: Annotated[list[_Output], Meta(min_length=1)]


_INFERENCE = msgspec.json.Decoder(_Inference)
_ANYTHING = msgspec.json.Decoder()


class KServeProvider:
    """Satisfies `Provider`: `/v2/models/{model}/infer`, texts as BYTES."""

    def __init__(self, settings: EndpointSettings) -> None:
        self._http = _Http(settings)

    async def write(
        self,
        request: TextRequest,  # noqa: ARG002
        *,
        model: str,  # noqa: ARG002
        temperature: float | None,  # noqa: ARG002
    ) -> Written | Failure:
        """See `Provider.write`: the protocol has no such request."""
        return _NOT_OF_THE_PROTOCOL

    async def scores(
        self, text: str, *, model: str, labels: Sequence[str]
    ) -> dict[str, float] | Failure:
        """See `Provider.scores`: FP32 in the order of `labels`, or BYTES of JSON by label."""
        output = await self._output([text], model=model)
        if isinstance(output, Failure):
            return output
        if output.datatype == "BYTES":
            return _scores_in_json(output.data)
        return _in_order(output.data, labels)

    async def vectors(self, texts: Sequence[str], *, model: str) -> list[Vector] | Failure:
        """See `Provider.vectors`: one output, a row a text."""
        output = await self._output(texts, model=model)
        if isinstance(output, Failure):
            return output
        width, rest = divmod(len(output.data), len(texts))
        if rest or not width or output.shape[:1] != [len(texts)] or not _are_numbers(output.data):
            return _MALFORMED
        firsts = range(0, len(output.data), width)
        return unit_vectors([output.data[first : first + width] for first in firsts])

    async def is_well(self) -> bool:
        """See `Provider.is_well`."""
        return await self._http.is_well("/v2/health/ready")

    async def aclose(self) -> None:
        """See `Provider.aclose`."""
        await self._http.aclose()

    async def _output(self, texts: Sequence[str], *, model: str) -> _Output | Failure:
        one = {"name": _INPUT, "shape": [len(texts)], "datatype": "BYTES", "data": list(texts)}
        body = msgspec.json.encode({"inputs": [one]})
        answer = await self._http.post(f"/v2/models/{quote(model, safe='')}/infer", body)
        if isinstance(answer, Failure):
            return answer
        try:
            return decoded(_INFERENCE, answer).outputs[0]
        except msgspec.DecodeError:
            return Failure(reason="malformed")


class TorchServeProvider:
    """Satisfies `Provider`: `/predictions/{model}`, a text a request."""

    def __init__(self, settings: EndpointSettings) -> None:
        self._http = _Http(settings)
        self._together = asyncio.Semaphore(_TOGETHER_MAX)

    async def write(
        self,
        request: TextRequest,  # noqa: ARG002
        *,
        model: str,  # noqa: ARG002
        temperature: float | None,  # noqa: ARG002
    ) -> Written | Failure:
        """See `Provider.write`: its answers have no agreed shape."""
        return _NOT_OF_THE_PROTOCOL

    async def scores(
        self,
        text: str,
        *,
        model: str,
        labels: Sequence[str],
    ) -> dict[str, float] | Failure:
        """See `Provider.scores`: probabilities by label, or numbers in the order of `labels`."""
        told = await self._predicted(text, model=model)
        if isinstance(told, Failure):
            return told
        if isinstance(told, list):
            return _in_order(cast("list[Any]", told), labels)
        return _checked(told)

    async def vectors(self, texts: Sequence[str], *, model: str) -> list[Vector] | Failure:
        """See `Provider.vectors`."""

        async def one_of(text: str) -> Any:
            async with self._together:
                return await self._predicted(text, model=model)

        # A group: one that fails by a bug, or whose caller has gone, leaves none behind.
        async with asyncio.TaskGroup() as group:
            asking = [group.create_task(one_of(text)) for text in texts]
        rows = [one.result() for one in asking]
        for row in rows:
            if isinstance(row, Failure):
                return row
            if not isinstance(row, list) or not _are_numbers(cast("list[Any]", row)):
                return _MALFORMED
        return unit_vectors(rows)

    async def is_well(self) -> bool:
        """See `Provider.is_well`."""
        return await self._http.is_well("/ping")

    async def aclose(self) -> None:
        """See `Provider.aclose`."""
        await self._http.aclose()

    async def _predicted(self, text: str, *, model: str) -> Any:
        path = f"/predictions/{quote(model, safe='')}"
        answer = await self._http.post(path, text.encode(), kind="text/plain; charset=utf-8")
        if isinstance(answer, Failure):
            return answer
        try:
            return decoded(_ANYTHING, answer)
        except msgspec.DecodeError:
            return Failure(reason="malformed")


class _Http:
    def __init__(self, settings: EndpointSettings) -> None:
        headers = {} if settings.key is None else {"Authorization": f"Bearer {settings.key}"}
        self._client = client_of(connections=settings.concurrency, headers=headers)
        self._url = settings.url.rstrip("/")

    async def post(
        self, path: str, body: bytes, *, kind: str = "application/json"
    ) -> bytes | Failure:
        try:
            response = await self._client.post(
                self._url + path, content=body, headers={"Content-Type": kind}
            )
        except httpx2.HTTPError:
            return Failure(reason="unavailable")
        if response.status_code != HTTPStatus.OK:
            return failure_of(response)
        return response.content if is_json(response.headers) else Failure(reason="malformed")

    async def is_well(self, path: str) -> bool:
        try:
            return (await self._client.get(self._url + path)).is_success
        except httpx2.HTTPError:
            return False

    async def aclose(self) -> None:
        await self._client.aclose()


def _in_order(numbers: list[Any], labels: Sequence[str]) -> dict[str, float] | Failure:
    if len(numbers) != len(labels):
        return _MALFORMED
    return _checked(dict(zip(labels, numbers, strict=True)))


def _scores_in_json(data: list[Any]) -> dict[str, float] | Failure:
    """Return what MLServer's runtime of Hugging Face tells: `{"label", "score"}`, one or all."""
    if len(data) != 1 or not isinstance(data[0], str):
        return _MALFORMED
    try:
        told = decoded(_ANYTHING, data[0])
    except msgspec.DecodeError:
        return _MALFORMED
    entries = cast("list[Any]", told if isinstance(told, list) else [told])
    match entries:
        case [{"label": str(), "score": _}, *_] if all(isinstance(one, dict) for one in entries):
            pairs = [(one.get("label"), one.get("score")) for one in entries]
            return _checked(dict(pairs)) if len(dict(pairs)) == len(pairs) else _MALFORMED
        case [dict()]:
            return _checked(entries[0])
        case _:
            return _MALFORMED


def _checked(told: Any) -> dict[str, float] | Failure:
    if not isinstance(told, Mapping):
        return _MALFORMED
    scores = dict(cast("Mapping[Any, Any]", told))
    if not 0 < len(scores) <= _LABELS_MAX or not all(isinstance(one, str) for one in scores):
        return _MALFORMED
    if not _are_numbers(list(scores.values())):
        return _MALFORMED
    if not all(0.0 <= value <= 1.0 for value in scores.values()):
        return _MALFORMED
    return {label: float(value) for label, value in scores.items()}


def _are_numbers(values: list[Any]) -> bool:
    # JSON knows integers that no float can hold; `isfinite` would raise at them.
    return all(type(value) in (int, float) and abs(value) < _NUMBER_MAX for value in values)
