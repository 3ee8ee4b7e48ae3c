"""What measuring knows of one contact, folded from its facts."""

from collections.abc import Iterator
from datetime import timedelta

from ...events.base import START, Causation, Position, Recorded, Speaker, Track, UtteranceId
from ...events.contact import AgentConnected, ContactHeld, ContactResumed, ContactStarted
from ...events.insights import ContactMeasured, FeelingTurned
from ...events.media import AudioGap, AudioReceived, AudioStreamOpened
from ...events.speech import (
    SpeechGap,
    TextStreamOpened,
    TranscriptCompleted,
    UtteranceFinalized,
)
from ...events.voices import Voices, hear, speaker_of
from .heard import Said, Stretch, said
from .measuring import Measures

_NEVER_MS = 2**53  # later than any contact

# What may make other measures of a contact: words, their ends, and who spoke them.
_RELABELS = (AgentConnected, ContactHeld, ContactResumed, AudioStreamOpened, TextStreamOpened)


class Standing:
    """Grows fact by fact; the same facts give the same."""

    def __init__(self) -> None:
        self.correlation = ""
        self.language = ""
        self.lane_end: Position = START  # of our lane
        self.completed: Causation | None = None
        self.told: list[FeelingTurned] = []
        self.measured: ContactMeasured | None = None  # the newest
        self.newest: UtteranceId | None = None  # final
        self.newest_cause: Causation | None = None  # the newest final
        self._changed: Causation | None = None  # what may make other measures
        self._measured_upto: Position = START
        self._voices = Voices()
        self._finals: dict[UtteranceId, UtteranceFinalized] = {}
        self._tracks: set[Track] = set()
        self._gaps: list[tuple[Track, Stretch]] = []

    def take(self, recorded: Recorded) -> None:
        """Learn a fact; meeting one again changes nothing."""
        self.correlation = recorded.correlation
        self._voices = hear(self._voices, recorded.event, recorded.position)
        if recorded.lane == "insights":
            self.lane_end = max(self.lane_end, recorded.position)
        if isinstance(recorded.event, (*_RELABELS, UtteranceFinalized, TranscriptCompleted)):
            self._changed = recorded.cause
        match recorded.event:
            case ContactStarted(language=language):
                self.language = language
            case UtteranceFinalized() as final:
                self._finals.setdefault(final.utterance_id, final)
                self._tracks.add(final.track)
                self.newest, self.newest_cause = final.utterance_id, recorded.cause
            case AudioReceived(spans=spans):
                self._tracks.update(span.track for span in spans)
            case AudioGap() | SpeechGap() as gap:
                until_ms = _NEVER_MS if gap.until_ms is None else gap.until_ms
                self._gaps.append((gap.track, (gap.from_ms, until_ms)))
            case TranscriptCompleted():
                self.completed = self.completed or recorded.cause
            case ContactMeasured() as measured if recorded.causation is not None:
                self.stated(measured, position=recorded.position, cause=recorded.causation)
            case FeelingTurned() as turned if recorded.causation is not None:
                self.stated(turned, position=recorded.position, cause=recorded.causation)
            case _:
                pass  # nothing that is measured

    def stated(
        self, event: ContactMeasured | FeelingTurned, *, position: Position, cause: Causation
    ) -> None:
        """Learn what was stated just now; the log tells the same a moment later."""
        self.lane_end = max(self.lane_end, position)
        if isinstance(event, ContactMeasured):
            self.measured = event
            self._measured_upto = max(self._measured_upto, cause.position)
        elif event not in self.told:
            self.told.append(event)

    def due(self) -> Causation | None:
        """Return what makes measures due: completion, or what changed since; None: nothing."""
        if self.completed is None or self._changed is None:
            return None
        return self._changed if self._changed.position > self._measured_upto else None

    def looked_at(self, cause: Causation) -> None:
        """Learn that what changed made no other measures."""
        self._measured_upto = max(self._measured_upto, cause.position)

    def utterances(self, *, newest: int | None = None) -> list[Said]:
        """Return what was said, in order, by whom as far as is known now; the newest, or all."""
        ordered = sorted(self._finals.values(), key=lambda one: (one.started_ms, one.utterance_id))
        wanted = ordered if newest is None else ordered[-newest:]
        return [
            said(final, speaker_of(self._voices, final.track, final.started_ms)) for final in wanted
        ]

    def measures(self) -> Measures:
        """Return what is measured."""
        sides: dict[Track, Speaker] = {"from_customer": "customer", "to_customer": "agent"}
        return Measures(
            utterances=tuple(self.utterances()),
            sides_heard=frozenset(sides[track] for track in self._tracks),
            holds=tuple(self._holds()),
            gaps=tuple(stretch for _, stretch in self._gaps),
            language=self.language,
            covers_upto=Position(0) if self._changed is None else self._changed.position,
        )

    def _holds(self) -> Iterator[Stretch]:
        """Yield when the customer was on hold, on the contact clock; the last may still go on."""
        zero, since = self._voices.clock_zero_at, None
        if zero is None:
            return
        for change in sorted(self._voices.holds, key=lambda one: (one.at, one.position)):
            at_ms = (change.at - zero) // timedelta(milliseconds=1)
            if change.held and since is None:
                since = at_ms
            elif not change.held and since is not None:
                if at_ms > since:
                    yield since, at_ms
                since = None
        if since is not None:
            yield since, _NEVER_MS
