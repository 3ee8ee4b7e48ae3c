"""Names of persons: by what introduces them, by whom they are said to, and by lists of names."""

from bisect import bisect_left
from collections.abc import Collection
from itertools import accumulate

from ..cards.vocabulary import TEENS, TENS, UNITS
from .lexicon import (
    FUNCTION_WORDS,
    PARTICLES,
    is_any_name,
    is_common,
    is_given_name,
    is_name_by_capital,
    may_be_given_name,
)
from .name_cues import BEHIND, KIN, LIKELY, LISTED, NAME_CUES, SURE, TALKED
from .name_forms import has_surname, is_initial, is_middle, is_wordlike, may_end_name
from .name_surroundings import GREETINGS, SHOPS, is_place, is_vocative
from .reading import Reading

NAME_WORDS_MAX = 4  # given, middle, double-barrelled
INITIALS_MAX = 3
GREETED_MIN = 4  # letters of a name no list has; shorter ones are misheard words


def names_of(reading: Reading, *, taken: Collection[int], asked: bool) -> list[tuple[int, int]]:
    """Return first and last word of each name, in order. Words `taken` are something else."""
    found: dict[int, int] = {}
    for first, strength in _places(reading, asked=asked).items():
        if first in taken or first in found:
            continue
        last = _name(reading, first, strength, taken)
        if last is not None:
            found[first] = last
    for at, word in enumerate(reading.bare):
        if at not in taken and _is_listed(reading, at, word):
            found[at] = max(found.get(at, at), _extended(reading, at, taken))
    found |= _tellers(reading, taken)
    found |= _repeated(reading, found, taken)
    for last in list(found.values()):
        # "grace, uh, grace oyelaran", "Marie and Fischer"
        while (after := _again(reading, last, taken)) is not None:
            found[last + 2], last = after, after  # noqa: PLW2901 (goes on from there)
    titled = {
        first - (first > 0 and first - 1 not in taken and reading.bare[first - 1] in _TITLES): last
        for first, last in found.items()
    }
    return _merged(sorted(titled.items()))


def _places(reading: Reading, *, asked: bool) -> dict[int, int]:
    """Return how sure it is that a name begins at a word, by words."""
    text = " ".join(reading.bare)
    starts = [0, *accumulate(len(word) + 1 for word in reading.bare)]
    places: dict[int, int] = {}
    for strength, pattern in NAME_CUES:
        for match in pattern.finditer(text):
            at = bisect_left(starts, match.end())
            while at < len(reading) and reading.bare[at] in _BETWEEN:
                at += 1
            if at < len(reading):
                places[at] = max(places.get(at, 0), strength)
    if asked:
        at = next((n for n, word in enumerate(reading.bare) if word not in _LEADS), None)
        if at is not None:
            places[at] = SURE if not reading.is_cased or reading.is_capital(at) else LIKELY
    return places


_BETWEEN = frozenset(
    {"uh", "um", "er", "erm", "a", "mr", "mrs", "ms", "miss", "dr", "like", "it's", "yeah", "agent"}
)
_OPENING = frozenset({"ó", "o", "d"})  # of "Ó Briain"
_PERSONS = frozenset({"he", "she", "he's", "she's"})
_WHENCE = frozenset({"your", "the", "our", "billing", "accounts", "support", "sales"})
_TITLES = frozenset({"mr", "mrs", "ms", "mx", "miss", "dr", "mister", "missus", "doctor"})
_LEADS = frozenset(
    ["it's", "its", "uh", "um", "er", "yeah", "yes", "sure", "okay", "ok", "well", "so", "that's",
     "oh", "hi", "hello", "of", "course", "my", "name", "is", "the", "i'm", "this", "it", "would",
     "be", "under", "for", "and", "that", "yep", "right", "first", "last", "full", "in", "mr",
     "mrs", "ms", "miss", "dr", "hang", "on", "that'd", "it'd", "just", "put", "mister"]
)  # fmt: skip


