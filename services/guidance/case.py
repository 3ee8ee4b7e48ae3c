"""What guidance knows of one contact, and which of its cues have expired. Pure."""

from collections.abc import Mapping
from datetime import datetime
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
    ChecklistItemMissed,
    ChecklistItemTicked,
    ChecklistOpened,
    GuardrailAct,
    GuardrailTripped,
    GuidanceExpired,
    GuidanceIssued,
    GuidanceWithheld,
    InferenceFinished,
    ListedItem,
    MomentDetected,
)
from ...events.media import AudioGap
from ...events.speech import SpeechGap, TranscriptCompleted, UtteranceFinalized
from .attention import Attended, attend
from .conditions import Occurred, Occurrence, with_occurrence
from .states import state_of

SERVICE = "guidance"


class OpenCue(Struct, frozen=True):
    """A cue the agent has not answered, and that has not expired."""

    cue: str
    expires_at: datetime
    cause: Causation | None  # the event that issued it; None until the log shows it


class Case(Struct, frozen=True, kw_only=True):
    """One contact, as far as guidance is concerned."""

    occurred: Occurred = field(default_factory=dict[str, tuple[Occurrence, ...]])
    # Moments by what they were found in: an utterance, or an instant.
    decided: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    # What models were asked, as far as facts tell: node, utterance, revision of the partial.
    inferred: frozenset[tuple[str, UtteranceId, int | None]] = frozenset()
    unheard: frozenset[tuple[int, int | None]] = frozenset()  # from, until, on the contact clock
    finals: frozenset[UtteranceId] = frozenset()
    ticked: frozenset[str] = frozenset()
    issued_at: Mapping[str, datetime] = field(default_factory=dict[str, datetime])  # by cue, last
    open: Mapping[GuidanceId, OpenCue] = field(default_factory=dict[GuidanceId, OpenCue])
    closed: frozenset[GuidanceId] = frozenset()  # answered, expired, or withheld for good
    attended: Attended = Attended()
    tripped: Mapping[tuple[str, str], GuardrailAct] = field(
        default_factory=dict[tuple[str, str], GuardrailAct]
    )  # by what tripped it, an utterance or an instant, and the guardrail
    listed: tuple[ListedItem, ...] = ()  # what the agent must say
    lists: int = 0  # how often another list took its place
    missed: frozenset[str] = frozenset()  # items of the list, once all was heard
    ended: bool = False
    transcribed_at: datetime | None = None  # since then nobody hears what is said

    @property
    def moments(self) -> frozenset[str]:
        """What came true so far: moments, and the states that the log tells."""
        return frozenset(self.occurred)

    def known(self, key: str) -> frozenset[str]:
        """Return the moments already decided for an utterance, or an instant."""
        return self.decided.get(key, frozenset())

    @property
    def transcribed(self) -> bool:
        """All that could be heard was heard."""
        return self.transcribed_at is not None

    def acts(self, key: str) -> frozenset[GuardrailAct]:
        """Return what guardrails do about an utterance: those that keep something back."""
        acts: list[GuardrailAct] = [act for (of, _), act in self.tripped.items() if of == key]
        return frozenset(act for act in acts if act in ("block", "sanitise"))

    @property
    def unsaid(self) -> tuple[ListedItem, ...]:
        """What the agent must say, was not heard, and nobody recorded as missed."""
        return tuple(one for one in self.listed if one.item not in self.ticked | self.missed)

    @property
    def finished(self) -> bool:
        """Nothing more can be said, nothing is missed, and no cue is on the screen, or waits."""
        on_desk = self.open or self.attended.waiting
        return self.transcribed and not on_desk and not self.unsaid


class Output(Struct, frozen=True):
    """An event to append, and its id."""

    id: EventId
    event: Event


def evolve(  # noqa: PLR0911 (one return a fact)
    case: Case, event: Event, *, cause: Causation | None, occurred_at: datetime
) -> Case:
    """Return the case as it stands after `event`; meeting an event again changes nothing."""
    case = _with_state(case, event, cause=cause, occurred_at=occurred_at)
    attended = attend(case.attended, event, cause=cause, occurred_at=occurred_at)
    if attended is not case.attended:
        case = replace(case, attended=attended)
    match event:
        case MomentDetected(moment=moment):
            news = Occurrence(at=event.at or occurred_at, heard=event.heard, cause=cause)
            return replace(
                case,
                occurred=with_occurrence(case.occurred, moment, news),
                decided={**case.decided, news.key: case.known(news.key) | {moment}},
            )
        case InferenceFinished():
            asked = (event.node, event.utterance_id, event.revision)
            return replace(case, inferred=case.inferred | {asked})
        case SpeechGap() | AudioGap():
            return replace(case, unheard=case.unheard | {(event.from_ms, event.until_ms)})
        case GuardrailTripped():
            return _tripped(case, event, occurred_at)
        case UtteranceFinalized(utterance_id=utterance_id):
            return replace(case, finals=case.finals | {utterance_id})
        case TranscriptCompleted():
            return replace(case, transcribed_at=case.transcribed_at or occurred_at)
        case ContactEnded():
            return replace(case, ended=True)
        case _:
            return _with_guidance(case, event, cause=cause, occurred_at=occurred_at)


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


def _with_state(
    case: Case, event: Event, *, cause: Causation | None, occurred_at: datetime
) -> Case:
    if (state := state_of(event, occurred_at)) is None:
        return case
    name, at = state
    news = Occurrence(at=at, cause=cause)
    return replace(case, occurred=with_occurrence(case.occurred, name, news))


def _with_guidance(  # noqa: PLR0911 (one return a fact)
    case: Case, event: Event, *, cause: Causation | None, occurred_at: datetime
) -> Case:
    match event:
        case GuidanceIssued():
            return _issued(case, event, cause, occurred_at)
        case (
            GuidanceExpired(guidance_id=guidance_id)
            | GuidanceUsed(guidance_id=guidance_id)
            | GuidanceDismissed(guidance_id=guidance_id)
        ):
            still = {one: cue for one, cue in case.open.items() if one != guidance_id}
            return replace(case, open=still, closed=case.closed | {guidance_id})
        case GuidanceWithheld(until=None, guidance_id=guidance_id):
            return replace(case, closed=case.closed | {guidance_id})
        case ChecklistOpened(items=items) if items != case.listed:
            return replace(case, listed=items, lists=case.lists + 1)
        case ChecklistItemTicked(item=item):
            return replace(case, ticked=case.ticked | {item})
        case ChecklistItemMissed(item=item):
            return replace(case, missed=case.missed | {item})
        case _:
            return case  # a fact that no rule depends on


def _issued(
    case: Case, event: GuidanceIssued, cause: Causation | None, occurred_at: datetime
) -> Case:
    issued_at = {**case.issued_at, event.cue: occurred_at}
    if event.guidance_id in case.closed:
        return replace(case, issued_at=issued_at)
    cue = OpenCue(event.cue, event.expires_at, cause)
    return replace(case, issued_at=issued_at, open={**case.open, event.guidance_id: cue})


def _tripped(case: Case, event: GuardrailTripped, occurred_at: datetime) -> Case:
    key = Occurrence(at=occurred_at, heard=event.heard).key
    return replace(case, tripped={**case.tripped, (key, event.guardrail): event.act})


def _output(contact: ContactRef, cause: str, rule: str, event: Event) -> Output:
    return Output(service_event_id(SERVICE, contact, cause, rule), event)
