"""Kinesis Video Streams as a `MediaSource`: signed, asynchronous, one connection a call.

And as a `MediaArchive`: what the streams keep, read again when a contact is over.

boto3 would take a thread a call and hand on nothing before its buffer is full, a fragment's
tags last of all. Here bytes are handed on as they arrive.

Source: API reference of GetDataEndpoint, GetMedia, ListFragments and GetMediaForFragmentList;
botocore's service models.
"""

import json
import re
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from types import MappingProxyType, TracebackType
from typing import Any, Self
from urllib.request import getproxies

import httpx
import msgspec
import structlog

from ...errors import MediaFailed
from ...events.decoding import decoded
from .archive import PAGE_BYTES_MAX, PAGE_FRAGMENTS, Kept, kept_in
from .bodies import StreamedAnswer, ask
from .failures import are_credentials_refused, kind_of_answer
from .identities import Identities, Role
from .pump import Pump
from .signing import Signer, is_local
from .source import AfterFragment, Body, Pieces, Start, Take

CONNECT_S = 5.0  # a handshake, twice retransmitted
IDLE_S = 20.0  # a live stream sends a fragment a second; a body idle for seconds ends by itself
ENDPOINT_AGE_S = 45 * 60.0  # AWS: keep a data endpoint, ask again within the hour
ENDPOINTS_MAX = 10_000  # streams whose endpoint is remembered
ANSWER_BYTES_MAX = 16 * 1024  # of an error's body, or a data endpoint's

_ARN = re.compile(r"arn:(aws[a-z-]*):kinesisvideo::?([a-z0-9-]+):(\d*):")
_DOMAINS = {"aws-cn": "amazonaws.com.cn"}
_LOCAL_REGION = "us-east-1"  # an endpoint of our own may be asked for any name
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_OK = 200
_PROXIED = ("http", "https", "all")  # as the environment may name a proxy for

log = structlog.get_logger()


