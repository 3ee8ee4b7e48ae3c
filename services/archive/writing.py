"""Writes an archive. Every effect is one put of a key that nobody else may take.

A crash between any two of them leaves the archive whole: a segment that no link names yet is
found by its name and taken up.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

from msgspec import Struct

from ...errors import ArchiveCorrupt
from ...events.base import Position
from ...events.log import Stored
from .chain import Archive, Chain
from .index import index_of
from .layout import Layout, public_key_name
from .segments import encode_segment
from .statements import NOTHING, Beginning, Head, Link, Signer, digest_of, key_id, signed
from .wrong_byte import sums_of


class Segment(Struct, frozen=True, kw_only=True):
    """A segment's object, and what its link says of it."""

    key: str
    body: bytes
    first: Position
    last: Position
    sha256: str
    sums: tuple[int, int]
    index: str
    recorded_until: datetime


class Writer:
    """Puts segments, links and heads of one stream's one epoch."""

    def __init__(
        self,
        archive: Archive,
        layout: Layout,
        *,
        signer: Signer,
        now: Callable[[], datetime],
        retention: timedelta | None = None,
    ) -> None:
        """Sign by `signer`, which the archive must trust; retain what is put for `retention`."""
        self._archive = archive
        self._layout = layout
        self._signer = signer
        self._signed_by = key_id(signer.public_key)
        self._now = now
        self._retention = retention
        self._begun = False

    async def begin(self, first: Position) -> None:
        """Publish the public key, and that this epoch is archived from `first` on. Repeatable."""
        if self._begun:
            return
        published = self._signer.public_key.hex().encode() + b"\n"
        name = public_key_name(self._signed_by)
        if not await self._put(name, published) and await self._archive.object(name) != published:
            raise ArchiveCorrupt(name, "is not the public key of this name")
        beginning = Beginning(
            stream=self._layout.stream,
            epoch=self._layout.epoch,
            first=first,
            began_at=self._now(),
            signed_by=self._signed_by,
        )
        await self._put(self._layout.beginning, signed(beginning, self._signer))
        self._begun = True

    async def put_segment(self, segment: Segment) -> None:
        """Put a segment; harmless where it is there already, the same.

        Raises:
            ArchiveCorrupt: something else is there.
        """
        if await self._put(segment.key, segment.body):
            return
        if digest_of(await self._archive.object(segment.key)) != segment.sha256:
            raise ArchiveCorrupt(segment.key, "is not what its name says")

    async def put_link(self, chain: Chain, segment: Segment) -> bool:
        """Make a segment the chain's next; False if another process was faster with one."""
        layout = self._layout
        link = Link(
            stream=layout.stream,
            epoch=layout.epoch,
            ordinal=len(chain.links),
            previous=chain.tip,
            segment=segment.key,
            first=segment.first,
            last=segment.last,
            sha256=segment.sha256,
            size=len(segment.body),
            byte_sum=segment.sums[0],
            weighted_sum=segment.sums[1],
            index=segment.index,
            recorded_until=segment.recorded_until,
            archived_at=self._now(),
            signed_by=self._signed_by,
        )
        return await self._claim(layout.link(link.ordinal), signed(link, self._signer))

    async def put_head(self, chain: Chain) -> date:
        """Sign the chain's end if nobody did today; return today. The chain is not empty."""
        today, previous = self._now().date(), NOTHING
        layout = self._layout
        async for _, body, head in self._archive.heads(layout.stream, layout.epoch):
            if head.day >= today:
                return today
            previous = digest_of(body)
        head = Head(
            stream=layout.stream,
            epoch=layout.epoch,
            day=today,
            previous=previous,
            ordinal=len(chain.links) - 1,
            link=chain.tip,
            last=chain.last,
            signed_at=self._now(),
            signed_by=self._signed_by,
        )
        await self._claim(layout.head(today), signed(head, self._signer))
        return today

    async def _claim(self, key: str, body: bytes) -> bool:
        """Put what only one process may; True if it is ours, though the answer was lost."""
        return await self._put(key, body) or await self._archive.object(key) == body

    async def _put(self, key: str, body: bytes) -> bool:
        until = None if self._retention is None else self._now() + self._retention
        return await self._archive.store.put(key, body, retain_until=until)


async def segment_of(layout: Layout, entries: Sequence[Stored]) -> Segment:
    """Return the segment of these entries."""
    return await asyncio.to_thread(_segment_of, layout, entries, None)


async def segment_again(layout: Layout, entries: Sequence[Stored], body: bytes) -> Segment:
    """Return the segment of these entries whose bytes are there already."""
    return await asyncio.to_thread(_segment_of, layout, entries, body)


def _segment_of(layout: Layout, entries: Sequence[Stored], body: bytes | None) -> Segment:
    body = encode_segment(entries) if body is None else body
    sha256, first, last = digest_of(body), entries[0].position, entries[-1].position
    return Segment(
        key=layout.segment(first, last, sha256),
        body=body,
        first=first,
        last=last,
        sha256=sha256,
        sums=sums_of(body),
        index=index_of(one.subject for one in entries),
        recorded_until=entries[-1].recorded_at,
    )
