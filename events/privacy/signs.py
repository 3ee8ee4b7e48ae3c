"""Letters and digits that are read out one after the other, put together into runs."""

import re
from collections.abc import Collection, Sequence
from itertools import pairwise, takewhile
from typing import Literal

from msgspec import Struct

from ..cards.spoken import Number, Piece, Spoken
from ..cards.vocabulary import TIMES
from .forms import kind_of_form
from .reading import Reading

# Between digits people hesitate at length; between letters they name a sign at most.
DIGIT_GAP_MAX = 5
LETTER_GAP_MAX = 2


class SignRun(Struct, frozen=True, gc=False):
    """Signs that belong together, and the words they were said in."""

    text: str  # letters, upper case, and digits
    groups: tuple[str, ...]  # as they were said
    first_word: int
    last_word: int
    leads: bool = False  # nothing but fillers stands before it
    trails: bool = False  # nothing but fillers stands after it
    is_dialled: bool = False  # begins with a plus sign
    counts: bool = False  # one number, said as nobody reads figures out: "six hundred and ninety"

    @property
    def digits(self) -> str:
        """Its digits alone."""
        return "".join(sign for sign in self.text if sign.isdecimal())

    @property
    def is_spelled(self) -> bool:
        """Whether it is letters alone."""
        return self.text.isalpha()

    @property
    def is_all(self) -> bool:
        """Whether the utterance says these signs and nothing else."""
        return self.leads and self.trails


def sign_runs_of(reading: Reading, taken: Collection[int]) -> list[SignRun]:
    """Return the runs of an utterance in order. Quantities are none, nor are words `taken`."""
    signs = _spelled(reading, _signs(reading, taken))
    runs: list[SignRun] = []
    at = 0
    while at < len(signs):
        if signs[at].kind in _SIGNS:
            end = _end_of_run(reading, signs, at)
            runs += [
                _run(reading, signs, first, after)
                for first, after in _parts(reading, signs, at, end)
            ]
            at = end
        else:
            at += 1
    return runs


_Kind = Literal["digit", "letter", "code", "article", "spelling", "filler", "word"]
_SIGNS = frozenset({"digit", "letter", "code"})


class _Sign(Struct, frozen=True, gc=False):
    kind: _Kind
    text: str
    first: int
    last: int


_CODE = re.compile(r"(?=.*\d)(?=.*[a-z])[a-z0-9]+(?:[-/.][a-z0-9]+)*")
_MEASURED = re.compile(
    r"\d+(?:\.\d+)?(?:st|nd|rd|th|s|am|pm|a\.m|p\.m|k|m|g|gb|mb|tb|mbps|x|p|kwh)"
)
_CODE_SIGNS_MAX = 40
_CAPITALS_MAX = 4
_TALK = frozenset(
    ["ok", "no", "yes", "hi", "i", "a", "tv", "usa", "uk", "us", "pc", "id", "it", "is", "my",
     "zip", "ssn", "sin", "nhs", "iban", "pin", "cvv", "cvc", "dob", "ni", "so", "oh", "um", "uh",
     "the", "and", "to", "of", "in", "on", "at", "me", "we", "isp", "faq", "llc", "inc", "ltd",
     "usb", "hdmi", "atm", "dvr", "voip", "lte", "am", "pm", "usd", "eur", "gbp", "asap", "visa",
     "po", "vpn", "wifi", "sim", "app", "ira", "apr", "tmi", "bbc", "not", "now", "for", "you"]
)  # fmt: skip
_ALPHABET = (
    "alfa", "alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel", "india",
    "juliet", "juliett", "kilo", "lima", "mike", "november", "oscar", "papa", "quebec", "romeo",
    "sierra", "tango", "uniform", "victor", "whiskey", "xray", "x-ray", "yankee", "zulu",
)  # fmt: skip
_PHONETIC = {word: word[0].upper() for word in _ALPHABET}
# Said among signs; what else is a filler between digits parts letters.
_JOINTS = frozenset(
    ["dash", "hyphen", "comma", "space", "slash", "stroke", "then", "and", "um", "uh", "uhm", "er",
     "erm", "dot", "point", "minus", "capital", "upper", "case", "letter", "letters", "number"]
)  # fmt: skip
_NO_MEASURES = frozenset({"account", "accounts", "digit", "digits", "cards", "phones", "am", "of"})
_STREETS = frozenset({"street", "avenue", "road", "drive", "lane", "court", "boulevard"})
_COUNTED_MAX = 2  # digits before "of"
_QUANTITY_MAX = 7  # digits: nothing is counted or paid in larger numbers


def _signs(reading: Reading, taken: Collection[int]) -> list[_Sign]:
    signs: list[_Sign] = []
    for one in reading.spoken:
        sign = _sign(reading, one)
        if taken and (sign.first in taken or sign.last in taken):
            sign = _Sign("word", "", sign.first, sign.last)
        elif isinstance(one, Piece) and _is_measure(reading, one, signs):
            _withdraw(signs)
        if not (signs and signs[-1].kind == "code" and signs[-1].last == sign.first):
            signs.append(sign)
    return signs


