"""What a bucket does by itself: what it locks, keeps, moves and deletes.

Source: Amazon S3 API reference (GetObjectLockConfiguration, GetBucketLifecycleConfiguration,
GetBucketVersioning), and what SeaweedFS 4.48 answers.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

_DAYS_A_YEAR = 365  # as S3 counts the years of a default retention


class Removal(Struct, frozen=True, kw_only=True):
    """A rule of the bucket's lifecycle that deletes, or moves to another storage class."""

    prefix: str
    days: int | None  # after an object was put; None: at a date
    storage_class: str | None = None  # None: it deletes


class BucketRules(Struct, frozen=True, kw_only=True):
    """Everything that matters of a bucket's configuration."""

    lock_mode: str | None = None  # that new objects get: COMPLIANCE or GOVERNANCE; None: none
    lock_days: int | None = None
    is_versioned: bool = False  # what is deleted stays, as an earlier version
    forgets_versions: tuple[str, ...] = ()  # prefixes below which earlier versions are deleted
    removals: tuple[Removal, ...] = ()

    def removing(self, folder: str) -> Iterator[Removal]:
        """Yield the rules that delete or move objects of a folder, or some of them."""
        for one in self.removals:
            if folder.startswith(one.prefix) or one.prefix.startswith(folder):
                yield one

    def forgets(self, folder: str) -> bool:
        """Tell whether earlier versions of every object of a folder are deleted in the end."""
        return any(folder.startswith(prefix) for prefix in self.forgets_versions)


def rules_of(
    *, lock: Mapping[str, Any], lifecycle: Mapping[str, Any], versioning: Mapping[str, Any]
) -> BucketRules:
    """Return what the three answers of a store say; an empty one: it has no such configuration."""
    retention = lock.get("ObjectLockConfiguration", {}).get("Rule", {}).get("DefaultRetention", {})
    years, days = retention.get("Years"), retention.get("Days")
    rules = [one for one in lifecycle.get("Rules", ()) if one.get("Status") == "Enabled"]
    return BucketRules(
        lock_mode=retention.get("Mode"),
        lock_days=years * _DAYS_A_YEAR if years else days,
        is_versioned=versioning.get("Status") in {"Enabled", "Suspended"},
        forgets_versions=tuple(
            _prefix(rule) for rule in rules if "NoncurrentVersionExpiration" in rule
        ),
        removals=tuple(removal for rule in rules for removal in _removals(rule)),
    )


def _removals(rule: Mapping[str, Any]) -> Iterator[Removal]:
    prefix, expiration = _prefix(rule), rule.get("Expiration", {})
    if "Days" in expiration or "Date" in expiration:
        yield Removal(prefix=prefix, days=expiration.get("Days"))
    for one in rule.get("Transitions", ()):
        yield Removal(prefix=prefix, days=one.get("Days"), storage_class=one.get("StorageClass"))


def _prefix(rule: Mapping[str, Any]) -> str:
    # Rules that ask for tags or sizes as well may concern any object below their prefix.
    chosen = rule.get("Filter", {})
    return chosen.get("And", chosen).get("Prefix", rule.get("Prefix", "")) or ""
