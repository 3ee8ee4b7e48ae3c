"""What a moment earns depends on what was heard, shown and answered before."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from antiphon.events.base import Causation, Event, EventId, GuidanceId, Position, UtteranceId
from antiphon.events.guidance import ChecklistItemTicked, GuidanceIssued, MomentDetected
from antiphon.events.sealed import Sealed
from antiphon.services.guidance.case import (
    Case,
    evolve,
    expired,
    next_expiry,
)
from antiphon.services.guidance.moments import Phrases
from antiphon.services.guidance.outputs import Desk, outputs_of
from antiphon.services.guidance.phrases import compile_phrase
from antiphon.services.guidance.playbook import ChecklistItem, Cue, Playbook
from antiphon.services.guidance.policy import Compiled
from antiphon.services.guidance.rules import Match

from ...builders import (
    CONTACT,
    at,
    contact_ended,
    guidance_dismissed,
    guidance_expired,
    guidance_issued,
    guidance_shown,
    guidance_used,
    heard,
    moment_detected,
    transcript_completed,
    utterance_finalized,
)

LEAVING = Phrases(name="leaving", tracks=("from_customer",), heard=(compile_phrase("cancel"),))
ISSUED = guidance_issued(cue="keep", expires_at=at(45))


def causation(event_id: str = "e-0", *, position: int = 1) -> Causation:
    return Causation(EventId(event_id), Position(position))


def playbook(**given: Any) -> Playbook:
    fields: dict[str, Any] = {"name": "keep", "on": "leaving", "kind": "hint"}
    fields |= {"title": "Keep", "body": "Ask why.", "lasts_s": 45, "cooldown_s": 100}
    other: dict[str, Any] = {"name": "other", "on": "else"}
    return Playbook(
        name="shop",
        version="1+0",
        language="en",
        moments=(LEAVING,),
        cues=(Cue(**(fields | given)), Cue(**(fields | other))),
        checklist=(ChecklistItem(name="said", title="Said it", on="leaving"),),
    )


def after(*history: Event, occurred_at: datetime | None = None) -> Case:
    case = Case()
    for event in history:
        case = evolve(case, event, cause=causation(), occurred_at=occurred_at or at(0))
    return case


def earned(
    case: Case, *, now: float = 0, said_at: float | None = None, of: str = "2", **given: Any
) -> list[Event]:
    match = Match(
        moment=LEAVING,
        heard=heard(utterance_id=UtteranceId(f"from_customer-{of}")),
        evidence="cancel it",
    )
    outputs = outputs_of(
        case,
        match,
        Desk(
            contact=CONTACT,
            compiled=Compiled(playbook=playbook(**given)),
            now=at(now),
            said_at=at(now if said_at is None else said_at),
        ),
    )
    assert len({output.id for output in outputs}) == len(outputs)
    return [output.event for output in outputs]


def cues(events: list[Event]) -> list[str]:
    return [event.cue for event in events if isinstance(event, GuidanceIssued)]


def test_a_moment_earns_its_cue_and_its_tick_with_the_evidence() -> None:
    issued, ticked, detected = earned(Case(), now=10, said_at=8)

    assert isinstance(detected, MomentDetected)
    assert isinstance(ticked, ChecklistItemTicked)
    assert isinstance(issued, GuidanceIssued)
    assert detected.evidence == ticked.evidence == issued.evidence == Sealed("cancel it")
    assert detected.heard == ticked.heard == issued.heard
    assert (detected.playbook, detected.playbook_version) == ("shop", "1+0")
    assert (issued.cue, issued.moment, issued.title) == ("keep", "leaving", "Keep")
    assert issued.expires_at == at(8 + 45)


def test_one_utterance_gives_one_id_whoever_heard_it() -> None:
    ids = [
        [
            output.id
            for output in outputs_of(
                Case(),
                Match(moment=LEAVING, heard=heard(revision=revision), evidence="cancel"),
                Desk(
                    contact=CONTACT,
                    compiled=Compiled(playbook=playbook()),
                    now=at(now),
                    said_at=at(now),
                ),
            )
        ]
        for revision, now in [(3, 0), (None, 5)]
    ]

    assert ids[0] == ids[1]


@pytest.mark.parametrize(
    ("history", "now", "given", "comes"),
    [
        pytest.param([], 0, {}, True, id="first"),
        pytest.param([ISSUED], 44, {}, False, id="still on the screen"),
        pytest.param([ISSUED, guidance_used()], 50, {}, False, id="too soon"),
        pytest.param([ISSUED, guidance_used()], 100, {}, True, id="cooled down"),
        pytest.param([ISSUED, guidance_used()], 100, {"once": True}, False, id="once only"),
        pytest.param([contact_ended()], 0, {}, False, id="contact ended"),
        pytest.param([], 0, {"after": frozenset({"x"})}, False, id="not yet heard"),
        pytest.param([moment_detected(moment="x")], 0, {"after": frozenset({"x", "y"})}, True,
                     id="heard before"),
        pytest.param([], 0, {"unless": frozenset({"x"})}, True, id="never heard"),
        pytest.param([moment_detected(moment="x")], 0, {"unless": frozenset({"x"})}, False,
                     id="already heard"),
    ],
)  # fmt: skip
def test_a_cue_comes_when_it_is_of_use(
    history: list[Event],
    now: float,
    given: dict[str, Any],
    comes: bool,  # noqa: FBT001
) -> None:
    events = earned(after(*history), now=now, **given)

    assert cues(events) == (["keep"] if comes else [])
    # The moment is a fact either way.
    assert isinstance(events[-1], MomentDetected)


@pytest.mark.parametrize(("said_at", "comes"), [(56, True), (55, False)])
def test_what_was_said_too_long_ago_earns_no_cue(said_at: float, comes: bool) -> None:  # noqa: FBT001
    assert bool(cues(earned(Case(), now=100, said_at=said_at))) is comes


def test_an_item_is_ticked_once() -> None:
    ticked = earned(Case())[1]

    again = earned(after(ticked))

    assert [event.TYPE for event in again] == ["guidance_issued", "moment_detected"]


def test_what_was_decided_for_an_utterance_is_known() -> None:
    case = after(moment_detected(moment="leaving"), moment_detected(moment="price"))

    assert case.known(UtteranceId("from_customer-1")) == {"leaving", "price"}
    assert case.known(UtteranceId("from_customer-2")) == set()


def test_an_open_cue_expires_in_its_time() -> None:
    case = after(ISSUED)

    assert next_expiry(case) == at(45)
    assert expired(case, contact=CONTACT, now=at(44)) == []
    [(output, cause)] = expired(case, contact=CONTACT, now=at(45))
    assert output.event == guidance_expired(reason="timed_out")
    assert cause == causation()


def test_all_open_cues_expire_at_the_end() -> None:
    second = guidance_issued(guidance_id=GuidanceId("g-2"), expires_at=at(900))

    due = expired(after(ISSUED, second, contact_ended()), contact=CONTACT, now=at(1))

    assert [output.event for output, _ in due] == [
        guidance_expired(guidance_id=GuidanceId(name), reason="contact_ended")
        for name in ("g-1", "g-2")
    ]


@pytest.mark.parametrize(
    "answer", [guidance_used(), guidance_dismissed(), guidance_expired()], ids=lambda one: one.TYPE
)
def test_a_cue_that_left_the_screen_does_not_expire(answer: Event) -> None:
    case = after(ISSUED, guidance_shown(), answer)

    assert next_expiry(case) is None
    assert expired(case, contact=CONTACT, now=at(900)) == []


def test_meeting_facts_again_changes_nothing() -> None:
    history = [ISSUED, guidance_used(), moment_detected(), contact_ended()]

    assert after(*history, *history) == after(*history)


def test_a_cue_that_left_the_screen_does_not_come_back_when_the_log_tells_of_it() -> None:
    case = after(ISSUED, guidance_used(), ISSUED)

    assert next_expiry(case) is None


def test_the_log_tells_the_position_of_what_was_assumed() -> None:
    assumed = evolve(Case(), ISSUED, cause=None, occurred_at=at(0))
    cause = causation("e-9", position=9)

    told = evolve(assumed, ISSUED, cause=cause, occurred_at=at(0))

    [(_, known)] = expired(told, contact=CONTACT, now=at(50))
    assert known == cause
    assert (cause.event_id, cause.position) == (EventId("e-9"), Position(9))


@pytest.mark.parametrize(
    ("history", "finished"),
    [
        ([], False),
        ([contact_ended()], False),
        ([transcript_completed()], True),
        ([ISSUED, transcript_completed()], False),
        ([ISSUED, transcript_completed(), guidance_used()], True),
    ],
    ids=["begun", "ended", "all was said", "a cue is open", "it was answered"],
)
def test_a_case_is_finished_when_nothing_can_follow(
    history: list[Event],
    finished: bool,  # noqa: FBT001
) -> None:
    assert after(utterance_finalized(), *history).finished is finished


def test_times_between_issues_count_from_the_last() -> None:
    first = evolve(Case(), ISSUED, cause=None, occurred_at=at(0))
    second = evolve(
        first,
        guidance_issued(cue="keep", guidance_id=GuidanceId("g-2")),
        cause=None,
        occurred_at=at(150),
    )
    closed = after(guidance_used(), guidance_used(guidance_id=GuidanceId("g-2")))
    case = evolve(second, guidance_used(), cause=None, occurred_at=at(0))
    case = evolve(case, guidance_used(guidance_id=GuidanceId("g-2")), cause=None, occurred_at=at(0))

    assert case.closed == closed.closed
    assert cues(earned(case, now=249)) == []
    assert cues(earned(case, now=250)) == ["keep"]
    assert at(250) - at(150) == timedelta(seconds=100)
