"""Events as far as read models look into them, where most of an event is of no use to one."""

from typing import ClassVar

from ..events.base import Event, Lane, Track, UtteranceId
from ..events.sealed import Sealed
from ..events.speech import PersonalSpan, UtteranceFinalized


class UtteranceLine(Event, frozen=True, kw_only=True):
    """What a line of the transcript shows of an `UtteranceFinalized`.

    Left out are the times of its words: to decode them takes longer than all the rest of it.
    """

    TYPE: ClassVar[str] = UtteranceFinalized.TYPE
    VERSION: ClassVar[int] = 1
    LANE: ClassVar[Lane] = UtteranceFinalized.LANE

    utterance_id: UtteranceId
    track: Track
    text: Sealed
    started_ms: int
    ended_ms: int
    confidence: float
    personal: tuple[PersonalSpan, ...] = ()
