"""Every kind of moment is read, or refused where it cannot work; the schema says the same."""

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from antiphon.errors import PlaybookMalformed
from antiphon.services.guidance.moments import (
    Attribute,
    Condition,
    Label,
    Meaning,
    Moment,
    Patterns,
    Question,
    needs_of,
)
from antiphon.services.guidance.playbook import BUILT_IN, parse_playbook, playbook_schema
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from ...house.tree import ROOT

HEAD = 'playbook: shop\nversion: "1"\nlanguage: en\ncues: {}\nmoments:\n'
BESIDES = """\
  leaving: {track: from_customer, heard: [want to ... cancel]}
  offer: {track: to_customer, heard: [can offer]}
"""
GRAMMAR = ROOT / "docs" / "playbook-grammar.md"
SCHEMA = ROOT / "docs" / "playbook.schema.json"


def playbook_with(moment: str) -> str:
    return f"{HEAD}{BESIDES}  m: {moment}\n"


def read(moment: str) -> Moment:
    return parse_playbook(playbook_with(moment), file="shop.yaml").moments[-1]


def refusal_of(moment: str) -> PlaybookMalformed:
    with pytest.raises(PlaybookMalformed) as refusal:
        read(moment)
    return refusal.value


def valid(content: str) -> bool:
    reader: Any = YAML(typ="safe")
    document: Any = reader.load(io.StringIO(content))
    validator: Any = Draft202012Validator(playbook_schema())
    return validator.is_valid(document)


CUSTOMER = ("from_customer",)
KINDS = [
    ("{track: from_customer, meaning: [it is late], least: 0.5, on: final}",
     Meaning(name="m", tracks=CUSTOMER, sentences=("it is late",), least=0.5, on="final")),
    ("{track: from_customer, label: billing, classifier: intents}",
     Label(name="m", tracks=CUSTOMER, label="billing", classifier="intents", least=0.7)),
    ("{track: from_customer, asks: Is it late?, after: [leaving, customer_held]}",
     Question(name="m", tracks=CUSTOMER, asks="Is it late?", on="final",
              after=frozenset({"leaving", "customer_held"}))),
    ("{attribute: Tier, is: [GOLD, Platinum]}",
     Attribute(name="m", attribute="Tier", among=frozenset({"gold", "platinum"}))),
    ("{attribute: visits, least: 3, most: 9}",
     Attribute(name="m", attribute="visits", least=3, most=9)),
    ("{all: [leaving, offer]}",
     Condition(name="m", kind="all", terms=("leaving", "offer"))),
    ("{any: [leaving], unless: [offer], track: from_customer, while: on_hold}",
     Condition(name="m", kind="any", terms=("leaving",), unless=frozenset({"offer"}),
               tracks=CUSTOMER, phase="on_hold")),
    ("{then: [offer, leaving], within_s: 60}",
     Condition(name="m", kind="then", terms=("offer", "leaving"), within_s=60)),
    ("{times: 3, of: leaving, within_s: 600}",
     Condition(name="m", kind="times", terms=("leaving",), times=3, within_s=600)),
    ("{missing: offer, since: agent_connected, within_s: 20}",
     Condition(name="m", kind="missing", terms=("offer",), since="agent_connected", within_s=20)),
]  # fmt: skip


@pytest.mark.parametrize(("given", "expected"), KINDS, ids=lambda one: str(one)[:30])
def test_each_kind_of_moment_is_read(given: str, expected: Moment) -> None:
    assert read(given) == expected
    assert valid(playbook_with(given))


TOGETHER = (
    "{track: from_customer, label: billing, classifier: intents, phrases: [my bill], "
    "sure: [about my bill], "
    "unless: [paid], on: final, least_with_phrases: 0.4}"
)


def test_a_label_may_have_phrases_that_count_alone_without_a_classifier() -> None:
    moment = read(TOGETHER)

    assert isinstance(moment, Label)
    assert (moment.on, moment.least_with_phrases) == ("final", 0.4)
    assert moment.by_words is not None
    assert [one.source for one in moment.by_words.heard] == ["my bill", "about my bill"]
    assert moment.for_sure is not None
    assert [one.source for one in moment.for_sure.heard] == ["about my bill"]
    assert [one.source for one in moment.by_words.unless] == ["paid"]
    assert valid(playbook_with(TOGETHER))


def test_a_pattern_is_one_of_re2() -> None:
    moment = read(r"{track: from_customer, pattern: ['\b[A-Z]{2}-?\d{4}\b'], unless: [old]}")

    assert isinstance(moment, Patterns)
    assert moment.patterns[0].find("it is ab1234 i think") == (6, 12)
    assert moment.unless[0].source == "old"


