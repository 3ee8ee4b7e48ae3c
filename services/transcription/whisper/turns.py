"""Where a speaker's turns begin and end on one track, from voice probabilities. Pure.

Works in windows of 256 samples (32 ms), the voice detector's. Times are samples on the
contact clock throughout.
"""

from collections import deque
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from ....events.base import SAMPLE_RATE_HZ

Samples = npt.NDArray[np.int16]

WINDOW = 256  # samples
FULL_SCALE = 32_768  # of 16-bit samples
_WINDOWS_PER_S = SAMPLE_RATE_HZ / WINDOW

_ONSET = 0.5  # voice probability at which a turn begins
_STAYS = 0.35  # and below which it may end
_HANG = round(0.5 * _WINDOWS_PER_S)  # windows of silence that end a turn
# A turn that runs long ends at the first breath, so that its text does not wait.
_LONG = round(12 * _WINDOWS_PER_S)
_HANG_WHEN_LONG = round(0.2 * _WINDOWS_PER_S)
# Below the model's 30 s, with the margins; then the quietest moment of the last seconds is cut.
_LONGEST = round(27 * _WINDOWS_PER_S)
_CUT_WITHIN = round(6 * _WINDOWS_PER_S)
_VOICED_MIN = 4  # windows (0.13 s): less is a click, not a word
_LEAD_IN = round(0.3 * _WINDOWS_PER_S)  # a word's first consonant comes before its voice
LEAD_OUT_SAMPLES = round(0.2 * SAMPLE_RATE_HZ)

# A gap this short is bridged with silence: blocks of a stream may miss each other by a little.
_BRIDGED_MAX = round(0.5 * SAMPLE_RATE_HZ)


class Window(Struct, frozen=True):
    """256 consecutive samples. `fresh`: what came before is not connected with them."""

    first_sample: int
    samples: Samples
    fresh: bool


class Framer:
    """Cuts a track's blocks into windows; gaps neither shift nor stretch anything."""

    def __init__(self) -> None:
        self._rest = np.zeros(0, np.int16)
        self._next: int | None = None  # the sample after the last one taken
        self._fresh = True  # the next window is not connected with those before it

    @property
    def next_sample(self) -> int | None:
        """The sample after the last one taken; None before the first."""
        return self._next

    def cut(self, first_sample: int, samples: Samples) -> list[Window]:
        """Return the windows that are complete with this block."""
        if self._next is not None and first_sample < self._next:
            # Heard already; the clock goes on.
            samples = samples[self._next - first_sample :]
            first_sample = self._next
        if not samples.size:
            return []
        if self._next is not None and first_sample > self._next:
            missing = first_sample - self._next
            if missing <= _BRIDGED_MAX:
                samples = np.concatenate([np.zeros(missing, np.int16), samples])
                first_sample = self._next
            else:
                self._fresh, self._rest = True, np.zeros(0, np.int16)
        self._next = first_sample + samples.size
        joined = np.concatenate([self._rest, samples])
        begins = first_sample - self._rest.size
        whole = joined.size // WINDOW
        self._rest = joined[whole * WINDOW :]
        fresh, self._fresh = self._fresh, self._fresh and whole == 0
        return [
            Window(
                begins + at * WINDOW,
                joined[at * WINDOW : (at + 1) * WINDOW],
                fresh and at == 0,
            )
            for at in range(whole)
        ]


