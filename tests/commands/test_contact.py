"""A contact takes late news, and refuses what makes no sense any more."""

from datetime import datetime
from typing import Any

import pytest
from antiphon.commands.contact import (
    ConnectAgent,
    ContactCommand,
    CorrectEnd,
    EndContact,
    evolve,
)
from antiphon.errors import ContactFinished, ContactUnknown
from antiphon.events.base import AgentId, Event
from antiphon.events.contact import (
    AgentConnected,
    AttributesSet,
    ContactEndCorrected,
    ContactEnded,
    ContactHeld,
    ContactResumed,
)
from antiphon.events.sealed import Sealed

from ..builders import (
    agent_connected,
    at,
    attributes_set,
    contact_end_corrected,
    contact_held,
    contact_resumed,
    contact_started,
    utterance_finalized,
)
from .asking import (
    CONTACT_ID,
    ENDED,
    NOW,
    after,
    connect,
    decided,
    hold,
    resume,
    set_attributes,
)


@pytest.mark.parametrize(
    "command",
    [
        connect(),
        hold(),
        resume(),
        set_attributes(a="1"),
        EndContact(contact_id=CONTACT_ID),
        CorrectEnd(contact_id=CONTACT_ID, ended_at=at(1)),
    ],
    ids=lambda command: type(command).__name__,
)
def test_an_unknown_contact_takes_no_commands(command: ContactCommand) -> None:
    with pytest.raises(ContactUnknown):
        decided(command)


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(connect(), id="an agent now"),
        pytest.param(connect(connected_at=at(60)), id="an agent at the end"),
        pytest.param(hold(), id="a hold now"),
        pytest.param(hold(at(61)), id="a hold after the end"),
        pytest.param(resume(at(60)), id="a resume at the end"),
        pytest.param(set_attributes(a="1"), id="attributes"),
    ],
)
def test_a_finished_contact_takes_no_more(command: ContactCommand) -> None:
    with pytest.raises(ContactFinished):
        decided(command, contact_started(), ENDED)


def test_ending_says_when_and_why() -> None:
    command = EndContact(contact_id=CONTACT_ID, ended_at=at(61), reason="agent_hung_up")

    assert decided(command, contact_started()) == [
        ContactEnded(ended_at=at(61), reason="agent_hung_up")
    ]


def test_ending_without_an_instant_is_now() -> None:
    assert decided(EndContact(contact_id=CONTACT_ID), contact_started()) == [
        ContactEnded(ended_at=NOW)
    ]


def test_the_first_to_tell_of_the_end_is_believed() -> None:
    again = EndContact(contact_id=CONTACT_ID, ended_at=at(70), reason="another")

    assert decided(again, contact_started(), ENDED) == []


def correct(ended_s: float = 70, **given: Any) -> CorrectEnd:
    return CorrectEnd(contact_id=CONTACT_ID, ended_at=at(ended_s), **given)


def test_a_correction_tells_another_end_than_the_first() -> None:
    command = correct(reason="agent_hung_up", told_at=at(300))

    assert decided(command, contact_started(), ENDED) == [
        ContactEndCorrected(ended_at=at(70), reason="agent_hung_up", told_at=at(300))
    ]


def test_a_correction_without_a_reason_keeps_the_one_that_was_told() -> None:
    assert decided(correct(), contact_started(), ENDED) == [
        ContactEndCorrected(ended_at=at(70), reason=ENDED.reason)
    ]


def test_a_correction_ends_what_nobody_told_the_end_of() -> None:
    command = correct(reason="agent_hung_up", told_at=at(300))

    assert decided(command, contact_started()) == [
        ContactEnded(ended_at=at(70), reason="agent_hung_up")
    ]


@pytest.mark.parametrize(
    ("command", "corrections"),
    [
        pytest.param(correct(60), [], id="the end that was told"),
        pytest.param(correct(60.999), [], id="within the second that a record names"),
        pytest.param(correct(70), [contact_end_corrected(ended_at=at(70))], id="a repeat"),
        pytest.param(
            correct(70, told_at=at(299)), [contact_end_corrected()], id="older than what stands"
        ),
    ],
)
def test_a_correction_that_tells_nothing_newer_is_passed_over(
    command: CorrectEnd, corrections: list[Event]
) -> None:
    assert decided(command, contact_started(), ENDED, *corrections) == []


def test_another_reason_is_a_correction() -> None:
    assert decided(correct(60, reason="telecom_problem"), contact_started(), ENDED) == [
        ContactEndCorrected(ended_at=at(60), reason="telecom_problem")
    ]


def test_a_newer_correction_stands_in_place_of_the_last() -> None:
    history = [contact_started(), ENDED, contact_end_corrected()]

    assert decided(correct(70, told_at=at(301)), *history) == [
        ContactEndCorrected(ended_at=at(70), reason="agent_hung_up", told_at=at(301))
    ]


def test_late_news_is_measured_by_the_corrected_end() -> None:
    history = [contact_started(), ENDED, contact_end_corrected(ended_at=at(70))]

    assert decided(hold(at(65)), *history) == [ContactHeld(held_at=at(65))]
    with pytest.raises(ContactFinished):
        decided(hold(at(70)), *history)


