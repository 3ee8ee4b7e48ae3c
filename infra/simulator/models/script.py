"""What the models of the server say: by prompt, or by a function of what was asked."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from .asked import Asked

UNSCRIPTED = "I have nothing to say about that."
_DEPTH_MAX = 16  # of a schema that refers to itself

# A text; what is not a text is written as JSON.
Answer = str | dict[str, Any] | list[Any]
Scripted = Answer | Callable[[Asked], Answer]


class Script:
    """Answers by the name of the prompt, as `X-Prompt` gives it."""

    def __init__(self) -> None:
        self._answers: dict[str, Scripted] = {}
        self._scores: dict[str, Callable[[str], dict[str, float]]] = {}

    def says(self, prompt: str, answer: Scripted) -> None:
        """Script a prompt: its whole name, its name without `@version`, or `*` for all."""
        self._answers[prompt] = answer

    def fits(self, model: str, scores: Callable[[str], dict[str, float]]) -> None:
        """Script a classifier: what it makes of a text."""
        self._scores[model] = scores

    def scores(self, model: str, text: str) -> dict[str, float] | None:
        """Return what a classifier was scripted to make of a text; None where it was not."""
        scripted = self._scores.get(model)
        return None if scripted is None else scripted(text)

    def answer(self, asked: Asked) -> str:
        """Return what the model says. Where nothing was scripted, a schema's least instance."""
        for name in (asked.prompt, asked.prompt.partition("@")[0], "*"):
            if name in self._answers:
                scripted = self._answers[name]
                said = scripted(asked) if callable(scripted) else scripted
                return said if isinstance(said, str) else json.dumps(said)
        if asked.json_schema is not None:
            return json.dumps(least_of(asked.json_schema))
        return "{}" if asked.json_only else UNSCRIPTED


def least_of(schema: Mapping[str, Any], *, depth: int = 0) -> Any:
    """Return a small value of a schema: what is required, the first of what may be chosen."""
    if depth > _DEPTH_MAX:
        return None
    if "const" in schema:
        return schema["const"]
    if schema.get("enum"):
        return schema["enum"][0]
    for choice in ("anyOf", "oneOf", "allOf"):
        if schema.get(choice):
            return least_of(schema[choice][0], depth=depth + 1)
    kind: Any = schema.get("type", "object")
    return _least_of_kind(kind if isinstance(kind, str) else kind[0], schema, depth=depth + 1)


def _least_of_kind(kind: str, schema: Mapping[str, Any], *, depth: int) -> Any:
    if kind == "object":
        fields: dict[str, Any] = schema.get("properties", {})
        required = schema.get("required", [])
        return {name: least_of(fields.get(name, {}), depth=depth) for name in required}
    if kind == "array":
        items: dict[str, Any] = schema.get("items", {})
        return [least_of(items, depth=depth) for _ in range(schema.get("minItems", 0))]
    return {
        "string": "x" * schema.get("minLength", 0),
        "integer": schema.get("minimum", 0),
        "number": schema.get("minimum", 0),
        "boolean": False,
    }.get(kind)
