"""ListFragments and GetMediaForFragmentList: what a stream keeps, to be read again after the call.

Source: API reference of Kinesis Video Streams Archived Media; botocore's service model. Its tags
have other names than GetMedia's, and a list is in no order, "even across pages".
"""

import base64
import binascii
import hashlib
from collections.abc import AsyncGenerator, Sequence
from http import HTTPStatus
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from .clock import Clock
from .document import exception_tags, stored_document
from .kvs import Kvs, Named, error
from .selector import Digits
from .stream import MS_PER_S, Fragment, Stream
from .wire import Answer, Request, Streaming

PAGE_FRAGMENTS = 100  # when no MaxResults is asked for
FRAGMENTS_MAX = 1_000  # of one page, and of one list to be read
CONNECTIONS_MAX = 5  # GetMediaForFragmentList connections of one stream
NOT_FOUND = 4000


class TimestampRange(Struct, frozen=True, kw_only=True, rename="pascal"):
    """In epoch seconds; both ends belong to it."""

    start_timestamp: float
    end_timestamp: float


class FragmentSelector(Struct, frozen=True, kw_only=True, rename="pascal"):
    """Whose clock, and from when to when fragments begin."""

    fragment_selector_type: Literal["PRODUCER_TIMESTAMP", "SERVER_TIMESTAMP"]
    timestamp_range: TimestampRange

    def holds(self, fragment: Fragment) -> bool:
        """Tell whether a fragment begins within the range."""
        by_producer = self.fragment_selector_type == "PRODUCER_TIMESTAMP"
        began_ms = fragment.producer_started_ms if by_producer else fragment.server_started_ms
        span = self.timestamp_range
        return span.start_timestamp * MS_PER_S <= began_ms <= span.end_timestamp * MS_PER_S


class _ListFragments(Named, frozen=True, kw_only=True):
    max_results: Annotated[int, Meta(ge=1, le=FRAGMENTS_MAX)] = msgspec.field(
        default=PAGE_FRAGMENTS, name="MaxResults"
    )
    next_token: str | None = msgspec.field(default=None, name="NextToken")
    fragment_selector: FragmentSelector | None = msgspec.field(
        default=None, name="FragmentSelector"
    )


class _GetMediaForFragmentList(Named, frozen=True, kw_only=True):
    fragments: Annotated[list[Digits], Meta(min_length=1, max_length=FRAGMENTS_MAX)] = (
        msgspec.field(name="Fragments")
    )


class _Page(Struct, frozen=True):
    """What a token says: where the next page begins."""

    selector: FragmentSelector | None
    skip: int


class Archived:
    """The service's side of what is kept."""

    def __init__(self, kvs: Kvs, *, clock: Clock) -> None:
        self._kvs = kvs
        self._clock = clock

    def list_fragments(self, request: Request) -> Answer:
        """Answer with a page of the fragments that begin in a range."""
        named = self._kvs.authorized(request, _ListFragments)
        if isinstance(named, Answer):
            return named
        asked, stream = named
        page = _Page(asked.fragment_selector, 0)
        if asked.next_token is not None:
            decoded = _page_of(asked.next_token)
            if decoded is None:
                return error("InvalidArgumentException", "NextToken: not one of ours.")
            page = decoded
        elif asked.fragment_selector is None:
            return error("InvalidArgumentException", "FragmentSelector is required.")
        if not self._kvs.counted(stream.listed_s):
            return error("ClientLimitExceededException", "ListFragments: 5 calls a second.")
        found = [
            one for one in self._kept(stream) if page.selector is None or page.selector.holds(one)
        ]
        end = page.skip + asked.max_results
        content: dict[str, Any] = {"Fragments": [_row(one) for one in found[page.skip : end]]}
        if end < len(found):
            content["NextToken"] = _token_of(_Page(page.selector, end))
        return Answer(HTTPStatus.OK, content)

    def get_media_for_fragment_list(self, request: Request) -> Answer | Streaming:
        """Answer with the fragments' documents, in the order they were asked for."""
        named = self._kvs.authorized(request, _GetMediaForFragmentList)
        if isinstance(named, Answer):
            return named
        asked, stream = named
        if stream.archive_connections >= CONNECTIONS_MAX:
            return error("ClientLimitExceededException", "5 connections read this stream.")
        stream.archive_connections += 1

        def release() -> None:
            stream.archive_connections -= 1

        headers = {"Content-Type": "application/octet-stream"}
        return Streaming(self._documents(stream, asked.fragments), headers, release)

    async def _documents(self, stream: Stream, numbers: Sequence[str]) -> AsyncGenerator[bytes]:
        kept = {one.number: one for one in self._kept(stream)}
        for number in numbers:
            fragment = kept.get(int(number))
            if fragment is None:
                yield exception_tags(number, NOT_FOUND)
                return
            yield stored_document(fragment)

    def _kept(self, stream: Stream) -> list[Fragment]:
        """Return what has been stored whole, in no order that means anything."""
        stream.forget_expired()
        now_s = self._clock.monotonic()
        ordinals = range(stream.earliest_ordinal, stream.next_ordinal)
        fragments = (stream.fragment(ordinal) for ordinal in ordinals)
        kept = [one for one in fragments if one is not None and one.complete_s <= now_s]
        return sorted(kept, key=lambda one: hashlib.sha256(str(one.number).encode()).digest())


def _row(fragment: Fragment) -> dict[str, Any]:
    return {
        "FragmentNumber": str(fragment.number),
        "FragmentSizeInBytes": len(stored_document(fragment)),
        "ProducerTimestamp": fragment.producer_started_ms / MS_PER_S,
        "ServerTimestamp": fragment.server_started_ms / MS_PER_S,
        "FragmentLengthInMilliseconds": fragment.producer_ended_ms - fragment.producer_started_ms,
    }


def _token_of(page: _Page) -> str:
    return base64.b64encode(msgspec.json.encode(page)).decode()


def _page_of(token: str) -> _Page | None:
    try:
        return msgspec.json.decode(base64.b64decode(token, validate=True), type=_Page)
    except (binascii.Error, msgspec.DecodeError):
        return None
