"""What may be asked of a tenant's retention policy: let another hold from now on.

It counts for everything that is kept, from the moment it is published: a shorter stay deletes
what is older, a longer one keeps it. Neither touches what is under legal hold.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

from msgspec import Struct

from ..errors import Malformed
from ..events.base import TenantName
from ..events.register import Register
from ..events.retention import DATA_KINDS, ID, DataKind, RetentionPublished, Stay
from .handle import Outcome
from .holding_one import HoldingOne, version_of

DAYS_MAX = 36_500  # a hundred years: beyond, it is a slip, and `never` was meant

# What holds until a tenant says otherwise. Source: PRODUCT.md of the design, "Protect".
DEFAULT_KINDS: Mapping[DataKind, Stay] = {
    "original": Stay(delete_after_days=90),
    "audio": Stay(delete_after_days=90),
    "transcript": Stay(delete_after_days=365),
    "annotations": Stay(delete_after_days=365),
    "analytics": Stay(delete_after_days=None),
}
DEFAULT_POLICY = RetentionPublished(version="default", kinds=dict(DEFAULT_KINDS))


class PublishRetention(Struct, frozen=True, kw_only=True):
    """Let everything stay that long from now on. Kinds that are left out stay as by default."""

    kinds: dict[DataKind, Stay]


def decide(held: RetentionPublished | None, command: PublishRetention) -> RetentionPublished | None:
    """Return the fact a command makes true; None: that policy holds already.

    Raises:
        Malformed: it names the kind and the field that cannot hold.
    """
    kinds = completed(command.kinds)
    check(kinds)
    version = version_of([(kind, kinds[kind]) for kind in DATA_KINDS])
    if (held or DEFAULT_POLICY).kinds == kinds and held is not None:
        return None
    return RetentionPublished(version=version, kinds=kinds)


def completed(kinds: Mapping[DataKind, Stay]) -> dict[DataKind, Stay]:
    """Return a stay for every kind: where none is given that of the default.

    Annotations go with the transcript, where nothing is said of them.
    """
    given: dict[DataKind, Stay] = {
        kind: kinds.get(kind, DEFAULT_KINDS[kind]) for kind in DATA_KINDS
    }
    if "annotations" not in kinds:
        given["annotations"] = given["transcript"]
    return given


def check(kinds: Mapping[DataKind, Stay]) -> None:
    """Raise Malformed, which names kind and field, for a policy that cannot be kept to."""
    for kind, stay in kinds.items():
        _check_days(kind, stay)
    for kind in ("original", "audio", "annotations"):
        if _outlives(kinds[kind], kinds["transcript"]):
            raise Malformed(
                f"{kind}.delete_after_days",
                "is more than the transcript's: the contact's keys are destroyed with that",
            )


def _check_days(kind: DataKind, stay: Stay) -> None:
    for name in ("delete_after_days", "archive_after_days"):
        days = getattr(stay, name)
        if days is not None and not 0 <= days <= DAYS_MAX:
            raise Malformed(f"{kind}.{name}", f"has to be 0 to {DAYS_MAX}, or nothing: never")
    archived, deleted = stay.archive_after_days, stay.delete_after_days
    if archived is not None and deleted is not None and archived > deleted:
        raise Malformed(f"{kind}.archive_after_days", "is more than delete_after_days")
    if stay.archive_first and deleted is None:
        raise Malformed(f"{kind}.archive_first", "asks for nothing: it is never deleted")


def _outlives(stay: Stay, other: Stay) -> bool:
    if other.delete_after_days is None:
        return False
    return stay.delete_after_days is None or stay.delete_after_days > other.delete_after_days


class RetentionPolicies:
    """Handles commands about retention, and tells which policy holds."""

    def __init__(self, register: Register, *, now: Callable[[], datetime]) -> None:
        self._policies = HoldingOne(register, fact=RetentionPublished, id=ID, now=now)

    async def current(self, tenant: TenantName) -> RetentionPublished:
        """Return the policy that holds; `DEFAULT_POLICY` where none was published.

        Raises:
            HistoryUnreadable: another version published it. Delete nothing.
            LogUnavailable: no answer; asking again is safe.
        """
        return await self._policies.current(tenant) or DEFAULT_POLICY

    async def publish(
        self, tenant: TenantName, command: PublishRetention, *, command_id: str, actor: str
    ) -> Outcome:
        """Let a policy hold from now on.

        Raises:
            Malformed: it cannot be kept to; what held goes on holding.
            LogUnavailable: no answer; repeating the call is safe.
        """
        return await self._policies.publish(
            tenant, lambda held: decide(held, command), command_id=command_id, actor=actor
        )
