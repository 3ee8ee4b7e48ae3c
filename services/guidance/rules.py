"""Which moments an utterance holds. Pure: the words and the playbook decide, nothing else.

So the same words always give the same moments, whether heard live, after a restart or in
a replay; what depends on the contact so far is decided in `case.py`.
"""

from collections.abc import Collection, Iterator, Sequence

from msgspec import Struct

from ...events.base import Track, UtteranceId
from ...events.guidance import Heard
from .phrases import Span, Speech
from .playbook import Moment


class Utterance(Struct, frozen=True, kw_only=True):
    """What somebody said: all of it, or as much of a partial as will hardly change."""

    utterance_id: UtteranceId
    revision: int | None  # of the partial; None: the final
    track: Track
    words: tuple[str, ...]  # stable ones only
    times: tuple[tuple[int, int], ...]  # of each word, ms on the contact clock; may be fewer
    started_ms: int
    ended_ms: int


class Match(Struct, frozen=True, kw_only=True):
    """A moment, and the words that are its evidence."""

    moment: Moment
    heard: Heard
    evidence: str


def matches_of(
    moments: Sequence[Moment], utterance: Utterance, *, known: Collection[str] = ()
) -> Iterator[Match]:
    """Yield the moments heard in an utterance, each once; not those already `known` for it."""
    wanted = [
        moment
        for moment in moments
        if utterance.track in moment.tracks
        and moment.name not in known
        and (moment.on == "partial" or utterance.revision is None)
    ]
    if not wanted or not utterance.words:
        return
    speech = Speech(utterance.words)
    for moment in wanted:
        span = _first_span(moment, speech)
        if span is not None:
            yield _match(moment, utterance, speech, span)


def _first_span(moment: Moment, speech: Speech) -> Span | None:
    spans = (
        span
        for phrase in moment.heard
        for span in speech.find(phrase)
        if moment.negation == "match" or not speech.negated(span, phrase)
    )
    span = next(spans, None)
    if span is not None and any(next(speech.find(phrase), None) for phrase in moment.unless):
        return None
    return span


def _match(moment: Moment, utterance: Utterance, speech: Speech, span: Span) -> Match:
    first, last = speech.tokens[span.first].first, speech.tokens[span.last].last
    times = utterance.times
    # A recogniser without word times still says when the utterance was.
    timed = last < len(times)
    heard = Heard(
        utterance_id=utterance.utterance_id,
        revision=utterance.revision,
        track=utterance.track,
        started_ms=times[first][0] if timed else utterance.started_ms,
        ended_ms=times[last][1] if timed else utterance.ended_ms,
    )
    return Match(moment=moment, heard=heard, evidence=" ".join(utterance.words[first : last + 1]))