class Kinesis:
    """Opens streams. One for a process; use as a context manager.

    `endpoint` is where GetDataEndpoint is asked, AWS's in the stream's region when None. The
    data endpoint it names is followed as it is, whichever host that is. Streams of an account
    that has one of `roles` are read in that role.
    """

    def __init__(
        self,
        *,
        endpoint: str | None = None,
        roles: Sequence[Role] = (),
        identities: Identities | None = None,
        idle_s: float = IDLE_S,
        pump: Pump | None = None,
    ) -> None:
        self._endpoint = None if endpoint is None else endpoint.rstrip("/")
        local = is_local(endpoint)
        self._signer = Signer(identities or Identities(local=local, roles=roles))
        self._http = httpx.AsyncClient(
            timeout=httpx.Timeout(CONNECT_S, read=idle_s),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=8),
            trust_env=not local,  # a proxy cannot reach this machine's own ports
        )
        self._idle_s = idle_s
        self._tls = httpx.create_ssl_context()
        # A proxy and its exceptions are httpx's business.
        self._is_direct = local or getproxies().keys().isdisjoint(_PROXIED)
        self.pump = pump or Pump()
        self._data_endpoints: dict[tuple[str, str], tuple[str, float]] = {}  # by API, stream

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close every connection."""
        await self._http.aclose()
        self.pump.close()
        self._signer.close()

    @asynccontextmanager
    async def open(self, stream_arn: str, start: Start) -> AsyncGenerator[Body]:
        """See `MediaSource.open`."""
        place = self._place_of(stream_arn)
        asked = {"StreamARN": stream_arn, "StartSelector": _selector(start)}
        async with AsyncExitStack() as closing:
            try:
                endpoint = await self._data_endpoint("GET_MEDIA", stream_arn, place)
                body = await self._body(f"{endpoint}/getMedia", asked, place, closing)
            except httpx.TransportError as error:
                self._forget(stream_arn)
                raise MediaFailed("retry", _word(error)) from error
            yield body

    async def list_fragments(
        self, stream_arn: str, *, began_at: datetime, until: datetime, fragments_max: int
    ) -> list[Kept]:
        """See `MediaArchive.list_fragments`."""
        asked: dict[str, Any] = {
            "StreamARN": stream_arn,
            "MaxResults": PAGE_FRAGMENTS,
            "FragmentSelector": {
                "FragmentSelectorType": "PRODUCER_TIMESTAMP",
                "TimestampRange": {
                    "StartTimestamp": _seconds(began_at),
                    "EndTimestamp": _seconds(until),
                },
            },
        }
        found: list[Kept] = []
        while len(found) < fragments_max:
            answer = await self._ask_archive("LIST_FRAGMENTS", "listFragments", asked)
            try:
                kept, token = kept_in(await _read(answer, bytes_max=PAGE_BYTES_MAX))
            except httpx.TransportError as error:
                raise MediaFailed("retry", _word(error)) from error
            finally:
                await answer.aclose()
            found += kept
            if token is None:
                break
            asked = {"StreamARN": stream_arn, "MaxResults": PAGE_FRAGMENTS, "NextToken": token}
        return found[:fragments_max]

    @asynccontextmanager
    async def open_fragments(
        self, stream_arn: str, numbers: Sequence[str]
    ) -> AsyncGenerator[AsyncIterator[bytes]]:
        """See `MediaArchive.open_fragments`."""
        asked = {"StreamARN": stream_arn, "Fragments": list(numbers)}
        answer = await self._ask_archive(
            "GET_MEDIA_FOR_FRAGMENT_LIST", "getMediaForFragmentList", asked
        )
        try:
            yield _pieces(answer)
        finally:
            await answer.aclose()

    async def _body(
        self, url: str, asked: dict[str, Any], place: "_Place", closing: AsyncExitStack
    ) -> Body:
        if self._is_direct:
            streamed = await self._ask_directly(url, asked, place)
            closing.callback(streamed.close)
            return _Streamed(streamed)
        answer = await self._ask(url, asked, place)
        closing.push_async_callback(answer.aclose)
        return Pieces(_pieces(answer))

    async def _ask_archive(self, api: str, path: str, asked: dict[str, Any]) -> httpx.Response:
        stream_arn = asked["StreamARN"]
        place = self._place_of(stream_arn)
        try:
            endpoint = await self._data_endpoint(api, stream_arn, place)
            return await self._ask(f"{endpoint}/{path}", asked, place)
        except httpx.TransportError as error:
            self._forget(stream_arn)
            raise MediaFailed("retry", _word(error)) from error

    def _forget(self, stream_arn: str) -> None:
        for known in [one for one in self._data_endpoints if one[1] == stream_arn]:
            del self._data_endpoints[known]

    async def _data_endpoint(self, api: str, stream_arn: str, place: "_Place") -> str:
        known = self._data_endpoints.get((api, stream_arn))
        if known is not None and time.monotonic() - known[1] < ENDPOINT_AGE_S:
            return known[0]
        base = self._endpoint or f"https://kinesisvideo.{place.region}.{place.domain}"
        asked = {"APIName": api, "StreamARN": stream_arn}
        answer = await self._ask(f"{base}/getDataEndpoint", asked, place)
        try:
            endpoint = _endpoint_in(await _read(answer))
        finally:
            await answer.aclose()
        if len(self._data_endpoints) >= ENDPOINTS_MAX:
            self._data_endpoints.clear()
        self._data_endpoints[api, stream_arn] = (endpoint, time.monotonic())
        return endpoint

    async def _ask(self, url: str, asked: dict[str, Any], place: "_Place") -> httpx.Response:
        """Return an answer that is good, its body unread; the caller closes it."""
        request, key_id = await self._request(url, asked, place)
        answer = await self._http.send(request, stream=True)
        if answer.status_code == _OK:
            return answer
        try:
            error_type = _error_type(answer.headers, await _read(answer))
        finally:
            await answer.aclose()
        raise self._failure(answer.status_code, error_type, asked, place, key_id)

    async def _ask_directly(
        self, url: str, asked: dict[str, Any], place: "_Place"
    ) -> StreamedAnswer:
        """Return an answer that is good, its body to be pumped; the caller closes it."""
        request, key_id = await self._request(url, asked, place, {"Connection": "close"})
        answer = await ask(
            request, self.pump, tls=self._tls, connect_s=CONNECT_S, idle_s=self._idle_s
        )
        if answer.status == _OK:
            return answer
        try:
            error_type = _error_type(answer.headers, await answer.read(ANSWER_BYTES_MAX))
        finally:
            answer.close()
        raise self._failure(answer.status, error_type, asked, place, key_id)

    async def _request(
        self,
        url: str,
        asked: dict[str, Any],
        place: "_Place",
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> tuple[httpx.Request, str]:
        """Return the request, and the key that it was signed with."""
        body = _json(asked)
        signed = await self._signer.sign(url, body, region=place.region, account=place.account)
        # The body is passed on as it comes off the wire: it must not be compressed.
        all_headers = {**signed.headers, "Accept-Encoding": "identity", **headers}
        request = self._http.build_request("POST", url, content=body, headers=all_headers)
        return request, signed.key_id

    def _failure(
        self, status: int, error_type: str, asked: dict[str, Any], place: "_Place", key_id: str
    ) -> MediaFailed:
        if are_credentials_refused(error_type):
            self._signer.refused(place.account, key_id)
        # Whatever is wrong, the next attempt asks where the stream is served now.
        self._forget(asked["StreamARN"])
        return MediaFailed(kind_of_answer(status, error_type), error_type or f"http_{status}")

    def _place_of(self, stream_arn: str) -> "_Place":
        found = _ARN.match(stream_arn)
        if found is not None:
            return _Place(found[2], _DOMAINS.get(found[1], "amazonaws.com"), found[3])
        if self._endpoint is None:
            raise MediaFailed("alarm", "stream_arn_malformed")
        return _Place(_LOCAL_REGION, "", "")


class _Place(msgspec.Struct, frozen=True):
    """Where a stream is, and whose it is."""

    region: str
    domain: str
    account: str


class _DataEndpoint(msgspec.Struct):
    address: str = msgspec.field(name="DataEndpoint")


_endpoints = msgspec.json.Decoder(_DataEndpoint)


class _Streamed:
    """A body that is pumped."""

    def __init__(self, answer: StreamedAnswer) -> None:
        self._answer = answer

    async def give(self, take: Take) -> None:
        try:
            await self._answer.give(take)
        except httpx.TransportError as error:
            raise MediaFailed("retry", _word(error)) from error


async def _pieces(answer: httpx.Response) -> AsyncIterator[bytes]:
    try:
        async for piece in answer.aiter_raw():
            yield piece
    except httpx.TransportError as error:
        raise MediaFailed("retry", _word(error)) from error


async def _read(answer: httpx.Response, *, bytes_max: int = ANSWER_BYTES_MAX) -> bytes:
    # An answer that should be short, whoever gives it.
    content = b""
    async for piece in answer.aiter_raw():
        content += piece
        if len(content) > bytes_max:
            break
    return content


def _endpoint_in(content: bytes) -> str:
    try:
        address = decoded(_endpoints, content).address.rstrip("/")
        url = httpx.URL(address)
    except (msgspec.MsgspecError, httpx.InvalidURL) as error:
        raise MediaFailed("retry", "data_endpoint_unreadable") from error
    if url.scheme not in ("http", "https") or not url.host:
        raise MediaFailed("retry", "data_endpoint_unreadable")
    return address


def _selector(start: Start) -> dict[str, Any]:
    if isinstance(start, AfterFragment):
        return {"StartSelectorType": "FRAGMENT_NUMBER", "AfterFragmentNumber": start.number}
    return {"StartSelectorType": "PRODUCER_TIMESTAMP", "StartTimestamp": _seconds(start.at)}


def _seconds(at: datetime) -> float:
    return (at - _EPOCH) // timedelta(milliseconds=1) / 1_000


def _error_type(headers: Mapping[str, str], content: bytes) -> str:
    named = headers.get("x-amzn-ErrorType", "")
    if not named:
        try:
            named = str(json.loads(content).get("__type", ""))
        except (ValueError, AttributeError, RecursionError):
            return ""
    # Seen as `Name`, `Name:http://…` and `namespace#Name`.
    return named.partition(":")[0].rpartition("#")[2].strip()


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _word(error: httpx.TransportError) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(error).__name__).lower()
