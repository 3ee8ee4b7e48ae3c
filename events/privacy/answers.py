"""What a short answer to a question for something is, though nothing in it shows it: closed first.

Who has just been asked for an address, an e-mail address or a date of expiry, and answers with
hardly anything but names, numbers and letters, has told it.
"""

from collections.abc import Collection

from ..cards.spoken import Number
from ..cards.vocabulary import MONTHS
from .address_words import DIRECTIONS, FLATS, MAYBE, STREETS, UNITS
from .lexicon import FUNCTION_WORDS, is_common
from .reading import ORDINALS, Reading

ANSWER_WORDS_MAX = 10  # longer ones say something else as well
CODE_SIGNS_MIN, CODE_SIGNS_MAX = 2, 9  # of a post code
_CODE_WORD_MAX = 5  # letters and digits written together: "ec1a", "bs65q"
_LEADS = frozenset(
    ["it's", "its", "uh", "um", "er", "erm", "yeah", "yes", "yep", "sure", "okay", "ok", "well",
     "so", "that's", "oh", "and", "it", "is", "that", "would", "that'd", "it'd", "be", "then", "my",
     "right", "at", "we're", "i'm", "i", "live", "to", "just", "use", "try", "of", "course", "no"]
)  # fmt: skip
_TRAILS = frozenset({"please", "thanks", "okay", "ok", "yeah", "yes", "um", "uh", "then", "right"})
_WITHIN = frozenset({"the", "of", "on", "and", "in", "at", "um", "uh", "er", "erm", "a", "all"})
_SIGN_WORDS = frozenset(
    {"underscore", "hyphen", "dash", "dot", "period", "underline", "plus", "double", "triple"}
)
_STREET_WORDS = STREETS | MAYBE | UNITS | FLATS
_HESITATIONS = frozenset({"um", "uh", "er", "erm", "uhm", "then", "and", "space"})
_ENDS_OF = frozenset({"end", "month", "year", "of", "the", "next", "beginning", "start", "mid"})
_BETWEEN_MONTHS = frozenset({"no", "sorry", "or", "wait", "um", "uh", "not", "maybe", "i", "mean"})
_EXPIRY_REACH = 4  # words before a date that go with it: "march no wait april"


def told_address(reading: Reading) -> tuple[int, int] | None:
    """Return the words of an answer to the question for an address, if it is one."""
    stretch = _stretch(reading)
    if stretch is None:
        return None
    words = [reading.bare[at] for at in range(stretch[0], stretch[1] + 1)]
    numbers = _numbered(reading)
    has_number = any(at in numbers for at in range(stretch[0], stretch[1] + 1))
    content = [word for word in words if word not in _WITHIN]
    names = [word for word in content if word.isalpha() and len(word) > 1 and not is_common(word)]
    has_street = len(content) > 1 and any(word in STREETS | MAYBE for word in content)
    is_number = has_number and all(
        at in numbers or reading.bare[at] in _STREET_WORDS
        for at in range(stretch[0], stretch[1] + 1)
    )
    is_told = is_number or has_street or (has_number and names)
    return stretch if is_told else None


def told_email(reading: Reading) -> tuple[int, int] | None:
    """Return the words of an answer to the question for an e-mail, or of a part of one."""
    stretch = _stretch(reading)
    if stretch is None:
        return None
    words = [at for at in range(stretch[0], stretch[1] + 1) if reading.bare[at]]
    numbers = _numbered(reading)
    tells = any(
        at in numbers or reading.bare[at] in _SIGN_WORDS or not is_common(reading.bare[at])
        for at in words
        if reading.bare[at] not in _WITHIN
    )
    return stretch if tells else None


