"""When a contact's stream is over."""

from msgspec import Struct

from ..events.contact import ContactEnded
from ..events.speech import TranscriptCompleted


class Ending(Struct):
    """Whether anything can follow in a contact's stream."""

    ended: bool = False
    completed: bool = False

    @property
    def is_over(self) -> bool:
        return self.ended and self.completed

    def note(self, kind: str) -> None:
        self.ended = self.ended or kind == ContactEnded.TYPE
        self.completed = self.completed or kind == TranscriptCompleted.TYPE
