"""A playbook is read whole or refused at the line and field that is wrong."""

import re
from pathlib import Path

import pytest
from antiphon.errors import PlaybookMalformed
from antiphon.services.guidance.moments import Phrases
from antiphon.services.guidance.playbook import (
    ChecklistItem,
    Cue,
    load_playbook,
    parse_playbook,
)

WHOLE = """\
playbook: shop
version: "7"
language: en
vocabulary: [parcel]
moments:
  late:
    track: from_customer
    heard:
      - my parcel ... late
      - where is my parcel
    unless: [early]
    negation: match
    on: final
  sorry:
    track: to_customer
    heard: [sorry]
  cash:
    track: either
    heard: [cash]
cues:
  trace_it:
    on: late
    kind: hint
    title: Trace the parcel
    body: Ask for its number.
    lasts_s: 30
    once: true
    cooldown_s: 0
    after: [cash, late]
    unless: [sorry]
  be_brief:
    on: cash
    kind: warning
    title: No cash
    body: Never take cash.
checklist:
  apologised:
    title: Said sorry
    on: sorry
"""


def refusal_of(content: str) -> PlaybookMalformed:
    with pytest.raises(PlaybookMalformed) as refusal:
        parse_playbook(content, file="shop.yaml")
    return refusal.value


def test_a_whole_playbook_is_read() -> None:
    playbook = parse_playbook(WHOLE, file="shop.yaml")

    late, sorry, cash = [one for one in playbook.moments if isinstance(one, Phrases)]
    assert (playbook.name, playbook.language, playbook.vocabulary) == ("shop", "en", ("parcel",))
    assert (late.name, late.tracks, late.negation, late.on) == (
        "late", ("from_customer",), "match", "final",
    )  # fmt: skip
    assert [phrase.source for phrase in late.heard] == ["my parcel ... late", "where is my parcel"]
    assert [phrase.source for phrase in late.unless] == ["early"]
    assert (sorry.tracks, sorry.negation, sorry.on) == (("to_customer",), "ignore", "partial")
    assert cash.tracks == ("from_customer", "to_customer")
    assert playbook.cues[0] == Cue(
        name="trace_it",
        on="late",
        kind="hint",
        title="Trace the parcel",
        body="Ask for its number.",
        lasts_s=30,
        once=True,
        cooldown_s=0,
        after=frozenset({"cash", "late"}),
        unless=frozenset({"sorry"}),
    )
    assert playbook.checklist == (ChecklistItem(name="apologised", title="Said sorry", on="sorry"),)


def test_the_version_changes_with_the_content() -> None:
    one = parse_playbook(WHOLE, file="shop.yaml").version
    other = parse_playbook(WHOLE.replace("Said sorry", "Apologised"), file="shop.yaml").version

    assert re.fullmatch(r"7\+[0-9a-f]{8}", one)
    assert other.startswith("7+")
    assert one != other
    assert one == parse_playbook(WHOLE, file="elsewhere.yaml").version


@pytest.mark.parametrize(
    ("before", "after", "line", "field", "problem"),
    [
        pytest.param("playbook: shop\n", "", 1, "", "`playbook` is missing", id="missing"),
        pytest.param("language: en", "language:", 3, "language", "empty", id="empty"),
        pytest.param("language: en", "lang: en", 3, "lang", "unknown field", id="misspelled"),
        pytest.param("track: from_customer", "track: customer", 7, "moments.late.track",
                     "`from_customer`, `to_customer`, `either`", id="no such track"),
        pytest.param("my parcel ... late", "my parcel (late", 9, "moments.late.heard[0]",
                     "never closed", id="phrase"),
        pytest.param("where is my parcel", '"?"', 10, "moments.late.heard[1]", "follows",
                     id="second phrase"),
        pytest.param("heard: [sorry]", "heard: sorry", 16, "moments.sorry.heard", "list",
                     id="text for a list"),
        pytest.param("heard: [sorry]", "heard: []", 16, "moments.sorry.heard", "list",
                     id="empty list"),
        pytest.param("on: late\n", "on: later\n", 22, "cues.trace_it.on", "`late`, `sorry`, `cash`",
                     id="no such moment"),
        pytest.param("kind: hint", "kind: shout", 23, "cues.trace_it.kind", "`warning`",
                     id="no such kind"),
        pytest.param("lasts_s: 30", "lasts_s: soon", 26, "cues.trace_it.lasts_s", "whole number",
                     id="no number"),
        pytest.param("lasts_s: 30", "lasts_s: 0", 26, "cues.trace_it.lasts_s", "from 1",
                     id="out of range"),
        pytest.param("once: true", "once: yes", 27, "cues.trace_it.once", "`true`, `false`",
                     id="no flag"),
        pytest.param("[cash, late]", "[cash, dash]", 29, "cues.trace_it.after[1]", "`cash`",
                     id="condition"),
        pytest.param("title: Said sorry", "title: [Said]", 38, "checklist.apologised.title",
                     "a text", id="list for a text"),
        pytest.param("title: No cash", f"title: {'x' * 61}", 34, "cues.be_brief.title", "longer",
                     id="too long"),
        pytest.param("  sorry:\n", "  late:\n", 14, "moments.late", "twice", id="twice"),
        pytest.param("  apologised:\n", "  - apologised:\n", 36, "checklist", "names and values",
                     id="list for a mapping"),
        pytest.param('version: "7"', 'version: "7', 2, "(document)", "not YAML", id="no YAML"),
        pytest.param("language: en", "language: *en", 3, "(document)", "not YAML", id="no anchor"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_line_and_field(
    before: str, after: str, line: int, field: str, problem: str
) -> None:
    assert WHOLE.count(before) == 1

    refusal = refusal_of(WHOLE.replace(before, after))

    if refusal.field != "(document)":
        assert refusal.line == line
    assert refusal.field == field
    assert problem in refusal.problem
    assert f"shop.yaml, line {refusal.line}" in str(refusal)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "- a",
        "just text",
        "\t- : [",
        "a: " + "[" * 50_000,
        "\n".join(" " * n + "a:" for n in range(600)),
    ],
)
def test_what_is_no_playbook_at_all_is_refused(content: str) -> None:
    assert refusal_of(content).file == "shop.yaml"


def test_a_file_is_called_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("playbook: x\n")
    (tmp_path / "latin.yaml").write_bytes(b"playbook: caf\xe9\n")

    for name, problem in [("mine", "missing"), ("latin", "read"), ("none", "read")]:
        with pytest.raises(PlaybookMalformed, match=f"{name}.yaml, line 1.*{problem}"):
            load_playbook(tmp_path / f"{name}.yaml")


def test_together_moments_are_no_more_than_calls_have_time_for() -> None:
    phrases = "\n".join(f"      - want item{n}" for n in range(200))
    again = "\n".join(f"  m{n}: {{track: either, heard: *them}}" for n in range(25))
    content = f"""\
playbook: shop
version: "1"
language: en
moments:
  all:
    track: either
    heard: &them
{phrases}
{again}
cues: {{}}
"""

    refusal = refusal_of(content)

    assert (refusal.line, refusal.field) == (4, "moments")
    assert "5000" in refusal.problem
