"""What many judged calls come to: precision, recall, how much was shown, and how soon. Pure."""

import math
from collections.abc import Collection, Sequence

from msgspec import Struct

from .scoring import Judged, Outcome
from .shares import Share

AIM = 0.95  # of precision and of recall
MINUTE_MS = 60_000
QUIET = ("routine", "near_miss")  # shapes of calls in which nothing is to be shown


class Tally(Struct, frozen=True, kw_only=True):
    """Of one thing: how often it was found, missed, shown wrongly, or shown without fault."""

    name: str
    found: int
    missed: int
    wrong: int
    allowed: int

    def precision(self, *, aim: float | None = None) -> Share:
        """How many of those that counted were right."""
        return Share(name="precision", count=self.found, of=self.found + self.wrong, aim=aim)

    def recall(self, *, aim: float | None = None) -> Share:
        """How many of those that were due came."""
        return Share(name="recall", count=self.found, of=self.found + self.missed, aim=aim)


class Pace(Struct, frozen=True, kw_only=True):
    """How much was shown, and how soon after the words that earned it."""

    calls: int
    minutes: float
    cues: int
    latency_p50_ms: int | None  # None: nothing was found
    latency_p95_ms: int | None

    @property
    def cues_per_minute(self) -> float:
        return self.cues / self.minutes if self.minutes else 0.0


class Figures(Struct, frozen=True, kw_only=True):
    """What an evaluation found."""

    cues: Tally
    ticks: Tally
    pace: Pace
    intents: tuple[Tally, ...]  # of cues, and of ticks, by name
    shapes: tuple[Tally, ...]  # of cues
    irrelevant: int  # cues that were wrong on calls in which nothing happens

    @property
    def met(self) -> bool:
        """Whether cues reach the aim, and none was irrelevant."""
        shares = (self.cues.precision(aim=AIM), self.cues.recall(aim=AIM))
        return not self.irrelevant and all(one.met is not False for one in shares)


def figures_of(judged: Sequence[Judged]) -> Figures:
    """Return what judged calls come to."""
    outcomes = [one for call in judged for one in call.outcomes]
    cues = [one for one in outcomes if one.kind == "cue"]
    latencies = [one.latency_ms for one in cues if one.verdict == "found"]
    known = sorted(one for one in latencies if one is not None)
    return Figures(
        cues=_tally("cues", cues),
        ticks=_tally("ticks", [one for one in outcomes if one.kind == "tick"]),
        pace=Pace(
            calls=len(judged),
            minutes=sum(call.lasted_ms for call in judged) / MINUTE_MS,
            cues=sum(call.shown for call in judged),
            latency_p50_ms=_quantile(known, 0.5),
            latency_p95_ms=_quantile(known, 0.95),
        ),
        intents=tuple(
            _tally(name, [one for one in outcomes if one.name == name])
            for name in sorted({one.name for one in outcomes})
        ),
        shapes=tuple(
            _tally(shape, [one for one in cues if one.shape == shape])
            for shape in sorted({call.shape for call in judged})
        ),
        irrelevant=sum(one.verdict == "wrong" and one.shape in QUIET for one in cues),
    )


def _tally(name: str, outcomes: Collection[Outcome]) -> Tally:
    verdicts = [one.verdict for one in outcomes]
    return Tally(
        name=name,
        found=verdicts.count("found"),
        missed=verdicts.count("missed"),
        wrong=verdicts.count("wrong"),
        allowed=verdicts.count("allowed"),
    )


def _quantile(ordered: Sequence[int], part: float) -> int | None:
    """Return the nearest rank."""
    return ordered[max(0, math.ceil(part * len(ordered)) - 1)] if ordered else None
