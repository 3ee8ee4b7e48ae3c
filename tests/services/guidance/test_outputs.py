"""What was decided is not decided again, and nothing is over before all of it is told."""

from datetime import datetime

from antiphon.events.base import Event, GuidanceId
from antiphon.events.guidance import GuidanceIssued, GuidanceWithheld, MomentDetected
from antiphon.services.guidance.case import Case, evolve
from antiphon.services.guidance.outputs import Desk, outputs_of, ranked
from antiphon.services.guidance.playbook import parse_playbook
from antiphon.services.guidance.policy import Compiled
from antiphon.services.guidance.rules import Match

from ...builders import (
    CONTACT,
    at,
    checklist_item_missed,
    checklist_item_ticked,
    checklist_opened,
    guidance_withheld,
    heard,
    transcript_completed,
)

PLAYBOOK = parse_playbook(
    """\
playbook: shop
version: "1"
language: en
moments:
  leaving: {track: from_customer, heard: [cancel]}
  fire: {track: from_customer, heard: [fire]}
cues:
  keep: {on: leaving, kind: hint, title: Keep, body: Ask why.}
  run: {on: fire, kind: warning, title: Run, body: Out.}
""",
    file="shop.yaml",
)
LEAVING, FIRE = (
    Match(moment=moment, heard=heard(), evidence=moment.name) for moment in PLAYBOOK.moments
)


def after(*history: Event) -> Case:
    case = Case()
    for event in history:
        case = evolve(case, event, cause=None, occurred_at=at(0))
    return case


def desk(now: datetime, *, agent_since_ms: int | None = None) -> Desk:
    return Desk(
        contact=CONTACT,
        compiled=Compiled(playbook=PLAYBOOK),
        now=now,
        said_at=now,
        agent_since_ms=agent_since_ms,
    )


def test_a_cue_that_was_withheld_for_good_is_not_weighed_again() -> None:
    waiting, detected = outputs_of(Case(), LEAVING, desk(at(0), agent_since_ms=0))
    assert isinstance(waiting.event, GuidanceWithheld)
    given_up = guidance_withheld(
        guidance_id=waiting.event.guidance_id, until=None, reason="too_late"
    )

    [again] = outputs_of(after(waiting.event, given_up), LEAVING, desk(at(0)))

    assert (again.id, type(again.event)) == (detected.id, MomentDetected)


def test_a_cue_comes_under_one_id_whether_it_waited_or_not() -> None:
    waiting, _ = outputs_of(Case(), LEAVING, desk(at(0), agent_since_ms=0))
    issued, _ = outputs_of(Case(), LEAVING, desk(at(0)))

    assert isinstance(waiting.event, GuidanceWithheld)
    assert isinstance(issued.event, GuidanceIssued)
    assert issued.event.guidance_id == GuidanceId(issued.id) == waiting.event.guidance_id
    assert waiting.id != issued.id


def test_a_contact_is_not_finished_while_a_cue_waits_or_the_list_is_open() -> None:
    over = transcript_completed()
    withheld, listed = guidance_withheld(until=at(8)), checklist_opened()
    item = listed.items[0].item

    assert after(over).finished
    assert not after(over, withheld).finished
    assert not after(over, listed).finished
    assert after(over, listed, checklist_item_missed(item=item)).finished
    assert after(over, listed, checklist_item_ticked(item=item)).finished


def test_what_earns_a_warning_is_decided_first() -> None:
    assert ranked([LEAVING, FIRE], Compiled(playbook=PLAYBOOK)) == [FIRE, LEAVING]
    assert ranked([LEAVING, LEAVING], Compiled(playbook=PLAYBOOK)) == [LEAVING, LEAVING]
