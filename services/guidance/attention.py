"""How much an agent is shown, and when: an attention that is spent on what matters most. Pure.

A warning comes at once. Anything else waits, for a bounded time, where it would come into words
that the agent was in the middle of already; comes so many times a minute; and makes room, or
finds none, on a desk that holds so many cards. What one stretch of words is good for is shown
once, by whatever ranks highest. Decided from facts alone, but for whether the agent talks now,
which nothing of what is stored says: a decision that rests on it is a fact itself.
"""

from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from ...events.base import Causation, Event, GuidanceId, UtteranceId
from ...events.contact import GuidanceDismissed, GuidanceUsed
from ...events.guidance import (
    CueKind,
    GuidanceExpired,
    GuidanceIssued,
    GuidanceWithheld,
    Heard,
    MomentDetected,
    StageEntered,
    WithheldReason,
)

# A card takes some five seconds to read and to act on; with more than one in ten seconds the
# agent reads and no longer listens.
CUES_PER_MINUTE = 6
# What fits beside the transcript without scrolling; a reader keeps about four things in mind.
OPEN_MAX = 4
# A turn of an agent is seldom longer; who explains for a minute still wants the hint within it.
HOLD_S_MAX = 8
# Seconds. Partials come at least about as often while somebody speaks.
PAUSE_S = 1.5
_MINUTE = timedelta(minutes=1)
_LATELY_MAX = 40  # cues that are remembered: more than come in the longest turn and minute

RANKS: dict[CueKind, int] = {"warning": 2, "next_action": 1, "hint": 0}

Going = Literal["displaced", "superseded"]


class Attention(Struct, frozen=True, kw_only=True):
    """What a playbook allows itself of the agent's attention. Warnings are always allowed."""

    cues_per_minute: int = CUES_PER_MINUTE
    open_max: int = OPEN_MAX
    quiet_while_agent_talks: bool = True
    hold_s_max: int = HOLD_S_MAX


class Card(Struct, frozen=True, kw_only=True):
    """A cue that is, or was, or would be on the screen."""

    guidance_id: GuidanceId
    kind: CueKind
    heard: Heard | None
    evidence: str
    shown_at: datetime


class Waiting(Struct, frozen=True, kw_only=True):
    """A cue that waits for the agent to stop talking."""

    withheld: GuidanceWithheld
    until: datetime
    detected: MomentDetected | None = None  # what earned it; None until the log shows it
    cause: Causation | None = None  # the fact that it waits, once the log shows it


class Attended(Struct, frozen=True, kw_only=True):
    """What is on the desk, what came there lately, and what waits. The fold of facts."""

    open: tuple[Card, ...] = ()
    lately: tuple[Card, ...] = ()  # open or not, the oldest first
    waiting: tuple[Waiting, ...] = ()
    given_up: tuple[GuidanceId, ...] = ()  # the last that were withheld for good
    stage: str | None = None  # of the playbook


class Show(Struct, frozen=True):
    """A cue comes, and these go: each with why."""

    displaced: tuple[tuple[GuidanceId, Going], ...] = ()


class Withhold(Struct, frozen=True):
    """A cue does not come; or not yet, where it waits `until` then at most."""

    reason: WithheldReason
    until: datetime | None = None


def attend(  # noqa: PLR0911 (one return a fact)
    attended: Attended, event: Event, *, cause: Causation | None, occurred_at: datetime
) -> Attended:
    """Return what holds after `event`; meeting an event again changes nothing."""
    match event:
        case GuidanceIssued():
            return _shown(attended, event, occurred_at)
        case GuidanceWithheld(until=None, guidance_id=id_):
            if id_ in attended.given_up:
                return attended
            given_up = (*attended.given_up, id_)[-_LATELY_MAX:]
            return replace(_without(attended, id_), given_up=given_up)
        case GuidanceWithheld():
            return _waiting(attended, event, cause)
        case MomentDetected() as detected:
            waiting = tuple(
                replace(one, detected=detected) if _earned_by(one, detected) else one
                for one in attended.waiting
            )
            return replace(attended, waiting=waiting)
        case (
            GuidanceExpired(guidance_id=id_)
            | GuidanceUsed(guidance_id=id_)
            | GuidanceDismissed(guidance_id=id_)
        ):
            still = tuple(card for card in attended.open if card.guidance_id != id_)
            return replace(attended, open=still)
        case StageEntered(stage=stage):
            return replace(attended, stage=stage)
        case _:
            return attended  # a fact that costs no attention


def weigh(
    card: Card,
    attended: Attended,
    attention: Attention,
    *,
    agent_since_ms: int | None,
    waited: bool = False,
) -> Show | Withhold:
    """Return whether a cue that was earned is shown.

    `card.shown_at` is the instant of the decision; `agent_since_ms`, on the contact clock, when
    the agent began what they are saying; None: they are silent. `waited`: long enough.
    """
    now = card.shown_at
    related = [one for one in attended.lately if _one_cause(one, card)]
    if any(RANKS[one.kind] >= RANKS[card.kind] for one in related):
        return Withhold("same_cause")
    if card.kind != "warning":
        interrupts = agent_since_ms is not None and _is_interruption(card.heard, agent_since_ms)
        if interrupts and attention.quiet_while_agent_talks and not waited:
            return Withhold("agent_talking", now + timedelta(seconds=attention.hold_s_max))
        lately = [one for one in attended.lately if now - one.shown_at < _MINUTE]
        if sum(one.kind != "warning" for one in lately) >= attention.cues_per_minute:
            return Withhold("too_many_a_minute")
    displaced: dict[GuidanceId, Going] = {one.guidance_id: "displaced" for one in related}
    if card.kind == "next_action":
        for one in attended.open:
            if one.kind == "next_action":
                displaced[one.guidance_id] = "superseded"
    staying = [one for one in attended.open if one.guidance_id not in displaced]
    if len(staying) >= attention.open_max:
        lowest = min(staying, key=lambda one: (RANKS[one.kind], one.shown_at))
        if RANKS[lowest.kind] > RANKS[card.kind]:
            return Withhold("desk_full")
        displaced[lowest.guidance_id] = "displaced"
    on_screen = {one.guidance_id for one in attended.open}
    return Show(tuple((one, why) for one, why in displaced.items() if one in on_screen))


