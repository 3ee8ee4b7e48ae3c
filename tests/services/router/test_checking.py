"""JSON that a model wrote: of the schema, or nothing."""

import json
from typing import Any

import pytest
from antiphon.services.router.checking import as_asked, is_closed, is_text

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "answer": {"type": "string", "maxLength": 40},
        "cited": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["answer", "cited"],
    "additionalProperties": False,
}
GOOD = '{"answer": "yes", "cited": ["a-1"]}'


@pytest.mark.parametrize(
    "text",
    [GOOD, f"  {GOOD}\n", f"```json\n{GOOD}\n```", f"```\n{GOOD}```\n"],
    ids=["bare", "with space around", "fenced", "fenced without a name"],
)
def test_json_of_the_schema_is_taken_without_its_fence(text: str) -> None:
    assert as_asked(text, SCHEMA) == GOOD


@pytest.mark.parametrize(
    "text",
    [
        "",
        GOOD[:-3],
        f"Sure! {GOOD}",
        f"{GOOD} {GOOD}",
        '{"answer": "yes"}',
        '{"answer": 7, "cited": []}',
        '{"answer": "yes", "cited": [], "more": 1}',
        '{"answer": "no", "answer": "yes", "cited": []}',
        json.dumps({"answer": "y" * 41, "cited": []}),
        '{"answer": "\\ud800", "cited": []}',
        '{"answer": "a\\u0000b", "cited": []}',
        '{"answer": "yes", "cited": NaN}',
        "[" * 100_000,
        "null",
    ],
    ids=[
        "empty", "truncated", "with talk around", "twice", "field missing", "wrong type",
        "field too many", "name twice", "too long", "half a character", "nul", "not a number",
        "bottomless", "null",
    ],
)  # fmt: skip
def test_anything_else_is_not(text: str) -> None:
    assert as_asked(text, SCHEMA) is None


def test_no_depth_is_taken_whatever_the_schema_allows() -> None:
    assert as_asked("[" * 60 + "]" * 60, {}) is not None
    assert as_asked("[" * 70 + "]" * 70, {}) is None


def test_a_reference_of_a_schema_is_not_fetched() -> None:
    with pytest.raises(Exception, match=r"localhost"):
        as_asked("{}", {"$ref": "http://localhost:1/schema.json"})


@pytest.mark.parametrize(
    ("schema", "closed"),
    [
        (SCHEMA, True),
        ({**SCHEMA, "required": ["answer"]}, False),
        ({**SCHEMA, "additionalProperties": True}, False),
        ({"type": "array", "items": {"type": "object"}}, False),
        ({"anyOf": [SCHEMA, {"type": "null"}]}, True),
    ],
)
def test_a_schema_is_strict_where_every_object_is_closed(
    schema: dict[str, Any], *, closed: bool
) -> None:
    assert is_closed(schema) == closed


def test_text_that_cannot_be_kept_is_none() -> None:
    assert is_text("Grüße 🤷")
    assert not is_text("\ud83e")
    assert not is_text("a\0b")