# What a schema can tell, both refuse; the rest (True) the reader alone.
REFUSED = [
    ("{track: either}", "m", "exactly one of these", False),
    ("{track: either, heard: [x], pattern: [y]}", "m", "exactly one of these", False),
    ("{heard: [x]}", "m", "`track` is missing", False),
    ("{track: either, pattern: ['(']}", "m.pattern[0]", "RE2", True),
    (r"{track: either, pattern: ['(a)\1']}", "m.pattern[0]", "RE2", True),
    ("{track: either, pattern: ['x*']}", "m.pattern[0]", "nothing was said", True),
    ("{track: either, pattern: ['((a{99}){99}){99}']}", "m.pattern[0]", "RE2", True),
    ("{track: either, meaning: [x], least: 1.5}", "m.least", "from 0 to 1", False),
    ("{track: either, meaning: [x], least: 1e-1}", "m.least", "from 0 to 1", True),
    ("{track: either, label: x}", "m", "`classifier` is missing", False),
    ("{track: either, asks: x?, least: 0.5}", "m.least", "unknown field", False),
    ("{track: either, asks: x?, after: [later]}", "m.after[0]", "`leaving`", True),
    ("{attribute: x, least: 5, most: 4}", "m", "less than", True),
    ("{attribute: x, is: []}", "m.is", "a list", False),
    ("{all: [leaving]}", "m.all", "fewer than 2", False),
    ("{all: [leaving, later]}", "m.all[1]", "`contact_ended`", True),
    ("{all: [leaving, m]}", "m", "m → m", True),
    ("{then: [offer, leaving]}", "m", "`within_s` is missing", False),
    ("{times: 3, of: leaving}", "m", "`within_s` is missing", False),
    ("{times: 1, of: leaving, within_s: 9}", "m.times", "from 2 to 20", False),
    ("{times: 3, of: leaving, within_s: 999999}", "m.within_s", "from 1 to 14400", False),
    ("{missing: offer, within_s: 20}", "m", "`since` is missing", False),
    ("{missing: offer, since: offer, within_s: 20}", "m", "waits for what starts", True),
    ("{any: [leaving], while: asleep}", "m.while", "`on_hold`", False),
]


@pytest.mark.parametrize(
    ("moment", "field", "problem", "semantic"), REFUSED, ids=[one[0][:45] for one in REFUSED]
)
def test_a_moment_that_cannot_work_is_refused_where_it_stands(
    moment: str,
    field: str,
    problem: str,
    semantic: bool,  # noqa: FBT001
) -> None:
    refusal = refusal_of(moment)

    assert (refusal.line, refusal.field) == (8, f"moments.{field}")
    assert problem in refusal.problem
    assert valid(playbook_with(moment)) is semantic


def test_moments_that_look_at_each_other_are_refused() -> None:
    content = f"{HEAD}{BESIDES}  a: {{any: [b]}}\n  b: {{all: [leaving, c]}}\n  c: {{any: [a]}}\n"

    with pytest.raises(PlaybookMalformed, match=r"looks at itself: .* → .* → .*"):
        parse_playbook(content, file="shop.yaml")


def test_the_log_keeps_the_names_of_what_it_tells() -> None:
    content = f"{HEAD}  customer_held: {{track: either, heard: [hold]}}\n"

    with pytest.raises(PlaybookMalformed, match=r"moments.customer_held.*the log itself tells"):
        parse_playbook(content, file="shop.yaml")


def test_what_a_playbook_needs_is_known() -> None:
    kinds = [expected for _, expected in KINDS]

    assert needs_of(kinds) == {"embedder", "classifier", "text"}
    assert needs_of([one for one in kinds if isinstance(one, Condition | Attribute)]) == frozenset()
    assert needs_of([read(TOGETHER)]) == frozenset()


@pytest.mark.parametrize(
    ("attribute", "value", "holds"),
    [
        (Attribute(name="m", attribute="a"), "x", True),
        (Attribute(name="m", attribute="a"), " ", False),
        (Attribute(name="m", attribute="a", among=frozenset({"gold"})), " Gold ", True),
        (Attribute(name="m", attribute="a", among=frozenset({"gold"})), "golden", False),
        (Attribute(name="m", attribute="a", least=3), "3", True),
        (Attribute(name="m", attribute="a", least=3), "2", False),
        (Attribute(name="m", attribute="a", least=0, most=9), "10", False),
        (Attribute(name="m", attribute="a", most=9), "-1", False),
        (Attribute(name="m", attribute="a", most=9), "many", False),
        (Attribute(name="m", attribute="a", most=9), "²", False),
    ],
)
def test_an_attribute_holds_within_its_bounds(
    attribute: Attribute,
    value: str,
    holds: bool,  # noqa: FBT001
) -> None:
    assert attribute.holds(value) is holds


# The documents


def examples() -> list[str]:
    head = HEAD.removesuffix("moments:\n")
    blocks: list[str] = re.findall(r"```yaml\n(.*?)```", GRAMMAR.read_text(), re.DOTALL)
    return [block if "playbook:" in block else head + block for block in blocks]


@pytest.mark.parametrize("content", examples(), ids=range(6))
def test_every_example_of_the_grammar_is_a_playbook(content: str) -> None:
    playbook = parse_playbook(content, file="example.yaml")

    assert playbook.moments
    assert valid(content)


def test_the_grammar_has_an_example_of_every_kind() -> None:
    text = "\n".join(examples())

    kinds = [one["required"][0] for one in _moment_kinds()]
    assert len(kinds) == 11
    assert [kind for kind in kinds if f"{kind}:" not in text] == []


def test_the_committed_schema_is_that_of_the_reader() -> None:
    # Write it anew with `antiphon playbook schema`.
    assert json.loads(SCHEMA.read_text()) == playbook_schema()
    Draft202012Validator.check_schema(playbook_schema())


@pytest.mark.parametrize("file", sorted(BUILT_IN.glob("*.yaml")), ids=lambda file: file.stem)
def test_playbooks_that_come_with_us_keep_to_the_schema(file: Path) -> None:
    assert valid(file.read_text())


def _moment_kinds() -> list[Any]:
    return playbook_schema()["properties"]["moments"]["additionalProperties"]["oneOf"]