class Turn:
    """A stretch of one speaker's speech, still growing or ended."""

    def __init__(self, number: int, lead_in: Sequence[Window]) -> None:
        self.number = number
        self.first_sample = lead_in[0].first_sample  # of the audio
        self.speech_from = lead_in[-1].first_sample
        self.speech_upto = self.speech_from
        self._windows = [window.samples for window in lead_in]
        self._probabilities = [0.0] * (len(lead_in) - 1)
        self.voiced = 0  # windows that hold a voice

    def add(self, window: Window, probability: float) -> None:
        """Let the turn grow by a window."""
        self._windows.append(window.samples)
        self.note(probability)

    def note(self, probability: float) -> None:
        """Take the voice probability of the newest window."""
        self._probabilities.append(probability)
        if probability >= _ONSET:
            self.voiced += 1
        if probability >= _STAYS:
            self.speech_upto = self.end_sample

    @property
    def end_sample(self) -> int:
        """The first sample after the turn's audio."""
        return self.first_sample + len(self._windows) * WINDOW

    @property
    def silent_windows(self) -> int:
        """How many windows have passed since the last speech."""
        return (self.end_sample - self.speech_upto) // WINDOW

    @property
    def speech_samples(self) -> int:
        """Length of the speech, pauses within it included."""
        return self.speech_upto - self.speech_from

    @property
    def is_over(self) -> bool:
        """Whether the speaker has stopped."""
        hang = _HANG if len(self._windows) < _LONG else _HANG_WHEN_LONG
        return self.silent_windows >= hang

    @property
    def is_word(self) -> bool:
        """Whether there is enough voice for a word."""
        return self.voiced >= _VOICED_MIN

    @property
    def is_too_long(self) -> bool:
        """Whether the turn has to be cut, pause or not."""
        return len(self._windows) >= _LONGEST

    def audio(self) -> npt.NDArray[np.float32]:
        """Return the audio up to a little after the speech, from -1 to 1."""
        upto = min(self.end_sample, self.speech_upto + LEAD_OUT_SAMPLES)
        samples = np.concatenate(self._windows)[: upto - self.first_sample]
        return samples.astype(np.float32) / np.float32(FULL_SCALE)

    def split(self) -> "Turn":
        """Cut at the least voiced moment of the last seconds; return what follows as a turn."""
        voiced = np.round(self._probabilities[-_CUT_WITHIN:-1], 1)
        loudness = [np.abs(one.astype(np.int32)).mean() for one in self._windows[-_CUT_WITHIN:-1]]
        # Among windows that are about as free of voice, the quietest: loudness counts for less
        # than the last digit of the probability.
        quiet = np.argmin(voiced + 0.1 * np.array(loudness) / FULL_SCALE)
        at = len(self._windows) - _CUT_WITHIN + int(quiet)
        windows = [
            Window(self.first_sample + index * WINDOW, self._windows[index], fresh=False)
            for index in range(at, len(self._windows))
        ]
        following = Turn(self.number + 1, windows[:1])
        following.note(self._probabilities[at])
        for window, probability in zip(windows[1:], self._probabilities[at + 1 :], strict=True):
            following.add(window, probability)
        del self._windows[at:], self._probabilities[at:]
        self.speech_upto = min(self.speech_upto, self.end_sample)
        return following


class TurnTaker:
    """Finds the turns of one track."""

    def __init__(self) -> None:
        self.open: Turn | None = None
        self.heard_upto = 0  # sample; everything before it was looked at
        self._lead_in: deque[Window] = deque(maxlen=_LEAD_IN)
        self._closed_upto = 0  # sample; before it stands in turns that ended
        self._number = 0

    @property
    def silent_upto(self) -> int:
        """Up to which sample it is sure that no later turn has a part in it."""
        if self.open is not None:
            return self.open.first_sample
        return max(self._closed_upto, self.heard_upto - _LEAD_IN * WINDOW)

    def take(self, window: Window, probability: float) -> list[Turn]:
        """Take the next window; return the turns that are complete with it."""
        ended: list[Turn] = []
        if window.fresh:
            ended += self.flush()
        self.heard_upto = window.first_sample + WINDOW
        if self.open is None:
            self._lead_in.append(window)
            if probability >= _ONSET:
                self._number += 1
                self.open = Turn(self._number, list(self._lead_in))
                self.open.note(probability)
                self._lead_in.clear()
            return ended
        self.open.add(window, probability)
        if self.open.is_over:
            ended += self._end()
        elif self.open.is_too_long:
            following = self.open.split()
            ended += self._end()
            self._number, self.open = following.number, following
        return ended

    def flush(self) -> list[Turn]:
        """End the open turn, because no audio that is connected with it follows."""
        self._lead_in.clear()
        return self._end()

    def _end(self) -> list[Turn]:
        turn, self.open = self.open, None
        if turn is None or not turn.is_word:
            return []
        self._closed_upto = turn.speech_upto
        return [turn]
