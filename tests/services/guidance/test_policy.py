"""What applies to a contact: the more specific is right, and order means nothing."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from antiphon.events.base import AgentId, ContactId
from antiphon.services.guidance.playbook import Playbook, parse_playbook
from antiphon.services.guidance.policy import (
    PARTS,
    Binding,
    Circumstances,
    Hours,
    Policy,
    Scope,
    Selection,
    compiled,
    select,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from .press import playbook_text

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)  # a Monday
TEAMS = {"red": frozenset({"a-1"}), "blue": frozenset({"a-2", "a-1"})}
WEEK = frozenset(range(7))


def about(agent: str | None = "a-1", **given: Any) -> Circumstances:
    defaults: dict[str, Any] = {
        "contact_id": ContactId("c-1"),
        "queue": "cards",
        "language": "en-US",
        "at": NOON,
    }
    return Circumstances(agent_id=None if agent is None else AgentId(agent), **defaults | given)


def policy(*bindings: Binding) -> Policy:
    return Policy(version="1", teams=TEAMS, bindings=bindings)


def scope(**given: Any) -> Scope:
    named: dict[str, Any] = {name: frozenset(value) for name, value in given.items()}
    return Scope(**named)


def gives(name: str, *playbooks: str, **given: Any) -> Binding:
    return Binding(name=name, playbooks=frozenset(playbooks), scope=scope(**given))


def chosen(*bindings: Binding, **given: Any) -> tuple[str, ...]:
    return select(policy(*bindings), about(**given)).playbooks


# Only where configured


def test_nothing_applies_where_nothing_is_configured() -> None:
    assert select(policy(), about()) == Selection(playbooks=(), teams=("blue", "red"))


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        ({"agents": ["a-1"]}, {"agent": "a-2"}),
        ({"agents": ["a-1"]}, {"agent": None}),
        ({"teams": ["red"]}, {"agent": "a-2"}),
        ({"queues": ["cards"]}, {"queue": "loans"}),
        ({"queues": ["cards"]}, {"queue": None}),
        ({"languages": ["en"]}, {"language": "de-AT"}),
        ({"languages": ["en-GB"]}, {"language": "en"}),
        ({"teams": ["red"], "queues": ["loans"]}, {}),
    ],
)
def test_a_binding_is_for_those_alone_whom_it_names(
    wanted: dict[str, list[str]], given: dict[str, Any]
) -> None:
    fits: dict[str, Any] = {"queue": "cards", "language": "en-GB"} if "queues" in wanted else {}

    assert chosen(gives("some", "p", **wanted), **given) == ()
    if "loans" not in wanted.get("queues", []):
        assert chosen(gives("some", "p", **wanted), **{"language": "en-gb", **fits}) == ("p",)


def test_two_queues_have_two_playbooks() -> None:
    both = (gives("c", "bank", queues=["cards"]), gives("l", "loans", queues=["loans"]))

    assert (chosen(*both), chosen(*both, queue="loans")) == (("bank",), ("loans",))
    assert chosen(*both, queue="post") == ()


# The more specific is right

LEVELS = [
    scope(),
    scope(languages=["en"]),
    scope(queues=["cards"]),
    scope(queues=["cards"], languages=["en"]),
    scope(teams=["red"]),
    scope(teams=["red"], queues=["cards"]),
    scope(agents=["a-1"]),
    scope(agents=["a-1"], languages=["en"]),
]


@pytest.mark.parametrize(("less", "more"), list(pairwise(LEVELS)))
@pytest.mark.parametrize("turned", [False, True])
def test_who_is_more_specific_is_right(less: Scope, more: Scope, *, turned: bool) -> None:
    on = Binding(name="on", scope=more, on=frozenset({("cues", "x")}), playbooks=frozenset({"p"}))
    off = Binding(name="off", scope=less, off=frozenset({("cues", "x")}), without=frozenset({"p"}))
    if turned:
        on, off = (
            Binding(name="on", scope=less, on=on.on, playbooks=on.playbooks),
            Binding(name="off", scope=more, off=off.off, without=off.without),
        )

    found = select(policy(on, off), about())

    assert found.off == (frozenset({("cues", "x")}) if turned else frozenset())
    assert found.playbooks == (() if turned else ("p",))


def test_of_equals_a_no_is_heard() -> None:
    on = Binding(name="on", on=frozenset({("cues", "x")}), playbooks=frozenset({"p"}))
    off = Binding(name="off", off=frozenset({("cues", "x")}), without=frozenset({"p"}))

    assert select(policy(on, off), about()).off == {("cues", "x")}
    assert chosen(on, off) == ()


def test_the_most_specific_playbook_comes_first() -> None:
    found = chosen(
        gives("all", "b", "a"), gives("team", "t", teams=["red"]), gives("own", "z", agents=["a-1"])
    )

    assert found == ("z", "t", "a", "b")


names = st.frozensets(st.sampled_from(["p", "q", "r"]), max_size=2)
parts = st.frozensets(st.tuples(st.sampled_from(PARTS), st.sampled_from(["x", "y"])), max_size=3)
scopes = st.builds(
    Scope,
    agents=st.sampled_from([frozenset(), frozenset({"a-1"}), frozenset({"a-2"})]),
    teams=st.sampled_from([frozenset(), frozenset({"red"}), frozenset({"blue"})]),
    queues=st.sampled_from([frozenset(), frozenset({"cards"}), frozenset({"loans"})]),
    languages=st.sampled_from([frozenset(), frozenset({"en"}), frozenset({"de"})]),
)
bindings = st.lists(
    st.builds(
        Binding, name=st.just(""), scope=scopes, playbooks=names, without=names, on=parts, off=parts
    ),
    max_size=6,
)
circumstances = st.builds(
    about,
    agent=st.sampled_from([None, "a-1", "a-2", "a-3"]),
    queue=st.sampled_from([None, "cards", "loans"]),
    language=st.sampled_from(["en-US", "de"]),
)


@settings(max_examples=50, deadline=None)
@given(bindings, circumstances, st.randoms(use_true_random=False))
def test_the_order_they_are_written_in_means_nothing(
    written: list[Binding], contact: Circumstances, random: Any
) -> None:
    shuffled = list(written)
    random.shuffle(shuffled)

    assert select(policy(*written), contact) == select(policy(*shuffled), contact)


def _right(written: list[Binding], contact: Circumstances, says: Callable[..., Any]) -> bool:
    """Tell, the long way round, whether a thing is on: by who speaks of it with the most right."""
    agent_teams = {team for team, agents in TEAMS.items() if contact.agent_id in agents}
    spoken = [
        (one.scope.rank, says(one))
        for one in written
        if (not one.scope.agents or contact.agent_id in one.scope.agents)
        and (not one.scope.teams or one.scope.teams & agent_teams)
        and (not one.scope.queues or contact.queue in one.scope.queues)
        and (not one.scope.languages or contact.language[:2] in one.scope.languages)
        and says(one) is not None
    ]
    if not spoken:
        return False
    highest = max(rank for rank, _ in spoken)
    return all(on for rank, on in spoken if rank == highest)


@settings(max_examples=50, deadline=None)
@given(bindings, circumstances)
def test_a_playbook_applies_where_the_most_specific_say_so(
    written: list[Binding], contact: Circumstances
) -> None:
    def says(name: str) -> Callable[[Binding], bool | None]:
        def of(one: Binding) -> bool | None:
            return False if name in one.without else True if name in one.playbooks else None

        return of

    expected = {name for name in "pqr" if _right(written, contact, says(name))}
    assert set(select(policy(*written), contact).playbooks) == expected


@settings(max_examples=30, deadline=None)
@given(bindings, circumstances)
def test_what_is_for_others_changes_nothing(written: list[Binding], contact: Circumstances) -> None:
    foreign = Binding(
        name="foreign",
        scope=scope(agents=["a-99"]),
        playbooks=frozenset({"p", "s"}),
        without=frozenset({"q"}),
        off=frozenset({("cues", "x")}),
    )

    assert select(policy(*written), contact) == select(policy(*written, foreign), contact)


# Hours are told of in `test_policy_hours.py`


def test_hours_are_asked_at_the_instant_that_is_told() -> None:
    hours = Hours(zone="UTC", days=WEEK, from_minute=8 * 60, until_minute=18 * 60)
    late = Binding(name="late", scope=Scope(hours=hours), playbooks=frozenset({"p"}))

    assert chosen(late) == ("p",)
    assert chosen(late, at=NOON + timedelta(hours=9)) == ()


# Several playbooks as one


def read(text: str) -> Playbook:
    return parse_playbook(text, file="a.yaml")


KEEP, SELL = read(playbook_text("keep")), read(playbook_text("sell"))


def test_one_playbook_is_itself() -> None:
    only = compiled([KEEP], policy_version="4")

    assert only.playbook is KEEP
    assert only.stamp("cues", "keep") == {
        "playbook": "keep", "playbook_version": KEEP.version, "policy_version": "4",
    }  # fmt: skip


def test_each_part_keeps_the_name_and_version_of_its_own() -> None:
    both = compiled([KEEP, SELL])

    assert [one.name for one in both.playbook.moments] == ["keep", "sell"]
    assert [one.name for one in both.playbook.cues] == ["keep", "sell"]
    stamps = [both.stamp(part, name) for part in ("moments", "cues") for name in ("keep", "sell")]
    assert [(one["playbook"], one["playbook_version"]) for one in stamps] == 2 * [
        ("keep", KEEP.version),
        ("sell", SELL.version),
    ]


def test_where_two_name_a_part_alike_the_first_is_taken() -> None:
    other = read(playbook_text("keep", version="2").replace("playbook: keep", "playbook: own"))

    both = compiled([other, KEEP])

    assert [one.title for one in both.playbook.cues] == ["keep 2"]
    assert both.stamp("cues", "keep")["playbook"] == "own"


def test_what_is_switched_off_is_left_out_and_what_hangs_on_it() -> None:
    no_cue = compiled([KEEP], off=frozenset({("cues", "keep")}))
    no_moment = compiled([KEEP, SELL], off=frozenset({("moments", "keep")}))

    assert ([one.name for one in no_cue.playbook.moments], no_cue.playbook.cues) == (["keep"], ())
    assert [one.name for one in no_moment.playbook.moments] == ["sell"]
    assert [one.name for one in no_moment.playbook.cues] == ["sell"]
    assert no_cue.stamp("moments", "keep")["playbook_version"] == KEEP.version


def test_stages_and_guardrails_are_parts_too() -> None:
    watched = read(playbook_text("keep").replace("cues:", MORE_MOMENTS, 1) + STAGES_AND_GUARDRAILS)

    no_moment = compiled([watched], off=frozenset({("moments", "keep")})).playbook
    no_guardrail = compiled([watched], off=frozenset({("guardrails", "cards")})).playbook

    assert [one.name for one in no_moment.stages] == ["either"]
    assert [one.name for one in no_moment.guardrails] == ["cards"]
    assert [one.name for one in no_guardrail.guardrails] == ["told"]


MORE_MOMENTS = """\
  sell: {track: from_customer, heard: [sell everything]}