def post_code(reading: Reading, start: int) -> tuple[int, int] | None:
    """Return the letters and figures from a word on, where they can be a post code."""
    spans = {
        one.first_word: (one.last_word, len(one.digits))
        for one in reading.spoken
        if isinstance(one, Number)
    }
    at, last, signs, digits = start, start - 1, 0, 0
    while at < len(reading):
        word = reading.bare[at]
        if at in spans and not _is_code_word(word):
            last, count = spans[at]
            signs, digits = signs + count, digits + count
        elif (len(word) == 1 and word.isalpha()) or _is_code_word(word):
            last, signs = at, signs + len(word)
            digits += sum(sign.isdecimal() for sign in word)
        elif word not in _HESITATIONS or not signs:
            break
        at = max(at, last) + 1
        if reading.ends_sentence(at - 1):
            break
    is_code = digits and CODE_SIGNS_MIN < signs <= CODE_SIGNS_MAX
    return (start, last) if is_code else None


def is_code_alone(reading: Reading) -> tuple[int, int] | None:
    """Return the words of an answer that is a post code, or a part of one, and nothing else."""
    start = 0
    while start < len(reading) and reading.bare[start] in _LEADS:
        start += 1
    signs = [at for at in range(start, len(reading)) if reading.bare[at] not in _HESITATIONS]
    numbers = _numbered(reading)
    are_signs = all(
        at in numbers or len(reading.bare[at]) == 1 or _is_code_word(reading.bare[at])
        for at in signs
    )
    is_code = are_signs and any(
        at in numbers or any(sign.isdecimal() for sign in reading.bare[at]) for at in signs
    )
    return (signs[0], signs[-1]) if is_code and len(signs) > 1 else None


def expiry_words(reading: Reading, first: int) -> int:
    """Return where what goes with a date of expiry begins: "the end of", "march no wait"."""
    start = first
    for at in range(first - 1, max(-1, first - 1 - _EXPIRY_REACH), -1):
        word = reading.bare[at]
        if word in MONTHS and word != "may":
            start = at
        elif word in ORDINALS or word in {"end", "month"}:
            start = at - (at > 0 and reading.bare[at - 1] == "the")
        elif word not in _ENDS_OF | _BETWEEN_MONTHS:
            break
    return start


def told_month(reading: Reading, taken: Collection[int]) -> tuple[int, int] | None:
    """Return a month that is all of an answer to the question when a card expires."""
    months = [at for at, word in enumerate(reading.bare) if word in MONTHS and at not in taken]
    others = [
        at
        for at, word in enumerate(reading.bare)
        if at not in months and word not in _LEADS | _TRAILS | _ENDS_OF | _BETWEEN_MONTHS
    ]
    return (months[0], months[-1]) if months and not others else None


def _stretch(reading: Reading) -> tuple[int, int] | None:
    """Return what is left of a short answer without the words around it, or None: it is talk."""
    if len(reading) > ANSWER_WORDS_MAX or reading.raw[-1].endswith("?"):
        return None
    first, last = 0, len(reading) - 1
    while first <= last and reading.bare[first] in _LEADS:
        first += 1
    while last >= first and reading.bare[last] in _TRAILS:
        last -= 1
    numbers = _numbered(reading)
    for at in range(first, last + 1):
        word = reading.bare[at]
        talks = word in FUNCTION_WORDS and word not in _WITHIN | DIRECTIONS and at not in numbers
        talks = talks and not (len(word) == 1 and _is_spelled(reading, at))
        if talks or ("'" in word and is_common(word)):
            return None
    while first <= last and reading.bare[first] in _WITHIN - {"the", "a"}:
        first += 1
    return (first, last) if first <= last else None


def _is_spelled(reading: Reading, at: int) -> bool:
    near = reading.bare[max(0, at - 1) : at] + reading.bare[at + 1 : at + 2]
    return any(len(word) == 1 for word in near)


def _numbered(reading: Reading) -> set[int]:
    return {
        at
        for one in reading.spoken
        if isinstance(one, Number)
        for at in range(one.first_word, one.last_word + 1)
    } | {at for at, word in enumerate(reading.bare) if word[:1].isdecimal()}


def _is_code_word(word: str) -> bool:
    return (
        len(word) <= _CODE_WORD_MAX
        and word.isalnum()
        and any(sign.isdecimal() for sign in word)
        and any(sign.isalpha() for sign in word)
    )
