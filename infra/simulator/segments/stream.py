"""A data stream: shards that are written to, split and merged, and forget what is old.

Source: Kinesis Data Streams developer guide, "Terminology and concepts", "Resharding a stream".
"""

import hashlib
from datetime import datetime

from msgspec import Struct

from ..clock import Clock

HASH_KEYS = 1 << 128  # a partition key's MD5
# Sequence numbers have 56 digits, grow within a stream, and say nothing more to who reads them.
_FIRST_SEQUENCE = 49590338271490256608559692538361571095921575989136588898
_SEQUENCE_STEP = 1 << 64


class Kept(Struct, frozen=True):
    """A record."""

    sequence: int
    arrived_s: float  # monotonic
    arrived_at: datetime
    partition_key: str
    content: bytes


class Shard:
    """A range of hash keys, and what was put there."""

    def __init__(self, number: int, keys: range, *, parents: tuple["Shard", ...] = ()) -> None:
        self.shard_id = f"shardId-{number:012d}"
        self.keys = keys
        self.parents = parents
        self.children: list[Shard] = []
        self.records: list[Kept] = []
        self.first_sequence = 0
        self.read_at_s: list[float] = []  # of late, to count by

    @property
    def is_closed(self) -> bool:
        return bool(self.children)

    def after(self, sequence: int) -> list[Kept]:
        """Return what follows a sequence number."""
        return [one for one in self.records if one.sequence > sequence]


class DataStream:
    """One stream, as its producers and its administrator see it."""

    def __init__(self, arn: str, *, clock: Clock, shards: int = 1, made: int = 1) -> None:
        """`made`: the how many-th stream of this name; its sequence numbers are its own."""
        self.arn = arn
        self._clock = clock
        self._sequence = _FIRST_SEQUENCE * made
        self._numbers = 0
        width = HASH_KEYS // shards
        self.shards = [
            self._new(range(n * width, HASH_KEYS if n == shards - 1 else (n + 1) * width))
            for n in range(shards)
        ]

    def put(self, content: bytes, *, key: str) -> Kept:
        """Put a record where its partition key belongs."""
        hashed = int.from_bytes(hashlib.md5(key.encode(), usedforsecurity=False).digest(), "big")
        (shard,) = [one for one in self.shards if hashed in one.keys and not one.is_closed]
        record = Kept(
            self._next_sequence(), self._clock.monotonic(), self._clock.now(), key, content
        )
        shard.records.append(record)
        return record

    def split(self, shard_id: str) -> list[str]:
        """Close a shard; what comes for it goes to two new ones."""
        parent = self.shard(shard_id)
        low, high, middle = parent.keys.start, parent.keys.stop, len_of(parent.keys) // 2
        return self._replace((parent,), [range(low, low + middle), range(low + middle, high)])

    def merge(self, first_id: str, second_id: str) -> list[str]:
        """Close two neighbours; what comes for them goes to a new one."""
        first, second = self.shard(first_id), self.shard(second_id)
        assert first.keys.stop == second.keys.start, "only neighbours are merged"
        return self._replace((first, second), [range(first.keys.start, second.keys.stop)])

    def forget(self, *, before: int) -> None:
        """Let go of records as retention would; closed shards without any vanish."""
        for shard in self.shards:
            shard.records = [one for one in shard.records if one.sequence >= before]
        self.shards = [one for one in self.shards if one.records or not one.is_closed]

    def shard(self, shard_id: str) -> Shard:
        """Return a shard by its id.

        Raises:
            KeyError: there is none.
        """
        for shard in self.shards:
            if shard.shard_id == shard_id:
                return shard
        raise KeyError(shard_id)

    def holds(self, sequence: int, shard: Shard) -> bool:
        """Tell whether a sequence number may be of this shard, kept or not."""
        return shard.first_sequence <= sequence <= self._sequence

    def _replace(self, parents: tuple[Shard, ...], ranges: list[range]) -> list[str]:
        assert not any(parent.is_closed for parent in parents), "a closed shard stays closed"
        children = [self._new(keys, parents=parents) for keys in ranges]
        for parent in parents:
            parent.children = children
        self.shards += children
        return [child.shard_id for child in children]

    def _new(self, keys: range, *, parents: tuple[Shard, ...] = ()) -> Shard:
        shard = Shard(self._numbers, keys, parents=parents)
        shard.first_sequence = self._next_sequence()
        self._numbers += 1
        return shard

    def _next_sequence(self) -> int:
        self._sequence += _SEQUENCE_STEP
        return self._sequence


def len_of(keys: range) -> int:
    """Return a range's length, which `len` refuses beyond 64 bits."""
    return keys.stop - keys.start
