"""What a moment can be: heard in words, inferred from them, known of the contact, or combined.

All share one vocabulary of names. Conditions and cues refer to any of them, and to `STATES`:
facts of the contact that come true without a playbook.
"""

from collections.abc import Iterable, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Literal

from msgspec import Struct

from ...events.base import TRACKS, Track
from ...events.patterns import Pattern
from .phrases import Phrase

# What the log itself tells of a contact.
STATES = (
    "contact_started",
    "agent_connected",
    "customer_held",
    "customer_resumed",
    "contact_ended",
)

Conjunction = Literal["all", "any", "then", "times", "missing"]
Phase = Literal["with_agent", "on_hold", "off_hold", "before_end", "after_end"]
Need = Literal["embedder", "classifier", "text"]


class Moment(Struct, frozen=True, kw_only=True):
    """Something that can come true during a contact, by one of the kinds below."""

    name: str


class Spoken(Moment, frozen=True, kw_only=True):
    """A moment that an utterance holds or does not hold."""

    tracks: tuple[Track, ...]
    on: Literal["partial", "final"] = "partial"  # partial: also on the stable words of one


class Phrases(Spoken, frozen=True, kw_only=True):
    """One of several phrases is heard, and none of the others in the same utterance."""

    heard: tuple[Phrase, ...]
    unless: tuple[Phrase, ...] = ()
    negation: Literal["ignore", "match"] = "ignore"


class Patterns(Spoken, frozen=True, kw_only=True):
    """One of several regular expressions matches the words, which single spaces part."""

    patterns: tuple[Pattern, ...]
    unless: tuple[Phrase, ...] = ()


class Inferred(Spoken, frozen=True, kw_only=True):
    """A model is asked. It takes its time, may fail, and is never waited for by others."""

    after: frozenset[str] = frozenset()  # asked only when one of these was true before


class Meaning(Inferred, frozen=True, kw_only=True):
    """What is said means nearly what one of the sentences means."""

    sentences: tuple[str, ...]
    least: float = 0.6  # cosine of the angle between meanings


class Label(Inferred, frozen=True, kw_only=True):
    """A classifier gives what is said a label.

    With phrases, words and classifier hear together: in a final where one of them is heard a lower
    score will do, a partial takes both in full, and without a classifier the phrases decide alone.
    What is heard for sure needs no second opinion in a final.
    """

    label: str
    classifier: str
    least: float = 0.7  # its score, 0 to 1
    phrases: tuple[Phrase, ...] = ()
    sure: tuple[Phrase, ...] = ()  # phrases that no score takes back
    unless: tuple[Phrase, ...] = ()  # heard in the same utterance, phrases count for nothing
    least_with_phrases: float = 0.3

    @property
    def by_words(self) -> Phrases | None:
        """The moment as its phrases alone tell it; None: it has none."""
        return self._hearing((*self.phrases, *self.sure))

    @property
    def for_sure(self) -> Phrases | None:
        """The moment as the phrases tell it that no score takes back; None: it has none."""
        return self._hearing(self.sure)

    def _hearing(self, phrases: tuple[Phrase, ...]) -> Phrases | None:
        if not phrases:
            return None
        return Phrases(
            name=self.name,
            tracks=self.tracks,
            on=self.on,
            heard=phrases,
            unless=self.unless,
        )


class Question(Inferred, frozen=True, kw_only=True):
    """A text model answers a question about what is said with yes."""

    asks: str


class Attribute(Moment, frozen=True, kw_only=True):
    """An attribute of the contact has a value; without any bound: it has one at all."""

    attribute: str
    among: frozenset[str] = frozenset()  # without upper case
    least: int | None = None
    most: int | None = None

    def holds(self, value: str) -> bool:
        """Tell whether a value makes the moment true."""
        text = value.strip()
        if self.among and text.casefold() not in self.among:
            return False
        if self.least is None and self.most is None:
            return bool(text)
        if not text.isascii() or not text.isdecimal():
            return False
        low = 0 if self.least is None else self.least
        return low <= int(text) and (self.most is None or int(text) <= self.most)


class Condition(Moment, frozen=True, kw_only=True):
    """Other moments come true: together, in turn, so often, or not in time."""

    kind: Conjunction
    terms: tuple[str, ...]
    times: int = 1
    since: str | None = None  # of `missing`: what starts the waiting
    within_s: int | None = None  # None: at any time of the contact
    unless: frozenset[str] = frozenset()  # nothing of this was true before
    tracks: tuple[Track, ...] = TRACKS  # terms that were spoken count on these
    phase: Phase | None = None  # of the contact, when it comes true


def by_words_of(moments: Iterable[Moment]) -> tuple[Phrases | Patterns, ...]:
    """Return what of some moments words can tell alone."""
    words = [one.by_words if isinstance(one, Label) else one for one in moments]
    return tuple(one for one in words if isinstance(one, Phrases | Patterns))


def inputs_of(moment: Moment) -> frozenset[str]:
    """Return the moments and states that a moment looks at."""
    match moment:
        case Condition():
            since = () if moment.since is None else (moment.since,)
            return moment.unless.union(moment.terms, since)
        case Inferred():
            return moment.after
        case _:
            return frozenset()


def in_order(moments: Iterable[Moment]) -> list[str]:
    """Return the names of moments and states, each after all that it looks at.

    Raises:
        ValueError: some look at each other; says which.
    """
    try:
        return list(TopologicalSorter({one.name: inputs_of(one) for one in moments}).static_order())
    except CycleError as error:
        circle: Sequence[str] = error.args[1]
        raise ValueError(" → ".join(reversed(circle))) from error


def needs_of(moments: Iterable[Moment]) -> frozenset[Need]:
    """Return which models the moments need. Without one, those that need it never come true."""
    kinds: tuple[tuple[type[Moment], Need], ...] = (
        (Meaning, "embedder"),
        (Label, "classifier"),
        (Question, "text"),
    )
    return frozenset(
        need
        for one in moments
        for kind, need in kinds
        if isinstance(one, kind) and not (isinstance(one, Label) and one.by_words)
    )
