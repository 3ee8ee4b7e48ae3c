"""Guardrails, attention and stages are read, or refused with line and field."""

import pytest
from antiphon.errors import PlaybookMalformed
from antiphon.services.guidance.attention import Attention
from antiphon.services.guidance.guarding import Guardrail
from antiphon.services.guidance.playbook import parse_playbook
from antiphon.services.guidance.stages import Stage, entered

HEAD = """\
playbook: shop
version: "1"
language: en
moments:
  card: {track: either, heard: [card number]}
  closing: {track: to_customer, heard: [anything else]}
cues:
  no_cards: {on: card, kind: warning, title: No cards, body: Stop.}
  recap: {on: closing, kind: next_action, title: Recap, body: Say it.}
"""


def test_all_sections_are_read() -> None:
    playbook = parse_playbook(
        HEAD
        + """\
guardrails:
  data: {finds: [card_number], kind: system, act: block, title: Card, shows: no_cards}
  told: {on: [closing], kind: supervisory, act: alert, title: Told, track: to_customer}
attention: {cues_per_minute: 9, open_max: 2, quiet_while_agent_talks: false, hold_s_max: 3}
stages:
  checking: {on: [card], title: Checking}
  closing: {on: [closing], title: Closing, next_action: recap}
""",
        file="shop.yaml",
    )

    assert playbook.guardrails == (
        Guardrail(
            name="data",
            kind="system",
            act="block",
            title="Card",
            finds=frozenset({"card_number"}),
            shows="no_cards",
        ),
        Guardrail(
            name="told",
            kind="supervisory",
            act="alert",
            title="Told",
            on=frozenset({"closing"}),
            tracks=("to_customer",),
        ),
    )
    assert playbook.attention == Attention(
        cues_per_minute=9, open_max=2, quiet_while_agent_talks=False, hold_s_max=3
    )
    assert [stage.name for stage in playbook.stages] == ["checking", "closing"]
    assert playbook.stages[1].next_action == "recap"


def test_without_them_the_defaults_hold() -> None:
    playbook = parse_playbook(HEAD, file="shop.yaml")

    assert (playbook.guardrails, playbook.stages, playbook.attention) == ((), (), Attention())


@pytest.mark.parametrize(
    ("section", "field", "problem"),
    [
        ("guardrails: {x: {kind: system, act: alert, title: T}}", "guardrails.x", "exactly one"),
        (
            "guardrails: {x: {finds: [phone], kind: system, act: alert, title: T}}",
            "guardrails.x.finds[0]",
            "must be",
        ),
        (
            "guardrails: {x: {on: [nothing], kind: system, act: alert, title: T}}",
            "guardrails.x.on[0]",
            "must be",
        ),
        (
            "guardrails: {x: {on: [card], kind: system, act: warn, title: T}}",
            "guardrails.x",
            "needs `shows`",
        ),
        (
            "guardrails: {x: {on: [card], kind: system, act: warn, title: T, shows: recap}}",
            "guardrails.x",
            "of the kind `warning`",
        ),
        (
            "guardrails: {x: {on: [card], kind: system, act: alert, title: T, shows: none}}",
            "guardrails.x",
            "is no cue",
        ),
        ("attention: {cues_per_minute: 0}", "attention.cues_per_minute", "whole number"),
        ("attention: {loud: true}", "attention.loud", "unknown field"),
        ("stages: {x: {on: [card], title: T, next_action: no_cards}}", "stages.x", "next_action"),
        ("stages: {x: {title: T}}", "stages.x", "`on` is missing"),
    ],
)
def test_a_mistake_is_named_with_its_field(section: str, field: str, problem: str) -> None:
    with pytest.raises(PlaybookMalformed) as raised:
        parse_playbook(HEAD + section + "\n", file="shop.yaml")

    assert raised.value.field == field
    assert problem in str(raised.value)
    assert "line 10" in str(raised.value)


def test_a_stage_is_entered_by_any_of_its_moments_and_not_twice() -> None:
    first = Stage(name="first", title="First", on=frozenset({"a", "b"}))
    second = Stage(name="second", title="Second", on=frozenset({"c"}))

    assert entered([first, second], "b", current=None) == first
    assert entered([first, second], "c", current="first") == second
    assert entered([first, second], "a", current="second") == first
    assert entered([first, second], "a", current="first") is None
    assert entered([first, second], "x", current=None) is None
