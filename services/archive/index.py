"""Who is in a segment, in a few bytes: so that one contact's history reads few segments.

A Bloom filter over aggregates: it never misses one, and names one wrongly in a hundred cases.
It stands in the segment's link, signed with it, and costs no request.
"""

import base64
import hashlib
from collections.abc import Collection, Iterable, Sequence

BITS_EACH = 10  # with seven probes: wrong for 0.8 % of the absent
PROBES = 7


def aggregate_of(subject: str) -> str:
    """Return what an entry is about: the contact without the lane; else the whole subject."""
    return subject.rpartition(".")[0] if subject.startswith("ev.") else subject


def index_of(subjects: Iterable[str]) -> str:
    """Return the index of these entries' aggregates."""
    aggregates = {aggregate_of(one) for one in subjects}
    size = max(8, len(aggregates) * BITS_EACH)
    bits = bytearray((size + 7) // 8)
    for aggregate in aggregates:
        for bit in _probes(aggregate, len(bits) * 8):
            bits[bit // 8] |= 1 << bit % 8
    return base64.b64encode(bits).decode()


def may_hold(index: str, aggregates: Collection[str]) -> bool:
    """Tell whether any of these may be in the segment; False is certain."""
    bits = base64.b64decode(index)
    return any(
        all(bits[bit // 8] >> bit % 8 & 1 for bit in _probes(one, len(bits) * 8))
        for one in aggregates
    )


def aggregates_of(filters: Sequence[str]) -> set[str] | None:
    """Return the aggregates that subject filters ask for; None where they ask for more."""
    wanted: set[str] = set()
    for one in filters:
        aggregate = aggregate_of(one)
        if "*" in aggregate or ">" in one:
            return None
        wanted.add(aggregate)
    return wanted


def _probes(aggregate: str, size: int) -> list[int]:
    # Kirsch and Mitzenmacher: two hashes serve for any number of them.
    drawn = hashlib.blake2b(aggregate.encode(), digest_size=16).digest()
    one, two = int.from_bytes(drawn[:8], "big"), int.from_bytes(drawn[8:], "big") | 1
    return [(one + n * two) % size for n in range(PROBES)]
