"""What a stream has to remember of a contact: its voices, and how its words were labelled."""

from ..events.base import (
    AgentId,
    ContactRef,
    Event,
    Position,
    Recorded,
    Speaker,
    Track,
    UtteranceId,
)
from ..events.contact import AgentConnected, ContactErased, ContactHeld, ContactResumed
from ..events.media import AudioStreamOpened
from ..events.redaction import RedactionApplied
from ..events.retention import DataDeleted
from ..events.speech import TextStreamOpened, UtteranceFinalized
from ..events.untold import NOTHING, Untold
from ..events.voices import Voices, current_agent, hear, speaker_of
from .ports import Ports
from .untold import untold_of


class Listening:
    """A contact as its streams hear it. Facts are to be heard in order, each once."""

    def __init__(self) -> None:
        self.voices = Voices()
        self.untold: Untold = NOTHING  # to be looked up anew after a fact that `takes_back`
        self._labels: dict[UtteranceId, tuple[Track, int, Speaker]] = {}

    @property
    def agent_id(self) -> AgentId | None:
        """Who has the contact."""
        return current_agent(self.voices)

    def is_final(self, utterance_id: UtteranceId) -> bool:
        """Tell whether an utterance's final words are known."""
        return utterance_id in self._labels

    def may_relabel(self, event: Event) -> bool:
        """Tell whether such a fact can change how earlier words are to be shown."""
        return takes_back(event) or isinstance(
            event,
            AgentConnected
            | ContactErased
            | ContactHeld
            | ContactResumed
            | AudioStreamOpened
            | TextStreamOpened,
        )

    def hear(self, fact: Recorded) -> bool:
        """Take in a fact; tell whether it changed how what was said before is to be shown."""
        self.voices = hear(self.voices, fact.event, fact.position)
        if isinstance(fact.event, UtteranceFinalized):
            event = fact.event
            self._labels[event.utterance_id] = self._label(event.track, event.started_ms)
            return False
        if isinstance(fact.event, ContactErased) or takes_back(fact.event):
            return True
        if not self.may_relabel(fact.event):
            return False
        before = self._labels
        self._labels = {
            utterance_id: self._label(track, started_ms)
            for utterance_id, (track, started_ms, _) in before.items()
        }
        return self._labels != before

    def _label(self, track: Track, started_ms: int) -> tuple[Track, int, Speaker]:
        return track, started_ms, speaker_of(self.voices, track, started_ms)


async def listening_so_far(contact: ContactRef, ports: Ports, *, upto: Position) -> Listening:
    """Return a contact as its facts up to a position tell it."""
    listening, took_back = Listening(), False
    async for fact in ports.journal.read(contact, upto=upto):
        listening.hear(fact)
        took_back = took_back or takes_back(fact.event)
    if took_back:
        listening.untold = await untold_of(contact, ports)
    return listening


def takes_back(event: Event) -> bool:
    """Tell whether a fact takes something out of what was told before it."""
    match event:
        case RedactionApplied(masks=masks):
            return bool(masks)
        case DataDeleted(kind=kind):
            return kind in {"annotations", "analytics"}
        case _:
            return False
