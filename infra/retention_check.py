"""Whether what the object stores do by themselves agrees with what the policy says. Pure.

A lifecycle rule knows neither legal holds nor what is archived; Object Lock knows no policy; a
bucket that keeps versions deletes nothing. Each contradiction is named, with the way out.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta

from msgspec import Struct

from ..events.base import TenantName
from ..events.retention import DataKind, Stay
from ..services.retention.acting import FOLDERS, RECORDED
from .object_store.rules import BucketRules

# Whose objects lie where, as people call them. Replies go with annotations, which never outlive
# the transcript.
_NAMES: Mapping[DataKind, str] = {
    "original": "original recordings",
    "audio": "redacted recordings",
    "annotations": "spoken replies",
}


class Place(Struct, frozen=True, kw_only=True):
    """An object store as it is set up. `rules` None: a directory, which does nothing by itself."""

    place: str  # for people
    prefix: str  # of every key in its bucket; empty, or ending in a slash
    rules: BucketRules | None


class Contradiction(Struct, frozen=True, kw_only=True):
    """Something a store does, or does not, against the policy."""

    code: str
    place: str
    what: str
    way_out: str


def contradictions(
    tenant: TenantName,
    kinds: Mapping[DataKind, Stay],
    *,
    recordings: Place,
    archive: Place,
    archive_retention: timedelta | None,
) -> list[Contradiction]:
    """Return everything in which the stores contradict a tenant's policy; nothing: they agree.

    `archive_retention` is what every object of the archive is put with (Object Lock), if it is.
    """
    found: list[Contradiction] = []
    for kind in _NAMES:
        found += _of_recordings(kind, kinds[kind], f"{FOLDERS[kind]}/{tenant}/", recordings)
    found += _of_archive(kinds, archive, archive_retention)
    return found


def _of_recordings(
    kind: DataKind, stay: Stay, folder: str, recordings: Place
) -> Iterator[Contradiction]:
    name, place, rules = _NAMES[kind], recordings.place, recordings.rules
    archives = stay.archive_after_days is not None or stay.archive_first
    if rules is None:
        if archives and kind in RECORDED:
            yield Contradiction(
                code="never_archived",
                place=place,
                what=f"{name} are to be archived, and a directory has no archive tier",
                way_out="keep recordings in a bucket, or take archiving out of the policy",
            )
        return
    inside = f"{recordings.prefix}{folder}"
    yield from _locks(name, stay, place, rules)
    yield from _removals(name, stay, inside, place, rules)
    if archives and kind in RECORDED:
        yield from _transitions(name, stay, inside, place, rules)
    if stay.delete_after_days is not None and rules.is_versioned and not rules.forgets(inside):
        yield Contradiction(
            code="versions_stay",
            place=place,
            what=f"{name} that are deleted stay as earlier versions: the bucket keeps them",
            way_out="add a lifecycle rule NoncurrentVersionExpiration for all of the bucket",
        )


def _locks(name: str, stay: Stay, place: str, rules: BucketRules) -> Iterator[Contradiction]:
    delete, lock = stay.delete_after_days, rules.lock_days
    if rules.lock_mode is None or delete is None or lock is None:
        return
    # Recordings are locked from when they were put: what is cut anew is put again.
    yield Contradiction(
        code="locked_longer" if lock > delete else "locked",
        place=place,
        what=(
            f"{name} are deleted after {delete} days, and every object is locked for {lock} "
            f"({rules.lock_mode})"
        ),
        way_out="keep recordings in a bucket without a default retention",
    )


def _removals(
    name: str, stay: Stay, inside: str, place: str, rules: BucketRules
) -> Iterator[Contradiction]:
    for one in rules.removing(inside):
        if one.storage_class is not None:
            continue
        delete = stay.delete_after_days
        early = delete is None or one.days is None or one.days < delete
        kept = "for ever" if delete is None else f"for {delete} days"
        when = "on a date" if one.days is None else f"after {one.days} days"
        yield Contradiction(
            code="expires_early" if early else "expires_held",
            place=place,
            what=(
                f"{name} stay {kept}, and a lifecycle rule of {one.prefix or 'all'} deletes {when}"
                if early
                else f"a lifecycle rule of {one.prefix or 'all'} deletes {when}: {name} under "
                "legal hold as well"
            ),
            way_out="remove the rule: Antiphon deletes by itself what nobody holds",
        )


def _transitions(
    name: str, stay: Stay, inside: str, place: str, rules: BucketRules
) -> Iterator[Contradiction]:
    archive = stay.archive_after_days
    by = archive if archive is not None else stay.delete_after_days
    moving = [
        one
        for one in rules.removing(inside)
        if one.storage_class is not None and one.days is not None and inside.startswith(one.prefix)
    ]
    if not any(by is not None and (one.days or 0) <= by for one in moving):
        yield Contradiction(
            code="never_archived",
            place=place,
            what=f"{name} are to be archived after {by} days, and no lifecycle rule moves them",
            way_out="add a lifecycle rule that moves them to another storage class by then",
        )
    if archive is not None:
        for one in moving:
            if one.days is not None and one.days < archive:
                yield Contradiction(
                    code="archived_early",
                    place=place,
                    what=(
                        f"{name} are to be archived after {archive} days, and a lifecycle rule "
                        f"moves them after {one.days}"
                    ),
                    way_out="give rule and policy the same days",
                )


def _of_archive(
    kinds: Mapping[DataKind, Stay], archive: Place, retention: timedelta | None
) -> Iterator[Contradiction]:
    relying = {
        kind: stay
        for kind, stay in kinds.items()
        if stay.archive_first or stay.archive_after_days is not None
    }
    rules = archive.rules
    locked = _archive_lock(rules, retention)
    if relying and locked is None:
        yield Contradiction(
            code="archive_unlocked",
            place=archive.place,
            what=f"{', '.join(relying)}: the policy relies on an archive that retains nothing",
            way_out="use a bucket with Object Lock, and set ANTIPHON_ARCHIVE_RETENTION_DAYS",
        )
    for kind, stay in relying.items():
        days = stay.delete_after_days
        if locked is not None and (days is None or locked < days):
            kept = "for ever" if days is None else f"{days} days"
            yield Contradiction(
                code="archive_lock_short",
                place=archive.place,
                what=f"{kind} stays {kept}, and the archive is locked for {locked} days",
                way_out="raise ANTIPHON_ARCHIVE_RETENTION_DAYS to what the policy says",
            )
    if rules is None:
        return
    if rules.lock_mode == "GOVERNANCE" and retention is None:
        yield Contradiction(
            code="archive_lock_weak",
            place=archive.place,
            what="the archive is locked in mode GOVERNANCE: whoever may, deletes all the same",
            way_out="set ANTIPHON_ARCHIVE_RETENTION_DAYS: then objects are put in COMPLIANCE",
        )
    for one in rules.removing(archive.prefix):
        if one.storage_class is None:
            yield Contradiction(
                code="archive_expires",
                place=archive.place,
                what=(
                    f"a lifecycle rule of {one.prefix or 'all'} deletes the archive: analytics "
                    "stay, and its chain ends where a link is gone"
                ),
                way_out="remove the rule",
            )


def _archive_lock(rules: BucketRules | None, retention: timedelta | None) -> int | None:
    """Return for how many days an object of the archive is retained; None: not at all."""
    if retention is not None:
        return retention.days
    if rules is None or rules.lock_mode != "COMPLIANCE":
        return None
    return rules.lock_days