def _sign(  # noqa: PLR0911 (one return a form)
    reading: Reading, one: Spoken
) -> _Sign:
    if isinstance(one, Number):
        kind: _Kind = "letter" if _is_letter_o(reading, one) else "digit"
        if kind == "digit" and one.first_word == one.last_word and _is_code(reading, one):
            return _code(reading, one.first_word)
        return _Sign(kind, one.digits, one.first_word, one.last_word)
    at = one.word
    bare = reading.bare[at]
    if one.kind == "apart" and reading.folded[at][0] == "+":
        return _Sign("digit", one.text, at, at)
    if one.kind in {"apart", "word", "filler"} and _CODE.fullmatch(bare):
        return _code(reading, at) if not _MEASURED.fullmatch(bare) else _Sign("word", "", at, at)
    if one.kind == "filler":
        if one.text in {"a", "i"}:
            raw = reading.raw[at][:1] if len(bare) == 1 else one.text
            return _Sign("article", raw, at, at)
        return _Sign("filler", one.text, at, at)
    if one.kind == "times":
        return _Sign("spelling", one.text, at, at)
    if one.kind in {"word", "scale", "measure", "unit", "misheard"}:
        return _letters(reading, one)
    return _Sign("word", one.text, at, at)


def _is_letter_o(reading: Reading, one: Number) -> bool:
    return False if reading.bare[one.first_word] != "o" else one.digits == "0"


def _is_code(reading: Reading, one: Number) -> bool:
    bare = reading.bare[one.first_word]
    return bool(_CODE.fullmatch(bare)) and not _MEASURED.fullmatch(bare)


def _code(reading: Reading, at: int) -> _Sign:
    text = "".join(sign for sign in reading.bare[at] if sign.isalnum())
    return _Sign("code", text.upper()[:_CODE_SIGNS_MAX], at, at)


def _letters(reading: Reading, one: Piece) -> _Sign:
    at, text = one.word, one.text
    if len(text) == 1 and text.isalpha():
        return _Sign("letter", text.upper(), at, at)
    raw = reading.raw[at].strip(".,;:!?\"'()")
    if text in _PHONETIC:
        return _Sign("spelling", text, at, at)
    shouted = raw.isupper() and raw.isalpha() and len(raw) <= _CAPITALS_MAX and reading.is_cased
    if shouted and text not in _TALK:
        return _Sign("letter", raw, at, at)
    return _Sign("filler" if text in _JOINTS else "word", text, at, at)


def _is_measure(reading: Reading, one: Piece, before: Sequence[_Sign]) -> bool:
    if one.text == "of" and one.kind == "measure":
        said = takewhile(lambda sign: sign.kind == "digit", reversed(before))
        return 0 < sum(len(sign.text) for sign in said) <= _COUNTED_MAX  # "one of them"
    if one.kind != "measure" or one.text in _NO_MEASURES:
        return False
    return one.text not in _STREETS or not reading.is_capital(one.word)


def _withdraw(signs: list[_Sign]) -> None:
    """Take the number that a measure follows for a quantity."""
    start = len(signs)
    while start and signs[start - 1].kind == "digit":
        start -= 1
    if sum(len(sign.text) for sign in signs[start:]) > _QUANTITY_MAX:
        start = len(signs) - 1
    for at in range(start, len(signs)):
        signs[at] = _Sign("word", "", signs[at].first, signs[at].last)


def _spelled(reading: Reading, signs: list[_Sign]) -> list[_Sign]:
    """Read "b for bravo", "double l", "bravo" and the letters a, i and o as letters."""
    read: list[_Sign] = []
    at = 0
    while at < len(signs):
        sign = signs[at]
        after = signs[at + 1] if at + 1 < len(signs) else None
        if sign.text in TIMES and after is not None and after.kind == "letter":
            read.append(_Sign("letter", after.text * TIMES[sign.text], sign.first, after.last))
            at += 2
            continue
        if sign.kind == "article" and _is_letter(reading, read, sign, after):
            sign = _Sign("letter", sign.text.upper(), sign.first, sign.last)
        elif sign.text in _PHONETIC and sign.kind in {"spelling", "word"}:
            near = (read and read[-1].kind in _SIGNS) or (after is not None and _reads(after))
            if near:
                sign = _Sign("letter", _PHONETIC[sign.text], sign.first, sign.last)
        elif sign.kind == "letter" and sign.text == "0":
            spelled = read and read[-1].kind == "letter"
            spelled = spelled or (
                (not read or read[-1].kind != "digit") and _is_kind(after, "letter")
            )
            sign = _Sign(
                "letter" if spelled else "digit", "O" if spelled else "0", sign.first, sign.last
            )
        read.append(sign)
        at += 1
        if sign.kind == "letter":
            explained = _explained(signs, at)
            if explained > at:
                read[-1] = _Sign("letter", sign.text, sign.first, signs[explained - 1].last)
                at = explained
    return read


