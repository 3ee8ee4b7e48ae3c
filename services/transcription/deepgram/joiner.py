"""One track's answers become hypotheses: pieces joined into turns, on the contact clock. Pure.

Deepgram makes stretches final every few seconds, and a turn when the speaker pauses. What was
made final is never said again, whatever comes late or twice.
"""

from itertools import takewhile

from msgspec import Struct

from ....events.base import Track
from ....events.speech import WordTime
from ..clock import ChannelClock
from ..port import Hypothesis
from .answers import Results, Word

_SAME_S = 0.01  # times are sums of rounded numbers
# As the utterance end we ask for: should that message not come, the turn ends all the same.
_PAUSE_MS = 1_000
_TURN_MS_MAX = 30_000  # a turn that runs on ends with the next piece: its text is waited for


class _Said(Struct, frozen=True):
    text: str
    time: WordTime


class Joiner:
    """One track of one socket."""

    def __init__(self, track: Track, clock: ChannelClock) -> None:
        self._track: Track = track
        self._clock = clock
        self._pieces: list[_Said] = []  # final words of the turn that is open
        self._shown: list[str] = []  # words after them, as of the last interim result
        self._closed_ms = 0  # nothing more is said of what lies before
        self.closed_s = 0.0  # likewise, on the socket's clock

    def take(self, results: Results) -> list[Hypothesis]:
        """Return what is to be said after a result; nothing, where it is late or comes twice."""
        if results.end <= self.closed_s + _SAME_S:
            return []
        words = [word for word in results.words if _middle(word) > self.closed_s]
        if results.is_final:
            return self._take_final(results, words)
        return [self._partial(self._said(words), upto_s=results.end)]

    def utterance_ended(self, last_word_s: float) -> list[Hypothesis]:
        """Return the final of the open turn, if that is what ended."""
        if last_word_s > self.closed_s + _SAME_S or not self._pieces:
            return []  # its last words are not final yet: the turn ends with them
        return self._end_turn(upto_s=self.closed_s)

    def finish(self) -> list[Hypothesis]:
        """Return what is left to be made final: nothing follows."""
        return self._end_turn(upto_s=self.closed_s) if self._pieces else []

    def _take_final(self, results: Results, words: list[Word]) -> list[Hypothesis]:
        self.closed_s = results.end
        said = self._said(words)
        told: list[Hypothesis] = []
        if said and self._pieces and self._is_pause(before_ms=said[0].time.started_ms):
            told.append(self._turn())
        self._pieces += said
        self._shown = []
        upto_ms = self._clock.contact_ms(results.end)
        is_over = results.speech_final or not self._pieces or self._is_pause(before_ms=upto_ms)
        if is_over or self._runs_on():
            told += self._end_turn(upto_s=results.end)
        else:
            told.append(self._partial([], upto_s=results.end))
        self._clock.forget(results.end)
        return told

    def _is_pause(self, *, before_ms: int) -> bool:
        return before_ms - self._pieces[-1].time.ended_ms >= _PAUSE_MS

    def _runs_on(self) -> bool:
        return self._pieces[-1].time.ended_ms - self._pieces[0].time.started_ms > _TURN_MS_MAX

    def _said(self, words: list[Word]) -> list[_Said]:
        """Return words on the contact clock, one for each that a reader would count."""
        after_ms = self._pieces[-1].time.ended_ms if self._pieces else self._closed_ms
        said: list[_Said] = []
        for word in words:
            started_ms = max(after_ms, self._clock.contact_ms(word.start))
            ended_ms = max(started_ms, self._clock.contact_ms(word.end))
            time = WordTime(started_ms, ended_ms, round(min(max(word.confidence, 0.0), 1.0), 3))
            said += [_Said(text, time) for text in word.text.split()]
            after_ms = ended_ms
        return said

    def _partial(self, said: list[_Said], *, upto_s: float) -> Hypothesis:
        texts = [one.text for one in said]
        agreeing = takewhile(lambda pair: pair[0] == pair[1], zip(self._shown, texts, strict=False))
        stable = len(self._pieces) + sum(1 for _ in agreeing)
        self._shown = texts
        heard_ms = max(self._closed_ms, self._clock.contact_ms(upto_s))
        return self._hypothesis([*self._pieces, *said], stable=stable, heard_ms=heard_ms)

    def _turn(self) -> Hypothesis:
        said, self._pieces = self._pieces, []
        self._closed_ms = said[-1].time.ended_ms
        return self._hypothesis(said, stable=len(said), heard_ms=self._closed_ms, is_final=True)

    def _end_turn(self, *, upto_s: float) -> list[Hypothesis]:
        """Make the turn final, and close the silence after it."""
        told = [self._turn()] if self._pieces else []
        upto_ms = self._clock.contact_ms(upto_s)
        if upto_ms > self._closed_ms:
            self._closed_ms = upto_ms
            told.append(self._hypothesis([], stable=0, heard_ms=upto_ms, is_final=True))
        return told

    def _hypothesis(
        self, said: list[_Said], *, stable: int, heard_ms: int, is_final: bool = False
    ) -> Hypothesis:
        times = tuple(one.time for one in said)
        return Hypothesis(
            track=self._track,
            is_final=is_final,
            text=" ".join(one.text for one in said),
            words=times,
            stable_words=stable,
            started_ms=times[0].started_ms if times else heard_ms,
            ended_ms=times[-1].ended_ms if times else heard_ms,
            confidence=sum(time.confidence for time in times) / len(times) if times else 0.0,
            heard_ms=heard_ms,
        )


def _middle(word: Word) -> float:
    return (word.start + word.end) / 2
