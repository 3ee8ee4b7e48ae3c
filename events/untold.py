"""What nobody is told of a contact any more, whoever asks: taken out of facts and of texts. Pure.

After the call a check finds words that were told while it went on, and the time of what was made
of them runs out. What is stored stays as it is: facts are never edited. So whoever tells anything
of a contact asks here first, and nobody keeps a rule of their own.

A final is masked by position. Any other text may repeat it. One that rests on a final with such
words is told without them if it says nothing but what was said there, and else not at all: in
other words, or in another language, nobody finds them. One that names no such final, as what an
agent typed, is told without what tells apart: names, and digits however they are written.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, cast

import msgspec
from msgspec import Struct, field

from .base import Event, Lane, Recorded, Unreadable, UtteranceId
from .cards.masking import folded_words
from .cards.runs import runs_of
from .contact import AgentConnected, AttributesSet, ContactStarted
from .privacy.kinds import PERSONAL_MASKS, PersonalKind
from .privacy.lexicon import is_common
from .privacy.places import shown_in
from .redaction import RedactionApplied, TextMask
from .retention import DataDeleted, DataKind
from .sealed import Sealed, sealed_fields
from .speech import UtteranceFinalized, UtteranceOriginal

WITHHELD = "[withheld]"  # stands for a text of which nobody knows what in it is personal
PAST = "[erased]"  # stands for a text whose time is over

DIGITS_MIN = 3  # a group of a number, or a security code; fewer are everybody's
_LETTERS_MIN = 3  # of a word that tells one person from another
_AFTER = ".,;:!?…"  # what ends a word and stays behind a mask
_PART = re.compile(r"\w+")
_LABELS = frozenset({"agent", "customer"})  # who speaks, before what is quoted

Masks = Mapping[UtteranceId, Sequence[TextMask]]  # of one contact

# Who called whom, as telephony tells it: neither words, nor made of them.
ABOUT_THE_CALL = frozenset((ContactStarted.TYPE, AgentConnected.TYPE, AttributesSet.TYPE))
COUNTED: Lane = "insights"  # holds what was counted of a contact, much of it in clear
_SAID = frozenset((UtteranceFinalized.TYPE, UtteranceOriginal.TYPE))


class Untold(Struct, frozen=True, kw_only=True, dict=True):
    """What is not to be told of one contact."""

    masks: Masks = field(default_factory=dict[UtteranceId, Sequence[TextMask]])
    # Every final as the transcript shows it, where there are masks; None: nobody can read it.
    said: Mapping[UtteranceId, str | None] = field(default_factory=dict[UtteranceId, str | None])
    is_unknown: bool = False  # what a check found cannot be read: it may be anywhere
    is_past: bool = False  # the time of what was made of the words is over
    is_uncounted: bool = False  # that of what was counted is: lane `COUNTED`

    def __bool__(self) -> bool:
        """Tell whether any text is told in another way, or not at all."""
        return bool(self.masks) or self.is_unknown or self.is_past

    def without(self, text: str, *, rests_on: Collection[UtteranceId] = ()) -> str:
        """Return a text that was made of a contact as it may be told.

        `rests_on`: the utterances that it says it was made of.
        """
        if self.is_past or text == PAST:
            return PAST
        if self.is_unknown:
            return WITHHELD
        if not self.masks:
            return text
        hidden = dict(self._telling)
        if any(one in self.masks for one in rests_on):
            if not self._is_quoted(text, rests_on):
                return WITHHELD
            for one in rests_on:
                hidden |= self._parts.get(one, {})
        words = text.split()
        in_numbers = self._in_numbers(words)
        return " ".join(
            _hidden(word, in_numbers.get(at) or _kind_of(word, hidden))
            for at, word in enumerate(words)
        )

    def line(self, utterance_id: UtteranceId, text: str) -> str:
        """Return the text of an utterance, as the transcript shows it, as it may be told."""
        if self.is_unknown and text != PAST:
            return WITHHELD
        return masked(text, self.masks.get(utterance_id, ()))

    @cached_property
    def _parts(self) -> dict[UtteranceId, dict[str, PersonalKind]]:
        """Every part of every word that was found, folded, by utterance."""
        return {
            one: {part: kind for word, kind in self._found(one) for part in _parts_of(word)}
            for one in self.masks
        }

    @cached_property
    def _telling(self) -> dict[str, PersonalKind]:
        """Those parts that tell one person from another wherever they stand."""
        return {
            part: kind
            for own in self._parts.values()
            for part, kind in own.items()
            if (part.isdigit() and len(part) >= DIGITS_MIN)
            or (len(part) >= _LETTERS_MIN and not part.isdigit() and not is_common(part))
        }

    @cached_property
    def _numbers(self) -> dict[str, PersonalKind]:
        """The digits that were found, a run at a time, however they were said."""
        found: dict[str, PersonalKind] = {}
        for one in self.masks:
            said = self._found(one)
            for run in runs_of([word for word, _ in said]):
                if len(run.digits) >= DIGITS_MIN:
                    found[run.digits] = said[run.first_word][1]
        return found

    def _found(self, one: UtteranceId) -> list[tuple[str, PersonalKind]]:
        words = folded_words(self.said.get(one) or "")
        return [
            (words[at], mask.kind)
            for mask in self.masks[one]
            for at in range(mask.first_word, min(mask.last_word + 1, len(words)))
        ]

    def _is_quoted(self, text: str, rests_on: Collection[UtteranceId]) -> bool:
        """Tell whether every word of a text was said in one of these utterances."""
        said = _LABELS.union(
            part for one in rests_on for part in _parts_of(self.said.get(one) or "")
        )
        return all(
            part in said for word in text.split() if word[:1] != "[" for part in _parts_of(word)
        )

    def _in_numbers(self, words: Sequence[str]) -> dict[int, PersonalKind]:
        """Return which words say digits that were found, whatever their form."""
        if not self._numbers:
            return {}
        return {
            at: kind
            for run in runs_of(folded_words(" ".join(words)))
            if len(run.digits) >= DIGITS_MIN
            for digits, kind in self._numbers.items()
            if run.digits in digits or digits in run.digits
            for at in range(run.first_word, run.last_word + 1)
        }


NOTHING = Untold()


def untold_in(facts: Iterable[Recorded]) -> Untold:
    """Return what is not to be told of a contact, by its facts of the lanes that say so.

    Those are `redaction` and `retention`, and `speech` where the others turn out to have masks.
    """
    masks: list[TextMask] = []
    said: dict[UtteranceId, str | None] = {}
    deleted: set[DataKind] = set()
    is_unknown = False
    for fact in facts:
        match fact.event:
            case DataDeleted(kind=kind):
                deleted.add(kind)
            case RedactionApplied():
                masks += fact.event.masks
            case UtteranceFinalized():
                shown = shown_in("transcript", fact.event)
                said[fact.event.utterance_id] = shown.text.reveal_or(None)
            case Unreadable():
                is_unknown = is_unknown or fact.lane == "redaction"
            case _:
                pass  # takes nothing out
    return Untold(
        masks=by_utterance(masks),
        said=said if masks else {},
        is_unknown=is_unknown,
        is_past="annotations" in deleted,
        is_uncounted="analytics" in deleted,
    )


def fact_as_told(event: Event, untold: Untold) -> Event:
    """Return a fact with its texts as they may be told; itself, where nothing is kept back."""
    if not untold or event.TYPE in ABOUT_THE_CALL:
        return event
    if isinstance(event, UtteranceFinalized):
        return _final(event, untold)
    if event.TYPE in _SAID:
        return event  # it is told to nobody but its own readers
    told = {
        name: _sealed(getattr(event, name), event, untold) for name in sealed_fields(type(event))
    }
    return msgspec.structs.replace(event, **told) if told else event


def named_in(one: Any) -> tuple[UtteranceId, ...]:
    """Return the utterances that a struct, or a mapping of fields, says it rests on."""
    heard = [of_field(one, "heard"), *(of_field(one, "because") or ())]
    return tuple(
        id_
        for id_ in (
            of_field(one, "utterance_id"),
            *(of_field(one, "utterance_ids") or ()),
            *(of_field(place, "utterance_id") for place in heard if place is not None),
        )
        if id_ is not None
    )


def named_by(name: str, one: Any) -> tuple[UtteranceId, ...]:
    """Return the utterances on which a text rests that stands among others under a name."""
    return tuple(
        id_
        for part in (*(of_field(one, "parts") or ()), *(of_field(one, "entities") or ()))
        if name in {of_field(part, "name"), of_field(part, "due")}
        for id_ in named_in(part)
    )


def of_field(one: Any, name: str) -> Any:
    """Return a field of a struct or a mapping; None where it has none."""
    if isinstance(one, Mapping):
        return cast("Mapping[str, Any]", one).get(name)
    return getattr(one, name, None)


def masked(text: str, masks: Sequence[TextMask]) -> str:
    """Return a text with words taken out: each leaves a mask, so that others keep their places."""
    words = text.split()
    for mask in masks:
        for at in range(mask.first_word, min(mask.last_word + 1, len(words))):
            words[at] = _hidden(words[at], mask.kind)
    return " ".join(words) if masks else text


def by_utterance(masks: Iterable[TextMask]) -> Masks:
    """Return the masks of one contact by the line in which they are."""
    found: dict[UtteranceId, list[TextMask]] = {}
    for mask in masks:
        found.setdefault(mask.utterance_id, []).append(mask)
    return found


def _final(event: UtteranceFinalized, untold: Untold) -> UtteranceFinalized:
    if not untold.is_unknown and event.utterance_id not in untold.masks:
        return event
    # Masks count words as the transcript shows them.
    shown = shown_in("transcript", event)
    text = shown.text.reveal_or(None)
    if text is None:
        return event
    return msgspec.structs.replace(shown, text=Sealed(untold.line(event.utterance_id, text)))


def _sealed(value: Any, event: Event, untold: Untold) -> Any:
    if isinstance(value, Sealed):
        text = value.reveal_or(None)
        return value if text is None else Sealed(untold.without(text, rests_on=named_in(event)))
    if isinstance(value, dict):
        texts = cast("dict[str, Sealed]", value)
        return {
            one: text
            if (clear := text.reveal_or(None)) is None
            else Sealed(untold.without(clear, rests_on=named_by(one, event)))
            for one, text in texts.items()
        }
    return value  # there is none


def _hidden(word: str, kind: PersonalKind | None) -> str:
    bare = word.rstrip(_AFTER)
    if kind is None or bare.startswith("["):
        return word
    return PERSONAL_MASKS[kind] + word[len(bare) :]


def _kind_of(word: str, hidden: Mapping[str, PersonalKind]) -> PersonalKind | None:
    return next((hidden[part] for part in _parts_of(word) if part in hidden), None)


def _parts_of(text: str) -> list[str]:
    return [part for word in folded_words(text) for part in _PART.findall(word)]
