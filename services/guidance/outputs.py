"""What follows for a contact: cues, ticks, guardrails, stages, and the checklist. Pure.

A moment is recorded after all it earned, one append each: where the moment stands in the
lane, its cues were decided, and deciding again would be a second opinion. One append of
several events would say the same, and keep the agent waiting three times as long.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct

from ...events.base import (
    Causation,
    ContactRef,
    Event,
    EventId,
    GuidanceId,
    service_event_id,
)
from ...events.guidance import (
    ChecklistItemMissed,
    ChecklistItemTicked,
    ChecklistOpened,
    GuardrailTripped,
    GuidanceExpired,
    GuidanceIssued,
    GuidanceWithheld,
    ListedItem,
    MomentDetected,
    StageEntered,
    WithheldReason,
)
from ...events.sealed import Sealed
from ..guardrails import sanitised
from .attention import RANKS, AgentVoice, Card, Show, Waiting, released, weigh
from .case import SERVICE, Case, Output, evolve
from .conditions import Occurrence
from .guarding import Guardrail, Trip, trips_in, trips_on
from .playbook import Cue
from .policy import Compiled
from .rules import Match
from .stages import entered
from .utterances import Utterance


class Desk(Struct, frozen=True, kw_only=True):
    """Whose agent is shown what by which playbooks, and whether they talk now."""

    contact: ContactRef
    compiled: Compiled
    now: datetime
    said_at: datetime  # when what it is about was known
    agent_since_ms: int | None = None  # when the agent began what they are saying


def outputs_of(case: Case, match: Match, desk: Desk) -> list[Output]:
    """Return what a match makes true: the cues and ticks it earns, the moment last.

    What the case shows as done already is left out, so an interrupted append is finished by
    deciding again. What was said too long ago earns no cue. Of an utterance that tripped a
    guardrail no private number is kept as evidence.
    """
    name, playbook = match.moment.name, desk.compiled.playbook
    found = Occurrence(at=match.at or desk.said_at, heard=match.heard)
    acts = case.acts(found.key)
    words = sanitised(match.evidence).text if acts else match.evidence
    detected = MomentDetected(
        moment=name,
        heard=match.heard,
        evidence=Sealed(words),
        at=found.at,
        detector=match.detector,
        because=match.because,
        **desk.compiled.stamp("moments", name),
    )
    made = _Made(case, desk)
    stage = None if case.ended else entered(playbook.stages, name, current=case.attended.stage)
    wanted = {stage.next_action} if stage else set[str | None]()
    for cue in _ranked([one for one in playbook.cues if one.on == name or one.name in wanted]):
        made.show(cue, detected, key=found.key, blocked="block" in acts)
    for trip in trips_on(playbook.guardrails, name, heard=match.heard, evidence=words):
        made.trip(trip, key=found.key)
    if stage is not None:
        fact = StageEntered(
            stage=stage.name,
            title=stage.title,
            moment=name,
            heard=match.heard,
            **desk.compiled.stamp("stages", stage.name),
        )
        made.add(found.key, f"stage/{stage.name}", fact)
    for item in playbook.checklist:
        if item.on == name and item.name not in case.ticked:
            ticked = ChecklistItemTicked(
                item=item.name,
                title=item.title,
                heard=match.heard,
                evidence=detected.evidence,
                **desk.compiled.stamp("checklist", item.name),
            )
            # Ticked once a contact, whoever says it again.
            made.add("checklist", f"item/{item.name}", ticked)
    made.add(found.key, f"moment/{name}", detected)
    return made.outputs


def tripped_by(case: Case, utterance: Utterance, desk: Desk) -> list[Output]:
    """Return what follows of the private numbers and orders that words hold."""
    made = _Made(case, desk)
    for trip in trips_in(desk.compiled.playbook.guardrails, utterance):
        made.trip(trip, key=utterance.utterance_id)
    return made.outputs


def released_outputs(
    case: Case, desk: Desk, voice: AgentVoice
) -> list[tuple[Output, Causation | None]]:
    """Return what becomes of the cues that waited for the agent to stop talking."""
    outputs: list[tuple[Output, Causation | None]] = []
    for one in released(case.attended, voice, now=desk.now):
        made = _Made(case, desk)
        made.release(one)
        case = made.case
        outputs += [(output, one.cause) for output in made.outputs]
    return outputs


def checklist_outputs(case: Case, desk: Desk) -> list[Output]:
    """Return the list that an agent's contact begins with, or goes on with, if it is news."""
    items = tuple(
        ListedItem(item=one.name, title=one.title) for one in desk.compiled.playbook.checklist
    )
    if items == case.listed or case.ended or "agent_connected" not in case.moments:
        return []
    opened = ChecklistOpened(items=items, **desk.compiled.stamp("checklist", ""))
    made = _Made(case, desk)
    made.add("checklist", f"opened/{case.lists}", opened)
    return made.outputs


