"""What was said and how sure its place in the audio is, read from facts. Pure."""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from ...events.base import Recorded, Track, UtteranceId
from ...events.cards.masking import folded_words
from ...events.privacy.kinds import PersonalKind
from ...events.speech import CardMask, PersonalSpan, UtteranceFinalized, WordTime


class SpeechStretch(Struct, frozen=True):
    """A stretch of one track in which a voice is heard, words or not."""

    track: Track
    from_ms: int
    until_ms: int


class Personal(Struct, frozen=True):
    """Words that are personal data, or the one that stands for them."""

    kind: PersonalKind
    first_word: int
    last_word: int
    digits: int  # that were said; 0: of a kind that has none, or not known


class Heard(Struct, frozen=True, kw_only=True):
    """One utterance."""

    utterance_id: UtteranceId
    track: Track
    started_ms: int
    ended_ms: int
    words: tuple[str, ...]  # folded, in order
    times: tuple[WordTime, ...]  # as many as words, or none: nobody knows
    personal: tuple[Personal, ...]


def heard_in(facts: Iterable[Recorded]) -> tuple[Heard, ...]:
    """Return what was said, in order of time.

    Raises:
        KeyDestroyed: the person was erased.
    """
    told = {
        recorded.event.utterance_id: recorded.event
        for recorded in facts
        if isinstance(recorded.event, UtteranceFinalized)
    }
    return tuple(sorted(map(_heard, told.values()), key=lambda one: (one.started_ms, one.track)))


def _heard(event: UtteranceFinalized) -> Heard:
    words = tuple(folded_words(event.text.reveal()))
    return Heard(
        utterance_id=event.utterance_id,
        track=event.track,
        started_ms=event.started_ms,
        ended_ms=max(event.started_ms, event.ended_ms),
        words=words,
        times=event.words if len(event.words) == len(words) else (),
        personal=tuple(sorted(_personal(event), key=lambda one: one.first_word)),
    )


def _personal(event: UtteranceFinalized) -> Iterator[Personal]:
    found: tuple[CardMask | PersonalSpan, ...] = (*event.masked, *event.personal)
    for one in found:
        if isinstance(one, CardMask):
            yield Personal(one.kind, one.word, one.word, one.digits)
        else:
            yield Personal(one.kind, one.first_word, one.last_word, one.digits)
