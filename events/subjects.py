"""Subject names: where in the log a fact stands. Holds ids only, never anything personal."""

import re
import zlib
from collections.abc import Collection
from functools import lru_cache

from msgspec import Struct

from .base import LANES, ContactId, ContactRef, Lane, TenantName

# Contacts are spread over partitions by the client; ranges of partitions move between
# processes, contacts never move between partitions.
PARTITIONS = 64

_SUBJECTS_REMEMBERED = 4_096  # of audio: asked for with every block of every call under way

_OF_A_CONTACT = re.compile(
    r"ev\.(?P<tenant>[^.*>]+)\.(?P<partition>[0-9]{2})"
    r"\.contact\.(?P<contact_id>[^.*>]+)\.(?P<lane>[^.>]+)"
)


class PartitionRange(Struct, frozen=True, order=True):
    """Partitions `first` to `last`, both included."""

    first: int = 0
    last: int = PARTITIONS - 1

    def __contains__(self, partition: int) -> bool:
        return self.first <= partition <= self.last

    def __str__(self) -> str:
        return f"{self.first:02d}-{self.last:02d}"


EVERY_PARTITION = PartitionRange()


def partition_ranges(count: int) -> tuple[PartitionRange, ...]:
    """Return all partitions as so many ranges of equal length.

    Raises:
        ValueError: the partitions cannot be divided so.
    """
    length, rest = divmod(PARTITIONS, count)
    if rest:
        raise ValueError(f"{PARTITIONS} partitions are not {count} equal ranges")
    return tuple(PartitionRange(n * length, (n + 1) * length - 1) for n in range(count))


def partition_of(contact_id: str) -> int:
    """Return the partition a contact belongs to, for ever."""
    return zlib.crc32(contact_id.encode()) % PARTITIONS


def facts_stream(tenant: TenantName) -> str:
    """Return the name of the stream that holds the facts of a tenant's contacts."""
    return f"EV_{tenant.upper()}"


def audio_stream(tenant: TenantName) -> str:
    """Return the name of the stream that holds a tenant's recent audio."""
    return f"AU_{tenant.upper()}"


def configuration_stream(tenant: TenantName) -> str:
    """Return the name of the stream that holds a tenant's playbooks, articles, users."""
    return f"CF_{tenant.upper()}"


def fact_subject(contact: ContactRef, lane: Lane) -> str:
    """Return the exact subject of one lane of one contact."""
    partition = partition_of(contact.contact_id)
    return f"ev.{contact.tenant}.{partition:02d}.contact.{contact.contact_id}.{lane}"


@lru_cache(maxsize=_SUBJECTS_REMEMBERED)
def audio_subject(contact: ContactRef) -> str:
    """Return the exact subject of one contact's audio."""
    return f"au.{contact.tenant}.{partition_of(contact.contact_id):02d}.{contact.contact_id}"


def register_subject(tenant: TenantName, *, kind: str, id: str) -> str:  # noqa: A002 (its name)
    """Return the exact subject of what the register holds about one thing of a kind."""
    return f"cf.{tenant}.{kind}.{id}"


def live_subject(contact: ContactRef) -> str:
    """Return the subject of one contact's partials, which no stream stores."""
    return f"live.{contact.tenant}.{contact.contact_id}"


def fact_filters(
    tenant: TenantName,
    *,
    partitions: PartitionRange | Collection[PartitionRange] = EVERY_PARTITION,
    contact_id: ContactId | None = None,
    lanes: Collection[Lane] = LANES,
) -> list[str]:
    """Return the fewest filters that cover the wanted facts; no two of them overlap."""
    ranges = [partitions] if isinstance(partitions, PartitionRange) else partitions
    numbers = sorted({number for one in ranges for number in range(one.first, one.last + 1)})
    wanted = ["*"] if set(lanes) == set(LANES) else sorted(set(lanes))
    if contact_id is None and wanted == ["*"] and len(numbers) == PARTITIONS:
        # All that the stream holds. Said so, the broker looks at no subject, and reads five
        # times as fast as by a pattern with stars that matches just the same.
        return [f"ev.{tenant}.>"]
    if contact_id is not None:
        heads = [f"ev.{tenant}.{partition_of(contact_id):02d}.contact.{contact_id}"]
    elif len(numbers) == PARTITIONS:
        heads = [f"ev.{tenant}.*.contact.*"]
    else:
        heads = [f"ev.{tenant}.{number:02d}.contact.*" for number in numbers]
    return [f"{head}.{lane}" for head in heads for lane in wanted]


def contact_in(filters: Collection[str]) -> tuple[ContactRef, frozenset[str] | None] | None:
    """Return the contact whose facts these filters ask for, and its lanes (None: every lane).

    None where they ask for anything besides.
    """
    found: set[ContactRef] = set()
    lanes: set[str] = set()
    for one in filters:
        named = _OF_A_CONTACT.fullmatch(one)
        if named is None or partition_of(named["contact_id"]) != int(named["partition"]):
            return None
        found.add(ContactRef(TenantName(named["tenant"]), ContactId(named["contact_id"])))
        lanes.add(named["lane"])
    if len(found) != 1:
        return None
    return found.pop(), None if "*" in lanes else frozenset(lanes)
