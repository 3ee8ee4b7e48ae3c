"""`antiphon events`: a contact's history as people read it."""

from typing import Any, cast

import msgspec
from rich.console import Console
from rich.text import Text

_COLOUR = {"life": "cyan", "media": "bright_black", "speech": "white", "guidance": "yellow"}
# What tells most, first.
_SPOKEN = ("text", "title", "question", "answer", "evidence", "item", "reason", "agent_id")


async def tell(lines: Any, *, console: Console, raw: bool) -> int:
    """Print each event of a history; return how many there were."""
    count = 0
    async for line in lines:
        count += 1
        if raw:
            console.out(line.decode(), highlight=False)
        else:
            console.print(_row(msgspec.json.decode(line)), soft_wrap=True)
    return count


def _row(event: dict[str, Any]) -> Text:
    fields: dict[str, Any] = event.get("data", event) or {}
    row = Text()
    row.append(f"{event['position']:>7} ", style="bright_black")
    row.append(f"{event['recorded_at'][11:23]} ", style="bright_black")
    row.append(f"{event['type']:<24}", style=_COLOUR.get(event.get("lane", ""), ""))
    if (started_ms := _started_ms(fields)) is not None:
        row.append(f" {started_ms / 1000:7.2f} s ", style="green")
    if (why := event.get("withheld")) is not None:
        row.append(f"[withheld: {why}]", style="bright_black")  # what stands there is sealed
        return row
    row.append(" · ".join(str(fields[name]) for name in _SPOKEN if fields.get(name)))
    return row


def _started_ms(fields: dict[str, Any]) -> int | None:
    heard: Any = fields.get("heard") or fields
    # Some facts come of several utterances: the first of them says when.
    first: Any = cast("list[Any]", heard)[0] if isinstance(heard, list) else heard
    return cast("dict[str, Any]", first).get("started_ms") if isinstance(first, dict) else None
