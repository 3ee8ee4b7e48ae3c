"""What guidance knows of one contact, and what follows from a match. Pure.

A moment is recorded after all it earned, one append each: where the moment stands in the
lane, its cues were decided, and deciding again would be a second opinion. One append of
several events would say the same, and keep the agent waiting three times as long.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct, field
from msgspec.structs import replace

from ...events.base import (
    Causation,
    ContactRef,
    Event,
    EventId,
    GuidanceId,
    UtteranceId,
    service_event_id,
)
from ...events.contact import ContactEnded, GuidanceDismissed, GuidanceUsed
from ...events.guidance import (
    ChecklistItemTicked,
    GuidanceExpired,
    GuidanceIssued,
    MomentDetected,
)
from ...events.sealed import Sealed
from ...events.speech import TranscriptCompleted, UtteranceFinalized
from .playbook import Cue, Playbook
from .rules import Match

SERVICE = "guidance"


class OpenCue(Struct, frozen=True):
    """A cue the agent has not answered, and that has not expired."""

    cue: str
    expires_at: datetime
    cause: Causation | None  # the event that issued it; None until the log shows it


class Case(Struct, frozen=True, kw_only=True):
    """One contact, as far as guidance is concerned."""

    moments: frozenset[str] = frozenset()  # heard so far, in any utterance
    decided: frozenset[tuple[UtteranceId, str]] = frozenset()  # moments by utterance
    finals: frozenset[UtteranceId] = frozenset()
    ticked: frozenset[str] = frozenset()
    issued_at: Mapping[str, datetime] = field(default_factory=dict[str, datetime])  # by cue, last
    open: Mapping[GuidanceId, OpenCue] = field(default_factory=dict[GuidanceId, OpenCue])
    closed: frozenset[GuidanceId] = frozenset()  # answered or expired
    ended: bool = False
    transcribed: bool = False

    def known(self, utterance_id: UtteranceId) -> set[str]:
        """Return the moments already decided for an utterance."""
        return {moment for heard_in, moment in self.decided if heard_in == utterance_id}

    @property
    def finished(self) -> bool:
        """Nothing more can be said, and no cue is on the screen."""
        return self.transcribed and not self.open


class Output(Struct, frozen=True):
    """An event to append, and its id."""

    id: EventId
    event: Event


def evolve(  # noqa: PLR0911 (one return a fact)
    case: Case, event: Event, *, cause: Causation | None, occurred_at: datetime
) -> Case:
    """Return the case as it stands after `event`; meeting an event again changes nothing."""
    match event:
        case MomentDetected(moment=moment, heard=heard):
            return replace(
                case,
                moments=case.moments | {moment},
                decided=case.decided | {(heard.utterance_id, moment)},
            )
        case ChecklistItemTicked(item=item):
            return replace(case, ticked=case.ticked | {item})
        case GuidanceIssued():
            return _issued(case, event, cause, occurred_at)
        case (
            GuidanceExpired(guidance_id=guidance_id)
            | GuidanceUsed(guidance_id=guidance_id)
            | GuidanceDismissed(guidance_id=guidance_id)
        ):
            still = {one: cue for one, cue in case.open.items() if one != guidance_id}
            return replace(case, open=still, closed=case.closed | {guidance_id})
        case UtteranceFinalized(utterance_id=utterance_id):
            return replace(case, finals=case.finals | {utterance_id})
        case TranscriptCompleted():
            return replace(case, transcribed=True)
        case ContactEnded():
            return replace(case, ended=True)
        case _:
            return case  # a fact that no rule depends on


def outputs_of(
    case: Case,
    match: Match,
    *,
    contact: ContactRef,
    playbook: Playbook,
    now: datetime,
    said_at: datetime,
) -> list[Output]:
    """Return what a match makes true: the cues and ticks it earns, the moment last.

    What the case shows as done already is left out, so an interrupted append is finished by
    deciding again. `said_at` is when the words were known: what was said too long ago earns no cue.
    """
    moment, heard = match.moment.name, match.heard
    evidence = Sealed(match.evidence)
    stamp = {"playbook": playbook.name, "playbook_version": playbook.version}
    detected = MomentDetected(moment=moment, heard=heard, evidence=evidence, **stamp)
    outputs: list[Output] = []
    for cue in playbook.cues:
        if cue.on == moment and _earned(cue, case, now=now, said_at=said_at):
            # A partial and its final are one cause: same utterance, same id.
            id_ = service_event_id(SERVICE, contact, heard.utterance_id, f"cue/{cue.name}")
            if GuidanceId(id_) in case.closed:
                continue
            issued = GuidanceIssued(
                guidance_id=GuidanceId(id_),
                cue=cue.name,
                kind=cue.kind,
                title=cue.title,
                body=cue.body,
                moment=moment,
                heard=heard,
                evidence=evidence,
                expires_at=said_at + timedelta(seconds=cue.lasts_s),
                **stamp,
            )
            outputs.append(Output(id_, issued))
    for item in playbook.checklist:
        if item.on == moment and item.name not in case.ticked:
            ticked = ChecklistItemTicked(
                item=item.name, title=item.title, heard=heard, evidence=evidence, **stamp
            )
            # Ticked once a contact, whoever says it again.
            outputs.append(_output(contact, "checklist", f"item/{item.name}", ticked))
    outputs.append(_output(contact, heard.utterance_id, f"moment/{moment}", detected))
    return outputs


def expired(
    case: Case, *, contact: ContactRef, now: datetime
) -> list[tuple[Output, Causation | None]]:
    """Return the expiries that are due, each with its cause; at the end all cues are."""
    reason: Literal["timed_out", "contact_ended"] = "contact_ended" if case.ended else "timed_out"
    return [
        (
            _output(
                contact,
                guidance_id,
                "expired",
                GuidanceExpired(guidance_id=guidance_id, reason=reason),
            ),
            cue.cause,
        )
        for guidance_id, cue in case.open.items()
        if case.ended or cue.expires_at <= now
    ]


def next_expiry(case: Case) -> datetime | None:
    """Return when the next cue expires; None: none is open."""
    return min((cue.expires_at for cue in case.open.values()), default=None)


def _earned(cue: Cue, case: Case, *, now: datetime, said_at: datetime) -> bool:
    if case.ended or now - said_at >= timedelta(seconds=cue.lasts_s):
        return False  # too late to be of use
    if any(one.cue == cue.name for one in case.open.values()):
        return False  # it is on the screen
    if cue.after and not cue.after & case.moments:
        return False
    if cue.unless & case.moments:
        return False
    last = case.issued_at.get(cue.name)
    if last is None:
        return True
    return not cue.once and now - last >= timedelta(seconds=cue.cooldown_s)


def _issued(
    case: Case, event: GuidanceIssued, cause: Causation | None, occurred_at: datetime
) -> Case:
    issued_at = {**case.issued_at, event.cue: occurred_at}
    if event.guidance_id in case.closed:
        return replace(case, issued_at=issued_at)
    cue = OpenCue(event.cue, event.expires_at, cause)
    return replace(case, issued_at=issued_at, open={**case.open, event.guidance_id: cue})


def _output(contact: ContactRef, cause: str, rule: str, event: Event) -> Output:
    return Output(service_event_id(SERVICE, contact, cause, rule), event)