# The agent


def test_an_agent_connects_now_unless_told_otherwise() -> None:
    assert decided(connect(), contact_started()) == [
        AgentConnected(agent_id=AgentId("a-1"), connected_at=NOW)
    ]


def test_a_connection_that_is_told_late_is_taken_after_the_end() -> None:
    assert decided(connect(connected_at=at(3)), contact_started(), ENDED) == [
        AgentConnected(agent_id=AgentId("a-1"), connected_at=at(3))
    ]


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(connect(connected_at=at(3)), id="the same instant"),
        pytest.param(connect(connected_at=at(4)), id="a second feed, a moment later"),
        pytest.param(connect(), id="now"),
    ],
)
@pytest.mark.parametrize("later", [[], [ENDED]], ids=["live", "ended"])
def test_an_agent_who_has_the_contact_cannot_take_it(
    command: ConnectAgent, later: list[Event]
) -> None:
    history = [contact_started(), agent_connected(connected_at=at(3)), *later]

    assert decided(command, *history) == []


def test_an_earlier_instant_relabels() -> None:
    history = [contact_started(), agent_connected(connected_at=at(5))]

    assert decided(connect(connected_at=at(3)), *history) == [
        AgentConnected(agent_id=AgentId("a-1"), connected_at=at(3))
    ]


def test_a_contact_may_come_back_to_its_first_agent() -> None:
    history = [
        contact_started(),
        agent_connected(connected_at=at(3)),
        agent_connected(agent_id=AgentId("a-2"), connected_at=at(20)),
    ]

    assert decided(connect("a-1", at(40)), *history) == [
        AgentConnected(agent_id=AgentId("a-1"), connected_at=at(40))
    ]


def test_the_first_agents_connection_may_be_told_after_the_seconds() -> None:
    history = [
        contact_started(),
        agent_connected(agent_id=AgentId("a-2"), connected_at=at(20)),
    ]

    assert decided(connect("a-1", at(3)), *history) == [
        AgentConnected(agent_id=AgentId("a-1"), connected_at=at(3))
    ]


# Hold


def test_a_hold_begins_and_ends() -> None:
    assert decided(hold(at(20)), contact_started()) == [ContactHeld(held_at=at(20))]
    assert decided(resume(at(30)), contact_started(), contact_held(held_at=at(20))) == [
        ContactResumed(resumed_at=at(30))
    ]


@pytest.mark.parametrize("told_at", [at(20), at(25), None], ids=["again", "later", "now"])
def test_holding_a_held_contact_changes_nothing(told_at: datetime | None) -> None:
    assert decided(hold(told_at), contact_started(), contact_held(held_at=at(20))) == []


@pytest.mark.parametrize("told_at", [at(30), at(35), None], ids=["again", "later", "now"])
def test_resuming_a_resumed_contact_changes_nothing(told_at: datetime | None) -> None:
    history = [contact_started(), contact_held(held_at=at(20)), contact_resumed(resumed_at=at(30))]

    assert decided(resume(told_at), *history) == []


def test_resuming_now_what_was_never_held_changes_nothing() -> None:
    assert decided(resume(), contact_started()) == []


def test_a_resume_that_overtook_its_hold_is_kept_and_so_is_the_hold() -> None:
    resumed = decided(resume(at(30)), contact_started())
    held = decided(hold(at(20)), contact_started(), *resumed)

    assert resumed == [ContactResumed(resumed_at=at(30))]
    assert held == [ContactHeld(held_at=at(20))]
    # Ordered by their instants, the contact is not on hold.
    assert decided(hold(), contact_started(), *resumed, *held) == [ContactHeld(held_at=NOW)]


def test_a_hold_that_is_told_late_is_taken_after_the_end() -> None:
    assert decided(hold(at(20)), contact_started(), ENDED) == [ContactHeld(held_at=at(20))]


# Attributes


def test_only_changed_attributes_are_told() -> None:
    started = contact_started(attributes={"a": Sealed("1"), "b": Sealed("1")})

    assert decided(set_attributes(a="1", b="2", c="3"), started) == [
        AttributesSet(attributes={"b": Sealed("2"), "c": Sealed("3")})
    ]


def test_card_data_in_attributes_is_masked_and_then_known_again() -> None:
    typed = {"note": "pays with 4111 1111 1111 1111", "cvv": "731"}
    masked = {"note": Sealed("pays with [card-number]"), "cvv": Sealed("[security-code]")}

    told = decided(set_attributes(**typed), contact_started())

    assert told == [AttributesSet(attributes=masked)]
    assert decided(set_attributes(**typed), contact_started(), *told) == []


@pytest.mark.parametrize("later", [[], [ENDED]], ids=["live", "ended"])
def test_setting_what_is_set_changes_nothing(later: list[Event]) -> None:
    history = [contact_started(), attributes_set(attributes={"a": Sealed("1")}), *later]

    assert decided(set_attributes(a="1"), *history) == []


def test_a_fact_no_decision_depends_on_changes_nothing() -> None:
    live = after(contact_started())

    assert evolve(live, utterance_finalized()) == live
