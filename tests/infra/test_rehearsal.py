"""A playbook is tried against calls that are told as text."""

import re
from pathlib import Path
from typing import Any

import pytest
from antiphon.errors import PlaybookMalformed
from antiphon.infra.rehearsal import Missed, Rehearsal, rehearse
from antiphon.infra.rehearsal_call import Call, Turn, Wanted, load_call
from antiphon.services.guidance.playbook import built_in_playbook, parse_playbook
from antiphon.services.guidance.policy import PARTS, Part, compiled
from antiphon.services.guidance.policy_file import parse_policy

from ..house.tree import ROOT

PLAYBOOK = parse_playbook(
    """\
playbook: shop
version: "1"
language: en
moments:
  leaving: {track: from_customer, heard: [want to ... cancel]}
  greeting: {track: to_customer, heard: [thank you for calling]}
  late: {missing: greeting, since: agent_connected, within_s: 20}
  gold: {attribute: tier, is: [gold]}
  card: {track: from_customer, heard: [card number]}
cues:
  keep: {on: leaving, kind: hint, title: Keep, body: Ask why.}
  greet: {on: late, kind: warning, title: Greet, body: Say hello.}
  golden: {on: gold, kind: hint, title: Gold, body: Be quick.}
checklist:
  greeted: {title: Greeted, on: greeting}
""",
    file="shop.yaml",
)


# The service waits so much longer for words that are on their way: 20 s are over at 22.


def turn(at_s: float, speaker: str, text: str, *, lasts_s: float = 2.0, **wanted: str) -> Turn:
    given = {name: (value,) for name, value in wanted.items()}
    return Turn(
        at_s=at_s, until_s=at_s + lasts_s, speaker=speaker, text=text, wanted=Wanted(**given)
    )


def played(*turns: Turn, ended_s: float = 600.0, **given: Any) -> Rehearsal:
    return rehearse(PLAYBOOK, Call(name="c", turns=turns, ended_s=ended_s, **given))


def cues(rehearsal: Rehearsal) -> list[tuple[str, str, int, float]]:
    return [
        (one.kind, one.name, one.turn, round(one.at_s, 1))
        for one in rehearsal.came
        if one.kind != "moment"
    ]


def test_what_is_said_brings_cues_and_ticks_while_it_is_being_said() -> None:
    rehearsal = played(
        turn(1, "agent", "Thank you for calling us"),
        turn(5, "customer", "I want to cancel my contract as it is", lasts_s=8),
    )

    assert cues(rehearsal) == [("tick", "greeted", 0, 3.0), ("cue", "keep", 1, 9.0)]
    assert rehearsal.missed == ()


def test_what_is_not_said_in_time_brings_its_cue_by_the_clock() -> None:
    rehearsal = played(turn(1, "customer", "Hello"), turn(40, "customer", "Hello"))

    assert cues(rehearsal) == [("cue", "greet", 0, 22.0)]


def test_when_the_agent_took_the_call_counts() -> None:
    rehearsal = played(turn(1, "customer", "Hello"), agent_connected_s=30.0)

    assert cues(rehearsal) == [("cue", "greet", 0, 52.0)]


def test_prompts_and_music_are_nobodys_words() -> None:
    rehearsal = played(
        turn(1, "agent", "Thank you for calling us"),
        turn(15, "agent", "Thank you for calling us"),
        agent_connected_s=10.0,
        holds=((12.0, 30.0),),
    )

    assert cues(rehearsal) == [("cue", "greet", 1, 32.0)]


def test_attributes_are_known() -> None:
    rehearsal = played(turn(1, "customer", "Hello"), ended_s=10, attributes={"tier": "gold"})

    assert [name for _, name, *_ in cues(rehearsal)] == ["golden"]


def test_a_card_number_is_as_in_a_real_call_never_there() -> None:
    heard = parse_playbook(PLAYBOOK_WITH_DIGITS, file="digits.yaml")
    call = Call(
        name="c",
        turns=(turn(1, "customer", "my card number is 4111 1111 1111 1111 thanks", lasts_s=6),),
        ended_s=20,
    )

    assert [one.name for one in rehearse(heard, call).came] == ["card"]


PLAYBOOK_WITH_DIGITS = """\
playbook: digits
version: "1"
language: en
moments:
  card: {track: from_customer, heard: [card number]}
  digits: {track: from_customer, pattern: ['[0-9]{4}']}
cues: {}
"""


@pytest.mark.parametrize("part", PARTS)
def test_whatever_is_switched_off_the_rest_goes_on(part: Part) -> None:
    whole = built_in_playbook()
    off: frozenset[tuple[Part, str]] = frozenset((part, one.name) for one in getattr(whole, part))
    call = Call(
        name="c",
        turns=(
            turn(1, "customer", "I want to cancel my contract", lasts_s=5),
            turn(9, "agent", "Is there anything else I can help you with?"),
        ),
        ended_s=60,
    )

    came = {one.kind for one in rehearse(compiled([whole], off=off).playbook, call).came}

    assert came == {"cue", "tick", "moment"} - _KINDS[part]


_KINDS: dict[Part, set[str]] = {
    "moments": {"cue", "tick", "moment"},
    "cues": {"cue"},
    "checklist": {"tick"},
    "guardrails": set(),
}


