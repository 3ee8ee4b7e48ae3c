"""Contacts are told apart by chance, evenly, for ever, and each experiment by itself."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest
from antiphon.errors import PolicyMalformed
from antiphon.events.base import AgentId, ContactId
from antiphon.events.guidance import ExperimentArm
from antiphon.infra.playbook_files import doubts_about, load_document, plain_document
from antiphon.services.guidance.experiments import arm_of, place_of
from antiphon.services.guidance.policy import (
    Circumstances,
    Experiment,
    Policy,
    select,
)
from antiphon.services.guidance.policy_file import parse_policy, policy_schema
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from msgspec.structs import replace

from ...builders import agent_connected, at, audio_stream_opened
from .call import Call
from .press import playbook_text, press

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
IDS = [ContactId(f"contact-{number}") for number in range(2_000)]
TRIAL = """\
policy: "1"
teams: {red: [a-1]}
experiments:
  greeting:
    for: {queues: [claims]}
    arms: {usual: 50, warm: 50}
bindings:
  everybody: {playbooks: [plain]}
  warm ones:
    for: {arms: {greeting: warm}}
    playbooks: [warm]
    without: [plain]
"""

names = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)
ids = st.from_regex(r"[A-Za-z0-9_-]{1,40}", fullmatch=True).map(ContactId)
arms = st.lists(st.tuples(names, st.floats(0, 25)), min_size=1, max_size=4)


def policy(text: str = TRIAL) -> Policy:
    return parse_policy(text, file="policy.yaml", playbooks=["plain", "warm"])


def about(contact_id: str = "contact-1", **given: Any) -> Circumstances:
    defaults: dict[str, Any] = {"agent_id": None, "queue": "claims", "language": "en", "at": NOON}
    return Circumstances(contact_id=ContactId(contact_id), **defaults | given)


def of_arm(arm: str) -> ContactId:
    return next(one for one in IDS if arm_of(one, "greeting", [("usual", 50), ("warm", 50)]) == arm)


ALONE = policy()


# By chance, and for ever


def test_a_place_never_changes() -> None:
    # What was assigned in one release is what every later one assigns.
    assert round(place_of(ContactId("contact-1"), "greeting"), 9) == 53.685331605


@settings(max_examples=25)
@given(experiment=names, percent=st.integers(0, 100))
def test_an_arm_gets_the_share_it_is_given(experiment: str, percent: int) -> None:
    count = sum(arm_of(one, experiment, [("a", percent)]) == "a" for one in IDS)

    # Six standard deviations of 2,000 draws: chance alone does not reach it.
    assert abs(count / len(IDS) - percent / 100) <= 6 * (0.25 / len(IDS)) ** 0.5


def test_two_experiments_know_nothing_of_each_other() -> None:
    halves = [("a", 50.0), ("b", 50.0)]

    pairs = Counter((arm_of(one, "one", halves), arm_of(one, "other", halves)) for one in IDS)

    assert set(pairs) == {(one, other) for one in "ab" for other in "ab"}
    assert all(abs(count / len(IDS) - 0.25) < 0.06 for count in pairs.values())


@given(contact_id=ids, arms=arms, more=st.floats(0, 10))
def test_to_give_the_last_arm_more_moves_nobody_who_is_in_one(
    contact_id: ContactId, arms: list[tuple[str, float]], more: float
) -> None:
    before = arm_of(contact_id, "x", arms)
    *others, (name, percent) = arms

    after = arm_of(contact_id, "x", [*others, (name, percent + more)])

    assert after == before or (before is None and after == name)


@given(contact_id=ids, others=st.sets(names.filter(lambda name: name != "greeting"), max_size=3))
def test_other_experiments_move_nobody(contact_id: ContactId, others: set[str]) -> None:
    added = [Experiment(name=name, arms=(("x", 100.0),)) for name in others]
    crowded = replace(ALONE, experiments=(*added, *ALONE.experiments))

    alone, beside = (select(one, about(contact_id)) for one in (ALONE, crowded))

    assert alone.arms[0] in beside.arms
    assert (beside.playbooks, len(beside.arms)) == (alone.playbooks, 1 + len(others))


# What it decides


@pytest.mark.parametrize(("arm", "playbooks"), [("usual", ("plain",)), ("warm", ("warm",))])
def test_an_arm_gets_what_its_binding_gives(arm: str, playbooks: tuple[str, ...]) -> None:
    found = select(policy(), about(of_arm(arm)))

    assert (found.playbooks, found.arms) == (playbooks, (("greeting", arm),))
    assert ("warm ones" in found.bindings) is (arm == "warm")


def test_who_does_not_take_part_is_in_no_arm() -> None:
    found = select(policy(), about(of_arm("warm"), queue="loans"))

    assert (found.arms, found.playbooks) == ((), ("plain",))


def test_who_the_arms_leave_out_is_in_none() -> None:
    text = TRIAL.replace("{usual: 50, warm: 50}", "{usual: 0, warm: 0}")

    assert select(policy(text), about()).arms == ()


def test_an_experiment_may_be_for_a_team_which_is_known_with_the_agent() -> None:
    text = TRIAL.replace("for: {queues: [claims]}", "for: {teams: [red]}")

    before, after = (
        select(policy(text), about(agent_id=agent)).arms for agent in (None, AgentId("a-1"))
    )

    assert (before, [name for name, _ in after]) == ((), ["greeting"])


def test_what_is_for_an_arm_goes_before_what_is_for_everybody() -> None:
    text = TRIAL.replace("everybody: {", "everybody: {off: {cues: [x]}, ").replace(
        "without: [plain]", "on: {cues: [x]}"
    )

    assert select(policy(text), about(of_arm("warm"))).off == frozenset()
    assert select(policy(text), about(of_arm("usual"))).off == {("cues", "x")}


# As it is written


def test_it_is_read_as_it_is_written() -> None:
    (read,) = policy().experiments

    assert (read.name, read.arms) == ("greeting", (("usual", 50.0), ("warm", 50.0)))
    assert read.scope.queues == {"claims"}
    validator: Any = Draft202012Validator(policy_schema())
    assert validator.is_valid(plain_document(TRIAL))


@pytest.mark.parametrize(
    ("right", "wrong", "line", "field", "problem"),
    [
        ("warm: 50}", "warm: 51}", 6, "experiments.greeting.arms", "more than 100"),
        ("warm: 50}", "warm: -1}", 6, "experiments.greeting.arms.warm", "from 0 to 100"),
        ("{usual: 50, warm: 50}", "{}", 6, "experiments.greeting.arms", "missing"),
        ("{queues: [claims]}", "{arms: {x: y}}", 5, "experiments.greeting.for.arms", "unknown"),
        ("{greeting: warm}", "{other: warm}", 10, "bindings.warm ones.for.arms.other",
         "no experiment"),
        ("{greeting: warm}", "{greeting: cold}", 10, "bindings.warm ones.for.arms.greeting",
         "no arm"),
    ],
)  # fmt: skip
def test_what_breaks_the_grammar_is_refused_with_its_place(
    right: str, wrong: str, line: int, field: str, problem: str
) -> None:
    assert right in TRIAL
    with pytest.raises(PolicyMalformed) as refusal:
        policy(TRIAL.replace(right, wrong))

    error = refusal.value
    assert (error.line, error.field) == (line, field)
    assert problem in error.problem


def test_thirds_are_a_whole() -> None:
    text = TRIAL.replace("{usual: 50, warm: 50}", "{usual: 33.34, warm: 33.33, hot: 33.33}")

    assert [name for name, _ in policy(text).experiments[0].arms] == ["hot", "usual", "warm"]


def test_an_experiment_that_changes_nothing_is_doubted(tmp_path: Any) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text(TRIAL.replace("arms: {greeting: warm}", "queues: [loans]"))

    doubts = doubts_about(load_document(file))

    assert "experiments.greeting: no binding is for any arm of it" in doubts


# In a contact


async def test_the_arm_stands_in_the_contacts_history() -> None:
    call = Call(answered=False)
    async with press(call.log) as made:
        call.shelf = made.library
        for name in ("plain", "warm"):
            await made.publish(playbook_text(name))
        await made.rule(TRIAL)
        await call.connect()
        await call.happens(audio_stream_opened(clock_zero_at=at(0)))
        await call.happens(agent_connected(connected_at=at(0)))

        await call.says("plain everything", 1)
        await call.says("warm everything", 2)
        await call.settled_at(2)
        await call.stop()

        pins = await call.pins()
        (arm,) = {one.experiments for one in pins}
        assert arm == (ExperimentArm(experiment="greeting", arm=arm[0].arm),)
        wanted = {"usual": "plain", "warm": "warm"}[arm[0].arm]
        assert [one.name for one in pins[-1].playbooks] == [wanted]
