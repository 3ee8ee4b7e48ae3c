"""What may be asked of a redaction that machines could not settle: a person's decision.

A fact of lane `life`, which the redaction's service acts on; nothing leaves quarantine by the
command itself.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Literal

from msgspec import Struct

from ..errors import (
    ContactGone,
    ContactUnknown,
    Malformed,
    ReviewerUnnamed,
    ReviewForbidden,
    ReviewStale,
    ReviewUnwanted,
)
from ..events.base import (
    START,
    ContactId,
    ContactRef,
    Draft,
    Event,
    Lane,
    Position,
    Recorded,
    command_event_id,
)
from ..events.contact import ContactStarted
from ..events.journal import Journal
from ..events.quarantine import Quarantine, evolve
from ..events.redaction import AudioSpan, RedactionReviewed
from .handle import Outcome
from .privacy import ANONYMOUS, PrivacyPolicies
from .racing import decided, refuse_unreadable

SPANS_MAX = 500  # of one review; who marks more wants all of it gone

_LANES: tuple[Lane, ...] = ("life", "speech", "recording", "redaction")


class ReviewRedaction(Struct, frozen=True, kw_only=True):
    """Say of an attempt that it is well as it is, or what else has to be removed."""

    contact_id: ContactId
    decision: Literal["confirmed", "marked"]
    attempt: int
    round: int | None = None  # None: the newest
    spans: tuple[AudioSpan, ...] = ()


def decide(known: Quarantine, command: ReviewRedaction, *, now: datetime) -> list[Event]:
    """Return the fact that a review makes true; none if it already is.

    Raises:
        ContactGone: the person was erased.
        ReviewUnwanted: nothing waits for people.
        ReviewStale: another attempt does, or none was ever made to listen to.
        Malformed: what was marked cannot be.
    """
    if known.standing.erased:
        raise ContactGone(command.contact_id)
    round_ = known.round if command.round is None else command.round
    is_newest = (round_, command.attempt) == (known.round, known.attempt)
    if is_newest and known.review is not None:
        repeats = (known.review.decision, known.review.spans) == (command.decision, command.spans)
        if repeats:
            return []
    if known.state != "failed":
        raise ReviewUnwanted(command.contact_id, state=known.state)
    is_made = command.attempt in known.applied or command.decision == "marked"
    if not is_newest or not is_made:
        raise ReviewStale(command.contact_id, round_=known.round, attempt=known.attempt)
    _check(known, command)
    return [
        RedactionReviewed(
            decision=command.decision,
            round=round_,
            attempt=command.attempt,
            spans=command.spans,
            reviewed_at=now,
        )
    ]


async def handle_review(
    command: ReviewRedaction,
    *,
    contact: ContactRef,
    journal: Journal,
    command_id: str,
    reader_id: str,
    policies: PrivacyPolicies | None,
    now: Callable[[], datetime],
) -> Outcome:
    """Decide on the latest facts and append; decide anew whenever a race was lost.

    Whoever reviews is one who may listen: `policies` say who that is.

    Raises:
        ReviewerUnnamed: `reader_id` is nobody's.
        ReviewForbidden: no policy names them, so that they cannot have listened.
        ContactUnknown: it never started.
        Refused: see `decide`.
        StreamMoved: `RACES_LOST_MAX` races were lost in a row.
        HistoryUnreadable: the contact holds a fact this version cannot read.
        LogUnavailable: no answer; repeating the command with its id is safe.
    """
    assert command.contact_id == contact.contact_id, "the command is for another contact"
    if reader_id == ANONYMOUS:
        raise ReviewerUnnamed
    if policies is None or not await policies.may_read_originals(contact.tenant, reader_id):
        raise ReviewForbidden
    id_ = command_event_id(f"ReviewRedaction/{command.contact_id}/{command_id}", 0)

    async def attempt() -> Outcome:
        facts = [one async for one in journal.read(contact, lanes=_LANES)]
        known, life_end = _folded(facts, contact)
        for recorded in facts:
            if recorded.id == id_:
                return Outcome(position=recorded.position, repeated=True)
        decided_at = now()
        events = decide(known, command, now=decided_at)
        if not events:
            return Outcome(position=facts[-1].position, repeated=True)
        draft = Draft(
            event=events[0],
            id=id_,
            occurred_at=decided_at,
            actor=f"reader:{reader_id}",
            correlation=known.correlation or contact.contact_id,
        )
        position = await journal.append(contact, [draft], expected=life_end)
        return Outcome(position=position, repeated=False, events=tuple(events))

    return await decided(attempt)


def _folded(facts: Sequence[Recorded], contact: ContactRef) -> tuple[Quarantine, Position]:
    known, life_end = Quarantine(), START
    for recorded in facts:
        refuse_unreadable(recorded)
        known = evolve(known, recorded)
        life_end = recorded.position if recorded.lane == "life" else life_end
    if not any(isinstance(one.event, ContactStarted) for one in facts):
        raise ContactUnknown(contact.contact_id)
    return known, life_end


def _check(known: Quarantine, command: ReviewRedaction) -> None:
    if command.decision == "confirmed" and command.spans:
        raise Malformed("spans", "are for what is marked; what is confirmed is well as it is")
    if command.decision == "marked" and not 1 <= len(command.spans) <= SPANS_MAX:
        raise Malformed("spans", f"has to name 1 to {SPANS_MAX} stretches")
    ends_ms = None if known.recording is None else known.recording.duration_ms
    for number, span in enumerate(command.spans, start=1):
        if not 0 <= span.from_ms < span.until_ms:
            raise Malformed(f"spans[{number}]", "has to begin at 0 or later, and to end after it")
        if ends_ms is not None and span.until_ms > ends_ms:
            raise Malformed(f"spans[{number}]", f"ends after the recording, which has {ends_ms} ms")
