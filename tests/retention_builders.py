"""Sample events of legal holds and of retention; any field can be given by keyword."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from antiphon.events import hold, retention
from antiphon.events.base import AgentId, ContactId, Event, Position, RegisterEvent
from antiphon.events.sealed import Sealed

from .making import made

_NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)  # as `builders.NOON`, which lists these samples


def hold_query(**given: Any) -> hold.HoldQuery:
    return made(
        hold.HoldQuery,
        given,
        recorded_from=_NOON,
        queues=("complaints",),
        agent_ids=(AgentId("a-7"),),
    )


def hold_placed(**given: Any) -> hold.HoldPlaced:
    return made(
        hold.HoldPlaced,
        given,
        reason=Sealed("Baker ./. Shop"),
        matter=Sealed("12 C 34/26"),
        query=hold_query(),
        attributes={"plan": Sealed("gold")},
    )


def hold_released(**given: Any) -> hold.HoldReleased:
    return made(hold.HoldReleased, given, reason=Sealed("settled"), released_at=_NOON)


def hold_enforced(**given: Any) -> hold.HoldEnforced:
    return made(
        hold.HoldEnforced,
        given,
        what="erasure",
        attempt="e-1",
        contact_ids=(ContactId("c-1"),),
        contacts=1,
    )


def retention_published(**given: Any) -> retention.RetentionPublished:
    return made(
        retention.RetentionPublished,
        given,
        version="3f2a91c077aa",
        kinds={
            "original": retention.Stay(delete_after_days=30),
            "audio": retention.Stay(delete_after_days=90, archive_after_days=60),
            "transcript": retention.Stay(delete_after_days=365, archive_first=True),
            "annotations": retention.Stay(delete_after_days=365, archive_first=True),
            "analytics": retention.Stay(delete_after_days=None),
        },
    )


def expiry_proposed(**given: Any) -> retention.ExpiryProposed:
    return made(retention.ExpiryProposed, given, kinds=("original",), policy_version="3f2a91c077aa")


def keys_expired(**given: Any) -> retention.KeysExpired:
    return made(retention.KeysExpired, given, holders=("original",), policy_version="3f2a91c077aa")


def data_archived(**given: Any) -> retention.DataArchived:
    return made(
        retention.DataArchived,
        given,
        kind="transcript",
        upto=Position(40),
        objects=0,
        policy_version="3f2a91c077aa",
    )


def data_deleted(**given: Any) -> retention.DataDeleted:
    return made(
        retention.DataDeleted,
        given,
        kind="original",
        objects=2,
        keys=("original",),
        due_at=_NOON,
        policy_version="3f2a91c077aa",
    )


def retention_held(**given: Any) -> retention.RetentionHeld:
    return made(
        retention.RetentionHeld,
        given,
        kinds=("original", "audio"),
        hold_ids=("h-1",),
        policy_version="3f2a91c077aa",
    )


def retention_freed(**given: Any) -> retention.RetentionFreed:
    return made(retention.RetentionFreed, given, hold_ids=("h-1",))


RETENTION_SAMPLES: tuple[Callable[[], Event], ...] = (
    data_archived,
    data_deleted,
    retention_held,
    retention_freed,
)
RETENTION_REGISTER_SAMPLES: tuple[Callable[[], RegisterEvent], ...] = (
    hold_placed,
    hold_released,
    hold_enforced,
    retention_published,
    expiry_proposed,
    keys_expired,
)
