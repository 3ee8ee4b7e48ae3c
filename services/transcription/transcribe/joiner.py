"""One track's results become hypotheses, on the contact clock. Pure.

A result is told as a whole, again and again, until it is final. What was made final is never
said again, whatever comes late or twice.
"""

from itertools import takewhile

from msgspec import Struct

from ....events.base import Track
from ....events.speech import WordTime
from ..clock import ChannelClock
from ..port import Hypothesis
from .answers import Item, Result
from .loudness import Loudness

_SAME_S = 0.01  # times are sums of rounded numbers
_SILENCE_S_MIN = 5.0  # silence is closed in pieces no shorter: it is for what a restart replays
_TELL_EVERY_S = 1.0  # progress


class _Said(Struct, frozen=True):
    text: str
    time: WordTime
    is_stable: bool


class Joiner:
    """One track of one session."""

    def __init__(self, track: Track, clock: ChannelClock, loudness: Loudness) -> None:
        self._track: Track = track
        self._clock = clock
        self.loudness = loudness
        self.is_open = False  # words were told that are not final yet
        self._closed_s = 0.0  # nothing more is said of what lies before
        self._closed_ms = 0  # likewise, on the contact clock
        self._told_s = 0.0  # how far progress was told
        self._open: list[_Said] = []

    def take(self, result: Result) -> list[Hypothesis]:
        """Return what is to be said after a result; nothing, where it is late or comes twice."""
        if result.end_time <= self._closed_s + _SAME_S:
            return []
        said = self._said(result.items)
        if result.is_partial:
            if said or self.is_open:
                self.is_open, self._open = True, said
            return [self._hypothesis(said, heard_ms=self._ms(result.end_time))]
        return self._final(said, upto_s=result.end_time)

    def sent(self, *, until_s: float, is_loud: bool, now: float) -> list[Hypothesis]:
        """Return what is to be said after a piece of audio went out: progress, or a silence."""
        self.loudness.sent(until_s=until_s, is_loud=is_loud, now=now)
        heard_s = self.loudness.heard_s
        if heard_s < self._told_s + _TELL_EVERY_S:
            return []
        self._told_s = heard_s
        wordless_s = min(heard_s, self.loudness.wordless_s(now=now))
        if not self.is_open and wordless_s - self._closed_s >= _SILENCE_S_MIN:
            return self._final([], upto_s=wordless_s)
        return [self._hypothesis([], heard_ms=self._ms(heard_s))]

    def finish(self) -> list[Hypothesis]:
        """Return what is left to be made final: nothing follows."""
        return self._final(self._open, upto_s=self.loudness.sent_s)

    def _final(self, said: list[_Said], *, upto_s: float) -> list[Hypothesis]:
        self._closed_s = max(self._closed_s, upto_s)
        self.is_open, self._open = False, []
        self.loudness.told(upto_s)
        told: list[Hypothesis] = []
        if said:
            self._closed_ms = said[-1].time.ended_ms
            told.append(self._hypothesis(said, heard_ms=self._closed_ms, is_final=True))
        upto_ms = self._clock.contact_ms(upto_s)
        if upto_ms > self._closed_ms:
            self._closed_ms = upto_ms
            told.append(self._hypothesis([], heard_ms=upto_ms, is_final=True))
        self._clock.forget(upto_s)
        return told

    def _ms(self, upto_s: float) -> int:
        return max(self._closed_ms, self._clock.contact_ms(upto_s))

    def _said(self, items: list[Item]) -> list[_Said]:
        """Return words on the contact clock, each with the marks that follow it."""
        said: list[_Said] = []
        after_ms = self._closed_ms
        for item in items:
            is_stable = item.stable is True
            if item.is_mark and said:
                last = said[-1]
                both = last.is_stable and is_stable
                said[-1] = _Said(last.text + item.content.strip(), last.time, both)
                continue
            if item.is_mark or (item.start_time + item.end_time) / 2 <= self._closed_s:
                continue
            started_ms = max(after_ms, self._clock.contact_ms(item.start_time))
            after_ms = max(started_ms, self._clock.contact_ms(item.end_time))
            confidence = round(min(max(item.confidence or 0.0, 0.0), 1.0), 3)
            time = WordTime(started_ms, after_ms, confidence)
            said += [_Said(text, time, is_stable) for text in item.content.split()]
        return said

    def _hypothesis(
        self, said: list[_Said], *, heard_ms: int, is_final: bool = False
    ) -> Hypothesis:
        times = tuple(one.time for one in said)
        stable = sum(1 for _ in takewhile(lambda one: one.is_stable, said))
        return Hypothesis(
            track=self._track,
            is_final=is_final,
            text=" ".join(one.text for one in said),
            words=times,
            stable_words=len(said) if is_final else stable,
            started_ms=times[0].started_ms if times else heard_ms,
            ended_ms=times[-1].ended_ms if times else heard_ms,
            confidence=sum(time.confidence for time in times) / len(times) if times else 0.0,
            heard_ms=heard_ms,
        )
