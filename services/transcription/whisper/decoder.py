"""From a turn's audio to words that may be believed. Synchronous: runs in a worker thread."""

from collections.abc import Sequence

import numpy as np
from msgspec.structs import replace

from ....events.base import SAMPLE_RATE_HZ
from .guards import before_loop, is_looped, is_unfounded
from .mel import FRAMES_PER_S, Floats
from .reader import WINDOW_FRAMES, Reader, Reading, Word

# Measured: at 12 s the encoder takes a fifth of its time on 30 s and the words are as good;
# at 10 s first sentences get lost, at 8 s the prompt leaks.
_PARTIAL_FRAMES_MIN = 12 * FRAMES_PER_S
_PARTIAL_SPARE_FRAMES = FRAMES_PER_S  # silence after the speech, or the model makes up its end
# Measured on the sample calls: 5.7 % of words wrong instead of 8.4 %, for a tenth of the time
# that the encoder takes anyway. Partials have no such time.
_FINAL_BEAMS = 5

# Of what is said in a second: letters, a digit counting as the word it is read as. People
# manage 10 to 15 a second; far below it the model stopped early.
_LETTERS_PER_DIGIT = 4
_LETTERS_PER_S_MIN = 3.0
_THIN_FROM_S = 3.0
_TAIL_S_MIN = 1.5  # speech after the last word that cannot be its end


class Decoder:
    """Reads the turns of one contact."""

    def __init__(self, reader: Reader, *, language: str, vocabulary: tuple[str, ...]) -> None:
        self._reader = reader
        self._language = language
        self._vocabulary = vocabulary
        self._prompt = reader.prompt(vocabulary)

    def partial(self, audio: Floats, *, careful: bool) -> Reading | None:
        """Return what was said so far, or None when the reading is not to be believed.

        `careful` takes the full window, which loops less and costs five times as much.
        """
        frames = audio.size * FRAMES_PER_S // SAMPLE_RATE_HZ + _PARTIAL_SPARE_FRAMES
        short = min(WINDOW_FRAMES, max(_PARTIAL_FRAMES_MIN, frames + frames % 2))
        window_frames = WINDOW_FRAMES if careful else short
        reading = self._read(audio, prompt=self._prompt, window_frames=window_frames)
        return None if is_looped(reading) or self._is_unfounded(reading) else reading

    def final(self, audio: Floats, *, speech_s: float) -> tuple[Word, ...]:
        """Return the words of a whole turn; none when nothing was said."""
        words = self._believed(audio)
        if speech_s > _THIN_FROM_S and _letters(words) < _LETTERS_PER_S_MIN * speech_s:
            halves = self._in_halves(audio)
            words = halves if _letters(halves) > _letters(words) else words
        covered_s = words[-1].ended_s if words else 0.0
        if words and audio.size / SAMPLE_RATE_HZ - covered_s > _TAIL_S_MIN:
            words += self._believed_from(audio, covered_s)
        return words

    def _believed(self, audio: Floats) -> tuple[Word, ...]:
        reading = self._read(audio, prompt=self._prompt, beams=_FINAL_BEAMS)
        if self._prompt and is_looped(reading):
            # The prompt is one cause of loops.
            reading = self._read(audio, prompt=[], beams=_FINAL_BEAMS)
        if is_looped(reading):
            reading = replace(reading, words=before_loop(reading))
        return () if self._is_unfounded(reading) else reading.words

    def _in_halves(self, audio: Floats) -> tuple[Word, ...]:
        middle_s = _quietest(audio, within=(0.3, 0.7)) / SAMPLE_RATE_HZ
        first = self._believed(audio[: int(middle_s * SAMPLE_RATE_HZ)])
        return first + self._believed_from(audio, middle_s)

    def _believed_from(self, audio: Floats, from_s: float) -> tuple[Word, ...]:
        words = self._believed(audio[int(from_s * SAMPLE_RATE_HZ) :])
        return tuple(
            replace(word, started_s=word.started_s + from_s, ended_s=word.ended_s + from_s)
            for word in words
        )

    def _read(
        self,
        audio: Floats,
        *,
        prompt: list[int],
        window_frames: int = WINDOW_FRAMES,
        beams: int = 1,
    ) -> Reading:
        return self._reader.read(
            audio,
            language=self._language,
            prompt=prompt,
            window_frames=window_frames,
            beams=beams,
        )

    def _is_unfounded(self, reading: Reading) -> bool:
        return is_unfounded(reading, vocabulary=self._vocabulary)


def _letters(words: Sequence[Word]) -> int:
    text = "".join(word.text for word in words)
    return sum(_LETTERS_PER_DIGIT if letter.isdigit() else letter.isalpha() for letter in text)


def _quietest(audio: Floats, *, within: tuple[float, float]) -> int:
    """Return the sample in the middle of the quietest 0.2 s of a part of the audio."""
    size = SAMPLE_RATE_HZ // 5
    first, last = (int(audio.size * part) for part in within)
    loudness = np.convolve(np.abs(audio[first:last]), np.ones(size), mode="valid")
    return first + int(np.argmin(loudness)) + size // 2
