"""What changed is told by what it is about; order and layout mean nothing."""

from antiphon.infra.playbook_diff import WHOLE, Change, Detail, changes_between, shown
from rich.console import Console

BEFORE = """\
playbook: shop
version: "1"
language: en
vocabulary: [fibre, router]
moments:
  leaving: {track: from_customer, heard: [cancel, leave], on: partial}
  price: {track: from_customer, heard: [too expensive]}
cues:
  keep: {on: leaving, kind: hint, title: Keep, body: Ask why.}
"""


def changes(after: str, before: str = BEFORE) -> list[Change]:
    return changes_between(before, after)


def test_order_and_layout_are_no_changes() -> None:
    after = """\
language: en
version: "1"
playbook: shop
vocabulary:
- fibre
- router
cues:
  # why they want to go
  keep:
    kind: hint
    on: leaving
    body: Ask why.
    title: Keep
moments:
  price: {track: from_customer, heard: [too expensive]}
  leaving: {track: from_customer, heard: [cancel, leave], on: partial}
"""

    assert changes(after) == []


def test_a_field_that_changed_came_or_went_is_told() -> None:
    after = BEFORE.replace("body: Ask why.", "body: Ask., once: true").replace(", on: partial", "")

    assert changes(after) == [
        Change(
            section="moments",
            name="leaving",
            what="changed",
            details=(Detail(field="on", before="partial", after=None),),
        ),
        Change(
            section="cues",
            name="keep",
            what="changed",
            details=(
                Detail(field="body", before="Ask why.", after="Ask."),
                Detail(field="once", before=None, after="true"),
            ),
        ),
    ]


def test_items_of_lists_come_and_go() -> None:
    [change] = changes(BEFORE.replace("[cancel, leave]", "[cancel, quit]"))

    assert change.details == (
        Detail(field="heard", before="leave", after=None),
        Detail(field="heard", before=None, after="quit"),
    )


def test_a_list_in_another_order_is_told_as_that() -> None:
    [change] = changes(BEFORE.replace("[cancel, leave]", "[leave, cancel]"))

    assert change.details == (
        Detail(field="heard", before="[cancel, leave]", after="[leave, cancel]"),
    )


def test_entries_that_came_went_or_were_renamed() -> None:
    after = BEFORE.replace("  leaving: {", "  going: {").replace("on: leaving", "on: going")
    after = after.replace(
        "  price: {track: from_customer, heard: [too expensive]}",
        "  thanks: {track: either, heard: [thank you]}",
    )

    assert [(one.section, one.what, one.was, one.name) for one in changes(after)] == [
        ("moments", "renamed", "leaving", "going"),
        ("moments", "added", "", "thanks"),
        ("moments", "removed", "", "price"),
        ("cues", "changed", "", "keep"),
    ]


def test_a_section_that_came_or_went() -> None:
    checklist = BEFORE + "checklist:\n  bye: {title: Bye, on: price}\n"

    [came], [went] = changes(checklist), changes(BEFORE, checklist)

    assert (came.section, came.what, came.name) == ("checklist", "added", "bye")
    assert came.details == (
        Detail(field="title", before=None, after="Bye"),
        Detail(field="on", before=None, after="price"),
    )
    assert (went.section, went.what, went.name) == ("checklist", "removed", "bye")


def test_what_belongs_to_no_entry_is_told_first() -> None:
    [change] = changes(BEFORE.replace('"1"', '"2"').replace("fibre, ", ""))

    assert (change.section, change.details) == (
        WHOLE,
        (
            Detail(field="version", before="1", after="2"),
            Detail(field="vocabulary", before="fibre", after=None),
        ),
    )


def test_of_a_policy_bindings_are_told_with_what_is_deep_within_them() -> None:
    before = "policy: 1\nteams: {red: [a-1]}\nbindings:\n  b: {for: {queues: [x]}, off: {}}\n"

    found = changes(before.replace("[x]", "[y]").replace("[a-1]", "[a-1, a-2]"), before)

    assert [(one.section, one.name) for one in found] == [("teams", "red"), ("bindings", "b")]
    assert [one.field for one in found[1].details] == ["for.queues", "for.queues"]
    assert found[0].details == (Detail(field="", before=None, after="a-2"),)


def test_people_see_signs_and_colours() -> None:
    console = Console(width=100, color_system="standard", force_terminal=True, record=True)

    console.print(shown(changes(BEFORE.replace("Ask why.", "Ask.").replace('"1"', '"2"'))))

    text = console.export_text(styles=True)
    assert "\x1b[31mAsk why.\x1b[0m" in text
    assert "\x1b[32mAsk.\x1b[0m" in text
    assert "the whole" in text
