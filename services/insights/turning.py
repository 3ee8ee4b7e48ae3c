"""How sides sound over a contact, and when one has clearly come to sound worse."""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from ...events.base import Speaker, UtteranceId
from ...events.insights import QUARTERS, FeelingMeasured, FeelingTurned, TimeDivided, Trend
from .feeling import FEELINGS_BY, feeling_of
from .heard import SIDES, Said

# Fewer words of a side tell nothing of how it feels.
WORDS_MIN = 10
QUARTER_WORDS_MIN = 4

# As if so many utterances without any feeling had been said besides: one angry word is no mood.
_NEUTRAL_OVERALL, _NEUTRAL_QUARTER = 2, 1

TREND_MIN = 0.7  # of -5 to +5, between the first and the last quarter that tell anything

# Live: of the last utterances of a side that say anything of how it feels.
WINDOW_UTTERANCES = 3
WINDOW_MS_MAX = 180_000  # what was said longer ago is past
TURNED_BELOW = -1.8
TURNED_BY_MIN = 0.8  # worse than what came before them; nothing before: neutral
AGAIN_MS_MIN = 120_000  # a supervisor cannot look more often
TURNED_MAX = 10  # of one contact


class _Felt(Struct, frozen=True, gc=False):
    one: Said
    score: float


def feelings(utterances: Sequence[Said], time: TimeDivided) -> tuple[FeelingMeasured, ...]:
    """Return how each side sounded, as a whole and in each quarter of the conversation."""
    return tuple(
        _measured(side, own, time)
        for side in SIDES
        if (own := [one for one in utterances if one.speaker == side])
    )


def turned(utterances: Sequence[Said], *, told: Sequence[FeelingTurned]) -> FeelingTurned | None:
    """Return that a side has come to sound clearly worse with the newest utterance, or None.

    `told` is what was stated already: not again soon, nor of the same words.
    """
    if not utterances or len(told) >= TURNED_MAX:
        return None
    newest = utterances[-1]
    if newest.speaker not in SIDES or feeling_of(newest.text) is None:
        return None
    own = [felt for felt in _felt(utterances) if felt.one.speaker == newest.speaker]
    window = [
        felt
        for felt in own[-WINDOW_UTTERANCES:]
        if newest.ended_ms - felt.one.ended_ms <= WINDOW_MS_MAX
    ]
    said = {id_ for one in told for id_ in one.utterance_ids}
    last_ms = max((one.until_ms for one in told if one.speaker == newest.speaker), default=None)
    if len(window) < WINDOW_UTTERANCES or said & {felt.one.utterance_id for felt in window}:
        return None
    if last_ms is not None and newest.ended_ms - last_ms < AGAIN_MS_MIN:
        return None
    before = _mean([felt.score for felt in own[: -len(window)]])
    score = _mean([felt.score for felt in window])
    if score > TURNED_BELOW or before - score < TURNED_BY_MIN:
        return None
    return _stated(newest.speaker, window, score=score, before=before)


def _stated(
    speaker: Speaker, window: Sequence[_Felt], *, score: float, before: float
) -> FeelingTurned:
    heard: list[UtteranceId] = [felt.one.utterance_id for felt in window]
    return FeelingTurned(
        speaker=speaker,
        score=round(score, 2),
        before=round(before, 2),
        from_ms=min(felt.one.started_ms for felt in window),
        until_ms=max(felt.one.ended_ms for felt in window),
        utterance_ids=tuple(heard),
        feelings_by=FEELINGS_BY,
    )


def _measured(side: Speaker, own: Sequence[Said], time: TimeDivided) -> FeelingMeasured:
    felt = list(_felt(own))
    words = sum(one.words for one in own)
    quarters = tuple(_quarter(own, felt, n, time) for n in range(QUARTERS))
    scores = [one.score for one in felt]
    return FeelingMeasured(
        speaker=side,
        overall=round(_evened(scores, neutral=_NEUTRAL_OVERALL), 2) if words >= WORDS_MIN else None,
        quarters=quarters,
        trend=_trend(quarters),
        utterances=len(felt),
    )


def _quarter(
    own: Sequence[Said], felt: Sequence[_Felt], nth: int, time: TimeDivided
) -> float | None:
    if sum(one.words for one in own if quarter_of(one, time) == nth) < QUARTER_WORDS_MIN:
        return None
    scores = [one.score for one in felt if quarter_of(one.one, time) == nth]
    return round(_evened(scores, neutral=_NEUTRAL_QUARTER), 2)


def quarter_of(one: Said, time: TimeDivided) -> int:
    """Return in which quarter of the conversation somebody began to say something, from 0."""
    length = time.until_ms - time.from_ms
    return min(QUARTERS - 1, (one.started_ms - time.from_ms) * QUARTERS // length)


def _trend(quarters: Sequence[float | None]) -> Trend | None:
    known = [score for score in quarters if score is not None]
    if len(known) < 2:  # noqa: PLR2004 (a line needs two points)
        return None
    change = known[-1] - known[0]
    if abs(change) < TREND_MIN:
        return "steady"
    return "rising" if change > 0 else "falling"


def _felt(utterances: Sequence[Said]) -> Iterator[_Felt]:
    for one in utterances:
        if (score := feeling_of(one.text)) is not None:
            yield _Felt(one, score)


def _evened(scores: Sequence[float], *, neutral: int) -> float:
    return sum(scores) / (len(scores) + neutral)


def _mean(scores: Sequence[float]) -> float:
    return sum(scores) / len(scores) if scores else 0.0
