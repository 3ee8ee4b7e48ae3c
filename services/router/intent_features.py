"""What the heads of `intents.py` look at in words: their meaning, and the words themselves. Pure.

Training and serving read texts by these functions, so a change here needs new heads: `VERSION`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

VERSION = 2
PIECES_MAX = 12  # of an utterance
_SENTENCE_WORDS_MIN = 3  # "Oh, right." says nothing by itself
_WINDOW_WORDS = 14  # of a long sentence: one thing that is meant fits, two hardly
_WINDOW_STEP = 7
WORDS_WEIGHT = 1.5  # of words beside meaning, whose vectors have length 1

Numbers = NDArray[np.float32]


def pieces_of(text: str) -> list[str]:
    """Return an utterance, then its newest sentences, and stretches of the long ones of these.

    Who says what they are after seldom says that alone, and least where nobody writes full stops.
    """
    sentences = [one.strip() for one in _ENDS.split(text) if one.strip()]
    pieces = sentences if len(sentences) > 1 else []
    pieces = [one for one in pieces if len(one.split()) >= _SENTENCE_WORDS_MIN]
    windows = [stretch for one in sentences for stretch in _stretches(one.split())]
    newest = dict.fromkeys((*windows[1 - PIECES_MAX :], *pieces[1 - PIECES_MAX :]))
    return [text, *list(newest)[1 - PIECES_MAX :]]


def grams_of(text: str) -> frozenset[str]:
    """Return the words of a text and its pairs of neighbours, ends included."""
    words = list(_words(text))
    edged = ["<", *words, ">"]
    return frozenset(words).union(f"{a} {b}" for a, b in pairwise(edged))


def word_features(texts: Sequence[str], places: Mapping[str, int]) -> Numbers:
    """Return a row a text: its grams that have a place, so that a long text weighs as a short."""
    rows = np.zeros((len(texts), len(places)), np.float32)
    for row, text in zip(rows, texts, strict=True):
        known = [places[gram] for gram in grams_of(text) if gram in places]
        if known:
            row[known] = WORDS_WEIGHT / np.sqrt(len(known))
    return rows


def _stretches(words: Sequence[str]) -> Iterator[str]:
    """Yield overlapping stretches of a sentence that is longer than one."""
    if len(words) <= _WINDOW_WORDS:
        return
    for start in range(0, len(words) - _WINDOW_STEP, _WINDOW_STEP):
        yield " ".join(words[start : start + _WINDOW_WORDS])


def _words(text: str) -> Iterator[str]:
    for word in _WORD.findall(text.lower().replace("’", "'")):
        if word in _FILLERS:
            continue
        if word[0].isdigit() or word in _NUMBERS:
            yield "0"
        elif word in _WHOLE:
            yield from _WHOLE[word]
        elif word.endswith("n't"):
            yield word[:-3]
            yield "not"
        elif "'" in word:
            stem, _, rest = word.partition("'")
            yield from (one for one in (stem, f"'{rest}") if one.strip("'"))
        else:
            yield word


_ENDS = re.compile(r"(?<=[.?!;])\s+")
_WORD = re.compile(r"[0-9]+|[a-z]+(?:'[a-z]+)?")
_FILLERS = frozenset({"um", "uh", "er", "erm", "hmm", "mm", "ah", "oh"})
_WHOLE = {
    "can't": ("can", "not"),
    "cannot": ("can", "not"),
    "won't": ("will", "not"),
    "shan't": ("shall", "not"),
    "gonna": ("going", "to"),
    "wanna": ("want", "to"),
    "gotta": ("got", "to"),
    "dunno": ("do", "not", "know"),
}
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_TEENS = ("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")
_ONES = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_NUMBERS = frozenset({*_TENS, *_TEENS, *_ONES, "hundred", "thousand"})
