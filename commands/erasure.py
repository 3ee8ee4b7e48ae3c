"""Erasing a person: asked for by one, approved by another, carried out until nothing is left.

Pure: what the register knows of an erasure, and what may become of it. `eraser.py` does it.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import Literal

from msgspec import Struct

from ..errors import ErasureClosed, HistoryUnreadable, SecondPersonNeeded, UnderHold
from ..events.base import START, ContactId, Event, KeyId, Position, Unreadable
from ..events.erasure import (
    KIND,
    ContactsDestroyed,
    ContactsSpared,
    Counted,
    DestructionBegun,
    ErasureApproved,
    ErasureCompleted,
    ErasureRefused,
    ErasureRequested,
    ErasureWithdrawn,
    FoundBy,
    Held,
    ReceiptSigned,
)
from ..events.register import Registered
from ..events.sealed import Sealed

CONTACTS_A_FACT = 1_000  # 37 kB; the log takes a megabyte
CONTACTS_MAX = 100_000  # of one erasure; whoever has more is no person

# A month is what the law gives for an answer. Who approves later has to look at it anew.
APPROVAL_WITHIN = timedelta(days=30)

State = Literal["requested", "approved", "completed", "refused", "withdrawn", "expired"]


class RequestErasure(Struct, frozen=True, kw_only=True):
    """Ask that contacts be forgotten. `erasure_id` tells a repeat from another wish."""

    erasure_id: str
    by_id: tuple[ContactId, ...] = ()  # as whoever asks named them
    by_endpoint: tuple[ContactId, ...] = ()  # as the index found them
    reason: Sealed
    identity_proof: Sealed  # where it stands that the person is who they say


class Erasure(Struct, frozen=True, kw_only=True):
    """What the register knows of one erasure. Holds nothing of the person erased."""

    erasure_id: str
    by_id: tuple[ContactId, ...] = ()
    by_endpoint: tuple[ContactId, ...] = ()
    reason: Sealed = Sealed("")
    identity_proof: Sealed | None = None
    identity_proof_sha256: str = ""
    requested_by: str = ""
    requested_at: datetime | None = None  # None: it was not
    requested: Position = START
    expires_at: datetime | None = None  # None: it needed no approval
    approved_by: str = ""
    approved_at: datetime | None = None  # None: it was not
    approved: Position = START
    to_destroy: tuple[ContactId, ...] = ()  # as approved
    held: tuple[Held, ...] = ()  # what stays, then and since
    closed: Literal["refused", "withdrawn"] | None = None
    closed_by: str = ""
    closed_at: datetime | None = None
    begun: tuple[ContactId, ...] = ()
    destroyed: tuple[ContactId, ...] = ()
    key_ids: tuple[KeyId, ...] = ()
    found: tuple[Counted, ...] = ()
    left: tuple[Counted, ...] = ()
    own_key_id: KeyId | None = None  # of the key that sealed why; None: the tenant's did
    is_archived: bool = False  # where no log can be restored to before
    completed_at: datetime | None = None
    completed: Position = START
    signed: ReceiptSigned | None = None
    end: Position = START  # of its last fact in the register

    @property
    def contact_ids(self) -> tuple[ContactId, ...]:
        """Whom it is about: as requested; once approved, those that go and those that are held."""
        if self.approved_at is None:
            return (*self.by_id, *self.by_endpoint)
        return tuple(dict.fromkeys((*self.to_destroy, *(one.contact_id for one in self.held))))

    @property
    def found_by(self) -> FoundBy | Literal["person"]:
        """How they were found; `person`: some by their ids and some by a number."""
        if self.by_id and self.by_endpoint:
            return "person"
        return "customer_endpoint" if self.by_endpoint else "contact_id"

    @property
    def added(self) -> tuple[ContactId, ...]:
        """Contacts that came between request and approval, and were found then."""
        known = {*self.by_id, *self.by_endpoint}
        return tuple(one for one in self.contact_ids if one not in known)

    @property
    def under_way(self) -> tuple[ContactId, ...]:
        """Those whose keys are going, or are gone, and of whom not all is."""
        done = {*self.destroyed, *(one.contact_id for one in self.held)}
        return tuple(one for one in self.begun if one not in done)

    @property
    def remaining(self) -> tuple[ContactId, ...]:
        """Those that were approved and not begun with, and are not held."""
        settled = {*self.begun, *(one.contact_id for one in self.held)}
        return tuple(one for one in self.to_destroy if one not in settled)

    @property
    def is_open(self) -> bool:
        """Whether something is left to do that nobody has to agree to any more."""
        return self.approved_at is not None and self.signed is None

    def state(self, now: datetime) -> State:
        """Return what has become of it."""
        if self.completed_at is not None:
            return "completed"
        if self.approved_at is not None:
            return "approved"
        if self.closed is not None:
            return self.closed
        if self.expires_at is not None and now >= self.expires_at:
            return "expired"
        return "requested"


def evolve(erasure: Erasure, fact: Registered) -> Erasure:
    """Return the erasure as it stands after a fact of the register.

    Raises:
        HistoryUnreadable: the fact cannot be read by this version. Nobody passes over one: whom
            it names would stay.
    """
    known = {name: getattr(erasure, name) for name in erasure.__struct_fields__}
    match fact.event:
        case ErasureRequested() as event:
            known |= _requested(erasure, event, fact)
        case ErasureApproved(contact_ids=contact_ids, held=held):
            known |= {"to_destroy": (*erasure.to_destroy, *contact_ids)}
            known |= {"held": (*erasure.held, *held), "approved": fact.position}
            known |= {"approved_by": fact.actor, "approved_at": fact.recorded_at}
        case ErasureRefused():
            known |= {"closed": "refused", "closed_by": fact.actor, "closed_at": fact.recorded_at}
        case ErasureWithdrawn():
            known |= {"closed": "withdrawn", "closed_by": fact.actor, "closed_at": fact.recorded_at}
        case Unreadable(problem=problem):
            raise HistoryUnreadable(
                f"{KIND}/{fact.subject_id}", position=fact.position, problem=problem
            )
        case _:
            known |= _carried_out(erasure, fact)
    known["end"] = fact.position
    return Erasure(**known)


def requested(command: RequestErasure, *, now: datetime) -> list[Event]:
    """Return the facts that record what is asked for: several, where there are many contacts."""
    proof = proof_sha256(command.erasure_id, command.identity_proof.reveal())
    named: tuple[tuple[FoundBy, tuple[ContactId, ...]], ...] = (
        ("contact_id", command.by_id),
        ("customer_endpoint", command.by_endpoint),
    )
    return [
        ErasureRequested(
            contact_ids=chunk,
            found_by=found_by,
            reason=command.reason,
            identity_proof=command.identity_proof,
            identity_proof_sha256=proof,
            expires_at=now + APPROVAL_WITHIN,
        )
        for found_by, contact_ids in named
        for chunk in chunks(contact_ids)
    ]


def approved(
    erasure: Erasure,
    *,
    by: str,
    contact_ids: Sequence[ContactId],
    held: Mapping[ContactId, tuple[str, ...]],
    partial: bool,
    now: datetime,
) -> list[Event]:
    """Return the facts that a second person agreed; none where somebody has already.

    `contact_ids` are the person's now, those that came since the request among them; `held` of
    them stay, which `by` has to say is right (`partial`).

    Raises:
        ErasureClosed: it was refused, withdrawn, or nobody approved it in time.
        SecondPersonNeeded: it is one person alone.
        UnderHold: some of them are held, and `partial` is not said, or all of them are.
    """
    if erasure.approved_at is not None:
        return []
    _check_open(erasure, now)
    _check_second(erasure, by)
    free = [one for one in contact_ids if one not in held]
    if held and (not partial or not free):
        raise UnderHold({one for ids in held.values() for one in ids}, contacts=len(held))
    kept = chunks(tuple(one for one in contact_ids if one in held))
    parts = zip_longest(chunks(tuple(free)), kept, fillvalue=())
    return [
        ErasureApproved(contact_ids=go, held=tuple(Held(one, tuple(held[one])) for one in stay))
        for go, stay in parts
    ]


def refused(erasure: Erasure, *, by: str, reason: Sealed, now: datetime) -> list[Event]:
    """Return the fact that a second person does not agree; none where one did not before.

    Raises:
        ErasureClosed: it was approved, withdrawn, or nobody approved it in time.
        SecondPersonNeeded: who asked for it can only withdraw it.
    """
    if erasure.closed == "refused":
        return []
    _check_open(erasure, now)
    _check_second(erasure, by)
    return [ErasureRefused(reason=reason)]


def withdrawn(erasure: Erasure, *, reason: Sealed, now: datetime) -> list[Event]:
    """Return the fact that it is not asked for any more; none where it was not before.

    Raises:
        ErasureClosed: it was approved, refused, or nobody approved it in time.
    """
    if erasure.closed == "withdrawn":
        return []
    _check_open(erasure, now)
    return [ErasureWithdrawn(reason=reason)]


def proof_sha256(erasure_id: str, identity_proof: str) -> str:
    """Return what a receipt says of the proof of identity: who has the reference can compare."""
    return hashlib.sha256(f"{erasure_id}\n{identity_proof}".encode()).hexdigest()


def chunks(contact_ids: tuple[ContactId, ...]) -> list[tuple[ContactId, ...]]:
    """Return the contacts as so many facts as hold them."""
    return [
        contact_ids[n : n + CONTACTS_A_FACT] for n in range(0, len(contact_ids), CONTACTS_A_FACT)
    ]


def is_same_person(one: str, other: str) -> bool:
    """Tell whether two actors are one: nobody becomes a second person by writing in capitals."""
    return one.casefold() == other.casefold()


def _requested(erasure: Erasure, event: ErasureRequested, fact: Registered) -> dict[str, object]:
    known: dict[str, object] = {
        "reason": event.reason,
        "identity_proof": event.identity_proof,
        "identity_proof_sha256": event.identity_proof_sha256,
        "requested_by": fact.actor,
        "requested_at": fact.recorded_at,
        "requested": fact.position,
        "expires_at": event.expires_at,
    }
    named = "by_id" if event.found_by == "contact_id" else "by_endpoint"
    known[named] = (*getattr(erasure, named), *event.contact_ids)
    if event.expires_at is None:
        known |= {"to_destroy": (*erasure.to_destroy, *event.contact_ids)}
        known |= {"approved_by": fact.actor, "approved_at": fact.recorded_at}
        known["approved"] = fact.position
    return known


def _carried_out(erasure: Erasure, fact: Registered) -> dict[str, object]:
    """Return what a fact changes that nobody decides."""
    match fact.event:
        case ContactsSpared(held=held):
            return {"held": (*erasure.held, *held)}
        case DestructionBegun(contact_ids=contact_ids, found=found):
            return {"begun": (*erasure.begun, *contact_ids), "found": (*erasure.found, *found)}
        case ContactsDestroyed(contact_ids=contact_ids, key_ids=key_ids, left=left):
            return {
                "destroyed": (*erasure.destroyed, *contact_ids),
                "key_ids": (*erasure.key_ids, *key_ids),
                "left": (*erasure.left, *left),
            }
        case ErasureCompleted(completed_at=completed_at, found=found, left=left) as event:
            # Before there were approvals, nothing but this was recorded.
            old = erasure.to_destroy if erasure.expires_at is None else ()
            return {
                "completed_at": completed_at,
                "completed": fact.position,
                "own_key_id": event.own_key_id,
                "is_archived": event.is_archived,
                "destroyed": erasure.destroyed or old,
                "found": (*erasure.found, *found),
                "left": (*erasure.left, *left),
            }
        case ReceiptSigned() as signed:
            return {"signed": signed}
        case _:
            return {}  # there are no others of this kind


def _check_open(erasure: Erasure, now: datetime) -> None:
    if (state := erasure.state(now)) != "requested":
        raise ErasureClosed(erasure.erasure_id, state=state)


def _check_second(erasure: Erasure, by: str) -> None:
    if is_same_person(erasure.requested_by, by):
        raise SecondPersonNeeded(erasure.erasure_id)
