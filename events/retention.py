"""How long what is kept of contacts is kept, and what was done about it.

The policy stands in the register, kind `retention_policy`; what is done to a contact in its own
lane, `retention` (writer: `services/retention`); and that keys are to be destroyed in the register
again, kind `expiry`, where a restored key store finds it.
"""

from datetime import datetime
from typing import ClassVar, Literal, get_args

from msgspec import Struct

from .base import ContactId, Event, Holder, Lane, Position, RegisterEvent

KIND = "retention_policy"  # not `retention`: channels of lanes and kinds have one name each
ID = "policy"  # there is one a tenant
EXPIRY_KIND = "expiry"  # about a contact: its id is the contact's

# What is kept of a contact. `original`: what was said and heard before anything was removed;
# `audio`: the recording as it is played; `annotations`: cues, summaries, translations, whatever was
# made of what was said; `analytics`: what was counted of a contact, no person.
DataKind = Literal["original", "audio", "transcript", "annotations", "analytics"]
DATA_KINDS: tuple[DataKind, ...] = get_args(DataKind)


class Stay(Struct, frozen=True, kw_only=True):
    """How long one kind stays, in whole days after the contact ended."""

    delete_after_days: int | None  # None: never
    archive_after_days: int | None = None  # None: not until it is to be deleted
    archive_first: bool = False  # never deleted before it is proven to stand in the archive


class RetentionPublished(RegisterEvent, frozen=True, kw_only=True):
    """From now on everything stays that long, what was kept before included."""

    TYPE: ClassVar[str] = "retention_published"
    KIND: ClassVar[str] = KIND

    version: str  # of its content: the same policy has the same
    kinds: dict[DataKind, Stay]  # every kind


class ExpiryProposed(RegisterEvent, frozen=True, kw_only=True):
    """Something of a contact is to be deleted, unless a hold stands in the register before this."""

    TYPE: ClassVar[str] = "expiry_proposed"
    KIND: ClassVar[str] = EXPIRY_KIND
    IGNORABLE: ClassVar[bool] = True

    kinds: tuple[DataKind, ...]
    policy_version: str


class KeysExpired(RegisterEvent, frozen=True, kw_only=True):
    """No hold stood in the way: these keys of the contact are destroyed, for good.

    Recorded before it is done. After a restore of the keys it is done again, before anything is
    read.
    """

    TYPE: ClassVar[str] = "keys_expired"
    KIND: ClassVar[str] = EXPIRY_KIND

    holders: tuple[Holder, ...]  # `contact`, `original`
    policy_version: str


class DataArchived(Event, frozen=True, kw_only=True):
    """What there is of a kind stands in the archive: it was compared, not believed."""

    TYPE: ClassVar[str] = "data_archived"
    LANE: ClassVar[Lane] = "retention"
    IGNORABLE: ClassVar[bool] = True

    kind: DataKind
    upto: Position  # facts of the contact up to here are in the archive
    objects: int  # of the recording that are in the store's archive tier
    policy_version: str


class DataDeleted(Event, frozen=True, kw_only=True):
    """Nothing of a kind is left of the contact that anybody could read."""

    TYPE: ClassVar[str] = "data_deleted"
    LANE: ClassVar[Lane] = "retention"
    IGNORABLE: ClassVar[bool] = True

    kind: DataKind
    objects: int  # that were deleted for it
    keys: tuple[Holder, ...]  # that were destroyed for it
    due_at: datetime
    policy_version: str


class RetentionHeld(Event, frozen=True, kw_only=True):
    """Its time is over, and it is kept: it is under legal hold."""

    TYPE: ClassVar[str] = "retention_held"
    LANE: ClassVar[Lane] = "retention"
    IGNORABLE: ClassVar[bool] = True

    kinds: tuple[DataKind, ...]  # whose time was over
    hold_ids: tuple[str, ...]
    policy_version: str


class RetentionFreed(Event, frozen=True, kw_only=True):
    """No hold keeps the contact any more; its policy counts again."""

    TYPE: ClassVar[str] = "retention_freed"
    LANE: ClassVar[Lane] = "retention"
    IGNORABLE: ClassVar[bool] = True

    hold_ids: tuple[str, ...]  # that kept it when it was looked at before


def expiry_id(contact_id: ContactId) -> str:
    """Return what `ContactErased` names where no person was erased, but a time was over."""
    return f"{EXPIRY_KIND}-{contact_id}"
