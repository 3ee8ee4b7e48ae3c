"""What was said, by whom, as stretches of time: what all measures start from."""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from ...events.base import Speaker, UtteranceId
from ...events.privacy.places import shown_in
from ...events.speech import UtteranceFinalized, WordTime

# Between words of one utterance: a longer pause is no talk, however the recogniser cut its finals.
BREATH_MS = 1_000

SIDES: tuple[Speaker, ...] = ("customer", "agent")

Stretch = tuple[int, int]  # from, until (exclusive), ms on the contact clock


class Said(Struct, frozen=True, kw_only=True, gc=False):
    """One utterance, with who said it as far as is known."""

    utterance_id: UtteranceId
    speaker: Speaker
    text: str
    started_ms: int
    ended_ms: int
    stretches: tuple[Stretch, ...]  # of talk, in order, apart; at least one

    @property
    def words(self) -> int:
        """How many words it has."""
        return len(self.text.split())


def said(final: UtteranceFinalized, speaker: Speaker) -> Said:
    """Return a final as it was said; words whose key is gone count as none."""
    final = shown_in("summary", final)
    stretches = stretches_of(final.words, final.started_ms, final.ended_ms)
    return Said(
        utterance_id=final.utterance_id,
        speaker=speaker,
        text=final.text.reveal_or(""),
        started_ms=stretches[0][0],
        ended_ms=stretches[-1][1],
        stretches=stretches,
    )


def stretches_of(words: Sequence[WordTime], started_ms: int, ended_ms: int) -> tuple[Stretch, ...]:
    """Return when somebody spoke, by the words; by the utterance where they tell nothing."""
    timed = [(word.started_ms, word.ended_ms) for word in words if word.ended_ms > word.started_ms]
    merged = merge(timed, apart_ms=BREATH_MS)
    if not merged:
        return ((started_ms, max(ended_ms, started_ms + 1)),)
    return tuple(merged)


def merge(stretches: Iterable[Stretch], *, apart_ms: int = 0) -> list[Stretch]:
    """Return stretches in order, those that touch or are less than `apart_ms` apart as one."""
    merged: list[Stretch] = []
    for start, end in sorted(stretches):
        if merged and start <= merged[-1][1] + max(0, apart_ms - 1):
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged
