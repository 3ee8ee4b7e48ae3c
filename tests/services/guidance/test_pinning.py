"""What a contact is listened to with is decided once, recorded, and kept to."""

from collections.abc import AsyncGenerator

import pytest
from antiphon.events.base import AgentId
from antiphon.events.guidance import GuardrailTripped, GuidanceIssued, PinnedPlaybook
from antiphon.services.guidance.playbook import parse_playbook

from ...builders import agent_connected, at, audio_stream_opened, contact_started
from .call import Call
from .press import Press, playbook_text, press

TEAMS = """\
policy: "1"
teams:
  retention: [a-1]
  sales: [a-2, a-3]
bindings:
  everybody: {playbooks: [builtin]}
  those of retention: {for: {teams: [retention]}, playbooks: [keep]}
  those of sales: {for: {teams: [sales]}, playbooks: [sell]}
"""


@pytest.fixture
async def desk() -> AsyncGenerator[tuple[Call, Press]]:
    """A call that nobody has taken yet, of a tenant whose playbooks are in a library."""
    call = Call(answered=False)
    async with press(call.log) as made:
        call.shelf = made.library
        try:
            yield call, made
        finally:
            await call.stop()


def named(*pins: PinnedPlaybook) -> list[str]:
    return [pin.name for pin in pins]


async def issued(call: Call) -> list[GuidanceIssued]:
    return [one.event for one in await call.facts() if isinstance(one.event, GuidanceIssued)]


async def hears(call: Call, words: str, n: int, *, facts: int) -> None:
    """Let the customer say something; wait until so many facts stand in the lane."""
    await call.says(words, n)
    await call.settled_at(facts)


async def connect(call: Call, agent: str, *, seconds: float) -> None:
    event = agent_connected(agent_id=AgentId(agent), connected_at=at(seconds))
    await call.happens(event)


async def test_who_has_published_nothing_gets_what_is_built_in(desk: tuple[Call, Press]) -> None:
    call, _ = desk
    await call.connect()

    await hears(call, "builtin everything", 1, facts=2)

    [pin] = await call.pins()
    assert (pin.policy_version, pin.agent_id, pin.why) == (None, None, "contact_began")
    assert (pin.queue, pin.language, pin.hours_at) == ("claims", "en-US", at(-5))
    assert named(*pin.playbooks) == ["builtin"]
    assert [one.policy_version for one in await issued(call)] == [None]


async def test_a_contact_is_pinned_once_however_much_is_said(desk: tuple[Call, Press]) -> None:
    call, made = desk
    await made.publish(playbook_text("keep"))
    await call.connect()
    await call.happens(audio_stream_opened(clock_zero_at=at(0)))
    await connect(call, "a-1", seconds=0)

    await hears(call, "keep everything", 1, facts=2)
    await hears(call, "keep everything", 2, facts=3)

    assert len(await call.pins()) == 1


async def test_every_part_says_whose_playbook_and_whose_policy_it_is(
    desk: tuple[Call, Press],
) -> None:
    call, made = desk
    [version] = await made.publish(playbook_text("keep"))
    await made.publish(playbook_text("sell"))
    policy = await made.rule(TEAMS)
    await call.connect()
    await connect(call, "a-1", seconds=0)

    await hears(call, "keep everything", 1, facts=2)
    await hears(call, "builtin everything", 2, facts=4)
    await call.says("sell everything", 3)
    await hears(call, "keep everything", 4, facts=5)

    [pin] = await call.pins()
    assert (pin.policy_version, pin.teams, pin.why) == (policy, ("retention",), "agent_connected")
    assert pin.bindings == ("everybody", "those of retention")
    assert named(*pin.playbooks) == ["keep", "builtin"]
    kept, built_in = await issued(call)
    assert (kept.playbook, kept.playbook_version, kept.policy_version) == ("keep", version, policy)
    assert (built_in.playbook, built_in.policy_version) == ("builtin", policy)


async def test_what_is_published_meanwhile_changes_nothing_of_a_contact_under_way(
    desk: tuple[Call, Press],
) -> None:
    call, made = desk
    await made.publish(playbook_text("keep"))
    await call.connect()
    await hears(call, "hello", 1, facts=0)
    await hears(call, "keep everything", 2, facts=2)

    await made.publish(playbook_text("keep", version="2", cue="other"))
    await connect(call, "a-1", seconds=1)
    await hears(call, "keep everything", 3, facts=3)
    await call.stop()
    call.start()
    await hears(call, "keep everything", 4, facts=4)

    assert len(await call.pins()) == 1
    assert [one.cue for one in await issued(call)] == ["keep"]
    assert {one.playbook_version[:2] for one in await issued(call)} == {"1+"}


async def test_a_contact_that_begins_afterwards_gets_the_new_version(
    desk: tuple[Call, Press],
) -> None:
    call, made = desk
    await made.publish(playbook_text("keep"), playbook_text("keep", version="2"))
    await call.connect()

    await hears(call, "keep everything", 1, facts=2)

    assert [one.title for one in await issued(call)] == ["keep 2"]