def _name(  # noqa: PLR0911 (one return a rule)
    reading: Reading, first: int, strength: int, taken: Collection[int]
) -> int | None:
    """Return the last word of the name that begins at a word, or None: it is no name."""
    word = reading.bare[first].removesuffix("'s")
    if word in _OPENING and strength > LISTED and first + 1 < len(reading):
        return _extended(reading, first, taken, sure=True) if reading.is_cased else None
    if strength > LISTED and len(word) == 1 and word.isalpha():
        return _after_initials(reading, first, taken)
    if not is_wordlike(word) or is_place(reading, first):
        return None
    if strength == LISTED:
        greeted = first > 0 and reading.bare[first - 1] in GREETINGS and not reading.is_cased
        fits = is_given_name(word) or (greeted and may_be_given_name(word) and not is_common(word))
        fits = fits or _is_greeted(reading, first, word)
        fits = fits or (
            # "for Dale Whitcher"
            may_be_given_name(word)
            and reading.is_cased
            and reading.is_capital(first)
            and first > 0
            and reading.bare[first - 1] in {"for", "with", "sir", "hi", "hello"}
            and _extended(reading, first, taken) > first
        )
        fits = fits or (
            may_be_given_name(word) and reading.is_cased and reading.is_capital(first)
            and not reading.opens(first) and is_vocative(reading, first)
        )  # fmt: skip
        return _extended(reading, first, taken) if fits else None
    if word in FUNCTION_WORDS and not may_be_given_name(word):
        return None
    if word in _NUMERALS or (is_common(word) and not is_any_name(word) and reading.opens(first)):
        return None
    if reading.is_cased and not reading.is_capital(first):
        sure = strength == SURE and is_given_name(word)
        return _extended(reading, first, taken) if sure else None
    if strength == SURE:
        if is_common(word) and not is_any_name(word) and not reading.is_cased:
            return None
        return _extended(reading, first, taken, sure=True)
    return _likely(reading, first, word, strength, taken)


def _after_initials(reading: Reading, first: int, taken: Collection[int]) -> int | None:
    """Return the last word of a name that begins with initials: "h b wainwright"."""
    at = first
    while at < len(reading) and at - first < INITIALS_MAX and len(reading.bare[at]) == 1:
        at += 1
    word = reading.bare[at].removesuffix("'s") if at < len(reading) else ""
    if not is_wordlike(word) or at in taken or is_common(word) or word in _NUMERALS:
        return None
    if reading.is_cased and not reading.is_capital(at):
        return None
    return _extended(reading, at, taken, sure=True)


def _is_greeted(reading: Reading, at: int, word: str) -> bool:
    """Tell whether a word that no list has is whom somebody greets or thanks."""
    if at == 0 or reading.bare[at - 1] not in _ADDRESSED or is_common(word):
        return False
    if reading.ends_sentence(at - 1):
        return False
    if reading.is_cased:
        return reading.is_capital(at) and reading.ends_part(at)
    return len(word) >= GREETED_MIN or reading.ends_part(at)


_ADDRESSED = frozenset(
    ["hi", "hello", "hey", "hiya", "thanks", "you", "cheers", "sorry", "bye", "goodbye", "worries",
     "problem", "morning", "afternoon", "evening", "much"]
)  # fmt: skip


def _likely(
    reading: Reading, first: int, word: str, strength: int, taken: Collection[int]
) -> int | None:
    last = _extended(reading, first, taken, sure=True)
    if is_given_name(word):
        return last
    goes_on, behind = last > first, _followed(reading, last)
    if may_be_given_name(word):
        told = strength == TALKED and (
            reading.is_cased
            or reading.ends_part(first)
            or reading.bare[first - 1] in {"with", "to"}
        )
        fits = told or behind or goes_on or _hesitates(reading, first)
        fits = fits or (is_name_by_capital(word) if reading.is_cased else reading.ends_part(first))
        return last if fits else None
    kin = first > 0 and strength == TALKED and KIN.fullmatch(reading.bare[first - 1])
    if kin and reading.is_cased and not reading.ends_part(first - 1):
        return last  # "my carer Blessing"
    if is_common(word):
        return None
    if reading.is_cased:
        # "This is Verizon", "it's Visa": one unknown word needs more than its capital.
        before = reading.bare[first - 1] if first else ""
        return last if strength == TALKED or goes_on or behind or before in {"i'm", "am"} else None
    return (
        last
        if strength == TALKED or behind or (goes_on and not is_common(reading.bare[last]))
        else None
    )


def _is_listed(reading: Reading, at: int, word: str) -> bool:
    """Tell whether a word is a name although nothing says so."""
    bare = word.removesuffix("'s")
    if len(bare) == 1 and is_initial(reading, at):
        return True
    if may_be_given_name(bare) and has_surname(reading, at):
        return not is_place(reading, at)
    if reading.is_cased and is_name_by_capital(bare):
        inside = reading.is_capital(at) and not reading.opens(at)
        return inside and reading.bare[at - 1] not in SHOPS and not is_place(reading, at)
    if not is_given_name(bare) or is_common(bare) or is_place(reading, at):
        return False
    return not reading.is_cased or reading.is_capital(at)


