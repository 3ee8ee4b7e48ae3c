"""A call as its contact's log would hold it: told as text, guided by a playbook, recorded."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from antiphon.events.base import Event, Position, Recorded
from antiphon.events.live import UtterancePartial
from antiphon.infra.evaluating.player import BEGIN, play
from antiphon.infra.rehearsal_call import Call, Turn
from antiphon.infra.rehearsal_facts import Told, told_of
from antiphon.services.guidance.playbook import Playbook, parse_playbook
from antiphon.services.guidance.shelf import OnePlaybook
from msgspec.structs import replace

from ...builders import CONTACT, recorded

GRAMMAR = """\
playbook: shop
version: "{version}"
language: en
moments:
  leaving: {{track: from_customer, heard: [{leaving}]}}
  price: {{track: from_customer, heard: [too expensive]}}
  greeting: {{track: to_customer, heard: [thank you for calling]}}
  silent: {{missing: greeting, since: agent_connected, within_s: 20}}
cues:
  keep: {{on: leaving, kind: hint, title: Keep, body: Ask why., cooldown_s: 0}}
  value: {{on: price, kind: hint, title: Value, body: Compare., cooldown_s: 0}}
  greet: {{on: silent, kind: warning, title: Greet, body: Say hello.}}
checklist:
  greeted: {{title: Greeted, on: greeting}}
"""


def shop(version: str = "1", leaving: str = "want to ... cancel", without: str = "") -> Playbook:
    """Return a playbook; `without` names a cue that it does not have."""
    text = GRAMMAR.format(version=version, leaving=leaving)
    kept = [line for line in text.splitlines(keepends=True) if f"  {without}:" not in line]
    return parse_playbook("".join(kept) if without else text, file="shop.yaml")


def turn(at_s: float, speaker: str, text: str, *, lasts_s: float = 4.0, **given: Any) -> Turn:
    return Turn(at_s=at_s, until_s=at_s + lasts_s, speaker=speaker, text=text, **given)


CALL = Call(
    name="call",
    queue="claims",
    ended_s=60.0,
    turns=(
        turn(1, "agent", "Thank you for calling us today"),
        turn(8, "customer", "I really want to cancel my contract with you", lasts_s=6),
        turn(20, "customer", "it is just too expensive for me at the moment", lasts_s=6),
        turn(40, "customer", "bye", lasts_s=0.5),
    ),
)


def told(call: Call = CALL) -> list[Told]:
    return told_of(call, CONTACT.contact_id, start=BEGIN)


def stored(call: Call = CALL, playbook: Playbook | None = None) -> list[Recorded]:
    """Return a contact's facts, in the order of its log, with what the playbook made of it."""
    heard = told(call)
    came = play(heard, OnePlaybook(playbook or shop()), contact=CONTACT)
    facts = [_recorded(one) for one in heard if not isinstance(one.what, UtterancePartial)]
    return placed([*facts, *came])


async def guided(call: Call = CALL, playbook: Playbook | None = None) -> list[Recorded]:
    """Return the same where a loop is running already: the player brings one of its own."""
    return await asyncio.to_thread(stored, call, playbook)


def placed(facts: Sequence[Recorded]) -> list[Recorded]:
    """Return facts in the order of their recording, at positions of their own."""
    ordered = sorted(facts, key=lambda one: one.recorded_at)
    return [replace(one, position=Position(n)) for n, one in enumerate(ordered, 1)]


def _recorded(one: Told) -> Recorded:
    at = BEGIN + timedelta(seconds=one.at_s)
    event: Any = one.what
    assert isinstance(event, Event)
    return recorded(event, recorded_at=at, occurred_at=at)
