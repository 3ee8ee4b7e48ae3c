"""Who may decide about an erasure, and what becomes of one as facts are recorded."""

from datetime import datetime, timedelta
from functools import reduce
from typing import Any

import pytest
from antiphon.commands.erasure import (
    APPROVAL_WITHIN,
    CONTACTS_A_FACT,
    Erasure,
    RequestErasure,
    approved,
    evolve,
    proof_sha256,
    refused,
    requested,
    withdrawn,
)
from antiphon.errors import (
    ErasureClosed,
    HistoryUnreadable,
    Refused,
    SecondPersonNeeded,
    UnderHold,
)
from antiphon.events.base import ContactId, RegisterEvent, Unreadable
from antiphon.events.erasure import Counted, ErasureApproved, ErasureRequested, Held
from antiphon.events.sealed import Sealed
from msgspec.structs import replace

from ..builders import at
from ..register_builders import (
    contacts_destroyed,
    contacts_spared,
    destruction_begun,
    erasure_approved,
    erasure_completed,
    erasure_refused,
    erasure_requested,
    erasure_withdrawn,
    receipt_signed,
    registered,
)

ONE, TWO, THREE = ContactId("c-1"), ContactId("c-2"), ContactId("c-3")
ASKED = erasure_requested(contact_ids=(ONE, TWO), expires_at=at(1_000))
NOW = at(10)


def after(*events: RegisterEvent, actor: str = "person:ann") -> Erasure:
    facts = [registered(event, subject_id="er-1", actor=actor) for event in events]
    return reduce(evolve, facts, Erasure(erasure_id="er-1"))


def decided(
    erasure: Erasure,
    *,
    by: str = "person:bob",
    held: dict[ContactId, tuple[str, ...]] | None = None,
    partial: bool = False,
    now: datetime = NOW,
) -> list[object]:
    return list(
        approved(erasure, by=by, contact_ids=(ONE, TWO), held=held or {}, partial=partial, now=now)
    )


def test_what_is_asked_for_is_recorded_by_how_it_was_found_and_in_facts_that_hold_it() -> None:
    many = tuple(ContactId(f"c-{n}") for n in range(CONTACTS_A_FACT + 1))
    command = RequestErasure(
        erasure_id="er-1",
        by_id=(ONE,),
        by_endpoint=many,
        reason=Sealed("asked"),
        identity_proof=Sealed("ticket 4711"),
    )

    facts = requested(command, now=NOW)

    asked = [one for one in facts if isinstance(one, ErasureRequested)]
    shapes = [(one.found_by, len(one.contact_ids)) for one in asked]
    assert shapes == [("contact_id", 1), ("customer_endpoint", 1_000), ("customer_endpoint", 1)]
    assert after(*asked).found_by == "person"
    assert after(*asked).expires_at == NOW + APPROVAL_WITHIN


def test_the_proof_is_told_by_a_hash_that_another_erasure_does_not_share() -> None:
    one, other = (proof_sha256(id_, "ticket 4711") for id_ in ("er-1", "er-2"))

    assert one != other
    assert one == proof_sha256("er-1", "ticket 4711")
    assert "4711" not in one


def test_a_second_person_approves_what_is_free() -> None:
    held = {TWO: ("h-1",)}

    assert decided(after(ASKED)) == [ErasureApproved(contact_ids=(ONE, TWO))]
    assert decided(after(ASKED), held=held, partial=True) == [
        ErasureApproved(contact_ids=(ONE,), held=(Held(TWO, ("h-1",)),))
    ]


def test_approving_twice_changes_nothing_whoever_does() -> None:
    erasure = after(ASKED, erasure_approved())

    assert decided(erasure) == decided(erasure, by="person:ann") == []


@pytest.mark.parametrize(
    ("history", "given", "refusal"),
    [
        pytest.param([ASKED], {"by": "person:ann"}, SecondPersonNeeded, id="alone"),
        pytest.param([ASKED], {"by": "person:Ann"}, SecondPersonNeeded, id="alone in capitals"),
        pytest.param([ASKED, erasure_refused()], {}, ErasureClosed, id="refused"),
        pytest.param([ASKED, erasure_withdrawn()], {}, ErasureClosed, id="withdrawn"),
        pytest.param([ASKED], {"now": at(1_000)}, ErasureClosed, id="too late"),
        pytest.param([ASKED], {"held": {ONE: ("h",)}}, UnderHold, id="held"),
        pytest.param(
            [ASKED],
            {"held": {ONE: ("h",), TWO: ("h",)}, "partial": True},
            UnderHold,
            id="nothing free",
        ),
    ],
)
def test_approving_is_refused(
    history: list[RegisterEvent], given: dict[str, Any], refusal: type[Refused]
) -> None:
    with pytest.raises(refusal):
        decided(after(*history), **given)


