"""HTTP to somebody else's server: of an answer no more is read than an answer may hold.

Source: httpx2, "Custom transports". The `openai` package asks through it as well.
"""

import ssl
from collections.abc import AsyncIterator
from email.utils import parsedate_to_datetime
from functools import cache
from http import HTTPStatus
from typing import Any

import httpx2
from msgspec.structs import replace

from .provider import Failure

# 64 vectors of 3,072 numbers as JSON are 3 MB; nothing that a model says is as long.
BODY_BYTES_MAX = 8 << 20
_CONNECT_S = 2.0  # a server that takes longer to open a connection is not there
_READ_S = 120.0  # between two bytes; the deadline of the request ends it before
_KEPT_ALIVE_S = 30.0  # less than the 60 s after which balancers commonly cut idle connections
_WAIT_S_MAX = 60.0  # however long a server says to leave it alone

_UNAVAILABLE = Failure(reason="unavailable")
_KEY_REFUSED = Failure(reason="refused", retry="never")
_BY_STATUS: dict[int, Failure] = {
    HTTPStatus.UNAUTHORIZED: _KEY_REFUSED,
    HTTPStatus.FORBIDDEN: _KEY_REFUSED,
    HTTPStatus.NOT_FOUND: Failure(reason="refused", blame="model"),
    HTTPStatus.REQUEST_TIMEOUT: _UNAVAILABLE,
    HTTPStatus.CONFLICT: _UNAVAILABLE,
    HTTPStatus.TOO_EARLY: _UNAVAILABLE,
    HTTPStatus.TOO_MANY_REQUESTS: Failure(reason="limited", retry="later"),
    HTTPStatus.SERVICE_UNAVAILABLE: Failure(reason="unavailable", retry="later"),
}

TooLong = httpx2.DecodingError  # the body has no end that we would wait for


def client_of(*, connections: int, headers: dict[str, str] | None = None) -> httpx2.AsyncClient:
    """Return a client of one endpoint; no proxy and no `.netrc` of the environment is used."""
    limits = httpx2.Limits(
        max_connections=connections + 1,  # one to ask if it is well
        max_keepalive_connections=connections + 1,
        keepalive_expiry=_KEPT_ALIVE_S,
    )
    return httpx2.AsyncClient(
        transport=_Bounded(httpx2.AsyncHTTPTransport(verify=_tls(), limits=limits)),
        timeout=httpx2.Timeout(_READ_S, connect=_CONNECT_S),
        # What is unpacked may be a thousand times what came.
        headers={"Accept-Encoding": "identity", **(headers or {})},
        follow_redirects=False,
    )


@cache
def _tls() -> ssl.SSLContext:
    """Return what trusts as the system does; some 40 ms to make."""
    return httpx2.create_ssl_context()


def failure_of(response: httpx2.Response) -> Failure:
    """Return what a status says about the endpoint, or about the request."""
    status = response.status_code
    if (known := _BY_STATUS.get(status)) is not None:
        return replace(known, wait_s=retry_after_s(response.headers))
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Failure(reason="unavailable", wait_s=retry_after_s(response.headers))
    if status >= HTTPStatus.BAD_REQUEST:
        return Failure(reason="refused", blame="request")
    return Failure(reason="malformed")  # 204, or a redirect, which nobody follows


def retry_after_s(headers: httpx2.Headers) -> float:
    """Return how long a server wants to be left alone; 0 where it does not say.

    Source: RFC 9110, 10.2.3, seconds or a date; `retry-after-ms` is OpenAI's.
    """
    exact = _number(headers.get("retry-after-ms"))
    if exact is not None:
        return min(exact / 1_000, _WAIT_S_MAX)
    told = headers.get("retry-after")
    seconds = _number(told)
    if seconds is None and told is not None and "date" in headers:
        try:
            wait = parsedate_to_datetime(told) - parsedate_to_datetime(headers["date"])
            seconds = wait.total_seconds()
        except (ValueError, TypeError):
            return 0.0
    return min(max(seconds or 0.0, 0.0), _WAIT_S_MAX)


def is_json(headers: httpx2.Headers) -> bool:
    """Tell whether an answer says that it is JSON."""
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind == "application/json" or kind.endswith("+json")


def _number(told: str | None) -> float | None:
    try:
        number = float(told or "")
    except ValueError:
        return None
    return number if 0.0 <= number < float("inf") else None


class _Bounded(httpx2.AsyncBaseTransport):
    def __init__(self, inner: httpx2.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        response = await self._inner.handle_async_request(request)
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            await response.aclose()
            raise TooLong("an encoding that nobody asked for", request=request)
        response.stream = _Counted(response.stream)
        return response

    async def aclose(self) -> None:
        await self._inner.aclose()


class _Counted(httpx2.AsyncByteStream):
    def __init__(self, inner: Any) -> None:
        self._inner = inner

    async def __aiter__(self) -> AsyncIterator[bytes]:
        count = 0
        async for piece in self._inner:
            count += len(piece)
            if count > BODY_BYTES_MAX:
                raise TooLong("the answer is too long")
            yield piece

    async def aclose(self) -> None:
        await self._inner.aclose()
