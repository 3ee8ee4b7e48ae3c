"""How much personal data is found in labelled lines, and how much is taken for it that is none.

A line of JSON each, in the order they were said: `id`, `text`, `spans` of `start`, `end`
(characters of `text`), `type` and `value`; `group` (lines that share one are turns of one
conversation, `null` stands alone) and `speaker` (`agent`, else the customer says it). A line is
judged by what masks finals in a call, with the context that the lines of its group before it leave.

A labelled span is found where at least nine tenths of its characters lie in what was found.
"""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct
from rich.table import Table

from ..errors import Malformed
from ..events.base import Track
from ..events.privacy.context import PersonalContext
from ..events.privacy.judging import judge_personal
from ..events.privacy.kinds import PersonalKind
from ..events.privacy.masking import masked_personal
from ..events.privacy.rules import NO_RULES, Rules
from ..projections.shares import interval_95

COVERED_MIN = 0.9  # of a labelled span's characters
TURN_MS = 3_000  # as long as a turn takes
PAUSE_MS = 1_000  # before the next
LINE_BYTES_MAX = 100_000
_AFTER = ".,;:!?…\"')]}"
_BEFORE = "\"'([{"

# What labels call the kinds.
ENTITIES: dict[str, PersonalKind] = {
    "CARD": "card_number",
    "CVV": "security_code",
    "EXPIRY": "expiry_date",
    "PIN": "pin",
    "ACCOUNT": "account_number",
    "SSN": "national_id",
    "PHONE": "phone_number",
    "EMAIL": "email_address",
    "DOB": "date_of_birth",
    "ADDRESS": "postal_address",
    "NAME": "person_name",
}


class Span(Struct, frozen=True):
    """A place of a line that is personal data."""

    start: int
    end: int
    type: str
    value: str | None = None  # the text between them


class Line(Struct, frozen=True):
    """A final, and what is personal in it."""

    id: str
    text: str
    spans: tuple[Span, ...]
    group: str | int | None = None
    speaker: Literal["agent", "customer"] | None = None


class Rate(Struct, frozen=True):
    """How many of how many, and Wilson's interval of 95 %."""

    count: int
    of: int
    share: float | None  # None: there were none
    interval_95: tuple[float, float]


class EntityScore(Struct, frozen=True, kw_only=True):
    """How one kind of personal data was found. Precision is of what was found as this kind."""

    recall: Rate
    typed_recall: Rate
    precision: Rate


class RedactionScore(Struct, frozen=True, kw_only=True):
    """How all of it was found."""

    lines: int
    overall: EntityScore
    entities: dict[str, EntityScore]  # by what labels call them
    negatives_hit: Rate  # lines without personal data in which something was found
    missed: tuple[str, ...]  # ids of lines with a span that was not found
    in_vain: tuple[str, ...]  # ids of lines in which something was found where nothing is