def _again(reading: Reading, last: int, taken: Collection[int]) -> int | None:
    """Return the last word of a name that follows another after a word between, if one does."""
    at = last + 2
    if at >= len(reading) or at in taken or reading.ends_sentence(last):
        return None
    word = reading.bare[at].removesuffix("'s")
    hesitates = reading.bare[last + 1] in _HESITATIONS
    if not (hesitates or reading.bare[last + 1] == "and") or not is_wordlike(word):
        return None
    is_name = is_any_name(word) and (reading.is_capital(at) if reading.is_cased else hesitates)
    return _extended(reading, at, taken, sure=True) if is_name else None


def _tellers(reading: Reading, taken: Collection[int]) -> dict[int, int]:
    """Find unknown names by what stands behind them: "Zuleikha here", "ask Wanjiru, she knows"."""
    found: dict[int, int] = {}
    for at in range(1, len(reading)):
        first = at - 1
        word, behind = reading.bare[first], reading.bare[at]
        tells = behind in {"here", "speaking"} and reading.opens(first) and reading.ends_part(at)
        begins = reading.opens(first) or reading.ends_part(first - 1)
        tells = tells or (behind == "speaking" and begins)
        whence = reading.bare[at + 1] if at + 1 < len(reading) else ""
        tells = tells or (behind == "from" and reading.opens(first) and whence in _WHENCE)
        tells = tells or (behind in _PERSONS and reading.ends_part(first) and reading.is_cased)
        tells = tells and not (first and reading.bare[first - 1] in SHOPS)
        if not tells or first in taken or not is_wordlike(word) or is_common(word):
            continue
        if reading.is_capital(first) or (not reading.is_cased and behind not in _PERSONS):
            found[first] = first
    return found


def _repeated(reading: Reading, found: dict[int, int], taken: Collection[int]) -> dict[int, int]:
    """Find names of this utterance where they stand again: "Odalys, Odalys Ferrer"."""
    known = {
        reading.bare[at]
        for first, last in found.items()
        for at in range(first, last + 1)
        if is_wordlike(reading.bare[at]) and not is_common(reading.bare[at])
    }
    covered = {at for first, last in found.items() for at in range(first, last + 1)}
    return {
        at: _extended(reading, at, taken)
        for at, word in enumerate(reading.bare)
        if word in known and at not in covered and at not in taken
    }


def _hesitates(reading: Reading, at: int) -> bool:
    return at + 1 < len(reading) and reading.bare[at + 1] in _HESITATIONS


_NUMERALS = frozenset({*UNITS, *TEENS, *TENS})
_HESITATIONS = frozenset({"uh", "um", "er", "erm", "uhm"})


def _followed(reading: Reading, last: int) -> bool:
    return bool(BEHIND.match(" ".join(reading.bare[last + 1 : last + 4])))


def _extended(reading: Reading, first: int, taken: Collection[int], *, sure: bool = False) -> int:
    """Return the last word of a name that begins with a word that is one."""
    last = at = first
    while at + 1 < len(reading) and at - first < NAME_WORDS_MAX:
        if reading.ends_part(at) and not (
            reading.raw[at].endswith(".") and len(reading.bare[at]) == 1
        ):
            break
        at += 1
        word = reading.bare[at].removesuffix("'s")
        if at not in taken and is_middle(reading, at):
            continue
        if at in taken or not is_wordlike(word):
            break
        if word in PARTICLES and at + 1 < len(reading) and _goes_on(reading, at + 1, sure=True):
            continue
        if not _goes_on(reading, at, sure=sure):
            break
        last = at
    behind = last + 1
    if sure and behind == len(reading) - 1 and not reading.ends_part(last) and behind not in taken:
        # "make it out to leticia moon"
        is_family = not reading.is_cased and last == first and is_given_name(reading.bare[first])
        if is_family and may_end_name(reading.bare[behind]):
            last = behind
    return last


def _goes_on(reading: Reading, at: int, *, sure: bool) -> bool:
    word = reading.bare[at].removesuffix("'s")
    if not is_wordlike(word) or word in FUNCTION_WORDS:
        return False
    if reading.is_cased:
        joined = "-" in word and word.partition("-")[0] in PARTICLES
        return reading.is_capital(at) or joined
    unknown = sure or len(word) >= _UNKNOWN_MIN or len(reading.bare[at - 1]) == 1
    return not is_common(word) and (is_any_name(word) or unknown)


_UNKNOWN_MIN = 5  # letters of a family name that no list has


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for first, last in spans:
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged
