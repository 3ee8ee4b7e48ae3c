"""Which moments an utterance holds, by its words alone. Pure: words and playbook decide.

So the same words always give the same moments, whether heard live, after a restart or in
a replay; what depends on the contact so far is decided in `case.py` and `conditions.py`.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from itertools import accumulate

from msgspec import Struct

from ...events.guidance import BY_PHRASE, Detector, Heard
from .moments import Moment, Patterns, Phrases
from .phrases import Phrase, Span, Speech
from .utterances import Utterance, heard_of

BY_PATTERN = Detector(kind="pattern")


class Match(Struct, frozen=True, kw_only=True):
    """A moment that came true, and its evidence: words, or the value of an attribute."""

    moment: Moment
    heard: Heard | None
    evidence: str
    at: datetime | None = None  # when it came true; None: when it was said, as far as is known
    detector: Detector = BY_PHRASE
    because: tuple[Heard, ...] = ()  # of a condition


def matches_of(
    moments: Sequence[Moment], utterance: Utterance, *, known: Collection[str] = ()
) -> Iterator[Match]:
    """Yield the moments heard in an utterance, each once; not those already `known` for it."""
    wanted = [
        moment
        for moment in moments
        if isinstance(moment, Phrases | Patterns)
        and utterance.track in moment.tracks
        and moment.name not in known
        and (moment.on == "partial" or utterance.revision is None)
    ]
    if not wanted or not utterance.words:
        return
    speech = Speech(utterance.words)
    text = " ".join(utterance.words)
    for moment in wanted:
        if isinstance(moment, Phrases):
            span = _words_of(_first_span(moment, speech), speech)
        else:
            span = _matched_words(moment, text, utterance.words)
        if span is not None and not _excepted(moment.unless, speech):
            by = BY_PHRASE if isinstance(moment, Phrases) else BY_PATTERN
            first, last = span.first, span.last
            yield Match(
                moment=moment,
                heard=heard_of(utterance, first, last),
                evidence=" ".join(utterance.words[first : last + 1]),
                detector=by,
            )


def words_heard(moments: Sequence[Phrases], words: Sequence[str]) -> dict[str, str]:
    """Return the words of each moment that is heard in some, by its name."""
    if not moments or not words:
        return {}
    speech = Speech(words)
    spans = {one.name: _words_of(_first_span(one, speech), speech) for one in moments}
    return {
        one.name: " ".join(words[span.first : span.last + 1])
        for one in moments
        if (span := spans[one.name]) is not None and not _excepted(one.unless, speech)
    }


def _first_span(moment: Phrases, speech: Speech) -> Span | None:
    spans = (
        span
        for phrase in moment.heard
        for span in speech.find(phrase)
        if moment.negation == "match" or not speech.negated(span, phrase)
    )
    return next(spans, None)


def _words_of(span: Span | None, speech: Speech) -> Span | None:
    if span is None:
        return None
    return Span(speech.tokens[span.first].first, speech.tokens[span.last].last)


def _matched_words(moment: Patterns, text: str, words: Sequence[str]) -> Span | None:
    found = next((span for one in moment.patterns if (span := one.find(text))), None)
    if found is None:
        return None
    starts = list(accumulate((len(word) + 1 for word in words[:-1]), initial=0))
    return Span(bisect_right(starts, found[0]) - 1, bisect_right(starts, found[1] - 1) - 1)


def _excepted(phrases: Sequence[Phrase], speech: Speech) -> bool:
    return any(next(speech.find(phrase), None) for phrase in phrases)
