"""One track of a session: which turn is being said, what is due, what was understood. Pure."""

from collections import deque
from collections.abc import Sequence
from itertools import takewhile

from msgspec import Struct
from msgspec.structs import replace

from ....events.base import SAMPLE_RATE_HZ, SAMPLES_PER_MS, Track
from ....events.speech import WordTime
from ..port import Hypothesis
from .guards import plain
from .mel import Floats
from .reader import Reading, Word
from .turns import WINDOW, Framer, Turn, TurnTaker, Window

# Partials follow each other as fast as they are computed, but not faster than this: newer
# audio than that hardly holds another word.
_STEP_MIN = round(0.3 * SAMPLE_RATE_HZ)
# And not faster than they are computed: on a busy machine they only get in each other's way.
_STEP_PER_COST = 1.2
_STEP_MAX = round(2.0 * SAMPLE_RATE_HZ)

# A pause this long is where a phrase ends: its words are complete, and read once more.
_PAUSE_WINDOWS = round(0.2 * SAMPLE_RATE_HZ / WINDOW)

# A word is stable when two readings in a row agree on it and on all before it, or when it ended
# so long before the audio does. Of words called stable either way the final keeps about 97 %;
# age is what helps when audio comes in whole fragments. Source: `infra/bench/speech.py`.
_AGED_MS = 600

_REPORT_MS = 1_000


class PartialTask(Struct, frozen=True):
    """A partial to be made."""

    turn: Turn
    audio: Floats
    speech_upto: int  # sample
    settled: bool  # the speaker paused: the last word is complete
    careful: bool