def read_lines(path: Path) -> list[Line]:
    """Read labelled lines, in their order.

    Raises:
        Malformed: a line is not what it should be; names line and field.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise Malformed(str(path), f"cannot be read: {error.strerror}") from error
    lines = [
        _line(one, number, path.name)
        for number, one in enumerate(raw.splitlines(), start=1)
        if one.strip()
    ]
    if not lines:
        raise Malformed(path.name, "holds no line")
    return lines


def score_redaction(lines: Sequence[Line], *, rules: Rules = NO_RULES) -> RedactionScore:
    """Judge every line as a final of a call is judged, and hold that against its labels."""
    counts = _Counts()
    contexts: dict[str | int, tuple[PersonalContext, int]] = {}
    for line in lines:
        context, at_ms = PersonalContext(), 0
        if line.group is not None:
            context, at_ms = contexts.get(line.group, (context, at_ms))
            contexts[line.group] = context, at_ms + TURN_MS + PAUSE_MS
        counts.add(line, _judged(line, context, at_ms, rules))
    return counts.score(len(lines))


def redaction_table(score: RedactionScore) -> Table:
    """Return a table for people."""
    table = Table(title="personal data in text")
    for name in ("entity", "spans", "recall", "typed recall", "precision"):
        table.add_column(name, justify="left" if name == "entity" else "right")
    for name, one in [*score.entities.items(), ("overall", score.overall)]:
        rates = (one.recall, one.typed_recall, one.precision)
        table.add_row(name, str(one.recall.of), *(_told(rate) for rate in rates))
    return table


def closing_line(score: RedactionScore) -> str:
    """Return what there is to say of lines without personal data."""
    return f"lines without personal data in which something was found: {_told(score.negatives_hit)}"


_Found = tuple[int, int, PersonalKind]
_WORD = re.compile(r"\S+")


def _judged(line: Line, context: PersonalContext, at_ms: int, rules: Rules) -> list[_Found]:
    """Return what is found in a line, which then is folded as it is stored."""
    track: Track = "to_customer" if line.speaker == "agent" else "from_customer"
    situation = context.situation(track, at_ms=at_ms)
    found = judge_personal(line.text.split(), situation, rules=rules).found
    safe = masked_personal(line.text, (), found)
    context.take(
        track, safe.text, safe.masks, safe.personal, started_ms=at_ms, ended_ms=at_ms + TURN_MS
    )
    places = [(word.start(), word.end()) for word in _WORD.finditer(line.text)]
    return [
        (*_bare(line.text, places[one.first_word][0], places[one.last_word][1]), one.kind)
        for one in found
    ]


def _bare(text: str, start: int, end: int) -> tuple[int, int]:
    """Return a place without the signs around it."""
    said = text[start:end]
    return start + len(said) - len(said.lstrip(_BEFORE)), start + len(said.rstrip(_AFTER))


class _Counts:
    def __init__(self) -> None:
        self.spans: Counter[str] = Counter()
        self.covered: Counter[str] = Counter()
        self.typed: Counter[str] = Counter()
        self.found: Counter[str] = Counter()
        self.right: Counter[str] = Counter()
        self.negatives = self.negatives_hit = 0
        self.missed: list[str] = []
        self.in_vain: list[str] = []

    def add(self, line: Line, found: Sequence[_Found]) -> None:
        names = {kind: name for name, kind in ENTITIES.items()}
        missed = False
        for span in line.spans:
            self.spans[span.type] += 1
            covered = _covered(span, found) >= COVERED_MIN
            missed |= not covered
            touching = {kind for start, end, kind in found if _touches(span, start, end)}
            self.covered[span.type] += covered
            self.typed[span.type] += covered and ENTITIES[span.type] in touching
        in_vain = False
        for start, end, kind in found:
            name = names.get(kind, kind.upper())
            right = any(_touches(span, start, end) for span in line.spans)
            self.found[name] += 1
            self.right[name] += right
            in_vain |= not right
        if not line.spans:
            self.negatives += 1
            self.negatives_hit += bool(found)
        self.missed += [line.id] if missed else []
        self.in_vain += [line.id] if in_vain else []

    def score(self, lines: int) -> RedactionScore:
        return RedactionScore(
            lines=lines,
            overall=EntityScore(
                recall=_rate(self.covered.total(), self.spans.total()),
                typed_recall=_rate(self.typed.total(), self.spans.total()),
                precision=_rate(self.right.total(), self.found.total()),
            ),
            entities={
                name: EntityScore(
                    recall=_rate(self.covered[name], self.spans[name]),
                    typed_recall=_rate(self.typed[name], self.spans[name]),
                    precision=_rate(self.right[name], self.found[name]),
                )
                for name in ENTITIES
                if self.spans[name] or self.found[name]
            },
            negatives_hit=_rate(self.negatives_hit, self.negatives),
            missed=tuple(self.missed),
            in_vain=tuple(self.in_vain),
        )


def _covered(span: Span, found: Sequence[_Found]) -> float:
    inside = sum(
        any(start <= at < end for start, end, _ in found) for at in range(span.start, span.end)
    )
    return inside / (span.end - span.start)


def _touches(span: Span, start: int, end: int) -> bool:
    return start < span.end and span.start < end


def _rate(count: int, of: int) -> Rate:
    return Rate(count, of, count / of if of else None, interval_95(count, of))


def _told(rate: Rate) -> str:
    if rate.share is None:
        return "–"
    low, high = rate.interval_95
    return f"{rate.count}/{rate.of} {rate.share:.3f} ({low:.2f}–{high:.2f})"


def _line(raw: bytes, number: int, file: str) -> Line:
    where = f"{file} line {number}"
    if len(raw) > LINE_BYTES_MAX:
        raise Malformed(where, f"longer than {LINE_BYTES_MAX} bytes")
    try:
        line = msgspec.json.decode(raw, type=Line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Malformed(where, str(error)) from error
    if not line.text.strip():
        raise Malformed(f"{where}: text", "says nothing")
    for at, span in enumerate(line.spans):
        field = f"{where}: spans[{at}]"
        if span.type not in ENTITIES:
            raise Malformed(f"{field}.type", f"is none of {', '.join(ENTITIES)}")
        if not 0 <= span.start < span.end <= len(line.text):
            raise Malformed(
                field, f"{span.start} to {span.end} is no place in {len(line.text)} characters"
            )
        if span.value is not None and span.value != line.text[span.start : span.end]:
            raise Malformed(f"{field}.value", "is not the text from start to end")
    return line