def missed_outputs(case: Case, desk: Desk) -> list[Output]:
    """Return what was not said, once all was heard."""
    made = _Made(case, desk)
    for one in case.unsaid if case.transcribed else ():
        missed = ChecklistItemMissed(
            item=one.item, title=one.title, **desk.compiled.stamp("checklist", one.item)
        )
        made.add("checklist", f"missed/{one.item}", missed)
    return made.outputs


class _Made:
    """Outputs one after the other, each decided with those before it assumed as stored."""

    def __init__(self, case: Case, desk: Desk) -> None:
        self.case = case
        self.outputs: list[Output] = []
        self._desk = desk

    def add(self, cause: str, rule: str, event: Event) -> None:
        id_ = service_event_id(SERVICE, self._desk.contact, cause, rule)
        self.outputs.append(Output(id_, event))
        self.case = evolve(self.case, event, cause=None, occurred_at=self._desk.now)

    def show(self, cue: Cue, detected: MomentDetected, *, key: str, blocked: bool = False) -> None:
        """Show a cue, if it is earned and there is attention for it."""
        desk = self._desk
        # A partial and its final are one cause: same utterance, same id.
        id_ = GuidanceId(service_event_id(SERVICE, desk.contact, key, f"cue/{cue.name}"))
        if id_ in self.case.closed or not _earned(cue, self.case, desk):
            return
        expires_at = desk.said_at + timedelta(seconds=cue.lasts_s)
        issued = self._issued(cue, detected, id_=id_, expires_at=expires_at)
        if blocked:
            self._withhold(issued, "guardrail", until=None)
        else:
            self._weigh(issued, waited=False)

    def release(self, waiting: Waiting) -> None:
        """Show a cue that waited; or say that it does not come any more."""
        withheld, detected = waiting.withheld, waiting.detected
        cues = self._desk.compiled.playbook.cues
        cue = next((one for one in cues if one.name == withheld.cue), None)
        in_time = self._desk.now < withheld.expires_at and not self.case.ended
        if cue is None or detected is None or not in_time or cue.unless & self.case.moments:
            self._withhold(withheld, "too_late", until=None)
            return
        issued = self._issued(
            cue, detected, id_=withheld.guidance_id, expires_at=withheld.expires_at
        )
        self._weigh(issued, waited=True)

    def trip(self, trip: Trip, *, key: str) -> None:
        """Record that a guardrail was tripped, after the warning that it shows."""
        guardrail = trip.guardrail
        if (key, guardrail.name) in self.case.tripped:
            return
        stamp = self._desk.compiled.stamp("guardrails", guardrail.name)
        cues = self._desk.compiled.playbook.cues
        evidence = Sealed(trip.evidence)
        for cue in cues:
            if cue.name == guardrail.shows:
                found = MomentDetected(
                    moment=guardrail.name, heard=trip.heard, evidence=evidence, **stamp
                )
                self.show(cue, found, key=key)
        self.add(key, f"guardrail/{guardrail.name}", _tripped(guardrail, trip, evidence, stamp))

    def _issued(
        self, cue: Cue, detected: MomentDetected, *, id_: GuidanceId, expires_at: datetime
    ) -> GuidanceIssued:
        return GuidanceIssued(
            guidance_id=id_,
            cue=cue.name,
            kind=cue.kind,
            title=cue.title,
            body=cue.body,
            moment=detected.moment,
            heard=detected.heard,
            evidence=detected.evidence,
            detector=detected.detector,
            because=detected.because,
            expires_at=expires_at,
            **self._desk.compiled.stamp("cues", cue.name),
        )

    def _weigh(self, issued: GuidanceIssued, *, waited: bool) -> None:
        card = Card(
            guidance_id=issued.guidance_id,
            kind=issued.kind,
            heard=issued.heard,
            evidence=issued.evidence.reveal_or(""),
            shown_at=self._desk.now,
        )
        verdict = weigh(
            card,
            self.case.attended,
            self._desk.compiled.playbook.attention,
            agent_since_ms=self._desk.agent_since_ms,
            waited=waited,
        )
        if not isinstance(verdict, Show):
            self._withhold(issued, verdict.reason, until=verdict.until)
            return
        self.outputs.append(Output(EventId(issued.guidance_id), issued))
        self.case = evolve(self.case, issued, cause=None, occurred_at=self._desk.now)
        for id_, reason in verdict.displaced:
            self.add(id_, "expired", GuidanceExpired(guidance_id=id_, reason=reason))

    def _withhold(
        self,
        cue: GuidanceIssued | GuidanceWithheld,
        reason: WithheldReason,
        *,
        until: datetime | None,
    ) -> None:
        withheld = GuidanceWithheld(
            guidance_id=cue.guidance_id,
            cue=cue.cue,
            kind=cue.kind,
            moment=cue.moment,
            heard=cue.heard,
            reason=reason,
            until=until,
            expires_at=cue.expires_at,
            playbook=cue.playbook,
            playbook_version=cue.playbook_version,
            policy_version=cue.policy_version,
        )
        self.add(cue.guidance_id, f"withheld/{reason}", withheld)


