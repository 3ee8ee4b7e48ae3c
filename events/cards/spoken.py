"""Reads the numbers of a text, whether written or spoken, as runs of digits."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from .vocabulary import (
    FILLERS,
    MEASURES,
    MISHEARD,
    MONTHS,
    PLURALS,
    SCALES,
    TEENS,
    TENS,
    TIMES,
    UNITS,
)

PieceKind = Literal[
    "digits", "unit", "teen", "tens", "scale", "times", "plural", "misheard", "filler", "measure",
    "month", "date", "amount", "apart", "word",
]  # fmt: skip


class Piece(Struct, frozen=True, gc=False):
    """A part of a word. `text` is its digits where it is a number, else as it was folded."""

    kind: PieceKind
    text: str
    word: int  # index of the word it stands in
    ends: bool = False  # a sign behind it parts it from the next


class Number(Struct, frozen=True, gc=False):
    """A number as it was said at once: "forty two", "double four", "4111"."""

    digits: str
    first_word: int
    last_word: int


Spoken = Number | Piece


def folded(word: str) -> str:
    """Return a word as it is compared: one form of every sign, no case."""
    return unicodedata.normalize("NFKC", word).casefold().replace("’", "'")


def pieces_of(words: Sequence[str]) -> list[Piece]:
    """Return the pieces of words, which are folded and in the order of their text."""
    return [piece for index, word in enumerate(words) for piece in _pieces(word, index)]


def numbers_of(pieces: Sequence[Piece]) -> list[Spoken]:
    """Return the pieces with what makes one number put together."""
    spoken: list[Spoken] = []
    at = 0
    while at < len(pieces):
        digits, after = _number(pieces, at)
        if after == at:
            spoken.append(pieces[at])
            at += 1
        else:
            spoken.append(Number(digits, pieces[at].word, pieces[after - 1].word))
            at = after
    return spoken


_STOPS = (".", ",", ";", ":", "!", "?")
_EDGES = " \t.,;:!?\"'()[]{}…-–—/"
_PARTS = re.compile(r"\d+|[^\W\d_]+(?:['.][^\W\d_]+)*|%")
_DATE = re.compile(
    r"\d{1,2}/\d{2,4}|\d{1,2}/\d{1,2}/\d{2,4}|\d{4}[-/]\d{1,2}(?:[-/]\d{1,2})?"
    r"|\d{1,2}[-.]\d{1,2}[-.](?:19|20)\d\d"
)
_AMOUNT = re.compile(r"\d{1,3}(?:,\d{3})+\.\d{1,2}|\d+\.\d{1,2}")
_APART = re.compile(r"\d{1,2}:\d\d(?:[ap]\.?m\.?)?|\d+(?:st|nd|rd|th|s|am|pm|k|m|g|x|gb|mb)")
_CURRENCY = frozenset("$£€¥₹")
_PHONE_DIGITS_MAX = 12  # after a plus sign: a longer one may be anything
_CODE_DIGITS_MAX = 11  # letters and more digits than these in a word: no code, a card run together
_CODE_LETTERS_MAX = 3  # `HX-4429817`; longer ones are words that a comma or colon glued
_KNOWN = frozenset({"cvv", "cvc", "cid", "csc", "exp", "no", "nr", "to", "is", "ref", "mc"})
_KINDS: tuple[tuple[dict[str, str], PieceKind], ...] = (
    (UNITS, "unit"),
    (TEENS, "teen"),
    (TENS, "tens"),
    (MISHEARD, "misheard"),
    (PLURALS, "plural"),
)
_WORDS: dict[str, tuple[PieceKind, str]] = {
    **{word: ("word", word) for word in _KNOWN},
    **{word: ("filler", word) for word in FILLERS},
    **{word: ("measure", word) for word in MEASURES},
    **{word: ("month", word) for word in MONTHS},
    **{word: ("scale", word) for word in SCALES},
    **{word: ("times", word) for word in TIMES},
    **{word: (kind, digits) for words, kind in _KINDS for word, digits in words.items()},
}


def _pieces(word: str, index: int) -> list[Piece]:
    if word in _WORDS:
        kind, text = _WORDS[word]
        return [Piece(kind, text, index)]
    if word.endswith(_STOPS) and word[:-1] in _WORDS:
        kind, text = _WORDS[word[:-1]]
        return [Piece(kind, text, index, ends=True)]
    if word.isalpha():
        return [Piece("word", word, index)]
    bare = word.strip(_EDGES)
    digits = "".join(_decimals(one) for one in bare)
    if digits and word[0] == "+" and len(digits) <= _PHONE_DIGITS_MAX:
        return [Piece("apart", digits, index)]
    if digits and (whole := _whole(bare, digits)):
        return [Piece(whole, digits, index)]
    return [_piece(part, index) for part in _PARTS.findall(bare)]


def _whole(bare: str, digits: str) -> PieceKind | None:
    """Return what a word with digits is as a whole, or None: its parts speak for themselves."""
    if _DATE.fullmatch(bare):
        return "date"
    if bare[0] in _CURRENCY or bare[-1] in _CURRENCY or _AMOUNT.fullmatch(bare):
        return "amount"
    if _APART.fullmatch(bare):
        return "apart"
    letters = re.findall(r"[^\W\d_]+", bare)
    is_code = letters and all(
        len(part) <= _CODE_LETTERS_MAX and part not in _WORDS for part in letters
    )
    return "apart" if is_code and len(digits) <= _CODE_DIGITS_MAX else None


def _decimals(sign: str) -> str:
    return str(unicodedata.decimal(sign)) if sign.isdecimal() else ""


def _piece(part: str, index: int) -> Piece:
    if part[0].isdecimal():
        return Piece("digits", "".join(_decimals(one) for one in part), index)
    kind, text = _WORDS.get(part, ("word", part))
    return Piece(kind, text, index)


_NOTHING = Piece("word", "", -1)
_REPEATS_MAX = 8  # "eight zeros"


def _number(pieces: Sequence[Piece], at: int) -> tuple[str, int]:
    """Return the number that begins at a piece, and where it ends; there, if none does."""
    piece, following = _at(pieces, at), _at(pieces, at + 1)
    if piece.kind == "times":
        digits, after = _below_hundred(pieces, at + 1)
        if after == at + 1:
            return "", at
        hundred = _at(pieces, after).text == "hundred"  # "double seven hundred": 7700
        return digits * TIMES[piece.text] + "00" * hundred, after + hundred
    if following.kind == "plural" and (count := _count(piece)):
        return following.text * count, at + 2
    digits, after = _below_hundred(pieces, at)
    scale = _at(pieces, after)
    if after == at or scale.kind != "scale":
        return digits, after
    places = SCALES[scale.text]
    return _scaled(pieces, after + 1, digits=digits, places=places)


def _scaled(pieces: Sequence[Piece], at: int, *, digits: str, places: int) -> tuple[str, int]:
    """Put what follows a hundred or a thousand into its places, where it was said as one."""
    says_and = _at(pieces, at).text == "and"
    start = at + says_and
    rest, after = _below_hundred(pieces, start)
    if after > start and _at(pieces, after).text == "hundred":
        rest, after = _number(pieces, start)
    if after > start and len(rest) < places and (says_and or len(rest) > 1):
        digits, at = digits + rest.rjust(places - 1, "0"), after
    else:
        digits += "0" * (places - 1)
    is_thousands = places == SCALES["hundred"] and _at(pieces, at).text == "thousand"
    return (digits + "000", at + 1) if is_thousands else (digits, at)


def _below_hundred(pieces: Sequence[Piece], at: int) -> tuple[str, int]:
    piece = _at(pieces, at)
    match piece.kind:
        case "digits" | "unit" | "teen":
            return piece.text, at + 1
        case "tens":
            unit = _at(pieces, at + 1)
            if unit.kind == "unit" and unit.text != "0" and not piece.ends:
                return piece.text[0] + unit.text, at + 2
            return piece.text, at + 1
        case _:
            return "", at


def _count(piece: Piece) -> int:
    said = piece.kind in {"unit", "digits", "misheard"} and len(piece.text) == 1
    return int(piece.text) if said and 1 < int(piece.text) <= _REPEATS_MAX else 0


def _at(pieces: Sequence[Piece], at: int) -> Piece:
    return pieces[at] if at < len(pieces) else _NOTHING