# Expectations


def test_expectations_that_are_met_are_no_news() -> None:
    rehearsal = played(
        turn(1, "agent", "Thank you for calling us", expect="greeted", expect_not="keep"),
        turn(5, "customer", "I want to cancel", expect="keep", expect_not="moment/card"),
    )

    assert rehearsal.missed == ()


def test_what_did_not_come_and_what_was_not_to_come_is_missed() -> None:
    rehearsal = played(
        turn(1, "agent", "Hello", expect="greeted"),
        turn(5, "customer", "I want to cancel", expect_not="keep", expect="moment/card"),
        wanted=Wanted(expect=("greeted",), expect_not=("greet",)),
    )

    assert rehearsal.missed == (
        Missed(turn=0, name="greeted", expected=True),
        Missed(turn=1, name="moment/card", expected=True),
        Missed(turn=1, name="keep", expected=False),
        Missed(turn=None, name="greeted", expected=True),
        Missed(turn=None, name="greet", expected=False),
    )


def test_an_expectation_of_what_does_not_exist_is_missed_either_way() -> None:
    rehearsal = played(turn(1, "agent", "Hello", expect="kep", expect_not="gret"), ended_s=5)

    assert rehearsal.missed == (
        Missed(turn=0, name="kep", expected=True, unknown=True),
        Missed(turn=0, name="gret", expected=False, unknown=True),
    )


def test_the_same_call_always_brings_the_same() -> None:
    call = Call(
        name="c",
        turns=(
            turn(1, "agent", "Thank you for calling, is there anything else?"),
            turn(5, "customer", "Yes, I want to cancel, it is far too expensive", lasts_s=5),
        ),
        ended_s=120,
    )
    playbook = built_in_playbook()

    first = rehearse(playbook, call)

    assert first.came
    assert all(rehearse(playbook, call) == first for _ in range(3))


# Files


def test_the_call_in_the_documents_is_one_and_comes_out_as_it_says(tmp_path: Path) -> None:
    document = (ROOT / "docs" / "playbooks.md").read_text()
    policy, trial, call = re.findall(r"```yaml\n(.*?)```", document, re.DOTALL)

    rehearsal = rehearse(built_in_playbook(), load_call(file_of(call, tmp_path)))

    assert (len(rehearsal.came) > 3, rehearsal.missed) == (True, ())
    assert len(parse_policy(policy, file="policy.yaml").bindings) == 5
    assert len(parse_policy(trial, file="policy.yaml").experiments) == 1


WHOLE = """\
call: an unhappy one
language: en-GB
queue: cancellations
profile: gold
attributes: {tier: gold}
agent_connected: 2.5
holds: [{from: 20, until: 30}]
ended: 40
expect: [golden]
expect_not: [card]
turns:
  - {at: 8, until: 9, speaker: customer, text: I want to cancel, expect: [keep]}
  - {at: 3, speaker: agent, text: Thank you for calling, expect_not: [keep]}
"""


def file_of(content: str, folder: Path, name: str = "call.yaml") -> Path:
    path = folder / name
    path.write_text(content)
    return path


def test_a_call_is_read_as_it_is_written(tmp_path: Path) -> None:
    call = load_call(file_of(WHOLE, tmp_path))

    assert (call.name, call.language, call.queue, call.profile) == (
        "an unhappy one", "en-GB", "cancellations", "gold",
    )  # fmt: skip
    assert (call.attributes, call.agent_connected_s, call.ended_s) == ({"tier": "gold"}, 2.5, 40)
    assert (call.holds, call.wanted) == (
        ((20, 30),),
        Wanted(expect=("golden",), expect_not=("card",)),
    )
    assert [one.speaker for one in call.turns] == ["agent", "customer"]
    assert call.turns[0].until_s == pytest.approx(3 + 4 * 0.35)
    assert call.turns[1].wanted == Wanted(expect=("keep",))


def test_json_is_read_too_and_a_call_ends_after_its_last_turn(tmp_path: Path) -> None:
    content = '{"turns": [{"at": 1, "until": 3, "speaker": "agent", "text": "Hello"}]}'

    call = load_call(file_of(content, tmp_path, "short.json"))

    assert (call.name, call.ended_s, call.language) == ("short", 5.0, "en-US")


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ("turns: []", "turns"),
        ("turns: [{at: 1, speaker: robot, text: Hi}]", "turns[0].speaker"),
        ("turns: [{at: soon, speaker: agent, text: Hi}]", "turns[0].at"),
        ("turns: [{at: 2, until: 1, speaker: agent, text: Hi}]", "turns[0]"),
        ("ended: 1\nturns: [{at: 2, speaker: agent, text: Hi}]", "ended"),
        ("turns: [{at: 1, speaker: agent, text: Hi, expects: [x]}]", "turns[0].expects"),
        ("turns: [", "(document)"),
    ],
)
def test_what_is_no_call_is_refused_with_its_place(
    content: str, field: str, tmp_path: Path
) -> None:
    with pytest.raises(PlaybookMalformed) as refusal:
        load_call(file_of(content, tmp_path))

    assert (refusal.value.file, refusal.value.field) == ("call.yaml", field)
