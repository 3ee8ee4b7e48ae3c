"""What is to be done next is decided by the facts alone, in whichever order processes die."""

from functools import reduce
from typing import Any

import pytest
from antiphon.events.base import Event, Position
from antiphon.events.quarantine import Quarantine, evolve
from antiphon.events.redaction import (
    Check,
    RedactionApplied,
    RedactionDoubted,
    RedactionVerified,
)
from antiphon.services.redaction.rounds import (
    ATTEMPTS_MAX,
    CHECKS_OF_AUDIO,
    CHECKS_OF_TEXT,
    Confirm,
    Destroy,
    Fail,
    Keep,
    Redact,
    Settled,
    Stop,
    Verdict,
    Verify,
    Wait,
    id_of,
    next_step,
    verdict_event,
)

from ...builders import (
    CONTACT,
    contact_ended,
    contact_erased,
    contact_started,
    recorded,
    transcript_completed,
    utterance_finalized,
)
from ...recording_builders import (
    recording_consented,
    recording_declined,
    recording_failed,
    recording_stored,
)
from ...redaction_builders import (
    audio_span,
    check,
    finding,
    original_destroyed,
    original_kept,
    redacted_audio,
    redaction_applied,
    redaction_doubted,
    redaction_failed,
    redaction_reviewed,
    redaction_verified,
)

ALL_CHECKS = tuple(check(name=name) for name in sorted(CHECKS_OF_AUDIO | CHECKS_OF_TEXT))

OVER = (contact_started(), recording_consented(), utterance_finalized(), contact_ended())
DONE = (*OVER, transcript_completed(), recording_stored())
NEWS = 6  # the position of the newest fact of these


def after(*history: Event) -> Quarantine:
    """Fold facts that stand at 1, 2, 3 …."""
    facts = (
        recorded(event, position=Position(number), actor="reader:r-1")
        for number, event in enumerate(history, start=1)
    )
    return reduce(evolve, facts, Quarantine())


def step_after(*history: Event, destroys: bool = False, holds: tuple[str, ...] = ()) -> Any:
    return next_step(after(*history), destroys_originals=destroys, hold_ids=holds)


def applied(attempt: int = 1, **given: Any) -> RedactionApplied:
    return redaction_applied(**{"attempt": attempt, "heard_upto": Position(NEWS), **given})


@pytest.mark.parametrize(
    "history",
    [
        pytest.param(OVER, id="the last words are being recognised"),
        pytest.param((*OVER, transcript_completed()), id="the recording is being made"),
        pytest.param((*DONE[:2], recording_stored()), id="the call goes on"),
    ],
)
def test_nothing_is_redacted_before_all_of_it_is_there(history: tuple[Event, ...]) -> None:
    assert step_after(*history) == Wait()


@pytest.mark.parametrize(
    "settled",
    [
        pytest.param((recording_consented(), recording_stored()), id="stored"),
        pytest.param((recording_consented(), recording_failed()), id="failed"),
        pytest.param((recording_declined(),), id="declined"),
        pytest.param((), id="nobody was asked"),
    ],
)
def test_a_round_begins_once_the_recording_is_settled(settled: tuple[Event, ...]) -> None:
    step = step_after(contact_started(), *settled, contact_ended(), transcript_completed())

    assert step == Redact(round=1, attempt=1, extra=(), keeps=None)


def test_what_was_redacted_is_checked() -> None:
    assert step_after(*DONE, applied()) == Verify(applied=applied())


def test_what_a_check_found_is_removed_with_the_next_attempt() -> None:
    found = finding(from_ms=9_000, until_ms=11_200)

    step = step_after(*DONE, applied(), redaction_doubted(findings=(found,)))

    assert isinstance(step, Redact)
    assert (step.round, step.attempt) == (1, 2)
    assert [(one.from_ms, one.until_ms, one.ground) for one in step.extra] == [
        (9_000, 11_200, "found_again")
    ]


