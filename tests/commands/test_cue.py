"""What an agent answers to a cue is recorded once, and only while the contact is live."""

from functools import reduce

import pytest
from antiphon.commands.contact import Contact, decide, evolve
from antiphon.commands.cue import CueCommand, DismissGuidance, MarkGuidanceShown, UseGuidance
from antiphon.errors import ContactFinished, ContactUnknown, GuidanceUnknown, Refused
from antiphon.events.base import ContactId, Event, GuidanceId

from ..builders import (
    at,
    contact_ended,
    contact_started,
    guidance_dismissed,
    guidance_expired,
    guidance_issued,
    guidance_shown,
    guidance_used,
)

C, G = ContactId("c-1"), GuidanceId("g-1")
SHOW = MarkGuidanceShown(contact_id=C, guidance_id=G)
USE = UseGuidance(contact_id=C, guidance_id=G)
DISMISS = DismissGuidance(contact_id=C, guidance_id=G)
LIVE = [contact_started(), guidance_issued()]


def decided(command: CueCommand, *history: Event) -> list[Event]:
    return decide(reduce(evolve, history, Contact()), command, now=at(100))


@pytest.mark.parametrize(
    ("command", "fact"),
    [(SHOW, guidance_shown()), (USE, guidance_used()), (DISMISS, guidance_dismissed())],
    ids=["shown", "used", "dismissed"],
)
@pytest.mark.parametrize("earlier", [[], [guidance_shown()]], ids=["not shown", "shown"])
def test_an_answer_to_an_open_cue_is_recorded(
    command: CueCommand, fact: Event, earlier: list[Event]
) -> None:
    expected = [] if command == SHOW and earlier else [fact]

    assert decided(command, *LIVE, *earlier) == expected


@pytest.mark.parametrize(
    ("command", "fact"),
    [
        pytest.param(SHOW, guidance_shown(), id="shown, then shown"),
        pytest.param(SHOW, guidance_used(), id="used, then shown"),
        pytest.param(SHOW, guidance_dismissed(), id="dismissed, then shown"),
        pytest.param(USE, guidance_used(), id="used, then used"),
        pytest.param(DISMISS, guidance_dismissed(), id="dismissed, then dismissed"),
        pytest.param(DISMISS, guidance_used(), id="used, then dismissed"),
        pytest.param(DISMISS, guidance_expired(), id="expired, then dismissed"),
    ],
)
@pytest.mark.parametrize("later", [[], [contact_ended()]], ids=["live", "ended"])
def test_an_answer_that_tells_nothing_new_changes_nothing(
    command: CueCommand, fact: Event, later: list[Event]
) -> None:
    assert decided(command, *LIVE, fact, *later) == []


@pytest.mark.parametrize(
    ("command", "earlier", "fact"),
    [
        pytest.param(USE, guidance_dismissed(), guidance_used(), id="dismissed, then used"),
        pytest.param(USE, guidance_expired(), guidance_used(), id="expired, then used"),
        pytest.param(SHOW, guidance_expired(), guidance_shown(), id="expired, then shown"),
    ],
)
def test_a_cue_that_left_the_screen_may_still_have_helped(
    command: CueCommand, earlier: Event, fact: Event
) -> None:
    assert decided(command, *LIVE, earlier) == [fact]


@pytest.mark.parametrize("command", [SHOW, USE, DISMISS], ids=["show", "use", "dismiss"])
@pytest.mark.parametrize(
    ("history", "refusal"),
    [
        pytest.param([], ContactUnknown, id="before the contact"),
        pytest.param([contact_started()], GuidanceUnknown, id="never issued"),
        pytest.param(
            [contact_started(), guidance_issued(guidance_id=GuidanceId("g-2"))],
            GuidanceUnknown,
            id="another was issued",
        ),
        pytest.param([*LIVE, contact_ended()], ContactFinished, id="after the contact"),
    ],
)
def test_an_answer_is_refused(
    command: CueCommand, history: list[Event], refusal: type[Refused]
) -> None:
    with pytest.raises(refusal):
        decided(command, *history)
