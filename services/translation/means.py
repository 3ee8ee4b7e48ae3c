"""What the service works with, and what it has to append."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from msgspec import Struct

from ...events.base import Causation, Event, Recorded
from ...events.journal import Journal
from ...events.speech import UtteranceFinalized
from .identifying import Identifier
from .languages import TenantLanguages
from .reply_audio import ReplyAudio
from .speaking import Speaker
from .translator import Translator

# Beyond that whoever reads along is elsewhere: what is said now comes first.
LATE_S = 15.0


class Means(Struct, frozen=True, kw_only=True):
    """What is asked, and where facts go."""

    journal: Journal
    translator: Translator
    speaker: Speaker
    audio: ReplyAudio
    identifier: Identifier
    languages: TenantLanguages
    now: Callable[[], datetime]

    def is_late(self, recorded: Recorded, *, by_s: float = LATE_S) -> bool:
        """Tell whether a fact is too old to be answered."""
        return (self.now() - recorded.recorded_at).total_seconds() > by_s


class Said(NamedTuple):
    """An utterance, and its fact."""

    recorded: Recorded
    final: UtteranceFinalized


class Output(NamedTuple):
    """A fact to be appended. `about` and its type tell it from others of its contact."""

    event: Event
    about: str
    cause: Causation | None
