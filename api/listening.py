"""What a stream has to remember of a contact: its voices, and how its words were labelled."""

from ..events.base import AgentId, Event, Recorded, Speaker, Track, UtteranceId
from ..events.contact import AgentConnected, ContactErased, ContactHeld, ContactResumed
from ..events.media import AudioStreamOpened
from ..events.speech import TextStreamOpened, UtteranceFinalized
from ..events.voices import Voices, current_agent, hear, speaker_of


class Listening:
    """A contact as its streams hear it. Facts are to be heard in order, each once."""

    def __init__(self) -> None:
        self.voices = Voices()
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
        return isinstance(
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
        if isinstance(fact.event, ContactErased):
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