def test_after_the_last_attempt_people_are_called() -> None:
    attempts = [
        event
        for attempt in range(1, ATTEMPTS_MAX + 1)
        for event in (applied(attempt), redaction_doubted(attempt=attempt))
    ]

    step = step_after(*DONE, *attempts)

    assert isinstance(step, Fail)
    assert step.failed.attempts == ATTEMPTS_MAX
    assert step.failed.reason == "found_again"


def test_what_could_not_be_checked_fails_as_unverifiable() -> None:
    doubted = redaction_doubted(attempt=3, findings=(), problem="second_listener_late")

    step = step_after(*DONE, applied(3), doubted)

    assert isinstance(step, Fail)
    assert (step.failed.reason, step.failed.problem) == ("unverifiable", "second_listener_late")


def test_what_could_not_be_redacted_fails_as_unredactable() -> None:
    doubts = [
        redaction_doubted(attempt=attempt, checks=(), findings=(), problem="recording_damaged")
        for attempt in (1, 2, 3)
    ]

    assert step_after(*DONE, *doubts[:1]) == Redact(round=1, attempt=2, extra=(), keeps=None)
    step = step_after(*DONE, *doubts)
    assert isinstance(step, Fail)
    assert step.failed.reason == "unredactable"


FAILED = (*DONE, applied(3), redaction_doubted(attempt=3, findings=()), redaction_failed())


def test_a_failed_redaction_waits_for_people() -> None:
    assert step_after(*FAILED) == Wait()
    assert after(*FAILED).state == "failed"


def test_what_a_person_confirms_is_verified_in_their_name() -> None:
    step = step_after(*FAILED, redaction_reviewed(decision="confirmed", spans=()))

    assert isinstance(step, Confirm)
    assert (step.verified.attempt, step.verified.reviewed_by) == (3, "reader:r-1")


def test_nobody_can_confirm_what_was_never_made() -> None:
    doubted = redaction_doubted(attempt=3, checks=(), findings=(), problem="recording_damaged")
    reviewed = redaction_reviewed(decision="confirmed", spans=())

    assert step_after(*DONE, doubted, redaction_failed(), reviewed) == Wait()


def test_what_a_person_marks_is_removed_and_checked_again() -> None:
    marked = audio_span(from_ms=1_000, until_ms=2_000, ground="review")

    step = step_after(*FAILED, redaction_reviewed(spans=(marked,)))

    assert isinstance(step, Redact)
    assert (step.attempt, step.extra) == (4, (marked,))


def test_a_review_is_worth_one_attempt() -> None:
    again = (redaction_reviewed(), applied(4), redaction_doubted(attempt=4))

    step = step_after(*FAILED, *again)

    assert isinstance(step, Fail)
    assert step.failed.attempts == 4


def test_a_review_of_an_overtaken_attempt_confirms_nothing() -> None:
    late = redaction_reviewed(decision="confirmed", attempt=2, spans=())

    assert step_after(*FAILED, late) == Wait()
    assert after(*FAILED, late).state == "failed"


VERIFIED = (*DONE, applied(), redaction_verified(attempt=1, checks=ALL_CHECKS))


def test_a_verified_contact_is_let_out() -> None:
    assert step_after(*VERIFIED) == Settled()
    assert after(*VERIFIED).state == "verified"
    assert after(*VERIFIED).released_audio == redacted_audio()


@pytest.mark.parametrize(
    "news",
    [
        pytest.param(recording_stored(repaired=True, key="r-2"), id="a repaired recording"),
        pytest.param(utterance_finalized("and one more thing"), id="a word told late"),
    ],
)
def test_what_comes_later_goes_back_into_quarantine(news: Event) -> None:
    known = after(*VERIFIED, news)

    assert known.state == "in_quarantine"
    assert known.released_audio is None
    step = next_step(known, destroys_originals=False)
    assert isinstance(step, Redact)
    assert (step.round, step.attempt) == (2, 1)


