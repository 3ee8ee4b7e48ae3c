"""The functions behind Connect's feeds: what a record tells is posted to Antiphon, in order.

What cannot be told now is handed back to its source, which brings it again; what never can be
is counted, logged with its place, and does not hold up what follows.

Source: "Reporting batch item failures" of the Lambda developer guide, for SQS and for Kinesis.
"""

import base64
import binascii
import http.client
import json
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from . import agent_events, contact_events, contact_records
from .commands import Command, Told
from .deployed import deployed
from .posting import Antiphon, Unreachable
from .reading import Malformed, entries, of, text
from .telling import count, tell

BUDGET_S = 20.0  # of a function's 30: what is left over is brought again
MARGIN_S = 2.0  # kept of the function's own time limit, to hand back in

# A start may be told after what follows it: the two come by different ways. After this long an
# unknown contact is one whose flow does not ask for Antiphon.
RACE_S = 60.0

# `nobody`: the contact is none of Antiphon's, and neither is the rest of what is told of it.
_Outcome = Literal["done", "nobody", "again", "never"]


class Context(Protocol):
    """What Lambda hands in beside the event, as far as we look at it."""

    def get_remaining_time_in_millis(self) -> int: ...


class Reads(Protocol):
    """Tells what a decoded record says. Raises `Malformed`."""

    def __call__(self, record: object, /, *, instance_arns: Collection[str]) -> Told: ...


@dataclass(frozen=True)
class _Record:
    place: str  # of the record at its source: a message id or a sequence number
    content: Callable[[], object]  # decodes it


Failures = dict[str, list[dict[str, str]]]


def handle_contact_events(event: object, context: Context | None = None) -> Failures:
    """Tell what contact events in a queue say. Each stands alone: others go on without it."""
    return _told(_of_queue(event), contact_events.told_by, context, ordered=False)


def handle_agent_events(event: object, context: Context | None = None) -> Failures:
    """Tell what agent events in a stream say, in their order."""
    return _told(_of_stream(event), agent_events.told_by, context, ordered=True)


def handle_contact_records(event: object, context: Context | None = None) -> Failures:
    """Tell what contact records in a stream say, in their order."""
    return _told(_of_stream(event), contact_records.told_by, context, ordered=True)


def _told(
    records: Iterator[_Record], reads: Reads, context: Context | None, *, ordered: bool
) -> Failures:
    settings, keys = deployed()
    antiphon = Antiphon(settings, keys, seconds=_seconds(context))
    telling = _Telling(antiphon, settings.instance_arns, is_ordered=ordered)
    failed: list[str] = []
    try:
        for record in records:
            outcome = telling.outcome(record, reads)
            # A stream keeps what it held for its retention; a queue, only if it is handed back.
            if outcome == "again" or (outcome == "never" and not ordered):
                failed.append(record.place)
            if failed and ordered:
                break  # the stream is taken up again from there
    finally:
        antiphon.close()
    count({f"records_{name}": number for name, number in telling.counts.items()})
    return {"batchItemFailures": [{"itemIdentifier": place} for place in failed]}


class _Telling:
    """The telling of one batch."""

    def __init__(
        self, antiphon: Antiphon, instance_arns: Collection[str], *, is_ordered: bool
    ) -> None:
        self._antiphon = antiphon
        self._instance_arns = instance_arns
        self._is_ordered = is_ordered
        self.counts: Counter[str] = Counter()

    def outcome(self, record: _Record, reads: Reads) -> _Outcome:
        try:
            told = reads(record.content(), instance_arns=self._instance_arns)
        except Malformed as error:
            tell("record_malformed", place=record.place, field=error.place, problem=error.problem)
            self.counts["malformed"] += 1
            return "never"
        if told.passed_over is not None:
            self.counts[f"passed_over_{told.passed_over}"] += 1
        for command in told.commands:
            outcome = self._posted(command, told)
            if outcome != "done":
                return outcome
        return "done"

    def _posted(self, command: Command, told: Told) -> _Outcome:
        known = {"contact_id": command.contact_id, "command": command.name}
        try:
            answer = self._antiphon.post(command.path, command.body)
        except Unreachable as error:
            tell("command_failed", reason=error.reason, **known)
            self.counts["failed"] += 1
            return "again"
        if answer.is_taken:
            self.counts["repeated" if answer.repeated else "told"] += 1
            return "done"
        if answer.code == "contact_unknown":
            return self._unknown(told)
        if answer.code in ("contact_finished", "key_destroyed"):
            self.counts["too_late"] += 1
            return "done"
        code = answer.code or f"status_{answer.status}"
        tell("command_refused", status=answer.status, code=code, **known)
        self.counts["refused"] += 1
        # Who may not speak may tomorrow: the key is put right. The rest stays as it is.
        is_about_us = answer.status in (http.client.UNAUTHORIZED, http.client.FORBIDDEN)
        return "again" if is_about_us else "never"

    def _unknown(self, told: Told) -> _Outcome:
        # A stream waits for nobody: every other contact would wait, too, and it tells again.
        if not self._is_ordered and told.told_at is not None:
            age_s = time.time() - told.told_at.timestamp()
            if age_s < RACE_S:
                self.counts["early"] += 1
                return "again"
        self.counts["not_followed"] += 1
        return "nobody"


def _of_queue(event: object) -> Iterator[_Record]:
    for record in entries(event, "Records"):
        body = of(record, "body")
        yield _Record(text(record, "messageId") or "", lambda body=body: _json(body, "body"))


def _of_stream(event: object) -> Iterator[_Record]:
    for record in entries(event, "Records"):
        kinesis = of(record, "kinesis")
        content = of(kinesis, "data")
        yield _Record(
            text(kinesis, "sequenceNumber") or "",
            lambda content=content: _json(_decoded(content), "data"),
        )


def _decoded(content: object) -> bytes:
    try:
        return base64.b64decode(content if isinstance(content, str) else "", validate=True)
    except binascii.Error:
        raise Malformed("data", "is not base64") from None


def _json(content: Any, place: str) -> object:
    try:
        return json.loads(content)
    except (ValueError, TypeError, RecursionError):
        raise Malformed(place, "is not JSON") from None


def _seconds(context: Context | None) -> float:
    if context is None:
        return BUDGET_S
    return min(BUDGET_S, context.get_remaining_time_in_millis() / 1_000 - MARGIN_S)
