"""Erasures as clients send and are told them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from ..commands.erasure import Erasure, State
from ..events.base import ContactId
from ..events.erasure import Counted
from ..projections.transcript_rows import ERASED
from .bodies import Id, Name

ENDPOINTS_MAX = 20  # of one person
CONTACT_IDS_MAX = 1_000  # named at once

Reason = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=1_024,
        pattern=r"^[^\x00]*$",
        description="Why. Sealed under a key of its own, which goes with the erasure.",
    ),
]
Proof = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=256,
        pattern=r"^[^\x00]*$",
        description="Where it stands that the person is who they say: a ticket, a file's number. "
        "Sealed as the reason is; of it the receipt tells a hash.",
    ),
]


class PersonBody(Struct, frozen=True, kw_only=True):
    """Somebody with several numbers or addresses, and contacts that are known to be theirs."""

    customer_endpoints: Annotated[tuple[Name, ...], Meta(max_length=ENDPOINTS_MAX)] = ()
    contact_ids: Annotated[tuple[Id, ...], Meta(max_length=CONTACT_IDS_MAX)] = ()


class ErasureBody(Struct, frozen=True, kw_only=True):
    """Who is to be erased: a contact, every contact of a number, or a person. One of the three."""

    reason: Reason
    identity_proof: Proof
    contact_id: Id | None = None
    customer_endpoint: Name | None = None  # however it is written: +49 30 90182-0, 00493090...
    person: PersonBody | None = None


class ApprovalBody(Struct, frozen=True, kw_only=True):
    """Whether to go on without the contacts that are under legal hold."""

    partial: bool = False


class DecisionBody(Struct, frozen=True, kw_only=True):
    """Why an erasure is not to be."""

    reason: Reason


class Held(Struct, frozen=True, kw_only=True):
    """A contact that has to be kept, and the holds that say so."""

    contact_id: ContactId
    hold_ids: tuple[str, ...]


class Going(Struct, frozen=True, kw_only=True):
    """What there is of these contacts in one store."""

    store: str
    what: str
    number: int


class Staying(Struct, frozen=True, kw_only=True):
    """What stays, and why that is right."""

    store: str
    why: str


class Scope(Struct, frozen=True, kw_only=True):
    """What an approval would do now. It is looked at anew when somebody approves."""

    contacts: int
    counted_contacts: int  # of so many `goes` tells; fewer where there are very many
    goes: tuple[Going, ...]
    stays: tuple[Staying, ...]
    held: tuple[Held, ...]


class ErasureTold(Struct, frozen=True, kw_only=True):
    """An erasure and what became of it. Says nothing about the person."""

    erasure_id: str
    state: State
    found_by: str
    contact_ids: tuple[ContactId, ...]
    reason: str
    identity_proof: str | None
    requested_by: str
    requested_at: datetime | None
    expires_at: datetime | None
    approved_by: str | None
    approved_at: datetime | None
    decided_by: str | None  # who refused or withdrew it
    decided_at: datetime | None
    added_contact_ids: tuple[ContactId, ...]  # that came between request and approval
    contacts_destroyed: int
    held: tuple[Held, ...]  # what was kept
    completed_at: datetime | None
    has_receipt: bool
    scope: Scope | None = None  # while it waits for a decision


# Of every erasure; the receipt says the same with what was counted.
STAYS = (
    Staying(store="facts", why="sealed under keys that are destroyed: nobody can read them"),
    Staying(store="archive", why="holds the same sealed facts, and nothing else"),
    Staying(store="read_models", why="rows that name the contact and nothing of the person"),
    Staying(
        store="register", why="that it was asked for, agreed to and done; why, nobody can read"
    ),
    Staying(store="register", why="reasons of holds and readings, sealed under the tenant's key"),
    Staying(store="analytics", why="sums over calls, which name nobody"),
    Staying(
        store="backups", why="until they expire; of keys, a restore does the erasure again first"
    ),
)
_ARCHIVED = Staying(
    store="backups", why="of keys and log together: the archive has the erasure done again first"
)
_UNARCHIVED = Staying(
    store="backups", why="of keys and log together: bring it back, as nothing is archived"
)


def scope_of(
    contact_ids: Sequence[ContactId],
    counted: Sequence[Counted],
    held: Mapping[ContactId, tuple[str, ...]],
    *,
    counted_contacts: int,
) -> Scope:
    """Return what is told before somebody decides."""
    is_archived = any(one.store == "archive" for one in counted)
    return Scope(
        contacts=len(contact_ids),
        counted_contacts=counted_contacts,
        goes=tuple(
            Going(store=one.store, what=one.what, number=one.number)
            for one in counted
            # These go in time, whatever is decided; and of nothing, nothing goes.
            if one.store != "dead_rows" and one.number
        ),
        stays=(*STAYS, _ARCHIVED if is_archived else _UNARCHIVED),
        held=tuple(
            Held(contact_id=one, hold_ids=tuple(held[one])) for one in contact_ids if one in held
        ),
    )


def told(erasure: Erasure, *, now: datetime, scope: Scope | None = None) -> ErasureTold:
    """Return what is told of an erasure."""
    proof = erasure.identity_proof
    return ErasureTold(
        erasure_id=erasure.erasure_id,
        state=erasure.state(now),
        found_by=erasure.found_by,
        contact_ids=erasure.contact_ids,
        reason=erasure.reason.reveal_or(ERASED),
        identity_proof=None if proof is None else proof.reveal_or(ERASED),
        requested_by=erasure.requested_by,
        requested_at=erasure.requested_at,
        expires_at=erasure.expires_at,
        approved_by=erasure.approved_by or None,
        approved_at=erasure.approved_at,
        decided_by=erasure.closed_by or None,
        decided_at=erasure.closed_at,
        added_contact_ids=erasure.added,
        contacts_destroyed=len(erasure.destroyed),
        held=tuple(Held(contact_id=one.contact_id, hold_ids=one.hold_ids) for one in erasure.held),
        completed_at=erasure.completed_at,
        has_receipt=erasure.signed is not None,
        scope=scope,
    )