def ranked(matches: Sequence[Match], compiled: Compiled) -> list[Match]:
    """Return matches of one utterance with those first whose cues rank highest."""
    ranks: dict[str, int] = {}
    for cue in compiled.playbook.cues:
        ranks[cue.on] = max(ranks.get(cue.on, 0), RANKS[cue.kind])
    return sorted(matches, key=lambda match: -ranks.get(match.moment.name, 0))


def _ranked(cues: Sequence[Cue]) -> Iterator[Cue]:
    yield from sorted(cues, key=lambda cue: -RANKS[cue.kind])


def _earned(cue: Cue, case: Case, desk: Desk) -> bool:  # noqa: PLR0911 (one return a rule)
    if case.ended or desk.now - desk.said_at >= timedelta(seconds=cue.lasts_s):
        return False  # too late to be of use
    if any(one.cue == cue.name for one in case.open.values()):
        return False  # it is on the screen
    if any(one.withheld.cue == cue.name for one in case.attended.waiting):
        return False  # it will be
    if cue.after and not cue.after & case.moments:
        return False
    if cue.unless & case.moments:
        return False
    last = case.issued_at.get(cue.name)
    if last is None:
        return True
    return not cue.once and desk.now - last >= timedelta(seconds=cue.cooldown_s)


def _tripped(
    guardrail: Guardrail, trip: Trip, evidence: Sealed, stamp: Mapping[str, Any]
) -> GuardrailTripped:
    return GuardrailTripped(
        guardrail=guardrail.name,
        kind=guardrail.kind,
        act=guardrail.act,
        title=guardrail.title,
        found=trip.found,
        heard=trip.heard,
        evidence=evidence,
        **stamp,
    )
