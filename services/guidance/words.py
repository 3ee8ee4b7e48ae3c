"""Words as rules compare them: no case, punctuation, contractions, fillers or stutter.

Numbers are digits, however they were spoken: "twenty-five" is `25`. A mask of card data stays
one token that no phrase can write, for nobody said the words in it.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence

from msgspec import Struct

from ...events.cards.masking import MASKS


class Token(Struct, frozen=True):
    """A normalised word, and which of the original words it stands for."""

    text: str
    first: int  # index of a word
    last: int  # included
    ends_sentence: bool = False


def tokens_of(words: Sequence[str]) -> list[Token]:
    """Return the tokens of words, which are a text split at spaces."""
    plain = [token for index, word in enumerate(words) for token in _plain(word, index)]
    return _without_stutter(_with_numbers(plain))


# An ellipsis is a pause, not an end.
_ENDS = re.compile(r"(?<!\.)[.?!;][\"')\]]*$")
_MASK = re.compile("|".join(map(re.escape, MASKS.values())))
_PIECES = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+(?:'[^\W\d_]+)*")

# Sounds, and words that soften or stress and change nothing: they may stand anywhere.
_FILLERS = frozenset(
    {
        "ah", "eh", "er", "erm", "hm", "hmm", "mm", "uh", "uhm", "um",
        "actually", "basically", "honestly", "just", "literally", "please", "really", "simply",
    }
)  # fmt: skip

_WHOLE = {
    "ain't": "is not",
    "arent": "are not",
    "can't": "can not",
    "cannot": "can not",
    "cant": "can not",
    "couldnt": "could not",
    "didnt": "did not",
    "doesnt": "does not",
    "dont": "do not",
    "dunno": "do not know",
    "gimme": "give me",
    "gonna": "going to",
    "gotta": "got to",
    "hasnt": "has not",
    "havent": "have not",
    "im": "i am",
    "isnt": "is not",
    "ive": "i have",
    "lemme": "let me",
    "ok": "okay",
    "shan't": "shall not",
    "shouldnt": "should not",
    "thats": "that is",
    "theyre": "they are",
    "wanna": "want to",
    "wasnt": "was not",
    "whats": "what is",
    "won't": "will not",
    "wont": "will not",
    "wouldnt": "would not",
    "y'all": "you all",
    "youre": "you are",
    "youve": "you have",
}
_ENDINGS = {
    "n't": " not",
    "'m": " am",
    "'re": " are",
    "'ve": " have",
    "'ll": " will",
    "'d": " would",
}
# After these, 's is a verb; after anything else it marks a possessor.
_BEFORE_IS = frozenset(
    {"he", "here", "how", "it", "she", "that", "there", "this", "what", "where", "who", "why"}
)


def _plain(word: str, index: int) -> Iterator[Token]:
    if (mask := _MASK.match(word)) is not None:
        yield Token(mask[0], index, index, bool(_ENDS.search(word)))
        return
    folded = unicodedata.normalize("NFKC", word).casefold().replace("’", "'")
    ends = bool(_ENDS.search(folded))
    texts = [
        text
        for piece in _PIECES.findall(folded)
        for text in _expanded(piece).split()
        if text not in _FILLERS
    ]
    for number, text in enumerate(texts, start=1):
        yield Token(text, index, index, ends and number == len(texts))


def _expanded(piece: str) -> str:
    if piece[0].isdigit():
        return re.sub(r",(?=\d{3})", "", piece)
    if piece in _WHOLE:
        return _WHOLE[piece]
    for ending, means in _ENDINGS.items():
        if piece.endswith(ending):
            return piece.removesuffix(ending) + means
    if piece.endswith("'s"):
        owner = piece.removesuffix("'s")
        return "let us" if owner == "let" else f"{owner} is" if owner in _BEFORE_IS else owner
    return piece


_UNITS = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14,
    "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19,
}  # fmt: skip
_TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70,
    "eighty": 80, "ninety": 90,
}  # fmt: skip
_SCALES = {"hundred": 100, "thousand": 1_000}
_TEN = 10


def _with_numbers(tokens: list[Token]) -> list[Token]:
    merged: list[Token] = []
    at = 0
    while at < len(tokens):
        value, after = _number(tokens, at)
        if value is None:
            merged.append(tokens[at])
        else:
            last = tokens[after - 1]
            merged.append(Token(str(value), tokens[at].first, last.last, last.ends_sentence))
        at = after
    return merged


def _number(tokens: list[Token], at: int) -> tuple[int | None, int]:
    """Return the number spoken from a token on and where it ends; None: it is none."""
    value, after = _below_hundred(tokens, at)
    if value is None:
        return None, at + 1
    for word, scale in _SCALES.items():
        if after < len(tokens) and tokens[after].text == word:
            value, after = value * scale, after + 1
            more = after + (after < len(tokens) and tokens[after].text == "and")
            rest, end = _below_hundred(tokens, more)
            return (value + rest, end) if rest is not None else (value, after)
    return value, after


def _below_hundred(tokens: list[Token], at: int) -> tuple[int | None, int]:
    text = tokens[at].text if at < len(tokens) else ""
    if text in _TENS:
        # "twenty five" is one number, "five five" are two, as when somebody reads digits out.
        unit = _UNITS.get(tokens[at + 1].text, 0) if at + 1 < len(tokens) else 0
        return (_TENS[text] + unit, at + 2) if 0 < unit < _TEN else (_TENS[text], at + 1)
    return _UNITS.get(text), at + 1


def _without_stutter(tokens: list[Token]) -> list[Token]:
    kept: list[Token] = []
    for token in tokens:
        if kept and kept[-1].text == token.text and not token.text[0].isdigit():
            kept[-1] = Token(token.text, kept[-1].first, token.last, token.ends_sentence)
        else:
            kept.append(token)
    return kept
