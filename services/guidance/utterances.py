"""What was said, as rules look at it: the stable words, and where they stand."""

from datetime import datetime, timedelta

from msgspec import Struct

from ...events.base import Track, UtteranceId
from ...events.guidance import Heard
from ...events.live import UtterancePartial
from ...events.privacy.places import shown_in
from ...events.speech import UtteranceFinalized


class Utterance(Struct, frozen=True, kw_only=True):
    """What somebody said: all of it, or as much of a partial as will hardly change."""

    utterance_id: UtteranceId
    revision: int | None  # of the partial; None: the final
    track: Track
    words: tuple[str, ...]  # stable ones only
    times: tuple[tuple[int, int], ...]  # of each word, ms on the contact clock; may be fewer
    started_ms: int
    ended_ms: int


def of_final(final: UtteranceFinalized) -> Utterance:
    """Return what a final says; nothing, where its words were erased."""
    final = shown_in("models", final)
    return Utterance(
        utterance_id=final.utterance_id,
        revision=None,
        track=final.track,
        words=tuple(final.text.reveal_or("").split()),
        times=tuple((word.started_ms, word.ended_ms) for word in final.words),
        started_ms=final.started_ms,
        ended_ms=final.ended_ms,
    )


def of_partial(partial: UtterancePartial) -> Utterance:
    """Return what a partial says for certain."""
    return Utterance(
        utterance_id=partial.utterance_id,
        revision=partial.revision,
        track=partial.track,
        words=tuple(partial.text.split()[: partial.stable_words]),
        times=partial.words,
        started_ms=partial.started_ms,
        ended_ms=partial.ended_ms,
    )


def heard_of(utterance: Utterance, first: int = 0, last: int | None = None) -> Heard:
    """Return where words `first` to `last` of an utterance stand; without them: all of it."""
    times = utterance.times
    last = len(utterance.words) - 1 if last is None else last
    # A recogniser without word times still says when the utterance was.
    timed = 0 <= last < len(times)
    return Heard(
        utterance_id=utterance.utterance_id,
        revision=utterance.revision,
        track=utterance.track,
        started_ms=times[first][0] if timed else utterance.started_ms,
        ended_ms=times[last][1] if timed else utterance.ended_ms,
    )


def instant_of(heard: Heard | None, clock_zero_at: datetime | None) -> datetime | None:
    """Return when words had been said; None where no clock tells."""
    if heard is None or clock_zero_at is None:
        return None
    return clock_zero_at + timedelta(milliseconds=heard.ended_ms)
