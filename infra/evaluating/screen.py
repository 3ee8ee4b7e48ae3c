"""What was on the agent's screen in a contact, when, and what was not shown. Pure."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from ...events.base import Event, GuidanceId, Recorded
from ...events.contact import GuidanceDismissed, GuidanceUsed
from ...events.guidance import (
    ChecklistItemMissed,
    ChecklistItemTicked,
    GuidanceExpired,
    GuidanceIssued,
    GuidanceWithheld,
    Heard,
)


class ShownCue(Struct, frozen=True, kw_only=True):
    """A cue, from when until when it was on the screen: ms since the contact began."""

    cue: str
    at_ms: int
    until_ms: int | None  # None: to the end of what is known
    heard_until_ms: int | None  # the end of the words that earned it; None: no words did
    evidence: str  # those words


class Ticked(Struct, frozen=True, kw_only=True):
    """An item of the checklist that was ticked."""

    item: str
    at_ms: int
    evidence: str


class Withheld(Struct, frozen=True, kw_only=True):
    """A cue that was earned and did not come."""

    cue: str
    at_ms: int
    reason: str


class Screen(Struct, frozen=True, kw_only=True):
    """The screen over time."""

    cues: tuple[ShownCue, ...] = ()
    ticks: tuple[Ticked, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    missed: tuple[str, ...] = ()  # items that the checklist ended without


def screen_of(facts: Sequence[Recorded], *, begin: datetime) -> Screen:
    """Return the screen that facts of the lane `guidance` tell of, and of cues' use."""

    def ms(recorded: Recorded) -> int:
        return round((recorded.occurred_at - begin).total_seconds() * 1_000)

    gone: dict[GuidanceId, int] = {}
    for recorded in facts:
        if (id_ := _gone(recorded.event)) is not None:
            gone.setdefault(id_, ms(recorded))
    cues, ticks, withheld, missed = list[ShownCue](), list[Ticked](), list[Withheld](), list[str]()
    for recorded in facts:
        match recorded.event:
            case GuidanceIssued() as issued:
                cue = ShownCue(
                    cue=issued.cue,
                    at_ms=ms(recorded),
                    until_ms=gone.get(issued.guidance_id),
                    heard_until_ms=_heard_until(issued.heard),
                    evidence=issued.evidence.reveal_or(""),
                )
                cues.append(cue)
            case ChecklistItemTicked(item=item, evidence=evidence):
                words = evidence.reveal_or("")
                ticks.append(Ticked(item=item, at_ms=ms(recorded), evidence=words))
            case GuidanceWithheld(cue=cue, reason=reason, until=None):
                withheld.append(Withheld(cue=cue, at_ms=ms(recorded), reason=reason))
            case ChecklistItemMissed(item=item):
                missed.append(item)
            case _:
                pass  # a fact that changes no screen
    return Screen(
        cues=tuple(cues), ticks=tuple(ticks), withheld=tuple(withheld), missed=tuple(missed)
    )


def _gone(event: Event) -> GuidanceId | None:
    match event:
        case GuidanceExpired() | GuidanceUsed() | GuidanceDismissed():
            return event.guidance_id
        case _:
            return None


def _heard_until(heard: Heard | None) -> int | None:
    return None if heard is None else heard.ended_ms