def _is_kind(sign: _Sign | None, kind: _Kind) -> bool:
    return sign is not None and sign.kind == kind


def _reads(sign: _Sign) -> bool:
    return sign.kind in _SIGNS or sign.text in _PHONETIC


def _is_letter(reading: Reading, before: Sequence[_Sign], sign: _Sign, after: _Sign | None) -> bool:
    """Tell whether "a" or "i" is read out as a letter."""
    follows = bool(before) and before[-1].kind == "letter"
    follows = follows and not _is_parted(reading, before[-1], sign)
    if after is not None and after.kind == "letter" and not _is_parted(reading, sign, after):
        return True
    ends = after is None or reading.ends_part(sign.last)
    if sign.text == "A" and reading.is_cased and ends and before and before[-1].kind == "digit":
        return before[-1].last == sign.first - 1
    within = len(before) > 1 and before[-2].kind == "letter" and before[-1].kind == "digit"
    if within and after is not None and after.kind == "digit" and sign.text.casefold() == "a":
        return True  # "e c one a one b b"
    if not follows:
        return False
    if after is None or after.kind in {"article", "digit", "code"}:
        return True
    spelled = len(before) > 1 and before[-2].kind == "letter"
    capital = sign.text == "A" and reading.is_cased
    return capital or (spelled and (sign.text == "a" or reading.ends_part(sign.last)))


def _is_parted(reading: Reading, sign: _Sign, after: _Sign) -> bool:
    """Tell whether a sentence ends between two signs."""
    return sign.last < after.first and reading.ends_sentence(sign.last)


def _explained(signs: Sequence[_Sign], at: int) -> int:
    """Return where the words end that say which letter it was: "as in boy", "for bravo"."""
    texts = [sign.text for sign in signs[at : at + 3]]
    if texts[:2] in (["as", "in"], ["is", "for"], ["like", "in"]) and len(texts) > 2:  # noqa: PLR2004
        return at + 3
    if texts[:1] in (["for"], ["as"], ["like"], ["4"]) and len(texts) > 1:
        named = signs[at + 1]
        is_name = named.kind in {"word", "spelling"} and len(named.text) > 1
        return at + 2 if is_name and named.text[:1].upper() == signs[at - 1].text[:1] else at
    return at


def _end_of_run(reading: Reading, signs: Sequence[_Sign], at: int) -> int:
    end = at + 1
    for here in range(at + 1, len(signs)):
        between = signs[end:here]
        sign = signs[here]
        if len(between) > DIGIT_GAP_MAX:
            break
        if sign.kind in _SIGNS:
            if sign.kind == "letter" and _is_parted(reading, signs[end - 1], sign):
                break
            digits = sign.kind == "digit" and signs[end - 1].kind == "digit"
            if not digits and (
                len(between) > LETTER_GAP_MAX or any(one.text not in _JOINTS for one in between)
            ):
                break
            end = here + 1
        elif sign.kind not in {"filler", "article"} or sign.text == "by":
            break
    return end


def _parts(reading: Reading, signs: Sequence[_Sign], at: int, end: int) -> list[tuple[int, int]]:
    """Set a code that its form tells apart from what was said before or after it."""
    text = "".join(sign.text for sign in signs[at:end] if sign.kind in _SIGNS).upper()
    if text.isdecimal() or text.isalpha() or kind_of_form(text) is not None:
        return [(at, end)]
    edges = [
        here
        for here in range(at + 1, end)
        if reading.ends_part(signs[here - 1].last) and signs[here].kind in _SIGNS
    ]
    for first in (at, *edges):
        for after in (end, *reversed(edges)):
            part = [sign for sign in signs[first:after] if sign.kind in _SIGNS]
            if part and kind_of_form("".join(sign.text for sign in part).upper()) is not None:
                borders = [at, first, after, end]
                return [(a, b) for a, b in pairwise(borders) if a < b]
    return [(at, end)]


def _run(reading: Reading, signs: Sequence[_Sign], at: int, end: int) -> SignRun:
    said = [sign for sign in signs[at:end] if sign.kind in _SIGNS]
    return SignRun(
        text="".join(sign.text for sign in said).upper(),
        groups=tuple(sign.text for sign in said),
        first_word=said[0].first,
        last_word=said[-1].last,
        leads=all(_says_nothing(sign) for sign in signs[:at]),
        trails=all(_says_nothing(sign) for sign in signs[end:]),
        is_dialled=reading.folded[said[0].first][0] == "+",
        counts=_counts(reading.bare[said[0].first : said[-1].last + 1], said),
    )


def _counts(words: Sequence[str], said: Sequence[_Sign]) -> bool:
    if len(said) == 1 and any(word in {"hundred", "thousand"} for word in words):
        return True
    digits = sum(len(sign.text) for sign in said)
    is_range = "to" in words and len(said) == _RANGE
    return is_range or ("point" in words and digits <= _QUANTITY_MAX)


_RANGE = 3  # "five to seven", the "to" heard as a two


def _says_nothing(sign: _Sign) -> bool:
    return sign.kind in {"filler", "article"}
