"""What the facts say of a contact's audio and of what was already made of it. Pure."""

from collections import defaultdict
from datetime import datetime

from ...events.base import (
    SAMPLES_PER_MS,
    START,
    TRACKS,
    Causation,
    ContactRef,
    Event,
    Position,
    Recorded,
    Track,
    UtteranceId,
)
from ...events.contact import ContactEnded, ContactStarted, MediaOffered
from ...events.media import AudioGap, AudioReceived, AudioStreamClosed, AudioStreamOpened
from ...events.privacy.context import PersonalContext
from ...events.speech import (
    RecognizerSwitched,
    SpeechGap,
    TranscriptCompleted,
    UtteranceFinalized,
)

Range = tuple[int, int]  # milliseconds on the contact clock, the end excluded


class Hearing:
    """The fold of one contact's lanes `life`, `media` and `speech`.

    Changed by `take` alone, with facts in the order of their positions.
    """

    def __init__(self, contact: ContactRef) -> None:
        self.correlation: str = contact.contact_id
        self.language = "en-US"
        self.ended_at: datetime | None = None
        self.cause: Causation | None = None  # the newest fact that said something of the audio
        self.completed = False
        self.lane_end: Position = START  # of lane `speech`
        self.recognizer = ""  # of the newest final
        self.switches = 0
        self.resume_after: Position = START  # audio up to here stands in finals
        self.deaf_because: str | None = None  # the rest cannot be heard, whoever tries
        self.told = PersonalContext()
        self.finals: dict[Track, int] = dict.fromkeys(TRACKS, 0)
        self.closed_ms: dict[Track, int] = dict.fromkeys(TRACKS, 0)  # nothing final before it
        self._offered = 0
        self._opened: set[int] = set()
        self._closed: set[int] = set()
        self._contact_over = False
        self._received: dict[Track, list[Range]] = defaultdict(list)
        self._gaps: dict[Track, list[Range]] = defaultdict(list)

    def take(self, recorded: Recorded) -> None:
        """Fold one fact."""
        match recorded.event:
            case ContactStarted() as event:
                self.correlation = event.initial_contact_id
                self.language = event.language
                self._offered += event.media is not None
            case MediaOffered():
                self._offered += 1
            case ContactEnded():
                self.ended_at, self.cause = recorded.recorded_at, recorded.cause
                self._contact_over = True
            case AudioStreamOpened(stream=stream):
                self._opened.add(stream)
                self.cause = recorded.cause
            case AudioStreamClosed() as event:
                self._closed.add(event.stream)
                self._contact_over |= event.reason == "contact_ended"
                self.cause = recorded.cause
            case AudioReceived() | AudioGap() as event:
                self._take_audio(event)
                self.cause = recorded.cause
            case event if recorded.lane == "speech":
                self.take_own(event, position=recorded.position)
            case _:
                pass  # says nothing about what can be heard

    def take_own(self, event: Event, *, position: Position) -> None:
        """Fold one fact of lane `speech`, also one that was just appended."""
        self.lane_end = position
        match event:
            case UtteranceFinalized():
                self.finals[event.track] += 1
                self.close(event.track, event.ended_ms)
                self.recognizer = event.recognizer
                self.resume_after = max(self.resume_after, event.audio_upto)
                self.told.take(
                    event.track,
                    event.text.reveal_or(""),
                    event.masked,
                    event.personal,
                    started_ms=event.started_ms,
                    ended_ms=event.ended_ms,
                )
            case SpeechGap(until_ms=None):
                self.deaf_because = event.reason
            case SpeechGap(until_ms=int(until_ms)):
                self.close(event.track, until_ms)
            case RecognizerSwitched():
                self.switches += 1
                self.recognizer = event.recognizer
            case TranscriptCompleted():
                self.completed = True
            case _:
                pass

    def close(self, track: Track, until_ms: int) -> None:
        """Take it that nothing before `until_ms` is of use any more."""
        self.closed_ms[track] = max(self.closed_ms[track], until_ms)

    @property
    def opened(self) -> frozenset[int]:
        """The media streams that ever brought audio."""
        return frozenset(self._opened)

    @property
    def stretch_over(self) -> bool:
        """Whether every stream that is known of was closed: for now no audio follows."""
        known = max(self._offered, len(self._opened | self._closed))
        return len(self._closed) >= known

    @property
    def contact_over(self) -> bool:
        """Whether no audio will ever follow, once the known streams are closed."""
        return self._contact_over

    @property
    def utterances(self) -> int:
        """How many finals there are."""
        return sum(self.finals.values())

    def next_utterance(self, track: Track) -> UtteranceId:
        """Return the id of a track's next final, which its partials carry already."""
        return UtteranceId(f"{track}-{self.finals[track] + 1}")

    def unread(self, track: Track, *, after_ms: int, until_ms: int | None = None) -> Range | None:
        """Return from where to where audio was received and has not been read, or None.

        Gaps that media knows of are no audio. Looks after `after_ms` and before `until_ms`.
        """
        pieces = [
            (max(start, after_ms), end if until_ms is None else min(end, until_ms))
            for start, end in self._received[track]
        ]
        for gap in self._gaps[track]:
            pieces = [part for piece in pieces for part in _without(piece, gap)]
        pieces = [(start, end) for start, end in pieces if end > start]
        return (pieces[0][0], pieces[-1][1]) if pieces else None

    def _take_audio(self, event: AudioReceived | AudioGap) -> None:
        match event:
            case AudioReceived():
                self._opened.add(event.stream)
                for span in event.spans:
                    first_ms = span.first_sample // SAMPLES_PER_MS
                    self._received[span.track].append((first_ms, span.end_sample // SAMPLES_PER_MS))
            case AudioGap(until_ms=int(until_ms)):
                self._gaps[event.track].append((event.from_ms, until_ms))
            case AudioGap():
                pass  # nothing came after it


def _without(piece: Range, hole: Range) -> list[Range]:
    (start, end), (hole_start, hole_end) = piece, hole
    return (
        [(start, min(end, hole_start)), (max(start, hole_end), end)]
        if (hole_start < end and start < hole_end)
        else [piece]
    )
