"""Measured contacts as a table: one row a contact, one column a measure, nothing nested."""

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from io import StringIO
from typing import Any, get_args

from ..events.base import Speaker
from ..events.insights import QUARTERS, EntityKind
from ..projections.insights import ContactInsights, Measured

CSV = "text/csv; charset=utf-8"

_SIDES: tuple[Speaker, ...] = ("customer", "agent")
_KINDS: tuple[EntityKind, ...] = get_args(EntityKind)
_TIME = ("both", "prompt", "hold", "unheard", "silence", "pause")
_PER_SIDE = (
    "talk_ms",
    "talk_share",
    "turns",
    "words",
    "words_per_minute",
    "interruptions",
    "feeling",
    *(f"feeling_q{number}" for number in range(1, QUARTERS + 1)),
    "feeling_trend",
)

COLUMNS = (
    "contact_id",
    "agent_id",
    "queue",
    "started_at",
    "ended_at",
    "measured_at",
    "language",
    "conversation_ms",
    *(f"{part}_ms" for part in _TIME),
    "silence_count",
    "silence_longest_ms",
    *(f"{side}_{measure}" for side in _SIDES for measure in _PER_SIDE),
    "topics",
    *(f"{kind}_count" for kind in _KINDS),
    "gaps",
    "feelings_by",
    "topics_by",
    "topics_version",
    "entities_by",
)

# A spreadsheet takes a cell that begins so for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_header() -> bytes:
    """Return the names of the columns, as the first line."""
    return _line(COLUMNS)


def csv_lines(contacts: Sequence[ContactInsights]) -> bytes:
    """Return a line a measured contact; a cell of which nothing is known is empty."""
    return b"".join(
        _line([_cell(row.get(column)) for column in COLUMNS])
        for row in (_row(one, one.measured) for one in contacts if one.measured is not None)
    )


def _row(contact: ContactInsights, measured: Measured) -> Mapping[str, Any]:
    row: dict[str, Any] = {
        "contact_id": contact.contact_id,
        "agent_id": contact.agent_id,
        "queue": contact.queue,
        "started_at": contact.started_at,
        "ended_at": contact.ended_at,
        "topics": " ".join(f"{one.topic}:{one.score}" for one in measured.topics),
    }
    for name in (
        "measured_at", "language", "gaps", "feelings_by", "topics_by", "topics_version",
        "entities_by",
    ):  # fmt: skip
        row[name] = getattr(measured, name)
    if (time := measured.time) is not None:
        row["conversation_ms"] = time.until_ms - time.from_ms
        row |= {f"{part}_ms": getattr(time, f"{part}_ms") for part in _TIME}
    if (silence := measured.silence) is not None:
        row |= {"silence_count": silence.count, "silence_longest_ms": silence.longest_ms}
    named: Counter[str] = Counter()
    for entity in measured.entities:
        named[entity.kind] += entity.count
    return row | {f"{kind}_count": named[kind] for kind in _KINDS} | _sides(measured)


def _sides(measured: Measured) -> dict[str, Any]:
    row: dict[str, Any] = {}
    cut_short = Counter(one.by for one in measured.interruptions)
    for one in measured.speakers:
        for name in ("talk_ms", "talk_share", "turns", "words", "words_per_minute"):
            row[f"{one.speaker}_{name}"] = getattr(one, name)
        row[f"{one.speaker}_interruptions"] = cut_short[one.speaker]
    for felt in measured.feelings:
        row[f"{felt.speaker}_feeling"] = felt.overall
        row[f"{felt.speaker}_feeling_trend"] = felt.trend
        for number, score in enumerate(felt.quarters, start=1):
            row[f"{felt.speaker}_feeling_q{number}"] = score
    return row


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case datetime():
            return value.isoformat()
        case str():
            # No text of ours begins so; a queue or a topic list of somebody else's may.
            return f"'{value}" if value.startswith(_FORMULA) else value
        case _:
            return str(value)


def _line(cells: Sequence[str]) -> bytes:
    text = StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue().encode()
