"""GetDataEndpoint and GetMedia, as Kinesis Video Streams answers them."""

from collections import deque
from collections.abc import Mapping
from http import HTTPStatus
from typing import TypeVar, get_args

import msgspec
from msgspec import Struct

from .authorization import Scope, authorize, refusal
from .clock import Clock
from .delivery import Body
from .faults import HttpErrorType
from .selector import StartSelector, first_ordinal
from .stream import Stream
from .wire import Answer, Request, Streaming

CONNECTIONS_MAX = 3  # GetMedia connections of one stream; a hard limit of the service
CALLS_PER_S_MAX = 5  # of GetMedia, and of GetDataEndpoint, for one stream

_APIS = ("GET_MEDIA", "LIST_FRAGMENTS", "GET_MEDIA_FOR_FRAGMENT_LIST")

STATUS_OF: dict[HttpErrorType, HTTPStatus] = {
    "ClientLimitExceededException": HTTPStatus.BAD_REQUEST,
    "ConnectionLimitExceededException": HTTPStatus.BAD_REQUEST,
    "InvalidArgumentException": HTTPStatus.BAD_REQUEST,
    "InvalidEndpointException": HTTPStatus.BAD_REQUEST,
    "NotAuthorizedException": HTTPStatus.UNAUTHORIZED,
    "ResourceNotFoundException": HTTPStatus.NOT_FOUND,
    "InternalFailure": HTTPStatus.INTERNAL_SERVER_ERROR,
}
assert set(STATUS_OF) == set(get_args(HttpErrorType))


class Named(Struct, frozen=True, kw_only=True):
    """A request's stream."""

    stream_arn: str | None = msgspec.field(default=None, name="StreamARN")
    stream_name: str | None = msgspec.field(default=None, name="StreamName")


class _GetDataEndpoint(Named, frozen=True, kw_only=True):
    api_name: str = msgspec.field(name="APIName")


class _GetMedia(Named, frozen=True, kw_only=True):
    start_selector: StartSelector = msgspec.field(name="StartSelector")


_Asked = TypeVar("_Asked", bound=Named)


class Kvs:
    """The service's side of the streams."""

    def __init__(
        self,
        streams: Mapping[str, Stream],
        *,
        clock: Clock,
        idle_s: float,
        secrets: Mapping[str, str] | None,
    ) -> None:
        """`streams` by ARN, looked into at every request."""
        self._streams = streams
        self._clock = clock
        self._idle_s = idle_s
        self._secrets = secrets

    def get_data_endpoint(self, request: Request, *, url: str) -> Answer:
        """Answer where the stream's media is: here."""
        named = self.authorized(request, _GetDataEndpoint)
        if isinstance(named, Answer):
            return named
        asked, stream = named
        if asked.api_name not in _APIS:
            return error("InvalidArgumentException", f"APIName: {', '.join(_APIS)} are served.")
        if not self.counted(stream.asked_s):
            return error("ClientLimitExceededException", "GetDataEndpoint: 5 calls a second.")
        return Answer(HTTPStatus.OK, {"DataEndpoint": url})

    def get_media(self, request: Request) -> Answer | Streaming:
        """Answer with the stream's fragments from the selected one on."""
        named = self.authorized(request, _GetMedia)
        if isinstance(named, Answer):
            return named
        asked, stream = named
        if missing := asked.start_selector.missing:
            return error("InvalidArgumentException", f"StartSelector lacks {missing}.")
        if not self.counted(stream.opened_s):
            return error("ClientLimitExceededException", "GetMedia: 5 calls a second.")
        if refused := _refused_open(stream):
            return error(refused, "A fault was asked for.")
        if stream.connections >= CONNECTIONS_MAX:
            return error("ConnectionLimitExceededException", "3 connections read this stream.")
        return self._opened(stream, asked.start_selector)

    def _opened(self, stream: Stream, selector: StartSelector) -> Streaming:
        first = first_ordinal(stream, selector, self._clock)
        body = Body(stream, first=first, clock=self._clock, idle_s=self._idle_s)
        stream.connections += 1

        def release() -> None:
            stream.connections -= 1

        return Streaming(body.content(), {"Content-Type": "application/octet-stream"}, release)

    def authorized(self, request: Request, kind: type[_Asked]) -> tuple[_Asked, Stream] | Answer:
        """Return the request's content and its stream, or the refusal."""
        scope = authorize(request, self._secrets)
        if isinstance(scope, Answer):
            return scope
        try:
            asked = msgspec.json.decode(request.body, type=kind)
        except msgspec.DecodeError as flaw:
            return error("InvalidArgumentException", str(flaw))
        return self._found(asked, scope)

    def _found(self, asked: _Asked, scope: Scope) -> tuple[_Asked, Stream] | Answer:
        if asked.stream_arn is None and asked.stream_name is None:
            return error("InvalidArgumentException", "StreamARN or StreamName is required.")
        stream = self._stream(asked, scope)
        if stream is None:
            return error("ResourceNotFoundException", "There is no such stream.")
        if scope.region != stream.region:
            message = f"Credential should be scoped to a valid region: '{stream.region}'."
            return refusal(HTTPStatus.FORBIDDEN, "InvalidSignatureException", message)
        return asked, stream

    def _stream(self, asked: Named, scope: Scope) -> Stream | None:
        if asked.stream_arn is not None:
            return self._streams.get(asked.stream_arn)
        named = (s for s in self._streams.values() if s.name == asked.stream_name)
        return next((s for s in named if s.region == scope.region), None)

    def counted(self, moments_s: deque[float]) -> bool:
        """Count a call, unless there were as many as may be within the last second."""
        now_s = self._clock.monotonic()
        while moments_s and moments_s[0] <= now_s - 1:
            moments_s.popleft()
        if len(moments_s) >= CALLS_PER_S_MAX:
            return False
        moments_s.append(now_s)
        return True


def _refused_open(stream: Stream) -> HttpErrorType | None:
    """Return the error that the newest call on the stream wants opens to meet, and count it."""
    if not stream.calls:
        return None
    call = stream.calls[-1]
    refused = call.faults.refused_opens
    if refused is None or call.refusals_left == 0:
        return None
    call.refusals_left -= 1
    return refused.error


def error(error: HttpErrorType, message: str) -> Answer:
    return refusal(STATUS_OF[error], error, message)
