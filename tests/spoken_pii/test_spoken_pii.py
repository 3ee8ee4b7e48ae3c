"""The lines are what their README says: counted, consistent, and no part's in another."""

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import combinations, groupby
from typing import Any

import pytest

from . import fresh_lines, open_lines, sealed_lines

Line = dict[str, Any]
Part = Callable[[], list[Line]]

COUNTS: list[tuple[Part, int]] = [(open_lines, 130), (sealed_lines, 200), (fresh_lines, 180)]
PARTS = pytest.mark.parametrize("part", [open_lines, sealed_lines, fresh_lines])

FIELDS = {"id", "form", "speaker", "group", "text", "spans"}
FORMS = {"digit", "spoken", "mixed", "neg"}
TYPES = {
    "CARD",
    "CVV",
    "EXPIRY",
    "SSN",
    "PHONE",
    "EMAIL",
    "DOB",
    "ADDRESS",
    "NAME",
    "ACCOUNT",
    "PIN",
}
BORDERS = " .,;:!?"  # a span neither begins nor ends with one


@pytest.mark.parametrize(("part", "count"), COUNTS)
def test_each_part_holds_as_many_lines_as_its_readme_says(part: Part, count: int) -> None:
    assert len(part()) == count


@PARTS
def test_every_line_is_consistent(part: Part) -> None:
    assert [problem for line in part() for problem in problems(line)] == []


@PARTS
def test_each_part_has_every_type_and_form_and_a_fifth_without_personal_data(part: Part) -> None:
    lines = part()
    forms = Counter(line["form"] for line in lines)

    assert {span["type"] for line in lines for span in line["spans"]} == TYPES
    assert set(forms) == FORMS
    assert forms["neg"] * 5 >= len(lines)


@PARTS
def test_turns_of_a_group_follow_each_other(part: Part) -> None:
    runs = [group for group, _ in groupby(line["group"] for line in part()) if group]

    assert [group for group, times in Counter(runs).items() if times > 1] == []


def test_ids_are_unique_and_in_order() -> None:
    ids = [line["id"] for line in (*open_lines(), *sealed_lines())]
    fresh = [line["id"] for line in fresh_lines()]

    assert ids == [f"sp-{n:04}" for n in range(1, len(ids) + 1)]
    assert fresh == [f"sp-{n}" for n in range(1001, len(fresh) + 1001)]
    assert len({*ids, *fresh}) == len(ids) + len(fresh)


def test_no_text_is_there_twice_and_no_value_of_some_length_in_two_parts() -> None:
    parts = [open_lines(), sealed_lines(), fresh_lines()]
    texts = Counter(_plain(line["text"]) for part in parts for line in part)
    values = [_values(part) for part in parts]
    shared = [value for one, other in combinations(values, 2) for value in one & other]

    assert [len(text) for text, times in texts.items() if times > 1] == []
    assert [len(value) for value in shared if len(value) > LONG] == []


LONG = 7  # short ones, a year or a first name, may meet by chance


def _values(lines: list[Line]) -> set[str]:
    return {_plain(span["value"]) for line in lines for span in line["spans"]}


def _plain(text: str) -> str:
    return "".join(sign for sign in text.lower() if sign.isalnum())


def problems(line: Line) -> Iterator[str]:
    """Yield what is wrong with a line: its id, never its words."""
    name, text, spans = line["id"], line["text"], line["spans"]
    if set(line) != FIELDS:
        yield f"{name}: fields"
    if line["form"] not in FORMS or line["speaker"] not in {"agent", "customer"}:
        yield f"{name}: form or speaker"
    if (line["form"] == "neg") == bool(spans):
        yield f"{name}: {line['form']} with {len(spans)} spans"
    if not text.strip() or text != text.strip():
        yield f"{name}: blank or begins or ends so"
    end = 0
    for span in spans:
        value = text[span["start"] : span["end"]]
        if span["type"] not in TYPES:
            yield f"{name}: type"
        if not end <= span["start"] < span["end"] <= len(text):
            yield f"{name}: spans meet, or lie outside"
        if value != span["value"] or value != value.strip(BORDERS):
            yield f"{name}: value"
        end = span["end"]


def _line(**given: object) -> Line:
    spans = [{"start": 8, "end": 11, "type": "NAME", "value": "Ana"}]
    line: Line = {"id": "x", "form": "digit", "speaker": "customer", "group": None}
    return {**line, "text": "This is Ana.", "spans": spans, **given}


def _span(**given: object) -> Line:
    return _line(spans=[{**_line()["spans"][0], **given}])


BROKEN: list[tuple[Line, str]] = [
    ({**_line(), "more": 1}, "fields"),
    (_line(form="other"), "form or speaker"),
    (_line(speaker="system"), "form or speaker"),
    (_line(form="neg"), "neg with 1 spans"),
    (_line(spans=[]), "digit with 0 spans"),
    (_line(text=" This is Ana."), "blank"),
    (_span(type="AGE"), "type"),
    (_span(end=40), "outside"),
    (_span(value="Anna"), "value"),
    (_span(end=12, value="Ana."), "value"),
    (_line(spans=_line()["spans"] * 2), "meet"),
]


def test_a_line_that_is_consistent_has_no_problem() -> None:
    assert list(problems(_line())) == []


@pytest.mark.parametrize(("broken", "what"), BROKEN)
def test_an_inconsistent_line_is_found(broken: Line, what: str) -> None:
    assert any(what in problem for problem in problems(broken))
