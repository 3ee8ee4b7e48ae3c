"""What a stream keeps after a contact: the port that `kinesis.py` satisfies, and its words."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from typing import Annotated, Protocol

import msgspec
from msgspec import Meta, Struct

from ...errors import MediaFailed
from ...events.decoding import decoded

PAGE_FRAGMENTS = 1_000  # the most that one page of ListFragments holds
PAGE_BYTES_MAX = 512 * 1024  # a fragment is about 200 bytes of it

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_YEAR_10000_S = 253_402_300_800


class Kept(Struct, frozen=True, kw_only=True):
    """A fragment that can be read again."""

    number: str
    size_bytes: int
    began_at: datetime  # by the producer's clock
    length: timedelta


class MediaArchive(Protocol):
    """Gives what streams keep."""

    async def list_fragments(
        self, stream_arn: str, *, began_at: datetime, until: datetime, fragments_max: int
    ) -> list[Kept]:
        """Return the fragments that begin in a range of producer times, in no order.

        Raises:
            MediaFailed: they cannot be listed.
        """
        ...

    def open_fragments(
        self, stream_arn: str, numbers: Sequence[str]
    ) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """Open the bytes of these fragments, one EBML document each, in this order.

        Raises, on entering or while iterating:
            MediaFailed: they cannot be had, or not to their end.
        """
        ...


class _Row(Struct, frozen=True, rename="pascal"):
    fragment_number: Annotated[str, Meta(pattern=r"^[0-9]{1,128}\Z")]
    producer_timestamp: Annotated[float, Meta(ge=0, lt=_YEAR_10000_S)]
    fragment_length_in_milliseconds: Annotated[int, Meta(ge=0, le=86_400_000)]
    fragment_size_in_bytes: Annotated[int, Meta(ge=0)]


class _Page(Struct, frozen=True, rename="pascal"):
    fragments: tuple[_Row, ...] = ()
    next_token: str | None = None


_pages = msgspec.json.Decoder(_Page)


def kept_in(content: bytes) -> tuple[list[Kept], str | None]:
    """Return what a page of ListFragments says, and the token of the next one, if any.

    Raises:
        MediaFailed: it is no such page.
    """
    try:
        page = decoded(_pages, content)
    except msgspec.MsgspecError as error:
        raise MediaFailed("retry", "fragment_list_unreadable") from error
    kept = [
        Kept(
            number=row.fragment_number,
            size_bytes=row.fragment_size_in_bytes,
            began_at=_EPOCH + timedelta(seconds=row.producer_timestamp),
            length=timedelta(milliseconds=row.fragment_length_in_milliseconds),
        )
        for row in page.fragments
    ]
    return kept, page.next_token or None
