"""Puts a mask in the place of card data, one word for each, and keeps the words' times in step."""

import re
from collections.abc import Sequence

from msgspec import Struct

from ..speech import CardKind, CardMask, WordTime
from .cues import Topic, cues_of
from .judging import Found, Situation, judge
from .spoken import folded

# Spelled so that people, phrase rules and language models read them alike.
MASKS: dict[CardKind, str] = {
    "card_number": "[card-number]",
    "security_code": "[security-code]",
    "expiry_date": "[expiry-date]",
}
_AFTER = ".,;:!?…"


class Masked(Struct, frozen=True, kw_only=True):
    """A text without its card data."""

    text: str
    words: tuple[WordTime, ...]  # the nth belongs to the nth word of `text`
    stable_words: int
    masks: tuple[CardMask, ...]


def folded_words(text: str) -> list[str]:
    """Return the words of a text as they are judged."""
    return [folded(word) for word in text.split()]


def masked(
    text: str,
    words: Sequence[WordTime],
    found: Sequence[Found],
    *,
    stable_words: int = 0,
) -> Masked:
    """Return the text with what was found masked. `words` that do not match it are dropped."""
    said = text.split()
    times = tuple(words) if len(words) == len(said) else ()
    if not found:
        return Masked(text=text, words=tuple(words), stable_words=stable_words, masks=())
    kept: list[str] = []
    kept_times: list[WordTime] = []
    masks: list[CardMask] = []
    stable, at = 0, 0
    for first, last, mask in _stretches(found, len(said)):
        stable += last < stable_words
        if mask is None:
            kept.append(said[at])
        else:
            masks.append(CardMask(mask.kind, len(kept), mask.digits))
            kept.append(MASKS[mask.kind] + trailing_signs(said[last]))
        if times:
            kept_times.append(together(times[first : last + 1]))
        at = last + 1
    return Masked(
        text=" ".join(kept), words=tuple(kept_times), stable_words=stable, masks=tuple(masks)
    )


def mask_text(text: str) -> str:
    """Return a text that was typed, by itself, without its card data."""
    return masked(text, (), judge(folded_words(text), Situation()).found).text


def mask_value(value: str, *, name: str) -> str:
    """Return a typed value without its card data, given what it is called.

    Nobody reads a value out: unless its name speaks of a card, only a number that an issuer
    could have given out is masked, and the ids of other systems stay whole.
    """
    named: list[Topic] = [
        cue.topic for cue in cues_of(_NAME_PARTS.sub(" ", name).casefold().split())
    ]
    topic: Topic = named[-1] if named else "other"
    found = judge(folded_words(value), Situation(topic=topic)).found
    return masked(value, (), found).text


_NAME_PARTS = re.compile(r"[\W_]+|(?<=[a-z])(?=[A-Z])")


def _stretches(found: Sequence[Found], count: int) -> list[tuple[int, int, Found | None]]:
    """Return first and last word of what becomes one word each."""
    stretches: list[tuple[int, int, Found | None]] = []
    at = 0
    for one in found:
        stretches += [(word, word, None) for word in range(at, one.first_word)]
        stretches.append((max(at, one.first_word), one.last_word, one))
        at = one.last_word + 1
    return [*stretches, *((word, word, None) for word in range(at, count))]


def trailing_signs(word: str) -> str:
    """Return the punctuation that stands behind a word."""
    return word[len(word.rstrip(_AFTER)) :]


def together(times: Sequence[WordTime]) -> WordTime:
    """Return the time of words that become one, which is not empty."""
    confidence = sum(time.confidence for time in times) / len(times)
    return WordTime(times[0].started_ms, times[-1].ended_ms, confidence)
