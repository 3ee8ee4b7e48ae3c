"""A playbook against a call that is told as text: what would have come, and when.

The service itself hears the call, on a log in memory and a clock that leaps, so that whatever
a playbook does to a call is done here too. There are no models: what needs one does not come.
"""

from collections.abc import Collection, Sequence

from msgspec import Struct

from ..events.base import Event, Recorded
from ..events.guidance import ChecklistItemTicked, GuidanceIssued, MomentDetected
from ..services.guidance.playbook import Playbook
from ..services.guidance.shelf import OnePlaybook
from .evaluating.player import BEGIN, CONTACT, play
from .rehearsal_call import Call
from .rehearsal_facts import told_of, utterance_id_of


class Came(Struct, frozen=True, kw_only=True):
    """Something that came of a call."""

    kind: str  # `cue`, `tick` or `moment`
    name: str
    at_s: float  # since the call began
    turn: int  # of which it came, from 0; -1: before anybody spoke
    shown: str = ""  # what the agent reads


class Missed(Struct, frozen=True, kw_only=True):
    """An expectation that was not met."""

    turn: int | None  # None: of the whole call
    name: str
    expected: bool  # it was expected and did not come; else it came and was not to
    unknown: bool = False  # the playbook has nothing of that name


class Rehearsal(Struct, frozen=True, kw_only=True):
    """What came of a call, and what was to come otherwise."""

    came: tuple[Came, ...]
    missed: tuple[Missed, ...]


def rehearse(playbook: Playbook, call: Call) -> Rehearsal:
    """Play a call to a playbook; return what came of it. Takes milliseconds, whatever it lasts."""
    told = told_of(call, CONTACT.contact_id, start=BEGIN)
    came = _came(call, play(told, OnePlaybook(playbook)))
    return Rehearsal(came=came, missed=tuple(_missed(playbook, call, came)))


def _came(call: Call, facts: Sequence[Recorded]) -> tuple[Came, ...]:
    places = {utterance_id_of(turn, n): n for n, turn in enumerate(call.turns)}
    came: list[Came] = []
    for recorded in facts:
        described = _described(recorded.event)
        if described is None:
            continue
        kind, name, shown = described
        at_s = (recorded.occurred_at - BEGIN).total_seconds()
        heard = getattr(recorded.event, "heard", None)
        begun = [n for n, turn in enumerate(call.turns) if turn.at_s <= at_s]
        turn = max(begun, default=-1) if heard is None else places[heard.utterance_id]
        came.append(Came(kind=kind, name=name, at_s=at_s, turn=turn, shown=shown))
    return tuple(came)


def _described(event: Event) -> tuple[str, str, str] | None:
    match event:
        case GuidanceIssued():
            return "cue", event.cue, f"{event.title}: {event.body}"
        case ChecklistItemTicked():
            return "tick", event.item, event.title
        case MomentDetected():
            return "moment", event.moment, ""
        case _:
            return None  # the rest tells of their lives


def _missed(playbook: Playbook, call: Call, came: Sequence[Came]) -> list[Missed]:
    known = {
        *(one.name for one in (*playbook.cues, *playbook.checklist)),
        *(f"moment/{one.name}" for one in playbook.moments),
    }
    missed: list[Missed] = []
    for turn, wanted in [
        *((n, one.wanted) for n, one in enumerate(call.turns)),
        (None, call.wanted),
    ]:
        names = _names([one for one in came if turn in (None, one.turn)])
        missed += [
            Missed(turn=turn, name=name, expected=True, unknown=name not in known)
            for name in wanted.expect
            if name not in names
        ]
        # What does not exist cannot come: whoever wrote it meant something else.
        missed += [
            Missed(turn=turn, name=name, expected=False, unknown=name not in known)
            for name in wanted.expect_not
            if name in names or name not in known
        ]
    return missed


def _names(came: Sequence[Came]) -> Collection[str]:
    return {f"moment/{one.name}" if one.kind == "moment" else one.name for one in came}
