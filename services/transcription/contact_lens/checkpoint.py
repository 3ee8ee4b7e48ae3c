"""How far each shard was told: kept with the lease. Pure.

A record is done once its finals are facts, or it was left out for good. The checkpoint stands
before the oldest record that is not: whoever goes on from it meets again what may not be done,
and what is done already is recognised by the facts of its contact.
"""

from collections.abc import Sequence

import msgspec
from msgspec import Struct, field

from .port import Shard


class Checkpoint(Struct, frozen=True, kw_only=True):
    """What the next holder of the stream goes on from."""

    told: dict[str, str] = field(default_factory=dict[str, str])  # the last record, by shard
    finished: tuple[str, ...] = ()  # shards that were told to their end, and are still listed

    def encoded(self) -> bytes:
        """Return the checkpoint as a lease's state."""
        return msgspec.json.encode(self)


def decoded(state: bytes) -> Checkpoint:
    """Return the checkpoint that a lease's state holds; an empty state is the beginning."""
    return _decode(state) if state else Checkpoint()


class Mark:
    """A record's place in its shard, until it is done."""

    def __init__(self, *, before: str | None) -> None:
        self.before = before  # the record before it; None: it is the first
        self.is_done = False

    def done(self) -> None:
        """Take it that nobody needs to see the record again."""
        self.is_done = True


class ShardMarks:
    """One shard's records that were read and are not done, in their order."""

    def __init__(self, *, after: str | None) -> None:
        self.read_upto = after  # the last record that was read
        self.is_read = False  # to its end
        self._open: list[Mark] = []

    def take(self, sequence: str) -> Mark:
        """Return the mark of a record that was read just now."""
        mark = Mark(before=self.read_upto)
        self.read_upto = sequence
        self._open.append(mark)
        return mark

    @property
    def told_upto(self) -> str | None:
        """The last record up to which all are done; None: there is none."""
        self._open = [mark for mark in self._open if not mark.is_done]
        return self._open[0].before if self._open else self.read_upto

    @property
    def is_finished(self) -> bool:
        """Whether all that the shard will ever hold is done."""
        return self.is_read and self.told_upto == self.read_upto


def to_read(shards: Sequence[Shard], *, read: frozenset[str]) -> list[Shard]:
    """Return the shards whose turn it is: children only after all their parents were read.

    Parents that are no longer listed have nothing left to read.
    """
    listed = {shard.shard_id for shard in shards}
    return [
        shard
        for shard in shards
        if shard.shard_id not in read
        and all(parent in read or parent not in listed for parent in shard.parents)
    ]


_decode = msgspec.json.Decoder(Checkpoint).decode
