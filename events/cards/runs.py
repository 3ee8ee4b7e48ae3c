"""Numbers said one after the other, put together into runs of digits."""

from collections.abc import Sequence

from msgspec import Struct

from .spoken import Number, Piece, Spoken, numbers_of, pieces_of
from .vocabulary import FILLERS_MAX, MONTHS

QUANTITY_DIGITS_MAX = 7  # nothing is counted or paid in larger numbers


class Run(Struct, frozen=True, gc=False):
    """Digits that belong together, and the words they were said in."""

    digits: str
    first_word: int
    last_word: int
    is_date: bool = False  # written with slashes
    month_word: int | None = None  # of the month's name right before it
    leads: bool = False  # nothing but fillers stands before it
    trails: bool = False  # nothing but fillers stands after it

    @property
    def is_all(self) -> bool:
        """Whether the utterance says these digits and nothing else."""
        return self.leads and self.trails


def runs_of(words: Sequence[str]) -> list[Run]:
    """Return the runs of a text's folded words, in order. Quantities are none."""
    return runs_in(spoken_in(words))


def runs_in(said: Sequence[Spoken]) -> list[Run]:
    """Return the runs of what was said, as `spoken_in` returns it. Quantities are none."""
    spoken = _without_quantities(said)
    runs: list[Run] = []
    at = 0
    while at < len(spoken):
        one = spoken[at]
        if isinstance(one, Number):
            after = _end_of_run(spoken, at)
            runs.append(_run(spoken, at, after))
            at = after
            continue
        if one.kind == "date":
            runs.append(_run(spoken, at, at + 1))
        at += 1
    return runs


def spoken_in(words: Sequence[str]) -> list[Spoken]:
    """Return what folded words say: numbers, and what stands between them."""
    return _without_nouns(heard_right(numbers_of(pieces_of(words))), words)


def says_nothing(words: Sequence[str]) -> bool:
    """Tell whether folded words are only what people say among digits."""
    return all(piece.kind == "filler" for piece in pieces_of(words))


def _run(spoken: Sequence[Spoken], at: int, after: int) -> Run:
    one = spoken[at]
    numbers = [part for part in spoken[at:after] if isinstance(part, Number)]
    before = [part for part in spoken[max(0, at - 3) : at] if not _is(part, "filler", "of")]
    named = before[-1] if before else None
    month = named.word if isinstance(named, Piece) and named.text in MONTHS else None
    return Run(
        digits="".join(part.digits for part in numbers) or _text(one),
        first_word=_first(one),
        last_word=max(_last(part) for part in numbers) if numbers else _last(one),
        is_date=not numbers,
        month_word=month,
        leads=all(
            _is(part, "filler") for part in spoken[:at] if part is not named or month is None
        ),
        trails=all(_is(part, "filler") for part in spoken[after:]),
    )


def _end_of_run(spoken: Sequence[Spoken], at: int) -> int:
    end = at + 1
    for here in range(at + 1, len(spoken)):
        if here - end > FILLERS_MAX:
            break
        if isinstance(spoken[here], Number):
            end = here + 1
        elif not _is(spoken[here], "filler") or _is(spoken[here], "is"):
            break  # "the full one is 4111": after it, another number
    return end


_GROUP = 4  # digits are said in groups of four, and one misheard leaves three


def heard_right(spoken: list[Spoken]) -> list[Spoken]:
    """Take words that sound like digits for digits, where they stand among digits."""
    heard = list(spoken)
    for at, one in enumerate(spoken):
        if not _is(one, "misheard") or not isinstance(one, Piece):
            continue
        after = spoken[at + 1] if at + 1 < len(spoken) else None
        before = heard[at - 1] if at else None
        follows = isinstance(after, Number) or _is(after, "misheard", "plural")
        if isinstance(before, Number):
            # Last of all, it is a digit only if one is wanting.
            is_digit = follows or (after is None and len(_said(heard, at)) % _GROUP == _GROUP - 1)
        else:
            opens = before is None or _is(before, "filler")
            is_digit = opens and isinstance(after, Number) and len(after.digits) <= _GROUP
        if is_digit:
            heard[at] = Number(one.text, one.word, one.word)
    return heard


# Before "one" alone, or a round number alone, these make a noun of it: "that one", "the thirty".
_DETERMINERS = frozenset(
    {
        "the", "this", "that", "which", "last", "other", "another", "no", "any", "each", "every",
        "next", "new", "old", "right", "wrong", "only", "same", "first", "second", "big", "good",
        "a",
    }
)  # fmt: skip
_ARTICLES = frozenset({"the", "that", "this"})
_ROUND = frozenset({"10", "15", "20", "30", "40", "50", "60", "70", "80", "90"})


def _without_nouns(spoken: list[Spoken], words: Sequence[str]) -> list[Spoken]:
    """Set apart what is no figure: "the last one", "the thirty"."""
    kept = list(spoken)
    for at, one in enumerate(spoken[1:], start=1):
        before, after = spoken[at - 1], spoken[at + 1] if at + 1 < len(spoken) else None
        if not isinstance(one, Number) or isinstance(after, Number):
            continue
        said = words[one.first_word].strip(".,;:!?")
        ends = after is None or words[one.last_word].endswith((".", "!", "?", ","))
        noun = said in {"one", "ones"} or (ends and one.digits in _ROUND and not said.isdecimal())
        said_before = before.text if isinstance(before, Piece) else ""
        is_one = one.digits == "1" and said_before in _DETERMINERS
        if noun and (is_one or said_before in _ARTICLES):
            kept[at] = Piece("amount", "", one.first_word)
    return kept


def _said(spoken: Sequence[Spoken], before: int) -> str:
    digits = ""
    for one in reversed(spoken[:before]):
        if not isinstance(one, Number):
            break
        digits = one.digits + digits
    return digits


def _without_quantities(spoken: Sequence[Spoken]) -> list[Spoken]:
    """Set numbers that count, or measure money or time, apart from those that are read out."""
    kept = list(spoken)
    for at, one in enumerate(spoken):
        if not _is(one, "measure") or _is_joint(kept, at):
            continue
        start = at
        while start and isinstance(kept[start - 1], Number):
            start -= 1
        digits = _said(kept, at)
        if len(digits) > QUANTITY_DIGITS_MAX:
            start = at - 1
        for counted in range(start, at):
            kept[counted] = Piece("amount", "", _first(kept[counted]))
    return kept


def _is_joint(spoken: list[Spoken], at: int) -> bool:
    """Tell whether "of" parts a month from its year, and make it a filler then."""
    joins = (
        _is(spoken[at], "of")
        and 0 < at < len(spoken) - 1
        and any(isinstance(one, Number) for one in spoken[max(0, at - 2) : at])
        and isinstance(spoken[at + 1], Number)
    )
    if joins:
        spoken[at] = Piece("filler", "of", _first(spoken[at]))
    return joins


def _is(one: Spoken | None, *kinds: str) -> bool:
    return isinstance(one, Piece) and (one.kind in kinds or one.text in kinds)


def _first(one: Spoken) -> int:
    return one.first_word if isinstance(one, Number) else one.word


def _last(one: Spoken) -> int:
    return one.last_word if isinstance(one, Number) else one.word


def _text(one: Spoken) -> str:
    return one.digits if isinstance(one, Number) else one.text