def test_who_asked_withdraws_and_another_refuses_each_once() -> None:
    asked, reason = after(ASKED), Sealed("the wrong number")

    assert withdrawn(asked, reason=reason, now=NOW) == [erasure_withdrawn()]
    assert refused(asked, by="person:bob", reason=reason, now=NOW) != []
    assert withdrawn(after(ASKED, erasure_withdrawn()), reason=reason, now=NOW) == []
    assert refused(after(ASKED, erasure_refused()), by="person:bob", reason=reason, now=NOW) == []
    with pytest.raises(SecondPersonNeeded):
        refused(asked, by="person:ann", reason=reason, now=NOW)
    with pytest.raises(ErasureClosed):
        withdrawn(after(ASKED, erasure_approved()), reason=reason, now=NOW)
    with pytest.raises(ErasureClosed):
        refused(after(ASKED, erasure_withdrawn()), by="person:bob", reason=reason, now=NOW)


@pytest.mark.parametrize(
    ("events", "state"),
    [
        ([ASKED], "requested"),
        ([ASKED, erasure_refused()], "refused"),
        ([ASKED, erasure_withdrawn()], "withdrawn"),
        ([ASKED, erasure_approved()], "approved"),
        ([ASKED, erasure_approved(), erasure_completed()], "completed"),
    ],
)
def test_it_says_what_has_become_of_it(events: list[RegisterEvent], state: str) -> None:
    assert after(*events).state(NOW) == state


def test_only_what_nobody_decided_in_time_expires() -> None:
    late = at(1_000)

    assert after(ASKED).state(late - timedelta(milliseconds=1)) == "requested"
    assert after(ASKED).state(late) == "expired"
    assert after(ASKED, erasure_approved()).state(late) == "approved"


def test_contacts_go_from_approved_to_begun_to_destroyed_and_held_ones_stay() -> None:
    approval = erasure_approved(contact_ids=(ONE, TWO, THREE), held=())
    spared = contacts_spared(held=(Held(THREE, ("h-1",)),))
    begun = destruction_begun(contact_ids=(ONE, TWO))
    gone = contacts_destroyed(contact_ids=(ONE, TWO))

    assert after(ASKED, approval).remaining == (ONE, TWO, THREE)
    assert after(ASKED, approval, spared).remaining == (ONE, TWO)
    under_way = after(ASKED, approval, spared, begun)
    assert (under_way.remaining, under_way.under_way) == ((), (ONE, TWO))
    done = after(ASKED, approval, spared, begun, gone)
    assert (done.under_way, done.destroyed, done.is_open) == ((), (ONE, TWO), True)
    assert done.contact_ids == (ONE, TWO, THREE)
    assert done.added == (THREE,)
    signed = after(ASKED, approval, spared, begun, gone, erasure_completed(), receipt_signed())
    assert not signed.is_open


def test_one_that_a_hold_met_after_it_was_begun_is_not_under_way() -> None:
    approval = erasure_approved(contact_ids=(ONE, TWO), held=())
    begun = destruction_begun(contact_ids=(ONE, TWO))

    erasure = after(ASKED, approval, begun, contacts_spared(held=(Held(TWO, ("h-1",)),)))

    assert (erasure.under_way, erasure.remaining) == ((ONE,), ())


def test_what_was_recorded_before_there_were_approvals_counts_as_approved() -> None:
    old = erasure_requested(
        contact_ids=(ONE, TWO), identity_proof=None, identity_proof_sha256="", expires_at=None
    )

    under_way = after(old, actor="machine")
    done = after(old, erasure_completed(found=(), left=()), actor="machine")

    assert (under_way.state(NOW), under_way.remaining) == ("approved", (ONE, TWO))
    assert (under_way.requested_by, under_way.approved_by) == ("machine", "machine")
    assert (done.state(NOW), done.destroyed) == ("completed", (ONE, TWO))


def test_what_was_counted_adds_up() -> None:
    begun = [destruction_begun(found=(Counted("objects", "recordings", n),)) for n in (2, 3)]

    assert sum(one.number for one in after(ASKED, erasure_approved(), *begun).found) == 5


def test_nobody_passes_over_a_fact_that_cannot_be_read() -> None:
    strange = Unreadable(type="erasure_doubled", version=1, problem="unknown_type")
    fact = replace(registered(erasure_approved(), subject_id="er-1"), event=strange)

    with pytest.raises(HistoryUnreadable, match="er-1"):
        evolve(after(ASKED), fact)
