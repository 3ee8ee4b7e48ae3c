"""Stored contacts are heard once more: what a playbook, a policy or a model would have changed."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from antiphon.events.base import Recorded
from antiphon.events.contact import ContactEnded
from antiphon.events.guidance import GuidanceIssued
from antiphon.events.speech import TranscriptCompleted
from antiphon.infra.evaluating.comparing import Compared
from antiphon.infra.evaluating.lent_models import lent
from antiphon.infra.evaluating.player import BEGIN, Heads, play
from antiphon.infra.evaluating.shadow import ShadowShelf, shadow
from antiphon.services.guidance.playbook import Playbook, parse_playbook
from antiphon.services.guidance.policy import Policy
from antiphon.services.guidance.policy_file import parse_policy
from antiphon.services.guidance.shelf import OnePlaybook
from antiphon.services.models import Vector
from msgspec.structs import replace

from ...builders import agent_connected, contact_ended, guidance_dismissed, recorded
from ...services.guidance.minds import BagOfWords
from .past import CALL, guided, placed, shop, told, turn

MEANING = parse_playbook(
    """\
playbook: shop
version: "m"
language: en
moments:
  fed_up: {track: from_customer, meaning: [waiting for weeks], least: 0.6}
cues:
  calm: {on: fed_up, kind: hint, title: Calm, body: Say sorry.}
""",
    file="shop.yaml",
)


async def compared(
    facts: Sequence[Recorded], playbook: Playbook, *, policy: Policy | None = None, **given: Any
) -> Compared:
    others = given.pop("others", None)
    shelf = ShadowShelf(playbook, policy=policy, others=others)
    return (await shadow(facts, shelf, **given)).compared


def names(cues: Any) -> list[str]:
    return [one.name for one in cues]


async def test_the_same_playbook_makes_the_same_of_a_contact() -> None:
    found = await compared(await guided(), shop())

    assert names(found.before.cues) == ["keep", "value"]
    assert [(old.name, new.name) for old, new in found.kept] == [("keep", "keep"), ("value",) * 2]
    assert (found.gained, found.lost) == ((), ())
    assert (found.ticks_gained, found.ticks_lost) == ((), ())
    assert found.minutes == 1.0


async def test_cues_that_only_one_of_two_playbooks_has_are_gained_and_lost() -> None:
    wider = shop("2", leaving="not at all, for me at the moment", without="value")

    found = await compared(await guided(), wider)

    assert [(one.name, one.utterance_id) for one in found.gained] == [("keep", "from_customer-3")]
    assert [(one.name, one.utterance_id) for one in found.lost] == [
        ("keep", "from_customer-2"),
        ("value", "from_customer-3"),
    ]


async def test_a_cue_comes_when_the_words_that_earn_it_are_stable() -> None:
    found = await compared(await guided(), shop())

    (cue, _) = found.after.cues
    # Nine words in six seconds from 8: `cancel` ends at 11.33, and two more words at 12.67.
    assert (cue.at, cue.after_ms) == (BEGIN + timedelta(seconds=13), 1_667)


async def test_what_time_alone_brings_comes_in_shadow_too() -> None:
    silent = replace(CALL, turns=CALL.turns[1:])

    found = await compared(await guided(silent, shop(without="greet")), shop())

    assert [(one.name, one.utterance_id) for one in found.gained] == [("greet", None)]


async def test_another_playbook_may_be_what_it_is_held_against() -> None:
    found = await compared(
        await guided(), shop("2"), against=ShadowShelf(shop("3", without="value"))
    )

    assert (names(found.gained), names(found.lost)) == (["value"], [])


async def test_what_the_agent_said_of_a_cue_stands_beside_it() -> None:
    facts = await guided()
    at, event = next(
        (one.recorded_at, one.event) for one in facts if isinstance(one.event, GuidanceIssued)
    )
    said = guidance_dismissed(guidance_id=event.guidance_id)
    at += timedelta(seconds=2)

    found = await compared(placed([*facts, recorded(said, recorded_at=at)]), shop(without="keep"))

    assert found.labels == {event.guidance_id: "dismissed"}
    assert [one.guidance_id for one in found.lost] == [event.guidance_id]


async def test_a_contact_that_was_cut_is_heard_as_far_as_it_goes() -> None:
    over = (TranscriptCompleted, ContactEnded)
    facts = [one for one in await guided() if not isinstance(one.event, over)]

    found = await compared(facts, shop())

    assert names(found.after.cues) == ["keep", "value"]
    assert found.minutes == pytest.approx(40.5 / 60)


async def test_a_contact_of_which_nothing_was_heard_is_no_trouble() -> None:
    found = await compared([recorded(contact_ended())], shop())

    assert (found.after.cues, found.minutes) == ((), 0.0)


async def test_news_that_an_agent_was_there_may_come_when_all_was_heard() -> None:
    facts = await guided(replace(CALL, agent_connected_s=0.5))
    late = [one for one in facts if one.event.TYPE != agent_connected().TYPE]
    (news,) = set(map(id, facts)) - set(map(id, late))
    agent = next(one for one in facts if id(one) == news)
    end = facts[-1].recorded_at + timedelta(seconds=5)

    found = await compared(placed([*late, replace(agent, recorded_at=end)]), shop())

    assert names(found.after.ticks) == ["greeted"]


# By a policy

ARMS = """\
policy: "1"
experiments: {trial: {arms: {new: NEW, old: OLD}}}
bindings:
  old: {for: {arms: {trial: old}}, playbooks: [other]}
  new: {for: {arms: {trial: new}}, playbooks: [shop]}
