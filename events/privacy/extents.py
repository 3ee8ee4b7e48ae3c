"""How far a number reaches beyond its signs."""

from ..cards.spoken import Number
from .kinds import PersonalKind
from .reading import Reading
from .signs import SignRun

LETTERED_MIN = 6  # digits behind an "a" that is the first letter of a number
# Their letters may be told apart from their figures.
CODED: tuple[PersonalKind, ...] = ("national_id", "account_number")
_EXTENSIONS = frozenset({"extension", "ext", "x"})


def with_words_around(run: SignRun, kind: PersonalKind, reading: Reading) -> tuple[int, int]:
    """Return first and last word of a run with what belongs to it: "area code", "extension 4"."""
    first, last = run.first_word, run.last_word
    lettered = kind in CODED and first > 1 and len(run.digits) >= LETTERED_MIN
    if lettered and reading.bare[first - 1] == "a":
        return first - 1, last  # "number a oh nine one"
    if kind != "phone_number":
        return first, last
    if first and reading.bare[first - 1] == "plus":
        first -= 1
    if first > 1 and reading.bare[first - 2 : first] == ["area", "code"]:
        first -= 2
    if last + 2 < len(reading) and reading.bare[last + 1] in _EXTENSIONS:
        last = _numbers_until(reading, last + 2) or last
    return first, last


def _numbers_until(reading: Reading, at: int) -> int | None:
    """Return the last word of the numbers that begin at a word, if any do."""
    last = None
    for one in reading.spoken:
        if isinstance(one, Number) and one.first_word == at:
            last, at = one.last_word, one.last_word + 1
    return last
