"""The function that a contact flow invokes: tells Antiphon to follow the contact.

A caller hears silence meanwhile, and must never hear more of it: whatever happens, the answer
is a flat map of strings, in time, and the flow goes on to the queue.

Source: "Invoke AWS Lambda functions" of the Amazon Connect administrator guide: 8 s, 32 KiB,
`STRING_MAP`.
"""

from typing import Protocol

from .deployed import deployed
from .flow_event import NothingToStart, Start, start_of
from .posting import Answer, Antiphon, Unreachable
from .settings import Misconfigured
from .telling import count, tell

BUDGET_S = 2.5  # of 8; the flow's own limit is 4, and nobody likes silence
MARGIN_S = 0.3  # kept of the function's own time limit, to answer in

Told = dict[str, str]


class Context(Protocol):
    """What Lambda hands in beside the event, as far as we look at it."""

    def get_remaining_time_in_millis(self) -> int: ...


def handle(event: object, context: Context | None = None) -> Told:
    """Return what the flow finds under `$.External`. Never raises.

    `antiphon`: `following`, `ignored` (`reason` says why), `refused` or `unreachable`.
    """
    try:
        told = _handled(event, context)
    except Misconfigured as error:
        tell("function_misconfigured", problem=str(error))
        told = _answer("unreachable", reason="misconfigured")
    except Exception as error:  # noqa: BLE001 (the phone call goes on whatever we did wrong)
        tell("function_crashed", kind=type(error).__name__)
        told = _answer("unreachable", reason="internal_error")
    count({f"starts_{told['antiphon']}": 1})
    return told


def _handled(event: object, context: Context | None) -> Told:
    settings, keys = deployed()
    start = start_of(event, instance_arns=settings.instance_arns)
    if isinstance(start, NothingToStart):
        tell("start_ignored", reason=start.reason)
        return _answer("ignored", reason=start.reason)

    antiphon = Antiphon(settings, keys, seconds=_seconds(context))
    try:
        answer = antiphon.post("/v1/contacts", start.body)
        if answer.is_taken and start.agent_id is not None:
            _connect_agent(antiphon, start)
    except Unreachable as error:
        tell("start_failed", contact_id=start.contact_id, reason=error.reason)
        return _answer("unreachable", reason=error.reason, start=start)
    finally:
        antiphon.close()
    return _told(start, answer)


def _connect_agent(antiphon: Antiphon, start: Start) -> None:
    # Connect's own event tells it, too, with its instant; here it comes first. Without it the
    # start is no less taken.
    path = f"/v1/contacts/{start.contact_id}/agent"
    try:
        answer = antiphon.post(path, {"agent_id": start.agent_id})
    except Unreachable as error:
        tell("agent_not_told", contact_id=start.contact_id, reason=error.reason)
        return
    if not answer.is_taken:
        tell("agent_not_told", contact_id=start.contact_id, reason=answer.code or "refused")


def _told(start: Start, answer: Answer) -> Told:
    if not answer.is_taken:
        reason = answer.code or f"status_{answer.status}"
        tell("start_refused", contact_id=start.contact_id, status=answer.status, reason=reason)
        return _answer("refused", reason=reason, start=start)
    tell(
        "start_told",
        contact_id=start.contact_id,
        repeated=answer.repeated,
        has_media=start.has_media,
        left_out=list(start.warnings),
    )
    return _answer("following", reason="" if start.has_media else "no_media", start=start)


def _answer(outcome: str, *, reason: str, start: Start | None = None) -> Told:
    return {
        "antiphon": outcome,
        "reason": reason,
        "sessionId": "" if start is None else start.contact_id,
        "leftOut": "" if start is None else ",".join(start.warnings),
    }


def _seconds(context: Context | None) -> float:
    if context is None:
        return BUDGET_S
    return min(BUDGET_S, context.get_remaining_time_in_millis() / 1_000 - MARGIN_S)
