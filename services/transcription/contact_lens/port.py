"""The SegmentStream port: a stream of records, cut into shards that come and go.

Adapter: `kinesis.py`.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct


class Shard(Struct, frozen=True, kw_only=True):
    """A part of the stream. Records of one contact follow each other in it, and in its children."""

    shard_id: str
    parents: tuple[str, ...] = ()  # one of a split, two of a merge; they may be gone


class StoredRecord(Struct, frozen=True, kw_only=True):
    sequence: str  # grows within a shard; its length may too, so it is compared as a number
    arrived_at: datetime  # at the stream, by its clock
    content: bytes


class Batch(Struct, frozen=True, kw_only=True):
    """Consecutive records; often none."""

    records: tuple[StoredRecord, ...]
    following: str | None  # iterator; None: the shard is closed, and this was its end
    behind_ms: int  # how long before now the stream had come as far as this


class SegmentStream(Protocol):
    """One stream. Everything may be asked again, and gives the same or what came since."""

    @property
    def name(self) -> str:
        """What logs and leases call it: letters, digits, `-`, `_`, `/` and dots."""
        ...

    async def shards(self) -> Sequence[Shard]:
        """Return the shards whose records are kept.

        Raises:
            SegmentsUnavailable: no answer that is of use.
        """
        ...

    async def begin(self, shard_id: str, *, after: str | None) -> str:
        """Return an iterator that begins after a record; None: at the oldest that is kept.

        Raises:
            SegmentsUnavailable: as `shards`; `position` when the shard knows no such record.
        """
        ...

    async def read(self, iterator: str) -> Batch:
        """Return what follows, at once, whether there is something or not.

        Raises:
            SegmentsUnavailable: as `shards`; `iterator` when it is too old.
        """
        ...
