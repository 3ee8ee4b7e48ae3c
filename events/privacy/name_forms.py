"""What a word looks like that may be a name, or a part of one."""

import re

from .lexicon import FUNCTION_WORDS, is_any_name, is_common, is_surname
from .reading import Reading

_INITIAL = re.compile(r"[^\W\d_a-z]\.")
_WORDLIKE = re.compile(r"[^\W\d_]+(?:['.-][^\W\d_]+)*")


def is_wordlike(word: str) -> bool:
    """Tell whether a word is made of letters, as names are."""
    return len(word) > 1 and bool(_WORDLIKE.fullmatch(word))


def is_middle(reading: Reading, at: int) -> bool:
    """Tell whether a letter within a name is one: "Ezekiel T. Washington", "ngozi a eze"."""
    if _INITIAL.fullmatch(reading.raw[at]):
        return True
    after = reading.bare[at + 1] if at + 1 < len(reading) else ""
    is_letter = len(reading.bare[at]) == 1 and reading.bare[at].isalpha()
    return is_letter and len(after) > 1 and not is_common(after)


def is_initial(reading: Reading, at: int) -> bool:
    """Tell whether initials and a family name begin with a letter: "P. J. Harrow"."""
    while at < len(reading) and _INITIAL.fullmatch(reading.raw[at]):
        at += 1
    return (
        at < len(reading)
        and reading.is_capital(at)
        and is_wordlike(reading.bare[at])
        and not is_common(reading.bare[at])
    )


def has_surname(reading: Reading, at: int) -> bool:
    """Tell whether a family name stands behind a word, both with capitals: "Miles Sheridan"."""
    return (
        reading.is_cased
        and reading.is_capital(at)
        and not reading.ends_part(at)
        and at + 1 < len(reading)
        and reading.is_capital(at + 1)
        and is_surname(reading.bare[at + 1])
    )


def may_end_name(word: str) -> bool:
    """Tell whether a word behind a given name, the last one said, may be a family name."""
    return (
        is_wordlike(word)
        and word not in FUNCTION_WORDS
        and (is_any_name(word) or not word.endswith(("ing", "ed", "ly")))
    )
