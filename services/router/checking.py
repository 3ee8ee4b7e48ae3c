"""Whether what a model wrote is the JSON that was asked for."""

import json
import re
from collections.abc import Mapping
from typing import Any, cast

_FENCED = re.compile(r"\A\s*```(?:json)?\s*\n(.*?)\n?\s*```\s*\Z", re.DOTALL)
_DEPTH_MAX = 64  # a schema of ours needs ten


def as_asked(text: str, schema: Mapping[str, Any]) -> str | None:
    """Return the JSON of a text if it is one value of the schema; None if it is not.

    A fence around it, which models like to write, is taken off; nothing else is mended.
    """
    fenced = _FENCED.match(text)
    bare = fenced[1] if fenced else text.strip()
    try:
        value = json.loads(bare, parse_constant=_refuse, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        return None
    return bare if _is_sound(value) and _fits(value, schema) else None


def is_text(text: str) -> bool:
    """Tell whether a text can be kept: UTF-8 knows no half characters, PostgreSQL no NUL."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text


def is_closed(schema: Any) -> bool:
    """Tell whether endpoints that hold a model to a schema strictly take this one.

    Source: OpenAI, "Structured outputs", supported schemas: every object names all its fields
    as required and allows no others.
    """
    if isinstance(schema, list | tuple):
        return all(is_closed(one) for one in cast("list[Any]", schema))
    if not isinstance(schema, Mapping):
        return True
    told = cast("Mapping[str, Any]", schema)
    if told.get("type") == "object":
        fields = set(cast("Mapping[str, Any]", told.get("properties", {})))
        if told.get("additionalProperties") is not False:
            return False
        if set(cast("list[str]", told.get("required", []))) != fields:
            return False
    return all(is_closed(one) for one in told.values())


def _fits(value: Any, schema: Mapping[str, Any]) -> bool:
    # Half a hundred milliseconds to load, and only where there is a model.
    from jsonschema import Draft202012Validator  # noqa: PLC0415
    from referencing import Registry  # noqa: PLC0415

    # An empty registry: no reference of a schema is ever fetched.
    validator: Any = Draft202012Validator(cast("Any", schema), registry=Registry())
    return bool(validator.is_valid(value))


def _refuse(constant: str) -> Any:
    raise ValueError(constant)  # NaN and infinities are no JSON


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Take an object whose names differ: of two that are the same, readers choose differently."""
    told = dict(pairs)
    if len(told) < len(pairs):
        raise ValueError
    return told


def _is_sound(value: Any) -> bool:
    """Tell whether a value is no deeper than it may be, and its texts can be kept."""
    level = [value]
    for _ in range(_DEPTH_MAX):
        if not all(is_text(one) for one in level if isinstance(one, str)):
            return False
        level = [child for one in level for child in _children(one)]
        if not level:
            return True
    return False


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        told = cast("dict[str, Any]", value)
        return [*told, *told.values()]
    return cast("list[Any]", value) if isinstance(value, list) else []
