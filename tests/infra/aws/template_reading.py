"""The template as a test looks into it."""

from typing import Any

from antiphon.infra.aws.flow_files import TEMPLATE
from ruamel.yaml import YAML
from ruamel.yaml.constructor import SafeConstructor


class _Constructor(SafeConstructor):
    """Reads `!Sub` and its like as `{"!Sub": …}`."""


def _tagged(constructor: Any, suffix: str, node: Any) -> dict[str, Any]:
    match type(node).__name__:
        case "ScalarNode":
            value = constructor.construct_scalar(node)
        case "SequenceNode":
            value = constructor.construct_sequence(node, deep=True)
        case _:
            value = constructor.construct_mapping(node, deep=True)
    return {f"!{suffix}": value}


_Constructor.add_multi_constructor("!", _tagged)  # pyright: ignore[reportUnknownMemberType]


def read() -> Any:
    """Return the template."""
    yaml: Any = YAML(typ="safe", pure=True)
    yaml.Constructor = _Constructor
    return yaml.load(TEMPLATE.read_text())


def of_type(template: Any, kind: str) -> dict[str, Any]:
    """Return the properties of its resources of a kind, by their names."""
    return {
        name: one["Properties"]
        for name, one in template["Resources"].items()
        if one["Type"] == kind
    }
