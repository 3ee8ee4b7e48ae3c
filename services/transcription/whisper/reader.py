"""Whisper itself: features in; words, their times and their likelihood out. Synchronous.

Source: the decoding and the word times of faster-whisper 1.2.1 and openai-whisper 20250625.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import ctranslate2  # pyright: ignore[reportMissingTypeStubs]
import numpy as np
import soxr  # pyright: ignore[reportMissingTypeStubs]
import tokenizers
from msgspec import Struct

from ....errors import ModelUnusable
from ....events.base import SAMPLE_RATE_HZ
from .mel import FRAMES_PER_S, MODEL_RATE_HZ, Floats, log_mel

WINDOW_FRAMES = 3_000  # the 30 s the model was trained on
_FRAMES_PER_STEP = 2  # the encoder halves the rate: word times come in steps of 20 ms
_STEPS_PER_S = FRAMES_PER_S // _FRAMES_PER_STEP

# Nobody says more than this; who decodes more is in a loop.
_TOKENS_PER_S = 6
_TOKENS_SPARE = 12
_TOKENS_MAX = 224  # half of the model's text context: the rest is for the prompt
_PROMPT_TOKENS_MAX = 100  # of the 224 there is room for: a long prompt costs time and leaks


# Neither library has types: what they return is narrowed where it is used.
_Whisper: Any = cast("Any", ctranslate2.models).Whisper
_StorageView: Any = cast("Any", ctranslate2).StorageView


class Word(Struct, frozen=True):
    """A word and when it was said, in seconds from the start of the audio."""

    text: str
    started_s: float
    ended_s: float
    probability: float


class Reading(Struct, frozen=True):
    """What the model makes of a piece of audio, right or not."""

    words: tuple[Word, ...]
    at_token_limit: bool
    mean_log_probability: float
    no_speech_probability: float

    @property
    def text(self) -> str:
        """The words, separated by single spaces."""
        return " ".join(word.text for word in self.words)


class Reader:
    """One loaded model, shared by all sessions. Thread-safe: each call uses one of its workers.

    Where its `files` are given, by their names, `directory` is only what it is called.
    """

    def __init__(
        self, directory: Path, *, workers: int, files: Mapping[str, bytes] | None = None
    ) -> None:
        try:
            self._model: Any = _Whisper(
                str(directory),
                device="cpu",
                compute_type="int8",
                inter_threads=workers,
                intra_threads=1,
                files=files,
            )
            self._tokenizer: Any = (
                tokenizers.Tokenizer.from_file(str(directory / "tokenizer.json"))
                if files is None
                else tokenizers.Tokenizer.from_buffer(files["tokenizer.json"])
            )
        # The tokenizer raises a bare Exception for a bad file; both name what is wrong with it.
        except Exception as error:
            raise ModelUnusable(f"{directory} cannot be loaded: {error}") from error
        self._start = self._token("<|startoftranscript|>")
        self._previous = self._token("<|startofprev|>")
        self._bare = self._token("<|notimestamps|>")
        self._end = self._token("<|endoftext|>")
        self.is_multilingual: bool = self._model.is_multilingual

    def understands(self, language: str) -> bool:
        """Tell whether the model was trained on a BCP 47 language."""
        spoken = language.split("-", maxsplit=1)[0].lower()
        if not self.is_multilingual:
            return spoken == "en"
        return self._tokenizer.token_to_id(f"<|{spoken}|>") is not None

    def prompt(self, vocabulary: tuple[str, ...]) -> list[int]:
        """Return the terms as tokens that prepare the model for them; as many as there is room."""
        tokens: list[int] = []
        for term in vocabulary:
            added = self._encode(f" {term}," if term != vocabulary[-1] else f" {term}.")
            if len(tokens) + len(added) > _PROMPT_TOKENS_MAX:
                break
            tokens += added
        return [self._previous, *tokens] if tokens else []

    def read(
        self,
        samples: Floats,
        *,
        language: str,
        prompt: list[int],
        window_frames: int = WINDOW_FRAMES,
        beams: int = 1,
    ) -> Reading:
        """Return the model's reading of `samples` (8 kHz, -1 to 1), at most 30 s of them.

        `window_frames` shortens the stretch of silence after them that the encoder also has
        to work through: quicker, and more prone to loops.
        """
        wideband: Any = soxr.resample(samples, SAMPLE_RATE_HZ, MODEL_RATE_HZ)
        features = log_mel(np.asarray(wideband, np.float32), mels=self._model.n_mels)
        frames = min(features.shape[1], WINDOW_FRAMES)
        window = np.zeros((1, features.shape[0], max(frames, window_frames)), np.float32)
        window[0, :, :frames] = features[:, :frames]
        encoded = self._model.encode(_StorageView.from_array(window))

        opening = self._opening(language)
        tokens_max = min(_TOKENS_MAX, int(_TOKENS_PER_S * frames / FRAMES_PER_S) + _TOKENS_SPARE)
        before = [*prompt, *opening, self._bare]
        result = self._model.generate(
            encoded,
            [before],
            beam_size=beams,
            # The library stops at half of this, or at this less the prompt, what is less.
            max_length=max(2 * tokens_max, len(before) + tokens_max),
            return_scores=True,
            return_no_speech_prob=True,
        )[0]
        tokens = [token for token in result.sequences_ids[0] if token < self._end]
        return Reading(
            words=self._align(encoded, opening, tokens, frames),
            at_token_limit=len(result.sequences_ids[0]) >= tokens_max,
            mean_log_probability=float(result.scores[0]),
            no_speech_probability=float(result.no_speech_prob),
        )

    def _opening(self, language: str) -> list[int]:
        if not self.is_multilingual:
            return [self._start]
        spoken = language.split("-", maxsplit=1)[0].lower()
        return [self._start, self._token(f"<|{spoken}|>"), self._token("<|transcribe|>")]

    def _align(
        self, encoded: Any, opening: list[int], tokens: list[int], frames: int
    ) -> tuple[Word, ...]:
        """Return the words with the times at which the model looked for them."""
        if not tokens:
            return ()
        aligned = self._model.align(encoded, opening, [tokens], frames)[0]
        pairs: list[tuple[int, int]] = aligned.alignments  # which token, at which step
        steps = np.array(pairs, np.int64)
        likelihoods: list[float] = aligned.text_token_probs
        is_jump = np.diff(steps[:, 0], prepend=-1) > 0
        began_s = steps[is_jump, 1] / _STEPS_PER_S
        ended_s = frames / FRAMES_PER_S
        words: list[Word] = []
        for first, end in self._word_ranges(tokens):
            text = "".join(self._tokenizer.decode(tokens[first:end]).split())
            if text:
                starts = float(began_s[min(first, len(began_s) - 1)])
                ends = float(began_s[end]) if end < len(began_s) else ended_s
                likely = float(np.mean(likelihoods[first:end]))
                words.append(Word(text, starts, max(starts, ends), likely))
        return tuple(words)

    def _word_ranges(self, tokens: list[int]) -> list[tuple[int, int]]:
        """Return where words begin and end among the tokens: a word begins with a space."""
        begins = [
            at
            for at, token in enumerate(tokens)
            if at == 0 or self._tokenizer.id_to_token(token).startswith("Ġ")
        ]
        return list(zip(begins, [*begins[1:], len(tokens)], strict=True))

    def _encode(self, text: str) -> list[int]:
        return list(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def _token(self, name: str) -> int:
        token = self._tokenizer.token_to_id(name)
        if token is None:
            raise ModelUnusable(f"the tokenizer does not know {name}: no Whisper model")
        return int(token)
