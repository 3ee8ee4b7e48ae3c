"""What a contact's facts say of how long it stays, and what was done about it. Pure."""

from datetime import datetime

from ..errors import HistoryUnreadable
from ..events.base import START, Causation, Lane, Position, Recorded, Unreadable
from ..events.contact import ContactEndCorrected, ContactEnded, ContactErased, ContactStarted
from ..events.quarantine import Standing as Redaction
from ..events.quarantine import stand
from ..events.recording import RecordingStored
from ..events.retention import (
    DataArchived,
    DataDeleted,
    DataKind,
    RetentionFreed,
    RetentionHeld,
    expiry_id,
)

OWN: Lane = "retention"


class Standing:
    """The fold of all of one contact's facts."""

    def __init__(self) -> None:
        self.correlation = ""
        self.cause: Causation | None = None  # the newest fact of another writer
        self.started_at: datetime | None = None  # by the log's clock; None: no such contact
        self.ended_at: datetime | None = None  # as it was told last
        self.newest_at: datetime | None = None  # the newest fact of another writer was recorded
        self.newest: Position = START  # of that fact
        self.life_end: Position = START
        self.lane_end: Position = START  # of the lane `retention`
        self.archived: dict[DataKind, Position] = {}  # up to which facts of it are
        self.deleted: set[DataKind] = set()
        self.held: RetentionHeld | None = None  # when it was looked at last
        self.recorded = False
        self.redaction = Redaction()
        self.erased = False  # the person was: the keys are gone, and not by retention

    def take(self, recorded: Recorded) -> None:
        """Fold one fact.

        Raises:
            HistoryUnreadable: this version cannot read it: nobody knows what may be deleted.
        """
        if isinstance(recorded.event, Unreadable) and not recorded.event.ignorable:
            raise HistoryUnreadable(
                recorded.contact.contact_id,
                position=recorded.position,
                problem=recorded.event.problem,
            )
        if recorded.lane == OWN:
            self._take_own(recorded)
            return
        self.cause = recorded.cause
        self.redaction = stand(self.redaction, recorded)
        self.newest, self.newest_at = recorded.position, recorded.recorded_at
        if recorded.lane == "life":
            self.life_end = recorded.position
        match recorded.event:
            case ContactStarted() as event:
                self.correlation = event.initial_contact_id
                self.started_at = self.started_at or recorded.recorded_at
            case ContactEnded(ended_at=ended_at) | ContactEndCorrected(ended_at=ended_at):
                self.ended_at = ended_at
            case RecordingStored():
                self.recorded = True
            case ContactErased(erasure_id=erasure_id):
                self.erased |= erasure_id != expiry_id(recorded.contact.contact_id)
            case _:
                pass  # says nothing of when

    @property
    def awaits_redaction(self) -> bool:
        """Whether there is a recording that nothing but the original can be redacted from."""
        return self.recorded and self.redaction.state not in {"verified", "erased"}

    def _take_own(self, recorded: Recorded) -> None:
        self.lane_end = recorded.position
        match recorded.event:
            case DataArchived(kind=kind, upto=upto):
                self.archived[kind] = upto
            case DataDeleted(kind=kind):
                self.deleted.add(kind)
                self.held = None
            case RetentionHeld() as held:
                self.held = held
            case RetentionFreed():
                self.held = None
            case _:
                pass  # of a newer version
