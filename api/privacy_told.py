"""What was removed of a contact, who checked it, and how it stands: folded for who asks.

Places and kinds, never words.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from ..events.base import TRACKS, ContactId, Position, Recorded, Track, UtteranceId
from ..events.privacy.kinds import PersonalKind, Place
from ..events.quarantine import Quarantine, State
from ..events.redaction import (
    Check,
    Cover,
    Finding,
    Ground,
    OriginalDestroyed,
    RedactedAudio,
    RedactionApplied,
    RedactionDoubted,
    RedactionFailed,
    RedactionReviewed,
    RedactionVerified,
)
from ..events.retention import DataDeleted
from ..events.speech import UtteranceFinalized


class MaskedWords(Struct, frozen=True, kw_only=True):
    """Words of a text that are personal data, or one that stands for them."""

    kind: PersonalKind
    first_word: int  # index in the text, split at spaces
    last_word: int  # included
    shown_in: tuple[Place, ...]  # where the policy lets them be read


class MaskedUtterance(Struct, frozen=True, kw_only=True):
    """An utterance of which something is masked."""

    utterance_id: UtteranceId
    track: Track
    started_ms: int
    ended_ms: int
    spans: tuple[MaskedWords, ...]  # as it was said
    later: tuple[MaskedWords, ...]  # by the redaction, after the call


class MaskedText(Struct, frozen=True, kw_only=True):
    """What is masked in the transcript."""

    utterances: int  # there are
    by_kind: Mapping[PersonalKind, int]
    masked: tuple[MaskedUtterance, ...]


class CoveredSpan(Struct, frozen=True, kw_only=True):
    """A stretch that cannot be heard."""

    kind: PersonalKind
    ground: Ground
    from_ms: int
    until_ms: int


class CoveredTrack(Struct, frozen=True, kw_only=True):
    """What cannot be heard of one track."""

    track: Track
    covered_ms: int
    spans: tuple[CoveredSpan, ...]


class CoveredAudio(Struct, frozen=True, kw_only=True):
    """What cannot be heard in the newest redacted recording."""

    duration_ms: int
    cover: Cover
    by_kind: Mapping[PersonalKind, int]  # stretches
    tracks: tuple[CoveredTrack, ...]


class ToldCheck(Struct, frozen=True, kw_only=True):
    """A check that was made, and by which recogniser or detector, in which version."""

    name: str
    by: str
    findings: int


class ToldFinding(Struct, frozen=True, kw_only=True):
    """Where a check found what, and of which kind it seems to be."""

    check: str
    ground: Ground
    kind: PersonalKind
    track: Track
    from_ms: int
    until_ms: int
    utterance_id: UtteranceId | None


class Attempt(Struct, frozen=True, kw_only=True):
    """One attempt, and what came of it."""

    round: int
    attempt: int
    detector: str | None  # None: nothing could be applied
    applied_at: datetime | None
    outcome: str  # unchecked, doubted, verified
    checks: tuple[ToldCheck, ...]
    findings: tuple[ToldFinding, ...]
    problem: str  # what could not be checked
    verified_by: str  # `machine`, or `reader:<id>` who confirmed it; empty: nobody
    checked_at: datetime | None


class Failure(Struct, frozen=True, kw_only=True):
    """When people were called, and why."""

    round: int
    attempts: int
    reason: str
    problem: str
    at: datetime


class Review(Struct, frozen=True, kw_only=True):
    """What a person decided."""

    round: int
    attempt: int
    decision: str
    spans: int
    by: str
    at: datetime


class ContactPrivacy(Struct, frozen=True, kw_only=True):
    """What was removed of a contact, and who checked it."""

    contact_id: ContactId
    state: State
    round: int  # from 1; 0: nothing was begun
    attempt: int  # of that round
    text: MaskedText
    audio: CoveredAudio | None  # None: no recording was redacted
    originals: str  # kept, destroyed, none
    originals_kept_under: tuple[str, ...]  # legal holds that kept them from being destroyed
    originals_destroyed_at: datetime | None
    attempts: tuple[Attempt, ...]  # of all rounds, in their order
    failures: tuple[Failure, ...]
    reviews: tuple[Review, ...]
    position: Position  # of the newest fact that was looked at


def privacy_of(
    contact_id: ContactId, facts: Sequence[Recorded], known: Quarantine
) -> ContactPrivacy:
    """Return what facts of a contact tell, in their order; there is one at least."""
    newest = known.applied.get(known.attempt) or _last_applied(facts)
    return ContactPrivacy(
        contact_id=contact_id,
        state=known.state,
        round=known.round,
        attempt=known.attempt,
        text=_text(facts, newest),
        audio=None if newest is None or newest.audio is None else _audio(newest.audio),
        originals=_originals(known),
        originals_kept_under=() if known.destroyed else known.kept_under,
        originals_destroyed_at=next(_destroyed(facts), None),
        attempts=tuple(_attempts(facts)),
        failures=tuple(
            Failure(
                round=event.round,
                attempts=event.attempts,
                reason=event.reason,
                problem=event.problem,
                at=fact.occurred_at,
            )
            for fact in facts
            if isinstance(event := fact.event, RedactionFailed)
        ),
        reviews=tuple(
            Review(
                round=event.round,
                attempt=event.attempt,
                decision=event.decision,
                spans=len(event.spans),
                by=fact.actor,
                at=event.reviewed_at,
            )
            for fact in facts
            if isinstance(event := fact.event, RedactionReviewed)
        ),
        position=facts[-1].position,
    )


def _last_applied(facts: Sequence[Recorded]) -> RedactionApplied | None:
    made = [one.event for one in facts if isinstance(one.event, RedactionApplied)]
    return made[-1] if made else None


def _originals(known: Quarantine) -> str:
    if known.destroyed:
        return "destroyed"
    return "none" if known.recording is None and not known.standing.news_upto else "kept"


def _destroyed(facts: Sequence[Recorded]) -> Iterator[datetime]:
    for fact in facts:
        match fact.event:
            case OriginalDestroyed() | DataDeleted(kind="original"):
                yield fact.occurred_at
            case _:
                pass  # destroys nothing


def _text(facts: Sequence[Recorded], newest: RedactionApplied | None) -> MaskedText:
    finals = {
        one.event.utterance_id: one.event
        for one in facts
        if isinstance(one.event, UtteranceFinalized)
    }
    masked = [
        _utterance(final, newest)
        for final in sorted(finals.values(), key=lambda one: (one.started_ms, one.track))
    ]
    shown = tuple(one for one in masked if one.spans or one.later)
    return MaskedText(
        utterances=len(finals),
        by_kind=Counter(span.kind for one in shown for span in (*one.spans, *one.later)),
        masked=shown,
    )


def _utterance(final: UtteranceFinalized, newest: RedactionApplied | None) -> MaskedUtterance:
    cards = [
        MaskedWords(kind=one.kind, first_word=one.word, last_word=one.word, shown_in=())
        for one in final.masked
    ]
    others = [
        MaskedWords(
            kind=one.kind,
            first_word=one.first_word,
            last_word=one.last_word,
            shown_in=one.shown_in,
        )
        for one in final.personal
    ]
    return MaskedUtterance(
        utterance_id=final.utterance_id,
        track=final.track,
        started_ms=final.started_ms,
        ended_ms=final.ended_ms,
        spans=tuple(sorted((*cards, *others), key=lambda one: one.first_word)),
        later=tuple(
            MaskedWords(
                kind=one.kind, first_word=one.first_word, last_word=one.last_word, shown_in=()
            )
            for one in (() if newest is None else newest.masks)
            if one.utterance_id == final.utterance_id
        ),
    )


def _audio(audio: RedactedAudio) -> CoveredAudio:
    return CoveredAudio(
        duration_ms=audio.duration_ms,
        cover=audio.cover,
        by_kind=Counter(span.kind for span in audio.spans),
        tracks=tuple(_track(track, audio) for track in TRACKS),
    )


def _track(track: Track, audio: RedactedAudio) -> CoveredTrack:
    spans = tuple(
        CoveredSpan(kind=one.kind, ground=one.ground, from_ms=one.from_ms, until_ms=one.until_ms)
        for one in audio.spans
        if one.track == track
    )
    return CoveredTrack(
        track=track, covered_ms=sum(one.until_ms - one.from_ms for one in spans), spans=spans
    )


def _attempts(facts: Sequence[Recorded]) -> Iterator[Attempt]:
    """Yield attempts in their order, each with the last thing that was said of it."""
    told: dict[tuple[int, int], tuple[Recorded | None, Recorded | None]] = {}
    for fact in facts:
        match fact.event:
            case RedactionApplied(round=round_, attempt=attempt):
                told[round_, attempt] = (fact, None)
            case (
                RedactionVerified(round=round_, attempt=attempt)
                | RedactionDoubted(round=round_, attempt=attempt)
            ):
                told[round_, attempt] = (told.get((round_, attempt), (None, None))[0], fact)
            case _:
                pass  # is about no attempt
    for (round_, attempt), (applied, checked) in sorted(told.items()):
        yield _attempt(round_, attempt, applied, checked)


def _attempt(
    round_: int, attempt: int, applied: Recorded | None, checked: Recorded | None
) -> Attempt:
    event = None if checked is None else checked.event
    made = applied.event if applied and isinstance(applied.event, RedactionApplied) else None
    verdict = event if isinstance(event, RedactionVerified | RedactionDoubted) else None
    is_verified = isinstance(verdict, RedactionVerified)
    by = (verdict.reviewed_by or "machine") if isinstance(verdict, RedactionVerified) else ""
    doubted = verdict if isinstance(verdict, RedactionDoubted) else None
    return Attempt(
        round=round_,
        attempt=attempt,
        detector=None if made is None else made.detector,
        applied_at=None if applied is None else applied.occurred_at,
        outcome="unchecked" if verdict is None else "verified" if is_verified else "doubted",
        checks=() if verdict is None else tuple(map(_check, verdict.checks)),
        findings=() if doubted is None else tuple(map(_finding, doubted.findings)),
        problem="" if doubted is None else doubted.problem,
        verified_by=by,
        checked_at=None if checked is None else checked.occurred_at,
    )


def _check(check: Check) -> ToldCheck:
    return ToldCheck(name=check.name, by=check.by, findings=check.findings)


def _finding(finding: Finding) -> ToldFinding:
    # They have the same fields; one is kept small in the log, the other names them for people.
    return ToldFinding(**{name: getattr(finding, name) for name in finding.__struct_fields__})
