"""Sample events of lane `guidance`; any field can be given by keyword.

`builders.py` hands them on, and lists them among all of contacts.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from antiphon.events import guidance
from antiphon.events.base import AgentId, GuidanceId, UtteranceId
from antiphon.events.sealed import Sealed

from .making import made

_PLAYBOOK = {"playbook": "playbook", "playbook_version": "1"}
_NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def heard(**given: Any) -> guidance.Heard:
    return made(
        guidance.Heard,
        given,
        utterance_id=UtteranceId("from_customer-1"),
        revision=None,
        track="from_customer",
        started_ms=1_200,
        ended_ms=1_900,
    )


def policy_pinned(**given: Any) -> guidance.PolicyPinned:
    playbooks = (
        guidance.PinnedPlaybook(name="retention", version="2+0f3a91cc"),
        guidance.PinnedPlaybook(name="telecom", version="1+3f2a91c0"),
    )
    return made(
        guidance.PolicyPinned,
        given,
        policy_version="4+77aa01be",
        bindings=("everybody", "retention team"),
        playbooks=playbooks,
        off=("cues/small_talk",),
        agent_id=AgentId("a-1"),
        teams=("retention",),
        queue="claims",
        language="en-US",
        hours_at=_NOON + timedelta(seconds=-5),
        experiments=(guidance.ExperimentArm(experiment="greeting", arm="warm"),),
        why="agent_connected",
    )


def moment_detected(**given: Any) -> guidance.MomentDetected:
    return made(
        guidance.MomentDetected,
        given,
        moment="water_damage",
        heard=heard(),
        evidence=Sealed("roof leaks"),
        **_PLAYBOOK,
    )


def inference_finished(**given: Any) -> guidance.InferenceFinished:
    return made(
        guidance.InferenceFinished,
        given,
        node="meaning",
        kind="meaning",
        utterance_id=UtteranceId("from_customer-1"),
        revision=None,
        outcome="done",
        took_ms=12,
        model="all-minilm-l6-v2-int8/1",
    )


def guidance_issued(**given: Any) -> guidance.GuidanceIssued:
    return made(
        guidance.GuidanceIssued,
        given,
        guidance_id=GuidanceId("g-1"),
        cue="ask_for_photos",
        kind="hint",
        title="Ask for photos",
        body="Photos of the damage let the claim be settled today.",
        moment="water_damage",
        heard=heard(),
        evidence=Sealed("roof leaks"),
        **_PLAYBOOK,
        expires_at=_NOON + timedelta(seconds=90),
    )


def guidance_expired(**given: Any) -> guidance.GuidanceExpired:
    return made(guidance.GuidanceExpired, given, guidance_id=GuidanceId("g-1"), reason="timed_out")


def checklist_item_ticked(**given: Any) -> guidance.ChecklistItemTicked:
    return made(
        guidance.ChecklistItemTicked,
        given,
        item="recording_notice",
        title="Said that the call is recorded",
        heard=heard(track="to_customer", utterance_id=UtteranceId("to_customer-1")),
        evidence=Sealed("this call is recorded"),
        **_PLAYBOOK,
    )


def guidance_withheld(**given: Any) -> guidance.GuidanceWithheld:
    return made(
        guidance.GuidanceWithheld,
        given,
        guidance_id=GuidanceId("g-2"),
        cue="keep",
        kind="hint",
        moment="leaving",
        heard=heard(),
        reason="agent_talking",
        until=_NOON + timedelta(seconds=8),
        expires_at=_NOON + timedelta(seconds=45),
        **_PLAYBOOK,
    )


def guardrail_tripped(**given: Any) -> guidance.GuardrailTripped:
    return made(
        guidance.GuardrailTripped,
        given,
        guardrail="card_data",
        kind="system",
        act="warn",
        title="A card number was said",
        found=("card_number",),
        heard=heard(),
        evidence=Sealed("my card number is [card-number]"),
        **_PLAYBOOK,
    )


def stage_entered(**given: Any) -> guidance.StageEntered:
    defaults = {"stage": "closing", "title": "Closing", "moment": "wrap_up", "heard": heard()}
    return made(guidance.StageEntered, given, **defaults, **_PLAYBOOK)


def checklist_opened(**given: Any) -> guidance.ChecklistOpened:
    items = (guidance.ListedItem(item="recording_notice", title="Said that the call is recorded"),)
    return made(guidance.ChecklistOpened, given, items=items, **_PLAYBOOK)


def checklist_item_missed(**given: Any) -> guidance.ChecklistItemMissed:
    defaults = {"item": "recording_notice", "title": "Said that the call is recorded"}
    return made(guidance.ChecklistItemMissed, given, **defaults, **_PLAYBOOK)
