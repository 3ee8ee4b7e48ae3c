"""What readers are shown of a contact's words, read from facts for those who check it. Pure."""

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from ...events.base import Recorded, Track, UtteranceId
from ...events.privacy.kinds import PERSONAL_MASKS, PersonalKind
from ...events.privacy.places import shown_in
from ...events.redaction import AudioSpan, TextMask
from ...events.speech import UtteranceFinalized

_FOUND = frozenset({"found_again", "review"})  # what takes words out of texts, too


class Spoken(Struct, frozen=True, kw_only=True):
    """The words of one utterance as they may be read, and when each was said."""

    utterance_id: UtteranceId
    track: Track
    words: tuple[str, ...]
    times: tuple[tuple[int, int], ...]  # from and until, in ms on the contact clock; one a word
    personal: tuple[tuple[PersonalKind, int, int], ...] = ()  # known to be, from and until in ms
    heard_by: str = ""  # name and version of who recognised it

    @property
    def started_ms(self) -> int:
        """When the first word was said."""
        return self.times[0][0]

    @property
    def ended_ms(self) -> int:
        """When the last word was over."""
        return max(ended for _, ended in self.times)


def spoken_in(facts: Iterable[Recorded], *, masks: Sequence[TextMask] = ()) -> tuple[Spoken, ...]:
    """Return what was said, in order of time, with the words of `masks` taken out.

    So are words that are known to be personal data and may be shown: whoever allowed that need
    not be told of them.

    Raises:
        KeyDestroyed: the person was erased.
    """
    told = {
        recorded.event.utterance_id: recorded.event
        for recorded in facts
        if isinstance(recorded.event, UtteranceFinalized)
    }
    read = (_spoken(event, masks) for event in told.values())
    return tuple(sorted((one for one in read if one.words), key=lambda one: one.started_ms))


def masks_for(spoken: Sequence[Spoken], extra: Sequence[AudioSpan]) -> tuple[TextMask, ...]:
    """Return which words are to be taken out because a check or a person found something there."""
    kinds: dict[tuple[UtteranceId, int], PersonalKind] = {
        (one.utterance_id, word): span.kind
        for span in reversed(extra)  # what was found first names it
        if span.ground in _FOUND
        for one in spoken
        if one.track == span.track
        for word, (started_ms, ended_ms) in enumerate(one.times)
        # A word of no length is said at its instant; what stands for words stays.
        if started_ms < span.until_ms
        and max(ended_ms, started_ms + 1) > span.from_ms
        and not one.words[word].startswith("[")
    }
    return tuple(TextMask(id_, kind, word, word) for (id_, word), kind in sorted(kinds.items()))


def _spoken(final: UtteranceFinalized, masks: Sequence[TextMask]) -> Spoken:
    event = shown_in("transcript", final)  # what readers of it are shown, and no more
    words = event.text.reveal().split()
    times = tuple((one.started_ms, one.ended_ms) for one in event.words)
    if len(times) != len(words):
        # Nobody knows when each was said: all of them, all the time.
        times = ((event.started_ms, event.ended_ms),) * len(words)
    known = [TextMask(event.utterance_id, *span) for span in _spans(event)]
    taken_out = [mask for mask in masks if mask.utterance_id == event.utterance_id]
    for mask in (*known, *taken_out):
        for word in range(mask.first_word, min(mask.last_word + 1, len(words))):
            words[word] = PERSONAL_MASKS[mask.kind]
    return Spoken(
        utterance_id=event.utterance_id,
        track=event.track,
        words=tuple(words),
        times=times,
        heard_by=event.recognizer,
        personal=tuple(
            (kind, times[first][0], times[last][1])
            for kind, first, last in _spans(event)
            if first <= last < len(times)
        ),
    )


def _spans(event: UtteranceFinalized) -> Iterator[tuple[PersonalKind, int, int]]:
    for card in event.masked:
        yield card.kind, card.word, card.word
    for one in event.personal:
        yield one.kind, one.first_word, one.last_word
