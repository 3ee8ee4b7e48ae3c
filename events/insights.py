"""Lane `insights`: what can be counted of a contact: who spoke how much, how it felt, about what.

One writer: `services/insights`. Feelings, topics and entities are read off the words by rules and,
where there is an embedder, by nearness of meaning: hints that say by what they were made.
"""

from typing import ClassVar, Literal

from msgspec import Struct, field

from .base import Event, Lane, Position, Speaker, UtteranceId
from .sealed import Sealed

Trend = Literal["rising", "falling", "steady"]

EntityKind = Literal["money", "date", "duration", "phone", "email", "reference", "product"]

QUARTERS = 4  # of the conversation's time, equally long


class SpeakerMeasured(Struct, frozen=True, kw_only=True):
    """How much one side spoke."""

    speaker: Speaker
    talk_ms: int  # while the other spoke too included
    talk_share: float | None  # 0 to 1, of both sides' talk; None: the other side was not heard
    turns: int
    words: int
    words_per_minute: float | None  # None: too little was said to tell
    longest_turn_ms: int


class Interrupted(Struct, frozen=True, kw_only=True):
    """One side began while the other spoke, and went on when the other had stopped."""

    by: Speaker
    over: Speaker
    at_ms: int  # on the contact clock
    overlap_ms: int
    utterance_id: UtteranceId
    over_utterance_id: UtteranceId


class TimeDivided(Struct, frozen=True, kw_only=True):
    """Where the conversation's time went: every millisecond is in one part, the parts add up.

    The conversation is from the first word of customer or agent to their last.
    """

    from_ms: int  # on the contact clock
    until_ms: int
    customer_ms: int  # the customer alone
    agent_ms: int  # the agent alone
    both_ms: int  # at once
    prompt_ms: int  # neither, and a prompt or music was heard
    hold_ms: int  # neither, while on hold
    unheard_ms: int  # neither, and of a side there is no audio or there are no words: see gaps
    silence_ms: int  # neither, for `SILENCE_MS_MIN` and longer
    pause_ms: int  # neither, for less


class SilenceMeasured(Struct, frozen=True, kw_only=True):
    """The stretches in which nobody spoke although both were there to be heard."""

    count: int
    longest_ms: int
    longest_at_ms: int | None  # None: there was none
    total_ms: int


class FeelingMeasured(Struct, frozen=True, kw_only=True):
    """How one side sounded by its words, -5 to +5; None where too little was said to tell."""

    speaker: Speaker
    overall: float | None
    quarters: tuple[float | None, ...]  # `QUARTERS` of them
    trend: Trend | None
    utterances: int  # that said anything of it


class TopicFound(Struct, frozen=True, kw_only=True):
    """Something of the tenant's list was spoken of."""

    topic: str
    title: str
    score: float  # 0 to 1
    by: Literal["phrase", "meaning"]  # what found most of it
    utterance_ids: tuple[UtteranceId, ...]


class EntityFound(Struct, frozen=True, kw_only=True):
    """Something was named. What, stands sealed among `values`."""

    name: str  # of its value among `values`
    kind: EntityKind
    count: int  # times it was named
    utterance_ids: tuple[UtteranceId, ...]


class ContactMeasured(Event, frozen=True, kw_only=True):
    """A contact was measured, when its transcript was complete; the newest one stands.

    Appended again where news of an agent or a hold came later, which relabels who spoke.
    """

    TYPE: ClassVar[str] = "contact_measured"
    LANE: ClassVar[Lane] = "insights"
    IGNORABLE = True

    utterances: int  # that were looked at, prompts left out
    covers_upto: Position  # the newest fact of who spoke and what was said that was looked at
    time: TimeDivided | None  # None: neither customer nor agent said a word
    speakers: tuple[SpeakerMeasured, ...]  # who said anything: customer, agent
    silence: SilenceMeasured | None  # None: only one side was heard, or nobody
    interruptions: tuple[Interrupted, ...]  # the first ones, of `interruption_count`
    interruption_count: int
    feelings: tuple[FeelingMeasured, ...]
    topics: tuple[TopicFound, ...]  # the best first
    entities: tuple[EntityFound, ...]
    values: dict[str, Sealed] = field(default_factory=dict[str, Sealed])
    language: str
    feelings_by: str | None  # name and version; None: nothing reads feelings in this language
    topics_by: str  # name and version, embedder included where one was asked
    topics_fell_back: str | None = None  # why no embedder was heard although there is one
    topics_version: str  # of the tenant's list
    entities_by: str
    gaps: int = 0  # stretches of which there are no words


class FeelingTurned(Event, frozen=True, kw_only=True):
    """While the contact goes on, one side has come to sound clearly worse. For who looks after it.

    By the words of its last utterances, and seldom: see `services/insights/turning.py`.
    """

    TYPE: ClassVar[str] = "feeling_turned"
    LANE: ClassVar[Lane] = "insights"
    IGNORABLE = True

    speaker: Speaker
    score: float  # -5 to +5, of the utterances named
    before: float  # of what was said before them
    from_ms: int
    until_ms: int
    utterance_ids: tuple[UtteranceId, ...]
    feelings_by: str
