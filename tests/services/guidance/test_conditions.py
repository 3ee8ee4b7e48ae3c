"""Conditions come true by what was so, and when; not by when it became known."""

from datetime import datetime
from itertools import permutations
from typing import Any

import pytest
from antiphon.events.base import UtteranceId
from antiphon.services.guidance.conditions import (
    HEARING,
    OCCURRENCES_MAX,
    Occurred,
    Occurrence,
    deadlines,
    follow,
    ordered_conditions,
    with_occurrence,
)
from antiphon.services.guidance.moments import Condition

from ...builders import at, heard

Story = list[tuple[str, float]]  # what came true, and when


def condition(kind: Any, *terms: str, name: str = "met", **given: Any) -> Condition:
    return Condition(name=name, kind=kind, terms=terms, **given)


def occurrence(name: str, second: float, *, track: Any = "from_customer") -> Occurrence:
    if name.startswith(("agent_", "customer_", "contact_")):
        return Occurrence(at=at(second))
    return Occurrence(
        at=at(second), heard=heard(utterance_id=UtteranceId(f"{track}-{second:g}"), track=track)
    )


def known(*story: tuple[str, float]) -> Occurred:
    occurred: Occurred = {}
    for name, second in story:
        occurred = with_occurrence(occurred, name, occurrence(name, second))
    return occurred


def came_true(story: Story, *conditions: Condition) -> list[tuple[str, datetime]]:
    """Tell the story in its order; return what comes true, and when it was so."""
    occurred: Occurred = {}
    found: list[tuple[str, datetime]] = []
    for name, second in story:
        news = occurrence(name, second)
        for one in follow(ordered_conditions(conditions), occurred, name, news):
            found.append((one.condition.name, one.latest.at))
            occurred = with_occurrence(occurred, one.condition.name, one.latest)
        occurred = with_occurrence(occurred, name, news)
    return found


@pytest.mark.parametrize(
    ("wanted", "story", "true_at"),
    [
        pytest.param(condition("any", "a", "b"), [("a", 1), ("b", 2), ("x", 3)], [1, 2], id="any"),
        pytest.param(condition("all", "a", "b"), [("a", 1), ("b", 900)], [900], id="all, ever"),
        pytest.param(condition("all", "a", "b"), [("a", 1), ("a", 2)], [], id="not all"),
        pytest.param(condition("all", "a", "b", within_s=10), [("b", 1), ("a", 11)], [11],
                     id="all in time"),
        pytest.param(condition("all", "a", "b", within_s=10), [("b", 1), ("a", 12)], [],
                     id="all too far apart"),
        pytest.param(condition("all", "a", "b", "c", within_s=10),
                     [("a", 1), ("b", 9), ("c", 15)], [], id="each near the next is not enough"),
        pytest.param(condition("then", "a", "b", within_s=10), [("a", 1), ("b", 11)], [11],
                     id="in turn"),
        pytest.param(condition("then", "a", "b", within_s=10), [("b", 1), ("a", 2)], [],
                     id="the other way round"),
        pytest.param(condition("then", "a", "b", within_s=10), [("a", 1), ("b", 12)], [],
                     id="in turn, too late"),
        pytest.param(condition("then", "a", "a", within_s=10), [("a", 1), ("a", 3)], [3],
                     id="the same in turn"),
        pytest.param(condition("times", "a", times=3, within_s=10),
                     [("a", 1), ("a", 5), ("a", 11)], [11], id="so often"),
        pytest.param(condition("times", "a", times=3, within_s=10),
                     [("a", 1), ("a", 5), ("a", 12)], [], id="not so often in time"),
        pytest.param(condition("any", "a", unless=frozenset({"b"})),
                     [("a", 1), ("b", 2), ("a", 3)], [1], id="unless"),
        pytest.param(condition("any", "a", phase="on_hold"),
                     [("a", 1), ("customer_held", 2), ("a", 3), ("customer_resumed", 4), ("a", 5)],
                     [3], id="on hold"),
        pytest.param(condition("any", "a", phase="off_hold"),
                     [("a", 1), ("customer_held", 2), ("a", 3), ("customer_resumed", 4), ("a", 5)],
                     [1, 5], id="off hold"),
        pytest.param(condition("any", "a", phase="with_agent"),
                     [("a", 1), ("agent_connected", 2), ("a", 3), ("customer_held", 4), ("a", 5)],
                     [3], id="with an agent"),
        pytest.param(condition("any", "a", phase="before_end"),
                     [("a", 1), ("contact_ended", 2), ("a", 3)], [1], id="before the end"),
        pytest.param(condition("any", "a", phase="after_end"),
                     [("a", 1), ("contact_ended", 2), ("a", 3)], [3], id="after the end"),
        pytest.param(condition("then", "agent_connected", "a", within_s=5),
                     [("agent_connected", 1), ("a", 4)], [4], id="a state is a term"),
    ],
)  # fmt: skip
def test_a_condition_comes_true(wanted: Condition, story: Story, true_at: list[float]) -> None:
    assert came_true(story, wanted) == [("met", at(second)) for second in true_at]


