"""What the agent may answer to a cue. Part of the contact: its facts stand in the same lane."""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from ..errors import GuidanceUnknown
from ..events.base import ContactId, Event, GuidanceId
from ..events.contact import GuidanceDismissed, GuidanceShown, GuidanceUsed
from ..events.guidance import GuidanceExpired, GuidanceIssued


class MarkGuidanceShown(Struct, frozen=True, kw_only=True):
    """Record that a cue is on the agent's screen."""

    contact_id: ContactId
    guidance_id: GuidanceId


class UseGuidance(Struct, frozen=True, kw_only=True):
    """Record that a cue helped the agent; also one that was put away or ran out before."""

    contact_id: ContactId
    guidance_id: GuidanceId


class DismissGuidance(Struct, frozen=True, kw_only=True):
    """Record that the agent put a cue away. Means nothing for one that was used or ran out."""

    contact_id: ContactId
    guidance_id: GuidanceId


CueCommand = MarkGuidanceShown | UseGuidance | DismissGuidance
CueFact = GuidanceIssued | GuidanceShown | GuidanceUsed | GuidanceDismissed | GuidanceExpired

CueState = Literal["issued", "shown", "used", "dismissed", "expired"]
Cues = Mapping[GuidanceId, frozenset[CueState]]  # all that ever happened to each

_STATES: dict[type[Event], CueState] = {
    GuidanceIssued: "issued",
    GuidanceShown: "shown",
    GuidanceUsed: "used",
    GuidanceDismissed: "dismissed",
    GuidanceExpired: "expired",
}


def answer(cues: Cues, command: CueCommand) -> Event | None:
    """Return the fact an answer makes true; None if it tells nothing new.

    Raises:
        GuidanceUnknown: the cue was never issued to this contact.
    """
    guidance_id = command.guidance_id
    states = cues.get(guidance_id, frozenset())
    if "issued" not in states:
        raise GuidanceUnknown(command.contact_id, guidance_id)

    match command:
        case MarkGuidanceShown():
            # Who used a cue or put it away has seen it.
            told = states & {"shown", "used", "dismissed"}
            return None if told else GuidanceShown(guidance_id=guidance_id)
        case UseGuidance():
            told = states & {"used"}
            return None if told else GuidanceUsed(guidance_id=guidance_id)
        case DismissGuidance():
            told = states & {"dismissed", "used", "expired"}
            return None if told else GuidanceDismissed(guidance_id=guidance_id)


def evolve_cues(cues: Cues, event: CueFact) -> Cues:
    """Return the cues as they stand after `event`."""
    now_too: frozenset[CueState] = frozenset({_STATES[type(event)]})
    return {**cues, event.guidance_id: cues.get(event.guidance_id, frozenset()) | now_too}
