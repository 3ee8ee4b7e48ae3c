"""JSON held against a JSON Schema by `jsonschema`, which shares no code with ours."""

from typing import Any

from jsonschema import Draft7Validator, Draft202012Validator, FormatChecker


def problems(schema: Any, instance: Any) -> list[str]:
    """Return what of an instance a schema of 2020-12 does not allow."""
    validator: Any = Draft202012Validator(schema, format_checker=FormatChecker())
    return [error.message for error in validator.iter_errors(instance)]


def problems_draft_07(schema: Any, instance: Any) -> list[str]:
    """Return where an instance is not what a schema of draft 07 allows."""
    validator: Any = Draft7Validator(schema)
    return [error.json_path for error in validator.iter_errors(instance)]
