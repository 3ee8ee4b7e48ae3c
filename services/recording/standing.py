"""What the facts say of a contact's recording: consent, audio, and what was stored. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime

from msgspec import Struct

from ...events.base import (
    SAMPLES_PER_MS,
    START,
    TRACKS,
    Causation,
    Event,
    Position,
    Recorded,
    Track,
)
from ...events.contact import AttributesSet, ContactEnded, ContactStarted, MediaOffered
from ...events.media import (
    AudioReceived,
    AudioRepaired,
    AudioStreamClosed,
    AudioStreamOpened,
)
from ...events.recording import (
    AudioHolder,
    RecordingConsented,
    RecordingDeclined,
    RecordingFailed,
    RecordingPartStored,
    RecordingStored,
)
from ...events.sealed import Sealed

# Set by the customer's contact flow, after the announcement.
CONSENT_ATTRIBUTE = "antiphon_recording_consent"
_YES = frozenset({"yes", "true", "1", "granted"})  # whatever else was set is a no

Answer = RecordingConsented | RecordingDeclined


class Kept(Struct, frozen=True, kw_only=True):
    """Where a part stands: in an object of its own, or in that of the recording."""

    fact: RecordingPartStored
    key: str
    offset: int  # bytes


class Standing:
    """The fold of one contact's lanes `life`, `media` and `recording`."""

    def __init__(self, *, attribute: str = CONSENT_ATTRIBUTE) -> None:
        self._attribute = attribute
        self.correlation = ""
        self.cause: Causation | None = None  # the newest fact of another writer
        self.lane_end: Position = START  # of lane `recording`
        self.kept: list[Kept] = []  # parts, by number
        self.stored: RecordingStored | None = None
        self.failed = False
        self.found: AudioRepaired | None = None  # after the contact was over
        self.received: dict[Track, int] = defaultdict(int)  # samples
        self.ended = False
        self._answers: list[tuple[Answer, Causation]] = []  # what life says
        self._stated = 0  # of these, how many are in the lane
        self._zero_at: datetime | None = None
        self._offered = 0
        self._opened: set[int] = set()
        self._closed: set[int] = set()

    def take(self, recorded: Recorded) -> None:
        """Fold one fact."""
        if recorded.lane == "recording":
            self.take_own(recorded.event, position=recorded.position)
            return
        self.cause = recorded.cause
        match recorded.event:
            case ContactStarted() as event:
                self.correlation = event.initial_contact_id
                self._offered += event.media is not None
                self._ask(event.attributes, None, recorded.cause)
            case AttributesSet() as event if self._attribute in event.attributes:
                self._ask(event.attributes, recorded.occurred_at, recorded.cause)
            case MediaOffered():
                self._offered += 1
            case ContactEnded():
                self.ended = True
            case event:
                self._take_audio(event)

    def take_own(self, event: Event, *, position: Position) -> None:
        """Fold one fact of lane `recording`, also one that was just appended."""
        self.lane_end = position
        match event:
            case RecordingConsented() | RecordingDeclined():
                self._stated += 1
            case RecordingPartStored():
                self.kept[event.part :] = [
                    Kept(fact=event, key=event.key, offset=0),
                    *self.kept[event.part + 1 :],
                ]
            case RecordingStored():
                self.stored, offset = event, 0
                for number, kept in enumerate(self.kept):
                    self.kept[number] = Kept(fact=kept.fact, key=event.key, offset=offset)
                    offset += kept.fact.size
            case RecordingFailed():
                self.failed = True
            case _:
                pass  # of a newer version

    @property
    def parts(self) -> list[RecordingPartStored]:
        """The facts of the parts there are, by number."""
        return [kept.fact for kept in self.kept]

    @property
    def holder(self) -> AudioHolder:
        """Whose key seals the recording: all of it is sealed under the same."""
        return self.kept[0].fact.holder if self.kept else "original"

    @property
    def is_behind(self) -> bool:
        """Whether a part was stored that is not in the recording."""
        return self.stored is None or any(kept.key != self.stored.key for kept in self.kept)

    @property
    def unstated(self) -> tuple[Answer, Causation] | None:
        """The oldest answer that is not in the lane, and the fact that gave it."""
        return self._answers[self._stated] if self._stated < len(self._answers) else None

    @property
    def consented(self) -> bool:
        """Whether any of the contact may be recorded."""
        return any(isinstance(answer, RecordingConsented) for answer, _ in self._answers)

    @property
    def audio_begun(self) -> bool:
        """Whether it is known when the contact's first sample was produced."""
        return self._zero_at is not None

    @property
    def audio_over(self) -> bool:
        """Whether every stream that is known of was closed, and the contact is over."""
        known = max(self._offered, len(self._opened | self._closed))
        return self.ended and len(self._closed) >= known

    @property
    def is_settled(self) -> bool:
        """Whether there is nothing left to be done."""
        if self.failed:
            return True
        return self.stored is not None and (self.found is None or self.stored.repaired)

    def refused(self, *, first: int, end: int) -> Iterator[tuple[int, int]]:
        """Yield the ranges of samples within first to end that nobody consented to."""
        starts = [self._sample_of(answer) for answer, _ in self._answers]
        for number, (answer, _) in enumerate(self._answers):
            until = starts[number + 1] if number + 1 < len(starts) else end
            start, stop = max(starts[number], first), min(until, end)
            if stop > start and isinstance(answer, RecordingDeclined):
                yield start, stop

    def _take_audio(self, event: Event) -> None:
        match event:
            case AudioStreamOpened():
                self._opened.add(event.stream)
                self._zero_at = event.clock_zero_at
            case AudioReceived():
                for span in event.spans:
                    self.received[span.track] += span.sample_count
            case AudioStreamClosed():
                self._closed.add(event.stream)
                self.ended |= event.reason == "contact_ended"
            case AudioRepaired() if event.spans:
                self.found = event
            case _:
                pass  # says nothing about a recording

    def _ask(
        self, attributes: dict[str, Sealed], said_at: datetime | None, cause: Causation
    ) -> None:
        said = attributes.get(self._attribute)
        answer: Answer
        # A text whose key is gone was set by a person who is: it consents to nothing.
        if said is not None and said.reveal_or("").strip().lower() in _YES:
            answer = RecordingConsented(attribute=self._attribute, said_at=said_at)
        else:
            answer = RecordingDeclined(
                attribute=self._attribute,
                said_at=said_at,
                reason="not_said"
                if said is None
                else ("withdrawn" if self.consented else "refused"),
            )
        newest = self._answers[-1][0] if self._answers else None
        if type(answer) is not type(newest) or _is_news(answer, newest):
            self._answers.append((answer, cause))

    def _sample_of(self, answer: Answer) -> int:
        if answer.said_at is None or self._zero_at is None:
            return 0
        after = answer.said_at - self._zero_at
        return max(0, round(after.total_seconds() * 1_000) * SAMPLES_PER_MS)


def _is_news(answer: Answer, newest: Answer | None) -> bool:
    """Tell whether a further no says more than that nothing was said."""
    return (
        isinstance(answer, RecordingDeclined)
        and isinstance(newest, RecordingDeclined)
        and newest.reason == "not_said"
    )


def by_track(counts: Iterable[tuple[int, ...]]) -> dict[Track, int]:
    """Return the sums of counts that are in the order of TRACKS."""
    return dict(zip(TRACKS, (sum(column) for column in zip(*counts, strict=True)), strict=True))
