"""What is due of a contact: from its facts, the policy, the holds and the clock. Pure.

Nothing is deleted before its time, under a hold, or, where the policy says so, before it is
archived; and no original before what is to stay of it was made. What was deleted is never due
again, whatever the policy says later.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from ..events.retention import DATA_KINDS, DataKind, RetentionPublished, Stay
from .retention_standing import Standing

# A contact whose end nobody told of counts as over after so long without any news of it.
UNENDED = timedelta(days=2)

# What can be read no more once the transcript is deleted: the contact's keys go with it.
SEALED: tuple[DataKind, ...] = ("original", "audio", "transcript", "annotations")

Stage = Literal["active", "archived", "deleted"]
Deed = Literal["archive", "delete"]


class Act(Struct, frozen=True, kw_only=True, order=True):
    """Something that is to be done now."""

    due_at: datetime
    deed: Deed
    kind: DataKind


class Outlook(Struct, frozen=True, kw_only=True):
    """Where one kind stands, and what comes next."""

    kind: DataKind
    stage: Stage
    archive_at: datetime | None  # None: not by itself, or done
    delete_at: datetime | None  # None: never, done, or the contact is not over
    awaits_archive: bool = False  # its time is over, and it has to be archived first
    awaits_redaction: bool = False  # its time is over, and what is to stay is made from it


class Plan(Struct, frozen=True, kw_only=True):
    """What is to be done of a contact now, and how every kind stands."""

    outlooks: tuple[Outlook, ...]
    acts: tuple[Act, ...]  # in the order in which they are to be done; none under a hold
    kept_back: tuple[DataKind, ...]  # whose time is over, and that a hold keeps


def planned(
    standing: Standing,
    policy: RetentionPublished,
    *,
    hold_ids: Collection[str],
    now: datetime,
) -> Plan:
    """Return what is due of a contact."""
    since = over_since(standing, now=now)
    outlooks = tuple(
        _outlook(kind, standing, policy.kinds[kind], since, now) for kind in DATA_KINDS
    )
    if standing.awaits_redaction:
        outlooks = _with_originals_kept(outlooks, now=now)
    acts = sorted(act for one in outlooks for act in _acts(one, now))
    if any(one.awaits_archive for one in outlooks if one.kind in SEALED):
        # Its keys would take with them what is still to be archived.
        acts = [act for act in acts if act.deed == "archive" or act.kind != "transcript"]
    if _goes_with_transcript(outlooks, acts):
        acts = [act for act in acts if act.deed == "archive" or act.kind != "annotations"]
    if not hold_ids:
        return Plan(outlooks=outlooks, acts=tuple(acts), kept_back=())
    kept_back: tuple[DataKind, ...] = tuple(act.kind for act in acts if act.deed == "delete")
    allowed = tuple(act for act in acts if act.deed == "archive")
    return Plan(outlooks=outlooks, acts=allowed, kept_back=kept_back)


def over_since(standing: Standing, *, now: datetime) -> datetime | None:
    """Return from when a contact's stay counts; None while it goes on, or where there is none."""
    if standing.started_at is None:
        return None
    if standing.ended_at is not None:
        # A clock that was wrong must not delete tomorrow what ended today.
        return max(standing.ended_at, standing.started_at)
    newest = standing.newest_at or standing.started_at
    return newest if now - newest >= UNENDED else None


def _outlook(
    kind: DataKind, standing: Standing, stay: Stay, since: datetime | None, now: datetime
) -> Outlook:
    if kind in standing.deleted or (standing.erased and kind in SEALED):
        return Outlook(kind=kind, stage="deleted", archive_at=None, delete_at=None)
    is_archived = standing.archived.get(kind, -1) >= standing.newest
    archive_at = None if is_archived else _after(since, stay.archive_after_days)
    delete_at = _after(since, stay.delete_after_days)
    is_over = delete_at is not None and delete_at <= now
    return Outlook(
        kind=kind,
        stage="archived" if is_archived else "active",
        archive_at=archive_at,
        delete_at=delete_at,
        awaits_archive=is_over and stay.archive_first and not is_archived,
    )


def _with_originals_kept(outlooks: tuple[Outlook, ...], *, now: datetime) -> tuple[Outlook, ...]:
    """Return them with the original waiting, as long as the redacted recording is to stay."""
    audio = next(one for one in outlooks if one.kind == "audio")
    if audio.stage == "deleted" or (audio.delete_at is not None and audio.delete_at <= now):
        return outlooks  # nothing is to be made from it any more
    return tuple(
        replace(one, awaits_redaction=one.delete_at is not None and one.delete_at <= now)
        if one.kind == "original"
        else one
        for one in outlooks
    )


def _goes_with_transcript(outlooks: Sequence[Outlook], acts: Sequence[Act]) -> bool:
    """Tell whether what was made of the transcript is deleted with it, and not by itself."""
    if any(act.deed == "delete" and act.kind == "transcript" for act in acts):
        return True
    ends = {one.kind: one.delete_at for one in outlooks}
    transcript, annotations = ends["transcript"], ends["annotations"]
    return transcript is not None and annotations is not None and annotations >= transcript


def _acts(outlook: Outlook, now: datetime) -> list[Act]:
    kind, acts = outlook.kind, list[Act]()
    archive_at, delete_at = outlook.archive_at, outlook.delete_at
    if outlook.awaits_archive:
        archive_at = archive_at or delete_at
    if archive_at is not None and archive_at <= now:
        acts.append(Act(due_at=archive_at, deed="archive", kind=kind))
    awaits = outlook.awaits_archive or outlook.awaits_redaction
    if delete_at is not None and delete_at <= now and not awaits:
        acts.append(Act(due_at=delete_at, deed="delete", kind=kind))
    return acts


def _after(since: datetime | None, days: int | None) -> datetime | None:
    return None if since is None or days is None else since + timedelta(days=days)