"""


@pytest.mark.parametrize(("new", "cues"), [(100, ["keep", "value"]), (0, ["value"])])
async def test_a_policy_chooses_in_shadow_as_it_would_in_a_call(new: int, cues: list[str]) -> None:
    text = ARMS.replace("NEW", str(new)).replace("OLD", str(100 - new))
    policy = parse_policy(text, file="policy.yaml")
    other = replace(shop(without="keep"), name="other")

    found = await compared(await guided(), shop("2"), policy=policy, others={"other": other})

    assert names(found.after.cues) == cues


# With models


class Slow(BagOfWords):
    """An embedder that takes its time, by the real clock."""

    async def embed(self, texts: Sequence[str], *, deadline_s: float) -> Sequence[Vector]:
        await asyncio.wait([asyncio.get_running_loop().create_future()], timeout=TAKES_S)
        return await super().embed(texts, deadline_s=deadline_s)


TAKES_S = 0.05
FED_UP = replace(
    CALL,
    turns=(*CALL.turns, turn(50, "customer", "waiting for weeks and nobody did call", lasts_s=3)),
)


async def test_models_of_this_process_are_asked_in_shadow() -> None:
    mind = BagOfWords()

    found = await compared(await guided(FED_UP), MEANING, heads=lent(Heads(embedder=mind)))

    assert names(found.gained) == ["calm"]


async def test_without_models_what_needs_one_does_not_come() -> None:
    assert (await compared(await guided(FED_UP), MEANING)).gained == ()


async def test_examples_are_asked_about_once_for_all_contacts() -> None:
    mind = BagOfWords()
    heads = lent(Heads(embedder=mind))

    for _ in range(2):
        await compared(await guided(FED_UP), MEANING, heads=heads)

    assert sum("waiting for weeks" in texts for texts in mind.asked) == 1


async def test_a_models_time_is_real_while_calls_take_none() -> None:
    mind = Slow()

    found = await compared(await guided(FED_UP), MEANING, heads=lent(Heads(embedder=mind)))

    (cue,) = found.gained
    assert cue.after_ms is not None
    # Two clocks tell the time, and a timer may ring a little early by one of them.
    assert TAKES_S * 900 <= cue.after_ms < 5_000


def test_a_player_writes_nowhere_but_in_memory() -> None:
    heard = told()

    first, second = (play(heard, OnePlaybook(shop())) for _ in range(2))

    assert [one.event for one in first] == [one.event for one in second]
    assert {one.lane for one in first} == {"guidance"}
