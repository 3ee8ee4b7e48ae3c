"""A policy is read as it is written, or refused with its line and field."""

import json
from typing import Any

import pytest
from antiphon.errors import PolicyMalformed
from antiphon.infra.playbook_files import plain_document
from antiphon.services.guidance.policy import Binding, Hours, Scope
from antiphon.services.guidance.policy_file import parse_policy, policy_schema
from jsonschema import Draft202012Validator

from ...house.tree import ROOT

SCHEMA = ROOT / "docs" / "policy.schema.json"
WHOLE = """\
policy: "4"
teams:
  retention: [a-1, a-2]
bindings:
  everybody:
    playbooks: [telecom]
  those of retention:
    for:
      agents: [a-1]
      teams: [retention]
      queues: [Cancellations]
      languages: [en, de-AT]
      hours: {zone: Europe/Berlin, days: [mon, sun], from: "08:30", until: "18:00"}
    playbooks: [keep]
    without: [telecom]
    off: {cues: [small_talk], moments: [weather]}
    on: {checklist: [greeting], guardrails: [cards]}
"""
SHORT = 'policy: "1"\nteams: {red: [a-1]}\nbindings:\n  b: '


def valid(content: str) -> bool:
    validator: Any = Draft202012Validator(policy_schema())
    return validator.is_valid(plain_document(content))


def test_everything_that_can_be_written_is_read() -> None:
    read = parse_policy(WHOLE, file="policy.yaml", playbooks=["telecom", "keep"])

    assert read.version.startswith("4+")
    assert read.teams == {"retention": frozenset({"a-1", "a-2"})}
    everybody, retention = read.bindings
    assert everybody == Binding(name="everybody", playbooks=frozenset({"telecom"}))
    assert retention == Binding(
        name="those of retention",
        scope=Scope(
            agents=frozenset({"a-1"}),
            teams=frozenset({"retention"}),
            queues=frozenset({"Cancellations"}),
            languages=frozenset({"en", "de-AT"}),
            hours=Hours(
                zone="Europe/Berlin",
                days=frozenset({0, 6}),
                from_minute=8 * 60 + 30,
                until_minute=18 * 60,
            ),
        ),
        playbooks=frozenset({"keep"}),
        without=frozenset({"telecom"}),
        off=frozenset({("cues", "small_talk"), ("moments", "weather")}),
        on=frozenset({("checklist", "greeting"), ("guardrails", "cards")}),
    )
    assert valid(WHOLE)


def test_hours_without_days_are_of_every_day() -> None:
    read = parse_policy(
        SHORT + '{for: {hours: {zone: UTC, from: "00:00", until: "12:00"}}}', file="policy.yaml"
    )

    hours = read.bindings[0].scope.hours
    assert hours is not None
    assert hours.days == frozenset(range(7))


def test_the_version_changes_with_the_content() -> None:
    one, other = (parse_policy(text, file="p.yaml") for text in (WHOLE, WHOLE + "\n"))

    assert one.version != other.version
    assert one.bindings == other.bindings


@pytest.mark.parametrize(
    ("binding", "line", "field", "problem"),
    [
        ("{for: {teams: [blue]}}", 4, "bindings.b.for.teams[0]", "no team"),
        ("{playbooks: [other]}", 4, "bindings.b.playbooks[0]", "no playbook"),
        ("{without: [other]}", 4, "bindings.b.without[0]", "no playbook"),
        ("{off: {tones: [x]}}", 4, "bindings.b.off.tones", "unknown field"),
        ("{for: {languages: [english language]}}", 4, "bindings.b.for.languages[0]", "tag"),
        ("\n    for:\n      hours: {zone: UTC, from: '8', until: '12:00'}", 6,
         "bindings.b.for.hours.from", "time of day"),
        ("{for: {hours: {zone: UTC, from: '24:00', until: '12:00'}}}", 4,
         "bindings.b.for.hours.from", "time of day"),
        ("{for: {hours: {zone: Berlin, from: '08:00', until: '12:00'}}}", 4,
         "bindings.b.for.hours.zone", "time zone"),
        ("{for: {hours: {zone: UTC, from: '08:00'}}}", 4, "bindings.b.for.hours", "`until`"),
        ("{for: {hours: {zone: UTC, days: [monday], from: '08:00', until: '09:00'}}}", 4,
         "bindings.b.for.hours.days[0]", "`mon`"),
        ("{for: everybody}", 4, "bindings.b.for", "names and values"),
        ("{playbooks: []}", 4, "bindings.b.playbooks", "list"),
        ("[", 5, "(document)", "not YAML"),
    ],
)  # fmt: skip
def test_what_breaks_the_grammar_is_refused_with_its_place(
    binding: str, line: int, field: str, problem: str
) -> None:
    with pytest.raises(PolicyMalformed) as refusal:
        parse_policy(f"{SHORT}{binding}\n", file="policy.yaml", playbooks=["telecom"])

    error = refusal.value
    assert (error.file, error.line, error.field) == ("policy.yaml", line, field)
    assert problem in error.problem


def test_where_nobody_says_which_playbooks_there_are_any_may_be_bound() -> None:
    read = parse_policy(SHORT + "{playbooks: [any]}", file="policy.yaml")

    assert read.bindings[0].playbooks == {"any"}


@pytest.mark.parametrize(
    "binding",
    [
        "{for: {tones: [x]}}",
        "{off: {cues: x}}",
        "{for: {hours: {zone: UTC, from: '08:00'}}}",
        "{playbooks: []}",
    ],
)
def test_the_schema_refuses_what_the_reader_refuses(binding: str) -> None:
    assert not valid(SHORT + binding)
    with pytest.raises(PolicyMalformed):
        parse_policy(SHORT + binding, file="policy.yaml")


def test_the_schema_in_the_documents_is_the_grammars() -> None:
    Draft202012Validator.check_schema(policy_schema())

    assert json.loads(SCHEMA.read_text()) == policy_schema()
