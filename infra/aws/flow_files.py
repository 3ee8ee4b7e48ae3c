"""The contact flows: filled in for an import by hand, and written into the template.

`python -m antiphon.infra.aws.flow_files` writes the template's copies anew. Whoever has an
instance without CloudFormation fills one in: `… flow_files inbound TriggerArn=… QueueArn=…`.
"""

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

HERE = Path(__file__).parent
FLOWS = ("inbound", "transfer", "transfer_to_agent", "outbound_whisper")
TEMPLATE = HERE / "template.yaml"

_PLACEHOLDER = re.compile(r"\$\{([A-Za-z]+)\}")


class PlaceholderError(ValueError):
    """A placeholder without a value, or a value without a placeholder. Names it."""


def flow(name: str) -> dict[str, Any]:
    """Return a flow as it is kept: with placeholders."""
    return json.loads((HERE / "flows" / f"{name}.json").read_text())


def filled(name: str, values: Mapping[str, str]) -> str:
    """Return a flow as Connect imports it.

    Raises:
        PlaceholderError: the values are not exactly those that the flow asks for.
    """
    kept = flow(name)
    wanted = placeholders(kept)
    if wrong := sorted(wanted ^ set(values)):
        raise PlaceholderError(f"{name} asks for {sorted(wanted)}; see {wrong}")
    return json.dumps(_replaced(kept, values), indent=2)


def placeholders(kept: Mapping[str, Any]) -> set[str]:
    """Return the names of a flow's placeholders."""
    return set(_PLACEHOLDER.findall(json.dumps(kept)))


def with_flows(template: str) -> str:
    """Return the template with the flow NAME before each `# flow: NAME`."""

    def written(found: re.Match[str]) -> str:
        content = json.dumps(flow(found["name"]), separators=(",", ":"))
        # In single quotes YAML reads everything as it stands, but for the quote itself.
        quoted = content.replace("'", "''")
        return f"{found['indent']}- '{quoted}' # flow: {found['name']}"

    line = r"^(?P<indent> *)- '.*' # flow: (?P<name>[a-z_]+)$"
    return re.sub(line, written, template, flags=re.MULTILINE)


def main(arguments: list[str]) -> None:
    """Write the template, or one filled flow to standard output."""
    if not arguments:
        TEMPLATE.write_text(with_flows(TEMPLATE.read_text()))
        return
    name, *given = arguments
    sys.stdout.write(filled(name, dict(one.split("=", 1) for one in given)) + "\n")


def _replaced(kept: Any, values: Mapping[str, str]) -> Any:
    if isinstance(kept, dict):
        fields = cast("dict[str, Any]", kept)
        return {key: _replaced(held, values) for key, held in fields.items()}
    if isinstance(kept, list):
        return [_replaced(held, values) for held in cast("list[Any]", kept)]
    if isinstance(kept, str):
        return _PLACEHOLDER.sub(lambda found: values[found[1]], kept)
    return kept


if __name__ == "__main__":
    main(sys.argv[1:])
