"""What the other speaker said last: a question that the next utterance may answer. Pure."""

from msgspec import Struct, field
from msgspec.structs import replace

from ...events.base import Track
from .utterances import Utterance

UTTERANCES_MAX = 8  # of a track; an answer belongs to one of the last, even if finals come late


class Preceding(Struct, frozen=True):
    """The newest utterances of each track, oldest first."""

    by_track: dict[Track, tuple[Utterance, ...]] = field(
        default_factory=dict[Track, tuple[Utterance, ...]]
    )

    def with_(self, utterance: Utterance, *, told: bool = True) -> "Preceding":
        """Return it with an utterance, or with what is known of it by now; its words, if `told`."""
        utterance = utterance if told else replace(utterance, words=())
        others = [
            one
            for one in self.by_track.get(utterance.track, ())
            if one.utterance_id != utterance.utterance_id
        ]
        ordered = sorted((*others, utterance), key=lambda one: one.started_ms)
        return Preceding({**self.by_track, utterance.track: tuple(ordered[-UTTERANCES_MAX:])})

    def of(self, utterance: Utterance) -> str:
        """Return what another track began to say last before an utterance began."""
        earlier = [
            one
            for track, said in self.by_track.items()
            if track != utterance.track
            for one in said
            if one.started_ms < utterance.started_ms
        ]
        last = max(earlier, key=lambda one: one.started_ms, default=None)
        return "" if last is None else " ".join(last.words)
