"""What redaction does, step by step. Each step starts from the facts and ends in one.

Whoever drives may die between two of them, or repeat one: what the log tells is done is not done
again, and what it does not tell is.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime
from typing import Literal, assert_never

import structlog
from msgspec import Struct
from prometheus_client import Counter

from ...errors import KeyDestroyed, RecognizerFailed, RecordingDamaged
from ...events.base import (
    ContactRef,
    Draft,
    Event,
    EventId,
    Lane,
    Recorded,
    TenantName,
    service_event_id,
)
from ...events.contact import ContactErased
from ...events.faultpoints import FaultPoint, reach
from ...events.journal import Journal
from ...events.privacy.kinds import PERSONAL_KINDS, PersonalKind
from ...events.privacy_policy import PrivacyPolicyPublished
from ...events.quarantine import Quarantine, evolve
from ...events.redaction import (
    OriginalDestroyed,
    OriginalKept,
    RedactedAudio,
    RedactionApplied,
    RedactionDoubted,
    RedactionFailed,
    RedactionVerified,
)
from . import spans
from .originals import ACTOR, Originals
from .port import Samples
from .redactor import Redactor
from .rounds import (
    SERVICE,
    Confirm,
    Destroy,
    Fail,
    Keep,
    Redact,
    Settled,
    Step,
    Stop,
    Verify,
    Wait,
    id_of,
    next_step,
    verdict_event,
)
from .spoken import masks_for, spoken_in
from .verifying import Verifier

LANES: tuple[Lane, ...] = ("life", "speech", "recording", "redaction", "retention")

StepName = Literal["nothing", "redact", "verify", "confirm", "fail", "destroy", "keep"]

Policies = Callable[[TenantName], Awaitable[PrivacyPolicyPublished | None]]

log = structlog.get_logger()

_OUTCOMES = Counter("antiphon_redactions_total", "Attempts by outcome.", ["tenant", "outcome"])


class Case(Struct, frozen=True, kw_only=True):
    """A contact as its facts tell of it now, and what is to be done."""

    contact: ContactRef
    known: Quarantine
    facts: Sequence[Recorded]
    step: Step
    audible: frozenset[PersonalKind]
    policy: PrivacyPolicyPublished | None


class Activities:
    """Carries steps out. Any number may be at the same contact: one of them is believed."""

    def __init__(
        self,
        *,
        journal: Journal,
        redactor: Redactor,
        verifier: Verifier,
        policies: Policies,
        originals: Originals,
        now: Callable[[], datetime],
    ) -> None:
        self._journal = journal
        self._redactor = redactor
        self._verifier = verifier
        self._policies = policies
        self._originals = originals
        self._now = now

    async def look(self, contact: ContactRef) -> StepName:
        """Return what is to be done now; nothing until there is another fact.

        Raises:
            LogUnavailable: the log does not answer.
        """
        return _name_of((await self._case(contact)).step)

    async def due(self, contact: ContactRef) -> int | None:
        """Return the round in which there is something to be done now; None: there is nothing.

        Raises:
            LogUnavailable: the log does not answer.
        """
        case = await self._case(contact)
        if _name_of(case.step) == "nothing":
            return None
        return case.step.round if isinstance(case.step, Redact) else case.known.round

    async def advance(self, contact: ContactRef) -> StepName:
        """Do what is to be done now, and return what it was.

        Raises:
            StreamMoved: another process did so meanwhile.
            LogUnavailable, ArchiveUnavailable: no answer; doing it again is safe.
            KeyDestroyed: the person was erased.
            ModelUnusable: nothing here can verify: nothing was begun.
        """
        case = await self._case(contact)
        match case.step:
            case Wait() | Settled() | Stop():
                pass
            case Redact() as step:
                await self._redact(case, step)
            case Verify() as step:
                await self._verify(case, step)
            case Confirm(verified=event):
                await self._state(case, event, id_of(event, contact))
            case Fail(failed=event):
                await self._state(case, event, id_of(event, contact))
            case Destroy():
                await self._destroy(case)
            case Keep() as step:
                await self._keep(case, step)
            case _:
                assert_never(case.step)
        return _name_of(case.step)

    async def _case(self, contact: ContactRef) -> Case:
        facts = [one async for one in self._journal.read(contact, lanes=LANES)]
        known = Quarantine()
        for recorded in facts:
            known = evolve(known, recorded)
        policy = await self._policies(contact.tenant)
        fate = await self._originals.fate(contact, known, policy)
        return Case(
            contact=contact,
            known=known,
            facts=facts,
            step=next_step(
                known,
                destroys_originals=fate.unwanted,
                hold_ids=fate.hold_ids,
                decided=fate.decided,
            ),
            audible=frozenset() if policy is None else frozenset(policy.audible),
            policy=policy,
        )

    async def _redact(self, case: Case, step: Redact) -> None:
        known, contact = case.known, case.contact
        if known.recording is not None:
            self._verifier.check()
        try:
            audio = step.keeps or await self._audio(case, step)
        except (RecordingDamaged, RecognizerFailed, ValueError) as error:
            problem = getattr(error, "code", "plan_impossible")
            failed = RedactionDoubted(
                round=step.round, attempt=step.attempt, checks=(), findings=(), problem=problem
            )
            await self._state(case, failed, id_of(failed, contact))
            return
        await reach(FaultPoint.REDACTED_PUT)
        spoken = spoken_in(case.facts)
        applied = RedactionApplied(
            round=step.round,
            attempt=step.attempt,
            heard_upto=known.standing.news_upto,
            utterances=len(spoken),
            detector=spans.PLANNER,
            masks=masks_for(spoken, step.extra),
            audio=audio,
            reason="" if audio is not None else _why_none(known),
        )
        await self._state(case, applied, id_of(applied, contact))
        await reach(FaultPoint.REDACTION_STATED)

    async def _audio(self, case: Case, step: Redact) -> RedactedAudio | None:
        recording, contact = case.known.recording, case.contact
        if recording is None:
            return None
        planned = spans.plan(
            spans.heard_in(case.facts),
            await self._redactor.speech(contact, recording),
            widen_ms=spans.widen_ms_of(step.attempt),
            duration_ms=recording.duration_ms,
            extra=step.extra,
            kinds=frozenset(PERSONAL_KINDS) - case.audible,
        )
        return await self._redactor.redact(
            contact,
            recording,
            planned,
            cover="beep" if case.policy is None else case.policy.cover,
            round_=step.round,
            attempt=step.attempt,
        )

    async def _verify(self, case: Case, step: Verify) -> None:
        applied, contact = step.applied, case.contact
        spoken = spoken_in(case.facts, masks=applied.masks)
        audio = applied.audio
        if audio is not None:
            # What earlier attempts put, and what nobody came to state.
            await self._redactor.sweep(contact, keep={audio.key})
        pieces = _nothing() if audio is None else self._redactor.pieces(contact, audio)
        verdict = await self._verifier.verify(applied, spoken, pieces, audible=case.audible)
        await reach(FaultPoint.VERDICT_REACHED)
        event = verdict_event(applied, verdict)
        await self._state(case, event, id_of(event, contact))
        await reach(FaultPoint.VERDICT_STATED)

    async def _destroy(self, case: Case) -> None:
        event = await self._originals.destroy(case.contact, case.policy)
        await self._state(case, event, _id_of_originals(case, event))

    async def _keep(self, case: Case, step: Keep) -> None:
        policy = case.policy
        assert policy is not None, "without one nothing is to be destroyed"
        event = OriginalKept(hold_ids=step.hold_ids, policy_version=policy.version)
        await self._state(case, event, _id_of_originals(case, event))

    async def _state(self, case: Case, event: Event, id_: EventId) -> None:
        """Append, where nobody did since the facts were read and the person is not erased."""
        known, contact = case.known, case.contact
        async for recorded in self._journal.read(contact, lanes=("life",)):
            if isinstance(recorded.event, ContactErased):
                raise KeyDestroyed(f"contact/{contact.contact_id}")
        draft = Draft(
            event=event,
            id=id_,
            occurred_at=self._now(),
            actor=ACTOR,
            correlation=known.correlation or contact.contact_id,
            causation=known.cause,
        )
        await self._journal.append(contact, [draft], expected=known.standing.lane_end)
        _OUTCOMES.labels(contact.tenant, event.TYPE).inc()
        _tell(contact, event)


def _tell(contact: ContactRef, event: Event) -> None:
    told = log.bind(tenant=contact.tenant, contact_id=contact.contact_id)
    match event:
        case RedactionFailed():
            told.error(
                event.TYPE,
                round=event.round,
                attempts=event.attempts,
                reason=event.reason,
                problem=event.problem,
                findings=len(event.findings),
                way_out="it waits for people: `antiphon redaction status --state failed`",
            )
        case RedactionDoubted():
            told.warning(
                event.TYPE,
                round=event.round,
                attempt=event.attempt,
                problem=event.problem,
                findings=len(event.findings),
            )
        case RedactionApplied() | RedactionVerified():
            told.info(event.TYPE, round=event.round, attempt=event.attempt)
        case _:
            told.info(event.TYPE)


def _id_of_originals(case: Case, event: OriginalDestroyed | OriginalKept) -> EventId:
    # They go once; that they are kept can be so again, of other holds.
    lane_end = str(case.known.standing.lane_end)
    cause = "original" if isinstance(event, OriginalDestroyed) else lane_end
    return service_event_id(SERVICE, case.contact, cause, event.TYPE)


def _why_none(known: Quarantine) -> Literal["not_recorded", "recording_failed"]:
    return "recording_failed" if known.recording_failed else "not_recorded"


def _name_of(step: Step) -> StepName:  # noqa: PLR0911 (one return a step)
    match step:
        case Wait() | Settled() | Stop():
            return "nothing"
        case Redact():
            return "redact"
        case Verify():
            return "verify"
        case Confirm():
            return "confirm"
        case Fail():
            return "fail"
        case Destroy():
            return "destroy"
        case Keep():
            return "keep"
        case _:
            assert_never(step)


async def _nothing() -> AsyncIterator[Samples]:
    """Yield no samples: there are none."""
    for samples in ():
        yield samples