cues:"""
STAGES_AND_GUARDRAILS = """\
stages:
  closing: {on: [keep], title: Closing}
  either: {on: [keep, sell], title: Either}
guardrails:
  told: {kind: supervisory, on: [keep], act: alert, title: Told}
  cards: {kind: system, finds: [card_number], act: sanitise, title: Cards}
"""


def test_of_what_stands_there_once_the_first_that_says_something_is_taken() -> None:
    quiet, brief = (
        read(playbook_text(name) + f"attention: {{cues_per_minute: {number}}}\n")
        for name, number in (("quiet", 2), ("brief", 3))
    )

    assert compiled([quiet, brief]).playbook.attention == quiet.attention
    assert compiled([KEEP, brief]).playbook.attention == brief.attention
    assert compiled([KEEP, SELL]).playbook.attention == KEEP.attention


def test_no_playbook_is_one_that_hears_nothing() -> None:
    nothing = compiled([], policy_version="4").playbook

    assert (nothing.moments, nothing.cues, nothing.checklist) == ((), (), ())


def test_terms_of_all_are_kept_once() -> None:
    both = compiled(
        [
            read(playbook_text("keep", vocabulary=["fibre", "router"])),
            read(playbook_text("sell", vocabulary=["router", "bundle"])),
        ]
    )

    assert both.playbook.vocabulary == ("fibre", "router", "bundle")