@pytest.mark.parametrize("story", list(permutations([("a", 1), ("b", 4), ("c", 9)])))
def test_what_is_known_out_of_turn_comes_true_all_the_same(
    story: tuple[tuple[str, float], ...],
) -> None:
    wanted = condition("then", "a", "b", "c", within_s=8)

    assert came_true(list(story), wanted) == [("met", at(9))]


def test_conditions_look_at_conditions() -> None:
    first = condition("any", "a", name="first")
    second = condition("all", "first", "b", name="second")
    third = condition("any", "second", name="third")

    assert came_true([("b", 1), ("a", 2)], third, second, first) == [
        ("first", at(2)), ("second", at(2)), ("third", at(2)),
    ]  # fmt: skip


def test_only_the_wanted_track_counts() -> None:
    wanted = condition("times", "a", times=2, within_s=60, tracks=("to_customer",))
    occurred = with_occurrence({}, "a", occurrence("a", 1, track="to_customer"))
    occurred = with_occurrence(occurred, "a", occurrence("a", 2))

    by_customer = follow([wanted], occurred, "a", occurrence("a", 3))
    by_agent = follow([wanted], occurred, "a", occurrence("a", 3, track="to_customer"))

    assert list(by_customer) == []
    assert [one.latest.at for one in by_agent] == [at(3)]


def test_a_moment_of_another_playbook_that_is_switched_off_is_never_true() -> None:
    assert came_true([("a", 1)], condition("all", "a", "gone")) == []


MISSING = condition("missing", "greeting", since="agent_connected", within_s=20)


@pytest.mark.parametrize(
    ("story", "until"),
    [
        pytest.param([], [], id="nothing began"),
        pytest.param([("agent_connected", 5)], [25], id="nothing said"),
        pytest.param([("agent_connected", 5), ("greeting", 25)], [], id="said in time"),
        pytest.param([("agent_connected", 5), ("greeting", 25.1)], [25], id="said too late"),
        pytest.param([("greeting", 4), ("agent_connected", 5)], [25], id="said before"),
        pytest.param([("agent_connected", 5), ("contact_ended", 24)], [], id="hung up before"),
        pytest.param([("agent_connected", 5), ("contact_ended", 26)], [25], id="hung up after"),
        pytest.param([("agent_connected", 5), ("agent_connected", 90), ("greeting", 6)], [110],
                     id="each waits for itself"),
    ],
)  # fmt: skip
def test_what_is_missing_is_waited_for(story: Story, until: list[float]) -> None:
    waited = list(deadlines([MISSING], known(*story)))

    assert [one.until for one in waited] == [at(second) for second in until]
    assert [one.due_at for one in waited] == [at(second) + HEARING for second in until]


def test_nothing_is_claimed_of_what_is_forgotten() -> None:
    often = [("greeting", 30.0 + second) for second in range(OCCURRENCES_MAX)]

    assert list(deadlines([MISSING], known(("agent_connected", 5), *often[1:])))
    assert not list(deadlines([MISSING], known(("agent_connected", 5), *often)))


def test_what_came_last_counts_and_not_what_was_known_last() -> None:
    wanted = condition("then", "a", "b", within_s=3)
    occurred = known(("a", 5), ("a", 1))

    assert [one.at for one in occurred["a"]] == [at(1), at(5)]
    assert [one.parts[0].at for one in follow([wanted], occurred, "b", occurrence("b", 6))] == [
        at(5)
    ]


def test_a_repeat_changes_nothing_and_the_past_is_bounded() -> None:
    story = [("a", float(second)) for second in range(OCCURRENCES_MAX + 5)]

    occurred = known(*story)

    assert known(*story, story[-1]) == occurred
    assert [one.at for one in occurred["a"]] == [at(second) for _, second in story[5:]]
