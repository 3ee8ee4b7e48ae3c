"""What is to be done next for a contact's redaction: the process manager's decisions. Pure.

A round takes one recording and the words there are. Each of its attempts removes, then is
checked; what a check finds is removed with the next attempt, and after the last one people
decide. A person's marks are worth one further attempt each time.
"""

from collections.abc import Iterator

from msgspec import Struct

from ...events.base import ContactRef, EventId, service_event_id
from ...events.quarantine import Quarantine
from ...events.redaction import (
    AudioSpan,
    Check,
    Finding,
    RedactedAudio,
    RedactionApplied,
    RedactionDoubted,
    RedactionFailed,
    RedactionVerified,
)

SERVICE = "redaction"

# Each attempt widens what is removed and adds what was found. What two such did not catch is
# nothing that a margin helps against, and the call would end up as one beep.
ATTEMPTS_MAX = 3

# What has to have been made of an attempt before anything leaves quarantine.
CHECKS_OF_AUDIO = frozenset({"whole", "removed", "heard_again", "covered"})
CHECKS_OF_TEXT = frozenset({"text"})


class Wait(Struct, frozen=True):
    """Nothing can be done before another fact: the call goes on, or people are to decide."""


class Stop(Struct, frozen=True):
    """Nothing will ever have to be done again: the person was erased."""


class Settled(Struct, frozen=True):
    """The newest round is verified. A later word or recording begins another."""


class Redact(Struct, frozen=True, kw_only=True):
    """Make an attempt."""

    round: int
    attempt: int
    extra: tuple[AudioSpan, ...]  # found by checks, or marked by people, in any round
    keeps: RedactedAudio | None  # the original is gone: this is all there will ever be


class Verify(Struct, frozen=True, kw_only=True):
    """Check an attempt."""

    applied: RedactionApplied


class Confirm(Struct, frozen=True, kw_only=True):
    """Take a person's word for an attempt."""

    verified: RedactionVerified


class Fail(Struct, frozen=True, kw_only=True):
    """Call for people."""

    failed: RedactionFailed


class Destroy(Struct, frozen=True):
    """Destroy the originals: what is verified is all that is to be left."""


class Keep(Struct, frozen=True, kw_only=True):
    """Say that originals which were to be destroyed are kept."""

    hold_ids: tuple[str, ...]


Step = Wait | Stop | Settled | Redact | Verify | Confirm | Fail | Destroy | Keep


class Verdict(Struct, frozen=True, kw_only=True):
    """What came of checking an attempt."""

    checks: tuple[Check, ...]
    findings: tuple[Finding, ...]
    problem: str = ""  # snake_case code of what could not be checked


def next_step(  # noqa: PLR0911 (a return a case)
    known: Quarantine,
    *,
    destroys_originals: bool,
    hold_ids: tuple[str, ...] = (),
    decided: bool = False,
) -> Step:
    """Return what is to be done now, as far as the facts are known.

    `hold_ids`: the legal holds that the contact is under; they keep its originals. `decided`: it is
    recorded that these are destroyed, and nothing may be made of them any more.
    """
    if known.standing.erased:
        return Stop()
    if not known.standing.is_over:
        return Wait()
    if decided and not known.destroyed:
        return Destroy()
    if not known.standing.is_current:
        return _attempt(known, round_=known.round + 1, attempt=1)
    verdict = known.verdicts.get(known.attempt)
    if isinstance(verdict, RedactionVerified):
        return _originals(known, hold_ids) if destroys_originals else Settled()
    if verdict is None:
        return Verify(applied=known.applied[known.attempt])
    if known.failed is not None:
        return _after_failure(known)
    if known.attempt >= ATTEMPTS_MAX:
        return Fail(failed=_failure(known, verdict))
    return _attempt(known, round_=known.round, attempt=known.attempt + 1)


def _originals(known: Quarantine, hold_ids: tuple[str, ...]) -> Step:
    if known.destroyed:
        return Settled()
    if not hold_ids:
        return Destroy()
    return Settled() if known.kept_under == hold_ids else Keep(hold_ids=hold_ids)


def verdict_event(
    applied: RedactionApplied, verdict: Verdict
) -> RedactionVerified | RedactionDoubted:
    """Return the fact of a verdict: verified only if every check was made and found nothing."""
    made = {check.name for check in verdict.checks}
    wanted = CHECKS_OF_TEXT if applied.audio is None else CHECKS_OF_TEXT | CHECKS_OF_AUDIO
    counted = any(check.findings for check in verdict.checks)
    problem = verdict.problem or ("" if wanted <= made else "check_not_made")
    if problem or counted or verdict.findings:
        return RedactionDoubted(
            round=applied.round,
            attempt=applied.attempt,
            checks=verdict.checks,
            findings=verdict.findings,
            problem=problem,
        )
    return RedactionVerified(round=applied.round, attempt=applied.attempt, checks=verdict.checks)


def id_of(
    event: RedactionApplied | RedactionDoubted | RedactionVerified | RedactionFailed,
    contact: ContactRef,
) -> EventId:
    """Return the id that the same attempt always gives, so that a repeat is recognised."""
    attempt = event.attempts if isinstance(event, RedactionFailed) else event.attempt
    # What came of an attempt can be said once by machines, and once more by a person.
    by = "-reviewed" if isinstance(event, RedactionVerified) and event.reviewed_by else ""
    outcome = "applied" if isinstance(event, RedactionApplied) else "verdict"
    rule = event.TYPE if isinstance(event, RedactionFailed) else outcome + by
    return service_event_id(SERVICE, contact, f"{event.round}-{attempt}", rule)


def _attempt(known: Quarantine, *, round_: int, attempt: int) -> Redact | Wait:
    keeps = _last_audio(known) if known.destroyed else None
    if known.destroyed and known.recording is not None and keeps is None:
        return Wait()  # the original is gone before anything was made of it: nothing ever leaves
    return Redact(
        round=round_,
        attempt=attempt,
        extra=tuple(dict.fromkeys(_extra(known))),
        keeps=keeps,
    )


def _extra(known: Quarantine) -> Iterator[AudioSpan]:
    for doubted in known.doubted:
        for one in doubted.findings:
            if one.until_ms > one.from_ms:
                yield AudioSpan(one.track, one.from_ms, one.until_ms, one.kind, one.ground)
    yield from known.marked


def _last_audio(known: Quarantine) -> RedactedAudio | None:
    newest = sorted(known.applied.values(), key=lambda one: one.attempt, reverse=True)
    return next((one.audio for one in newest if one.audio is not None), None)


def _after_failure(known: Quarantine) -> Step:
    if known.review is None:
        return Wait()
    if known.review.decision == "marked":
        return _attempt(known, round_=known.round, attempt=known.attempt + 1)
    if known.attempt not in known.applied:
        return Wait()  # nothing was applied that anybody could have listened to
    doubted = known.verdicts[known.attempt]
    return Confirm(
        verified=RedactionVerified(
            round=known.round,
            attempt=known.attempt,
            checks=doubted.checks,
            reviewed_by=known.reviewed_by,
        )
    )


def _failure(known: Quarantine, verdict: RedactionDoubted) -> RedactionFailed:
    if known.attempt not in known.applied:
        reason = "unredactable"
    else:
        reason = "unverifiable" if verdict.problem else "found_again"
    return RedactionFailed(
        round=known.round,
        attempts=known.attempt,
        reason=reason,
        findings=verdict.findings,
        problem=verdict.problem,
    )