async def test_another_agent_of_another_team_is_helped_with_theirs(
    desk: tuple[Call, Press],
) -> None:
    call, made = desk
    await made.publish(playbook_text("keep"), playbook_text("sell"))
    await made.rule(TEAMS)
    await call.connect()
    await connect(call, "a-1", seconds=0)
    await hears(call, "keep everything, sell everything", 1, facts=2)

    await made.rule(TEAMS.replace('"1"', '"2"').replace("playbooks: [sell]", "playbooks: [keep]"))
    await connect(call, "a-2", seconds=10)
    await hears(call, "keep everything, sell everything", 2, facts=4)
    await connect(call, "a-3", seconds=20)
    await hears(call, "sell everything", 3, facts=5)

    first, second = await call.pins()
    assert (first.agent_id, second.agent_id) == ("a-1", "a-2")
    assert (named(*first.playbooks), named(*second.playbooks)) == (
        ["keep", "builtin"],
        ["sell", "builtin"],
    )
    assert second.policy_version == first.policy_version
    assert [one.cue for one in await issued(call)] == ["keep", "sell"]


async def test_a_restart_hears_each_utterance_with_what_held_when_it_was_said(
    desk: tuple[Call, Press],
) -> None:
    call, made = desk
    await made.publish(playbook_text("keep"), playbook_text("sell"))
    await made.rule(TEAMS)
    await call.connect()
    await connect(call, "a-1", seconds=0)
    await hears(call, "keep everything, sell everything", 1, facts=2)
    await connect(call, "a-2", seconds=10)
    await hears(call, "keep everything, sell everything", 2, facts=4)
    before = [one.event for one in await call.facts()]

    await call.stop()
    call.start()
    await hears(call, "sell everything", 3, facts=5)

    assert [one.event for one in await call.facts()][:4] == before
    assert [one.cue for one in await issued(call)] == ["keep", "sell"]
    assert len(await call.pins()) == 2


async def test_what_the_agent_said_before_we_were_told_of_them_is_heard_with_their_playbook(
    desk: tuple[Call, Press],
) -> None:
    call, made = desk
    greeting = playbook_text("keep").replace("from_customer", "to_customer")
    await made.publish(greeting, playbook_text("sell"))
    await made.rule(TEAMS)
    await call.connect()
    await call.happens(audio_stream_opened(clock_zero_at=at(0)))
    await hears(call, "builtin everything", 1, facts=2)
    await call.says("keep everything", 1, agent=True)

    await connect(call, "a-1", seconds=0)
    await call.settled_at(4)
    await call.stop()
    call.start()
    await hears(call, "builtin everything", 2, facts=5)

    assert [one.cue for one in await issued(call)] == ["builtin", "keep"]
    assert [pin.agent_id for pin in await call.pins()] == [None, "a-1"]


async def test_a_version_that_is_gone_is_replaced_and_that_is_recorded(
    desk: tuple[Call, Press],
) -> None:
    call, _ = desk
    await call.connect()
    await hears(call, "builtin everything", 1, facts=2)
    await call.stop()

    newer = parse_playbook(playbook_text("builtin", version="2", cue="new"), file="builtin.yaml")
    async with press(call.log, built_in=[newer]) as upgraded:
        call.shelf = upgraded.library
        call.start()
        await hears(call, "builtin everything", 2, facts=4)
        await call.stop()

    assert [pin.why for pin in await call.pins()] == ["contact_began", "version_gone"]
    assert [one.cue for one in await issued(call)] == ["builtin", "new"]


async def test_two_queues_have_two_playbooks() -> None:
    policy = """\
policy: "1"
bindings:
  cards: {for: {queues: [cards]}, playbooks: [keep]}
  loans: {for: {queues: [loans]}, playbooks: [sell]}
"""
    heard: dict[str, list[str]] = {}
    for queue in ("cards", "loans", "post"):
        call = Call(answered=False)
        async with press(call.log) as made:
            await made.publish(playbook_text("keep"), playbook_text("sell"))
            await made.rule(policy)
            call.shelf = made.library
            call.started = contact_started(queue=queue)
            await call.connect()
            await call.says("keep everything, sell everything")
            await call.settled_at(0 if queue == "post" else 2)
            await call.pinned(1)
            heard[queue] = [one.cue for one in await issued(call)]
            await call.stop()

    assert heard == {"cards": ["keep"], "loans": ["sell"], "post": []}


async def test_a_guardrail_watches_only_where_the_policy_puts_it() -> None:
    guarded = (
        playbook_text("keep")
        + "guardrails:\n"
        + "  card_data: {finds: [card_number], kind: system, act: sanitise, title: Card}\n"
    )
    policy = """\
policy: "1"
bindings:
  everybody: {playbooks: [sell]}
  payments: {for: {queues: [payments]}, playbooks: [keep]}
"""
    tripped: dict[str, list[tuple[str, str]]] = {}
    for queue in ("payments", "post"):
        call = Call(answered=False)
        async with press(call.log) as made:
            await made.publish(guarded, playbook_text("sell"))
            await made.rule(policy)
            call.shelf = made.library
            call.started = contact_started(queue=queue)
            await call.connect()
            await call.says("it is [card-number], and sell everything")
            await call.settled_at(1 if queue == "payments" else 2)
            facts = [one.event for one in await call.facts()]
            await call.stop()
        tripped[queue] = [
            (one.guardrail, one.playbook) for one in facts if isinstance(one, GuardrailTripped)
        ]

    assert tripped == {"payments": [("card_data", "keep")], "post": []}
