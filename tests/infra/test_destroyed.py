"""Whose keys are to be gone, as the register says it: in the log, in the archive, in any order."""

from collections.abc import Sequence
from itertools import permutations

import pytest
from antiphon.errors import HistoryUnreadable
from antiphon.events.base import ContactId, RegisterEvent, Unreadable
from antiphon.events.erasure import ContactsSpared, DestructionBegun, Held
from antiphon.events.retention import KeysExpired
from antiphon.infra.destroyed import Destroyed
from msgspec.structs import replace

from ..register_builders import erasure_approved, erasure_completed, erasure_requested, registered

ONE, TWO = ContactId("c-1"), ContactId("c-2")
BEGUN = DestructionBegun(contact_ids=(ONE, TWO), found=())
SPARED = ContactsSpared(held=(Held(TWO, ("h-1",)),))


def destroyed(*said: tuple[RegisterEvent, str]) -> Destroyed:
    found = Destroyed()
    for event, subject_id in said:
        found.take(registered(event, subject_id=subject_id))
    return found


@pytest.mark.parametrize("order", list(permutations([BEGUN, SPARED, erasure_completed()])))
def test_what_a_hold_spared_stays_whatever_is_read_first(order: Sequence[RegisterEvent]) -> None:
    found = destroyed(*((event, "er-1") for event in order))

    assert found.holders == {"contact/c-1", "original/c-1", "erasure/er-1"}
    assert found.contacts == {ONE: "er-1"}


def test_what_one_erasure_spared_another_does_not() -> None:
    found = destroyed((BEGUN, "er-1"), (SPARED, "er-1"), (BEGUN, "er-2"))

    assert {"contact/c-2", "original/c-2"} <= found.holders
    assert found.contacts == {ONE: "er-2", TWO: "er-2"}


def test_what_is_only_asked_for_or_approved_is_not_destroyed() -> None:
    found = destroyed((erasure_requested(), "er-1"), (erasure_approved(), "er-1"))

    assert (found.holders, found.contacts) == (set(), {})


def test_what_needed_no_approval_is() -> None:
    found = destroyed((erasure_requested(contact_ids=(ONE,), expires_at=None), "er-1"))

    assert found.holders == {"contact/c-1", "original/c-1", "erasure/er-1"}


def test_of_what_expired_the_history_is_told_where_nothing_of_it_can_be_read() -> None:
    originals = KeysExpired(holders=("original",), policy_version="1")
    all_ = KeysExpired(holders=("contact", "original"), policy_version="1")

    found = destroyed((originals, "c-1"), (all_, "c-2"))

    assert found.holders == {"original/c-1", "contact/c-2", "original/c-2"}
    assert found.contacts == {TWO: "expiry-c-2"}


def test_nobody_passes_over_what_cannot_be_read() -> None:
    unreadable = Unreadable(type="erasure_widened", version=1, problem="unknown_type")
    fact = replace(registered(BEGUN, subject_id="er-9"), event=unreadable)

    with pytest.raises(HistoryUnreadable, match="er-9"):
        Destroyed().take(fact)