class Ear:
    """Follows one track."""

    def __init__(self, track: Track) -> None:
        self.track: Track = track
        self.framer = Framer()
        self.taker = TurnTaker()
        self.pending: deque[Turn] = deque()  # ended, their finals not yet made
        self.busy_final = False
        self.busy_partial = False
        self._shown: list[str] = []  # the words of the turn's last reading, bare
        self._shown_of = 0  # number of that turn
        self._read_upto = 0  # sample: speech that the last partial covered
        self.tried_upto = 0  # sample: audio there was when the last partial was made
        self._step = _STEP_MIN
        self._careful = False
        self._reported_ms = 0

    def take(self, windows: Sequence[Window], probabilities: Sequence[float]) -> None:
        """Take the next windows with their voice probabilities."""
        for window, probability in zip(windows, probabilities, strict=True):
            self.pending.extend(self.taker.take(window, probability))

    def flush(self) -> None:
        """End the open turn: nothing that is connected with it follows."""
        self.pending.extend(self.taker.flush())

    @property
    def is_idle(self) -> bool:
        """Whether every turn that ended has its final."""
        return not self.pending and not self.busy_final

    def final_due(self) -> Turn | None:
        """Return the oldest turn without its final, unless that is being made."""
        return self.pending[0] if self.pending and not self.busy_final else None

    def partial_due(self) -> PartialTask | None:
        """Return a partial worth making now, or None.

        None while the final of an earlier turn is due: it comes first, as the port says.
        """
        turn = self.taker.open
        if turn is None or not self.is_idle or self.busy_partial or not turn.is_word:
            return None
        settled = turn.silent_windows >= _PAUSE_WINDOWS
        unread = turn.speech_upto > self._read_upto
        grown = turn.end_sample - max(self.tried_upto, turn.first_sample) >= self._step
        if not unread or not (settled or grown):
            return None
        return PartialTask(turn, turn.audio(), turn.speech_upto, settled, self._careful)

    def partial_made(
        self, task: PartialTask, reading: Reading | None, *, cost_s: float
    ) -> Hypothesis | None:
        """Take a partial's reading; return the hypothesis to show, or None."""
        cost = round(cost_s * _STEP_PER_COST * SAMPLE_RATE_HZ)
        self._step = min(_STEP_MAX, max(_STEP_MIN, cost))
        self.tried_upto = task.turn.first_sample + task.audio.size
        self._read_upto = task.speech_upto
        self._careful = reading is None and not task.careful
        if reading is None or self.taker.open is not task.turn:
            return None
        bare = plain(reading.words)
        if self._shown_of != task.turn.number:
            self._shown, self._shown_of = [], task.turn.number
        before, self._shown = self._shown, bare
        hypothesis = self._hypothesis(
            task.turn, reading.words, speech_upto=task.speech_upto, stable=0, is_final=False
        )
        stable = len(bare)
        if not task.settled:
            stable = max(_agreeing(before, bare), _aged(hypothesis))
        return replace(hypothesis, stable_words=stable)

    def final_made(self, turn: Turn, words: tuple[Word, ...]) -> Hypothesis:
        """Take a turn's words; return its final, which may be empty."""
        assert self.pending[0] is turn, "finals come in order"
        self.pending.popleft()
        self._reported_ms = max(self._reported_ms, turn.speech_upto // SAMPLES_PER_MS)
        return self._hypothesis(
            turn, words, speech_upto=turn.speech_upto, stable=len(words), is_final=True
        )

    def report(self, *, is_moving: bool) -> Hypothesis | None:
        """Return how far the track was heard, where no words say so, or None if it just was.

        Silence is closed for good. Of a turn that waits for its words, it is only said that
        somebody works on it, and only if that is so: `is_moving`.
        """
        if self.is_idle and self.taker.open is None:
            upto_ms, is_final = self.taker.silent_upto // SAMPLES_PER_MS, True
        elif is_moving:
            upto_ms, is_final = self.taker.heard_upto // SAMPLES_PER_MS, False
        else:
            return None
        if upto_ms - self._reported_ms < _REPORT_MS:
            return None
        started_ms, self._reported_ms = self._reported_ms, upto_ms
        return self._nothing(started_ms if is_final else upto_ms, upto_ms, is_final=is_final)

    def sign_of_life(self) -> Hypothesis | None:
        """Return what says that turns that wait are not forgotten, or None if none waits."""
        if self.is_idle:
            return None
        upto_ms = self.taker.heard_upto // SAMPLES_PER_MS
        return self._nothing(upto_ms, upto_ms, is_final=False)

    def _nothing(self, started_ms: int, ended_ms: int, *, is_final: bool) -> Hypothesis:
        return Hypothesis(
            track=self.track,
            is_final=is_final,
            text="",
            words=(),
            stable_words=0,
            started_ms=started_ms,
            ended_ms=ended_ms,
            confidence=0.0,
            heard_ms=ended_ms,
        )

    def _hypothesis(
        self,
        turn: Turn,
        words: Sequence[Word],
        *,
        speech_upto: int,
        stable: int,
        is_final: bool,
    ) -> Hypothesis:
        times = _times_ms(words, turn, speech_upto=speech_upto)
        started_ms = turn.speech_from // SAMPLES_PER_MS
        ended_ms = speech_upto // SAMPLES_PER_MS
        sure = [time.confidence for time in times]
        return Hypothesis(
            track=self.track,
            is_final=is_final,
            text=" ".join(word.text for word in words),
            words=times,
            stable_words=stable,
            started_ms=min(started_ms, times[0].started_ms) if times else started_ms,
            ended_ms=ended_ms,
            confidence=sum(sure) / len(sure) if sure else 0.0,
            heard_ms=ended_ms,
        )


def _agreeing(before: Sequence[str], now: Sequence[str]) -> int:
    """Return how many words from the start two readings share."""
    count = 0
    for one, other in zip(before, now, strict=False):
        if one != other:
            break
        count += 1
    return count


def _aged(hypothesis: Hypothesis) -> int:
    """Return how many words from the start ended well before the audio did."""
    ages = (hypothesis.ended_ms - word.ended_ms for word in hypothesis.words)
    return sum(1 for _ in takewhile(lambda age_ms: age_ms >= _AGED_MS, ages))


def _times_ms(words: Sequence[Word], turn: Turn, *, speech_upto: int) -> tuple[WordTime, ...]:
    """Return the words' times on the contact clock, within the speech and in order.

    The model lets the first word begin with the silence before it, and the last one end with
    the silence after it; the voice detector knows better.
    """
    offset_ms = turn.first_sample // SAMPLES_PER_MS
    first_ms, last_ms = turn.speech_from // SAMPLES_PER_MS, speech_upto // SAMPLES_PER_MS
    times: list[WordTime] = []
    for word in words:
        after_ms = times[-1].ended_ms if times else first_ms
        started_ms = min(max(offset_ms + round(word.started_s * 1_000), after_ms), last_ms)
        ended_ms = min(max(offset_ms + round(word.ended_s * 1_000), started_ms), last_ms)
        times.append(WordTime(started_ms, ended_ms, round(word.probability, 3)))
    return tuple(times)
