"""How much each side spoke, in how many turns, how fast, and who cut whom short."""

from collections.abc import Collection, Iterator, Sequence
from itertools import groupby

from ...events.base import Speaker
from ...events.insights import Interrupted, SpeakerMeasured
from .dividing import talk_of
from .heard import SIDES, Said

# Below, a pace is a matter of chance.
PACE_TALK_MS_MIN = 5_000

# Both at once for less than this is how people take turns: in a sample call, where nobody is cut
# short, one is taken 280 ms early, and the local recogniser has 320.
OVERLAP_MS_MIN = 500

# "Mhm", "yeah right" while the other goes on is listening.
INTERRUPTING_WORDS_MIN = 3

INTERRUPTIONS_MAX = 50  # told one by one; all are counted

_MS_A_MINUTE = 60_000


def speakers_measured(
    utterances: Sequence[Said], *, sides_heard: Collection[Speaker]
) -> tuple[SpeakerMeasured, ...]:
    """Return how much customer and agent spoke; who said nothing is left out.

    `sides_heard`: of whom there is audio or there are words, silent or not.
    """
    talk = {
        side: sum(end - start for start, end in stretches)
        for side, stretches in talk_of(utterances).items()
    }
    both = sum(talk.get(side, 0) for side in SIDES)
    turns = _turns(utterances)
    return tuple(
        SpeakerMeasured(
            speaker=side,
            talk_ms=talk[side],
            talk_share=round(talk[side] / both, 3) if set(SIDES) <= set(sides_heard) else None,
            turns=len(own := [turn for turn in turns if turn[0].speaker == side]),
            words=(words := sum(one.words for one in utterances if one.speaker == side)),
            words_per_minute=_pace(words, talk[side]),
            longest_turn_ms=max(turn[-1].ended_ms - turn[0].started_ms for turn in own),
        )
        for side in SIDES
        if side in talk
    )


def interruptions(utterances: Sequence[Said]) -> list[Interrupted]:
    """Return who cut whom short, in order; each utterance is cut short once at most."""
    spoken = sorted(
        (one for one in utterances if one.speaker in SIDES),
        key=lambda one: (one.started_ms, one.utterance_id),
    )
    return [
        found for at, over in enumerate(spoken) if (found := _cut_short(over, spoken[at + 1 :]))
    ]


def _cut_short(over: Said, later: Sequence[Said]) -> Interrupted | None:
    for one in later:
        if one.started_ms >= over.ended_ms:
            return None
        overlap_ms = over.ended_ms - one.started_ms
        if (
            one.speaker != over.speaker
            and overlap_ms >= OVERLAP_MS_MIN
            and one.started_ms - over.started_ms >= OVERLAP_MS_MIN
            and one.ended_ms > over.ended_ms
            and one.words >= INTERRUPTING_WORDS_MIN
            and _is_talking(over, one.started_ms)
        ):
            return Interrupted(
                by=one.speaker,
                over=over.speaker,
                at_ms=one.started_ms,
                overlap_ms=overlap_ms,
                utterance_id=one.utterance_id,
                over_utterance_id=over.utterance_id,
            )
    return None


def _is_talking(one: Said, at_ms: int) -> bool:
    """Tell whether somebody talks at a moment, and not merely pauses."""
    return any(start <= at_ms < end for start, end in one.stretches)


def _turns(utterances: Sequence[Said]) -> list[list[Said]]:
    return list(_grouped(utterances))


def _grouped(utterances: Sequence[Said]) -> Iterator[list[Said]]:
    ordered = sorted(utterances, key=lambda one: (one.started_ms, one.utterance_id))
    for _, turn in groupby(ordered, key=lambda one: one.speaker):
        yield list(turn)


def _pace(words: int, talk_ms: int) -> float | None:
    if talk_ms < PACE_TALK_MS_MIN:
        return None
    return round(words * _MS_A_MINUTE / talk_ms, 1)
