"""What the summary's writer knows of one contact, folded from its facts."""

from collections.abc import Iterator

from ...events.base import (
    START,
    Causation,
    Event,
    Position,
    Recorded,
    Speaker,
    Track,
    UtteranceId,
)
from ...events.contact import ContactStarted
from ...events.media import AudioGap
from ...events.privacy.places import shown_in
from ...events.speech import SpeechGap, TranscriptCompleted, UtteranceFinalized
from ...events.summary import SummaryFailed, SummaryKind, SummaryRequested, SummaryWritten
from ...events.voices import Voices, hear, speaker_of
from .turns import Turn


class Standing:
    """Grows fact by fact; the same facts give the same."""

    def __init__(self) -> None:
        self.correlation = ""
        self.language = ""
        self.lane_end: Position = START  # of our lane
        self.heard_upto: Position = START  # the newest final
        self.gaps = 0
        self.completed: Causation | None = None
        self.requested: Causation | None = None  # the newest wish for a summary so far
        self.is_final = False
        self._answered_upto: Position = START  # wishes up to here have their summary
        self._voices = Voices()
        self._finals: dict[UtteranceId, UtteranceFinalized] = {}

    def take(self, recorded: Recorded) -> None:
        """Learn a fact; meeting one again changes nothing."""
        self.correlation = recorded.correlation
        self._voices = hear(self._voices, recorded.event, recorded.position)
        if recorded.lane == "summary":
            self.lane_end = max(self.lane_end, recorded.position)
        match recorded.event:
            case ContactStarted(language=language):
                self.language = language
            case UtteranceFinalized() as final:
                self._finals.setdefault(final.utterance_id, shown_in("summary", final))
                self.heard_upto = max(self.heard_upto, recorded.position)
            case AudioGap() | SpeechGap():
                self.gaps += 1
            case TranscriptCompleted():
                self.completed = self.completed or recorded.cause
            case SummaryRequested():
                self.requested = recorded.cause
            case SummaryWritten() | SummaryFailed() if recorded.causation is not None:
                self._written(recorded.event, recorded.causation)
            case _:
                pass  # nothing that a summary tells

    def wrote(self, event: Event, *, position: Position, cause: Causation) -> None:
        """Learn what was stored just now; the log tells the same a moment later."""
        self.lane_end = max(self.lane_end, position)
        self._written(event, cause)

    def due(self) -> tuple[SummaryKind, Causation] | None:
        """Return which summary is to be written now, and because of what; None: none is.

        Wishes that came while one was being written are one wish.
        """
        if self.is_final:
            return None
        if self.completed is not None:
            return "final", self.completed
        if self.requested is not None and self.requested.position > self._answered_upto:
            return "so_far", self.requested
        return None

    def turns(self) -> list[Turn]:
        """Return what was said, by whom as far as is known now.

        Raises:
            KeyDestroyed: the person was erased.
        """
        return list(self._turns())

    def _turns(self) -> Iterator[Turn]:
        for final in sorted(self._finals.values(), key=lambda one: one.started_ms):
            if (text := final.text.reveal()).strip():
                yield Turn(
                    utterance_id=final.utterance_id,
                    speaker=self._speaker(final.track, final.started_ms),
                    text=text,
                    started_ms=final.started_ms,
                    ended_ms=final.ended_ms,
                )

    def _written(self, event: Event, cause: Causation) -> None:
        self.is_final |= isinstance(event, SummaryWritten | SummaryFailed) and event.kind == "final"
        self._answered_upto = max(self._answered_upto, cause.position)

    def _speaker(self, track: Track, started_ms: int) -> Speaker:
        return speaker_of(self._voices, track, started_ms)