def test_what_people_marked_is_removed_in_later_rounds_too() -> None:
    marked = audio_span(ground="review")
    known = (*FAILED, redaction_reviewed(spans=(marked,)), applied(4))
    verified = redaction_verified(attempt=4, checks=ALL_CHECKS)

    step = step_after(*known, verified, utterance_finalized("late"))

    assert isinstance(step, Redact)
    assert marked in step.extra


def test_the_original_is_destroyed_where_the_policy_says_so() -> None:
    assert step_after(*VERIFIED, destroys=True) == Destroy()
    assert step_after(*VERIFIED, original_destroyed(), destroys=True) == Settled()


def test_what_a_hold_keeps_from_the_policy_is_said_once_for_each_hold() -> None:
    kept = (*VERIFIED, original_kept(hold_ids=("h-1",)))

    assert step_after(*VERIFIED, destroys=True, holds=("h-1",)) == Keep(hold_ids=("h-1",))
    assert step_after(*kept, destroys=True, holds=("h-1",)) == Settled()
    assert step_after(*kept, destroys=True, holds=("h-2",)) == Keep(hold_ids=("h-2",))
    assert step_after(*kept, destroys=True) == Destroy()
    assert step_after(*VERIFIED, holds=("h-1",)) == Settled()


def test_nothing_is_destroyed_of_what_is_not_verified() -> None:
    assert step_after(*FAILED, destroys=True) == Wait()


def test_without_an_original_what_was_verified_is_checked_again_with_later_words() -> None:
    step = step_after(*VERIFIED, original_destroyed(), utterance_finalized("late"), destroys=True)

    assert isinstance(step, Redact)
    assert step.keeps == redacted_audio()


def test_an_erasure_stops_everything() -> None:
    for history in (DONE, (*DONE, applied()), FAILED, VERIFIED):
        known = after(*history, contact_erased())
        assert next_step(known, destroys_originals=True) == Stop()
        assert known.state == "erased"
        assert known.released is known.awaiting is None


@pytest.mark.parametrize("missing", sorted(CHECKS_OF_AUDIO | CHECKS_OF_TEXT))
def test_nothing_is_verified_without_every_check(missing: str) -> None:
    made = tuple(one for one in ALL_CHECKS if one.name != missing)

    event = verdict_event(applied(), Verdict(checks=made, findings=()))

    assert isinstance(event, RedactionDoubted)
    assert event.problem == "check_not_made"


@pytest.mark.parametrize(
    "verdict",
    [
        pytest.param(Verdict(checks=ALL_CHECKS, findings=(finding(),)), id="a finding"),
        pytest.param(Verdict(checks=ALL_CHECKS, findings=(), problem="late"), id="a problem"),
        pytest.param(
            Verdict(checks=(*ALL_CHECKS, Check("covered", "x", 1)), findings=()), id="a count"
        ),
    ],
)
def test_a_doubt_of_any_check_is_a_doubt(verdict: Verdict) -> None:
    assert isinstance(verdict_event(applied(), verdict), RedactionDoubted)


def test_without_a_recording_the_text_alone_is_checked() -> None:
    text = tuple(one for one in ALL_CHECKS if one.name in CHECKS_OF_TEXT)

    event = verdict_event(
        applied(audio=None, reason="not_recorded"), Verdict(checks=text, findings=())
    )

    assert isinstance(event, RedactionVerified)


def test_the_same_outcome_always_has_the_same_id_and_another_has_another() -> None:
    doubted, verified = redaction_doubted(), redaction_verified(attempt=1)
    confirmed = redaction_verified(attempt=1, reviewed_by="reader:r-1")
    others = [applied(), applied(2), applied(round=2), redaction_failed(), confirmed, doubted]

    assert id_of(doubted, CONTACT) == id_of(verified, CONTACT)  # of an attempt one verdict stands
    assert len({id_of(one, CONTACT) for one in others}) == len(others)
