"""What the facts say of a contact whose words come as text, and which of them it has. Pure."""

from datetime import datetime

from ....events.base import Causation, ContactRef, Event, Position, Recorded, Track, UtteranceId
from ....events.contact import ContactEnded, ContactErased, ContactStarted
from ....events.speech import TextStreamClosed, TextStreamOpened, UtteranceFinalized
from ..hearing import Hearing


class Standing:
    """The fold of one contact's lanes `life` and `speech`.

    Changed by `take` and `take_own` alone, with facts in the order of their positions.
    """

    def __init__(self, contact: ContactRef) -> None:
        self.hearing = Hearing(contact)
        self.is_started = False
        self.is_erased = False
        self.is_opened = False  # the lane says that its words come as text
        self.is_closed = False  # and that they are all there
        self.closings = 0
        self.cause: Causation | None = None  # the contact's start, or its end
        self.finals: set[UtteranceId] = set()

    def take(self, recorded: Recorded) -> None:
        """Fold one fact."""
        match recorded.event:
            case ContactStarted():
                self.is_started = True
                self.cause = recorded.cause
            case ContactEnded():
                self.cause = recorded.cause
            case ContactErased():
                self.is_erased = True
            case _:
                pass  # told by what follows, or of no use here
        if recorded.lane == "speech":
            self.take_own(recorded.event, position=recorded.position)
        else:
            self.hearing.take(recorded)

    def take_own(self, event: Event, *, position: Position) -> None:
        """Fold one fact of lane `speech`, also one that was just appended."""
        self.hearing.take_own(event, position=position)
        match event:
            case UtteranceFinalized():
                self.finals.add(event.utterance_id)
                self.is_closed = False
            case TextStreamOpened():
                self.is_opened = True
            case TextStreamClosed():
                self.is_closed = True
                self.closings += 1
            case _:
                pass

    @property
    def is_complete(self) -> bool:
        """Whether no final may follow."""
        return self.hearing.completed

    @property
    def ended_at(self) -> datetime | None:
        """When the contact's end was recorded."""
        return self.hearing.ended_at

    def closed_ms(self, track: Track) -> int:
        """Return where the last final of a track ended, 0 where there is none."""
        return self.hearing.closed_ms[track]
