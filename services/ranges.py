"""How the contacts of a service and tenant are shared: in ranges, fairly, with few moves."""

import zlib
from collections.abc import Collection

from ..events.subjects import PartitionRange, partition_ranges

# A process more can take work from the others as long as there are ranges to take. Every range
# costs an append when it is saved, so not 64: four let a tenant's calls be spread over as many
# processes, beyond which a large tenant gets a cell of its own.
RANGES_COUNT = 4

RANGES = partition_ranges(RANGES_COUNT)


def share_of(owner: str, owners: Collection[str], *, ranges: int, what: str) -> int:
    """Return how many of so many ranges an owner is due; the shares add up to all of them.

    Everybody gets as many, and some one more. Who, differs from one `what` (a service and a
    tenant) to the next, so that nobody gets the larger share of everything.
    """
    each, rest = divmod(ranges, len(owners))
    return each + (_ranking(owners, what).index(owner) < rest)


def in_turn(
    ranges: Collection[PartitionRange], owner: str, owners: Collection[str], *, what: str
) -> list[PartitionRange]:
    """Return the ranges in the order an owner asks for them; others begin elsewhere."""
    ordered = sorted(ranges)
    if not ordered:
        return []
    first = _ranking(owners, what).index(owner) * max(1, len(ordered) // len(owners))
    first %= len(ordered)
    return ordered[first:] + ordered[:first]


def _ranking(owners: Collection[str], what: str) -> list[str]:
    return sorted(owners, key=lambda one: (zlib.crc32(f"{what}/{one}".encode()), one))
