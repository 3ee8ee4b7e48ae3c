"""Two answers to the same contact, held against each other: what came, what did not. Pure.

A cue is the same in both where it has the same name and was earned by the same utterance; one that
nobody's words earned, where it has the same name, one for one. Ticks likewise, by item.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct, field

from ...events.base import ContactId, GuidanceId, Recorded, UtteranceId
from ...events.contact import GuidanceDismissed, GuidanceUsed
from ...events.guidance import ChecklistItemTicked, GuidanceIssued, GuidanceWithheld

Label = Literal["used", "dismissed"]


class Came(Struct, frozen=True, kw_only=True):
    """A cue that was issued, or an item that was ticked."""

    name: str
    utterance_id: UtteranceId | None  # whose words earned it; None: nobody's
    at: datetime
    after_ms: int | None  # since those words had been said; None where no clock tells
    guidance_id: GuidanceId | None = None  # None: a tick
    words: str = ""  # that earned it

    @property
    def key(self) -> tuple[str, UtteranceId | None]:
        """What makes two of them the same."""
        return (self.name, self.utterance_id)


class Answer(Struct, frozen=True, kw_only=True):
    """What guidance made of a contact."""

    cues: tuple[Came, ...] = ()
    ticks: tuple[Came, ...] = ()
    withheld: Mapping[str, int] = field(default_factory=dict[str, int])  # for good, by reason


class Compared(Struct, frozen=True, kw_only=True):
    """One contact, before and after. What agents said of a cue is told of those before."""

    contact_id: ContactId
    minutes: float
    before: Answer
    after: Answer
    labels: Mapping[GuidanceId, Label]
    kept: tuple[tuple[Came, Came], ...]  # cues: as it was, and as it is
    gained: tuple[Came, ...]
    lost: tuple[Came, ...]
    ticks_gained: tuple[Came, ...]
    ticks_lost: tuple[Came, ...]


def answer_of(facts: Iterable[Recorded], *, clock_zero_at: datetime | None) -> Answer:
    """Return what facts of lane `guidance` come to."""
    cues, ticks, waiting = list[Came](), list[Came](), dict[GuidanceId, str]()
    for fact in facts:
        match fact.event:
            case GuidanceIssued() as event:
                waiting.pop(event.guidance_id, None)
                cues.append(_came(fact, event, clock_zero_at))
            case GuidanceWithheld(until=None) as event:
                waiting[event.guidance_id] = event.reason
            case ChecklistItemTicked() as event:
                ticks.append(_came(fact, event, clock_zero_at))
            case _:
                pass  # what became of cues, and what they came of
    return Answer(cues=tuple(cues), ticks=tuple(ticks), withheld=Counter(waiting.values()))


def labels_of(facts: Iterable[Recorded]) -> dict[GuidanceId, Label]:
    """Return what the agent said of cues; the first word stands."""
    labels: dict[GuidanceId, Label] = {}
    for fact in facts:
        match fact.event:
            case GuidanceUsed(guidance_id=guidance_id):
                labels.setdefault(guidance_id, "used")
            case GuidanceDismissed(guidance_id=guidance_id):
                labels.setdefault(guidance_id, "dismissed")
            case _:
                pass  # says nothing of how good a cue was
    return labels


def compare(
    contact_id: ContactId,
    *,
    minutes: float,
    before: Answer,
    after: Answer,
    labels: Mapping[GuidanceId, Label],
) -> Compared:
    """Hold two answers to a contact against each other."""
    kept, gained, lost = _matched(before.cues, after.cues)
    _, ticks_gained, ticks_lost = _matched(before.ticks, after.ticks)
    return Compared(
        contact_id=contact_id,
        minutes=minutes,
        before=before,
        after=after,
        labels=labels,
        kept=tuple(kept),
        gained=tuple(gained),
        lost=tuple(lost),
        ticks_gained=tuple(ticks_gained),
        ticks_lost=tuple(ticks_lost),
    )


def _matched(
    before: Sequence[Came], after: Sequence[Came]
) -> tuple[list[tuple[Came, Came]], list[Came], list[Came]]:
    """Return pairs, what is only after, and what is only before; in order, one for one."""
    left: dict[Hashable, list[Came]] = {}
    for one in reversed(before):
        left.setdefault(one.key, []).append(one)
    kept, gained = list[tuple[Came, Came]](), list[Came]()
    for one in after:
        if same := left.get(one.key):
            kept.append((same.pop(), one))
        else:
            gained.append(one)
    lost = [one for others in left.values() for one in others]
    return kept, gained, sorted(lost, key=lambda one: one.at)


def _came(
    fact: Recorded, event: GuidanceIssued | ChecklistItemTicked, zero: datetime | None
) -> Came:
    heard, after_ms = event.heard, None
    if heard is not None and zero is not None:
        said_at = zero + timedelta(milliseconds=heard.ended_ms)
        after_ms = round((fact.occurred_at - said_at) / timedelta(milliseconds=1))
    is_cue = isinstance(event, GuidanceIssued)
    return Came(
        name=event.cue if is_cue else event.item,
        utterance_id=None if heard is None else heard.utterance_id,
        at=fact.occurred_at,
        after_ms=after_ms,
        guidance_id=event.guidance_id if is_cue else None,
        words=event.evidence.reveal_or(""),
    )