class AgentVoice(Struct, frozen=True):
    """Whether the agent talks, as far as partials and finals tell."""

    utterance_id: UtteranceId | None = None
    began_ms: int = 0  # on the contact clock
    until: datetime | None = None  # unless more is heard

    def heard(self, utterance_id: UtteranceId, *, began_ms: int, now: datetime) -> "AgentVoice":
        """Return what holds once a partial of the agent came."""
        return AgentVoice(utterance_id, began_ms, now + timedelta(seconds=PAUSE_S))

    def finished(self, utterance_id: UtteranceId) -> "AgentVoice":
        """Return what holds once a final of the agent came."""
        return AgentVoice() if utterance_id == self.utterance_id else self

    def talks(self, now: datetime) -> bool:
        """Tell whether the agent is talking."""
        return self.until is not None and now < self.until

    def since_ms(self, now: datetime) -> int | None:
        """Return when the agent began to talk, on the contact clock; None: they are silent."""
        return self.began_ms if self.talks(now) else None


def released(attended: Attended, voice: AgentVoice, *, now: datetime) -> tuple[Waiting, ...]:
    """Return what has waited long enough, whether shown then or not.

    What earned it never comes to stand in the log where somebody died before that, and the words
    were taken back: such a cue waits until its time is over.
    """
    talks = voice.talks(now)
    return tuple(one for one in attended.waiting if _is_released(one, talks=talks, now=now))


def next_release(attended: Attended, voice: AgentVoice) -> datetime | None:
    """Return when something waits no longer, as far as is known; None: nothing waits."""
    return min((_release_of(one, voice) for one in attended.waiting), default=None)


def _is_released(one: Waiting, *, talks: bool, now: datetime) -> bool:
    if one.detected is None:
        return one.withheld.expires_at <= now
    return not talks or one.until <= now


def _release_of(one: Waiting, voice: AgentVoice) -> datetime:
    if one.detected is None:
        return one.withheld.expires_at
    return one.until if voice.until is None else min(one.until, voice.until)


def _is_interruption(heard: Heard | None, agent_since_ms: int) -> bool:
    """Tell whether a card would come into what the agent was saying when it was earned.

    What they themselves say earns cards about just that; and who answers the customer's words
    needs the card on these words now.
    """
    if heard is None:
        return True
    return heard.track == "from_customer" and agent_since_ms <= heard.started_ms


def _shown(attended: Attended, event: GuidanceIssued, occurred_at: datetime) -> Attended:
    if any(card.guidance_id == event.guidance_id for card in attended.lately):
        return attended
    card = Card(
        guidance_id=event.guidance_id,
        kind=event.kind,
        heard=event.heard,
        evidence=event.evidence.reveal_or(""),
        shown_at=occurred_at,
    )
    return replace(
        _without(attended, event.guidance_id),
        open=(*attended.open, card),
        lately=(*attended.lately, card)[-_LATELY_MAX:],
    )


def _waiting(attended: Attended, withheld: GuidanceWithheld, cause: Causation | None) -> Attended:
    id_, until = withheld.guidance_id, withheld.until
    came = any(card.guidance_id == id_ for card in attended.lately)
    if until is None or came or id_ in attended.given_up:
        return attended  # it was decided meanwhile
    known = next((one for one in attended.waiting if one.withheld.guidance_id == id_), None)
    if known is None:
        waiting = Waiting(withheld=withheld, until=until, cause=cause)
        return replace(attended, waiting=(*attended.waiting, waiting))
    if known.cause is not None or cause is None:
        return attended
    told = [replace(one, cause=cause) if one is known else one for one in attended.waiting]
    return replace(attended, waiting=tuple(told))


def _without(attended: Attended, guidance_id: GuidanceId) -> Attended:
    waiting = tuple(one for one in attended.waiting if one.withheld.guidance_id != guidance_id)
    return replace(attended, waiting=waiting)


def _earned_by(waiting: Waiting, detected: MomentDetected) -> bool:
    if waiting.detected is not None or waiting.withheld.moment != detected.moment:
        return False
    heard = waiting.withheld.heard
    if heard is None or detected.heard is None:
        return heard is detected.heard
    return heard.utterance_id == detected.heard.utterance_id


def _one_cause(one: Card, other: Card) -> bool:
    """Tell whether two cues come of the same words: of most of those that the shorter one heard.

    A next action is no answer to words; it stands in a place of its own.
    """
    if "next_action" in (one.kind, other.kind) or one.heard is None or other.heard is None:
        return False
    first, second = one.heard, other.heard
    if first.utterance_id != second.utterance_id or one.guidance_id == other.guidance_id:
        return False
    if (first.started_ms, first.ended_ms) == (second.started_ms, second.ended_ms):
        # The same words; or words without times of their own, which then tell by themselves.
        return one.evidence in other.evidence or other.evidence in one.evidence
    if not {*one.evidence.casefold().split()} & {*other.evidence.casefold().split()}:
        # What earned one may be timed as the whole utterance: its words are what tells.
        return False
    common = min(first.ended_ms, second.ended_ms) - max(first.started_ms, second.started_ms)
    shorter = min(first.ended_ms - first.started_ms, second.ended_ms - second.started_ms)
    return common > 0 and 2 * common > shorter
