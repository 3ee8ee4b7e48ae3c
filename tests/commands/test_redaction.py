"""A person decides about what waits for people, and about nothing else."""

from functools import reduce

import pytest
from antiphon.commands.redaction import ReviewRedaction, decide
from antiphon.errors import ContactGone, Malformed, Refused, ReviewStale, ReviewUnwanted
from antiphon.events.base import ContactId, Event, Position
from antiphon.events.quarantine import Quarantine, evolve
from antiphon.events.redaction import RedactionReviewed

from ..builders import (
    NOON,
    contact_ended,
    contact_erased,
    contact_started,
    recorded,
    transcript_completed,
    utterance_finalized,
)
from ..recording_builders import recording_consented, recording_stored
from ..redaction_builders import (
    audio_span,
    redaction_applied,
    redaction_doubted,
    redaction_failed,
    redaction_reviewed,
    redaction_verified,
)

OVER = (
    contact_started(), recording_consented(), utterance_finalized(), contact_ended(),
    transcript_completed(), recording_stored(),
)  # fmt: skip
APPLIED = redaction_applied(attempt=3, heard_upto=Position(7))
FAILED = (*OVER, APPLIED, redaction_doubted(attempt=3), redaction_failed())
NEVER_MADE = (*OVER, redaction_doubted(attempt=3, problem="recording_damaged"), redaction_failed())

CONFIRM = ReviewRedaction(contact_id=ContactId("c-1"), decision="confirmed", attempt=3)
SPANS = (audio_span(from_ms=0, until_ms=500, ground="review"),)
MARK = ReviewRedaction(contact_id=ContactId("c-1"), decision="marked", attempt=3, spans=SPANS)


def after(*history: Event) -> Quarantine:
    facts = (
        recorded(event, position=Position(number)) for number, event in enumerate(history, start=1)
    )
    return reduce(evolve, facts, Quarantine())


@pytest.mark.parametrize("command", [CONFIRM, MARK], ids=["confirmed", "marked"])
def test_a_decision_becomes_a_fact(command: ReviewRedaction) -> None:
    assert decide(after(*FAILED), command, now=NOON) == [
        RedactionReviewed(
            decision=command.decision, round=1, attempt=3, spans=command.spans, reviewed_at=NOON
        )
    ]


def test_deciding_the_same_again_changes_nothing() -> None:
    decided = redaction_reviewed(decision="confirmed", spans=())

    assert decide(after(*FAILED, decided), CONFIRM, now=NOON) == []


def test_what_could_not_be_made_can_be_marked_and_tried_again() -> None:
    assert len(decide(after(*NEVER_MADE), MARK, now=NOON)) == 1


@pytest.mark.parametrize(
    ("history", "command", "refusal"),
    [
        pytest.param((*FAILED, contact_erased()), CONFIRM, ContactGone, id="erased"),
        pytest.param(OVER, CONFIRM, ReviewUnwanted, id="nothing was tried"),
        pytest.param(
            (*OVER, APPLIED, redaction_verified(attempt=3)), CONFIRM, ReviewUnwanted, id="verified"
        ),
        pytest.param((*FAILED, redaction_reviewed()), CONFIRM, ReviewUnwanted, id="decided"),
        pytest.param((*FAILED, utterance_finalized()), CONFIRM, ReviewUnwanted, id="overtaken"),
        pytest.param(NEVER_MADE, CONFIRM, ReviewStale, id="nothing to listen to"),
    ],
)
def test_a_decision_about_anything_else_is_refused(
    history: tuple[Event, ...], command: ReviewRedaction, refusal: type[Refused]
) -> None:
    with pytest.raises(refusal):
        decide(after(*history), command, now=NOON)


def test_marks_beyond_the_recording_are_refused() -> None:
    beyond = (audio_span(until_ms=122_881),)

    with pytest.raises(Malformed):
        decide(after(*FAILED), ReviewRedaction(
            contact_id=CONFIRM.contact_id, decision="marked", attempt=3, spans=beyond
        ), now=NOON)  # fmt: skip
