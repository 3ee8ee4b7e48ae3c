"""When not to believe a reading: loops, echoes of the prompt, and words made of noise. Pure.

Source: measured on synthetic calls (`infra/bench/speech.py`) and the limits of openai-whisper.
"""

import zlib
from collections.abc import Sequence

from .reader import Reading, Word

_COMPRESSION_MAX = 2.2  # text of people is below 2; a loop is far above
_NO_SPEECH_MIN = 0.6
_LOG_PROBABILITY_MIN = -1.0  # below it, and with no speech likely: nothing was said
_HOPELESS_LOG_PROBABILITY = -1.8  # guesses on noise; unclear speech stays above

# How often in a row a phrase of so many words may stand before it is a loop. People say
# "no no no no", and digits of a number repeat.
_REPEATS_MAX = {1: 6, 2: 3, 3: 2, 4: 2, 5: 2, 6: 2, 7: 2, 8: 2}

# What the model writes when it hears nothing: the ends of videos it was trained on.
_PHANTOMS = frozenset(
    {
        "thanks for watching",
        "thank you for watching",
        "thank you so much for watching",
        "please subscribe",
        "subscribe to my channel",
        "you",
        "bye bye bye",
    }
)
_PHANTOM_PROBABILITY_MAX = 0.7  # a "you" that was said is surer than that


def is_looped(reading: Reading) -> bool:
    """Tell whether the model went round in circles."""
    if reading.at_token_limit:
        return True
    text = reading.text.encode()
    if text and len(text) / len(zlib.compress(text)) > _COMPRESSION_MAX:
        return True
    return loop_start(plain(reading.words)) is not None


def loop_start(words: Sequence[str]) -> int | None:
    """Return how many words stand before a phrase starts to repeat beyond belief, or None."""
    for size, repeats_max in _REPEATS_MAX.items():
        for first in range(len(words) - size * (repeats_max + 1) + 1):
            phrase = words[first : first + size]
            following = range(first + size, first + size * (repeats_max + 1), size)
            if all(words[at : at + size] == phrase for at in following):
                return first + size
    return None


def before_loop(reading: Reading) -> tuple[Word, ...]:
    """Return the words up to where they start to repeat, the repeated phrase once."""
    end = loop_start(plain(reading.words))
    return reading.words if end is None else reading.words[:end]


def is_unfounded(reading: Reading, *, vocabulary: Sequence[str]) -> bool:
    """Tell whether the words come from the model rather than from the audio."""
    words = plain(reading.words)
    if not any(words):
        return True
    silent = reading.no_speech_probability > _NO_SPEECH_MIN
    if silent and reading.mean_log_probability < _LOG_PROBABILITY_MIN:
        return True
    if reading.mean_log_probability < _HOPELESS_LOG_PROBABILITY:
        return True
    sure = sum(word.probability for word in reading.words) / len(reading.words)
    if " ".join(words) in _PHANTOMS and sure < _PHANTOM_PROBABILITY_MAX:
        return True
    return _echoes(words, vocabulary)


def plain(words: Sequence[Word]) -> list[str]:
    """Return the words as they compare: no case, no punctuation."""
    return [bare(word.text) for word in words]


def bare(word: str) -> str:
    """Return a word without case and punctuation."""
    return "".join(letter for letter in word.casefold() if letter.isalnum() or letter == "'")


def _echoes(words: Sequence[str], vocabulary: Sequence[str]) -> bool:
    """Tell whether the words are the prompt's terms in the prompt's order, as nobody says them."""
    terms = [bare(word) for term in vocabulary for word in term.split()]
    if len(words) < 3 or len(terms) < len(words):  # noqa: PLR2004 (two may well be said)
        return False
    text, listed = " ".join(words), " ".join(terms)
    return f" {text} " in f" {listed} "
