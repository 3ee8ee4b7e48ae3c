"""E-mail addresses, written, said, or half of each: `jo.ray at gmail dot com`."""

import re
from collections.abc import Sequence

from .lexicon import FUNCTION_WORDS
from .reading import Reading

WORDS_MAX = 24  # of the part before "at": every letter may be spelled, with its "as in"
DOMAIN_WORDS_MAX = 6


def emails_of(reading: Reading) -> list[tuple[int, int]]:
    """Return first and last word of each address, in order."""
    found: list[tuple[int, int]] = []
    for at in range(len(reading)):
        start = found[-1][1] + 1 if found else 0
        if at < start:
            continue
        bare = reading.bare[at]
        if "@" in reading.folded[at] and (end := _written(reading, at)) is not None:
            found.append((_local(reading, at, start) if _starts_late(reading, at) else at, end))
        elif bare in _AT and (end := _domain(reading, at + 1)) is not None:
            first = _local(reading, at, start)
            named = first == at and at > start and reading.bare[at - 1] in _MAILBOXES
            first -= named
            if first < at or all(word in FUNCTION_WORDS for word in reading.bare[:at]):
                found.append((first, end))
    return found


def local_part_begins(reading: Reading) -> int | None:
    """Return where, at the very end, what may be the first part of an address begins."""
    last = len(reading) - 1
    if last < 0 or not any(word in _SIGNS for word in reading.bare[max(0, last - 8) :]):
        return None
    first = _local(reading, last + 1, 0)
    return first if any(word in _SIGNS for word in reading.bare[first:]) else None


_AT = frozenset({"at", "@", "ad"})
_SIGNS = frozenset({"underscore", "hyphen", "dash", "dot", "period", "underline"})
_ENDS = frozenset(
    """
    com net org edu gov mil co uk us ca de fr es it nl be ch at pl pt br mx ie au nz in ng za gh
    ke io me info biz app dev ai tv eu jp cn kr se no dk fi cz ro hu gr tr il ae sa ar cl pe cat
    online email mail
    """.split()  # noqa: SIM905 (read as lines of words)
)
# Never a person's, but the address is somebody's all the same.
_MAILBOXES = frozenset(
    ["contact", "mail", "hello", "office", "bookings", "letters", "me", "us", "email"]
)
_HOSTS = frozenset(
    ["gmail", "yahoo", "hotmail", "outlook", "icloud", "aol", "protonmail", "proton", "msn", "live",
     "comcast", "verizon", "gmx", "googlemail", "ymail", "btinternet", "mac", "me"]
)  # fmt: skip
_WRITTEN = re.compile(r"[^\s@]*@[\w-]+(?:\.[\w-]+)+")
_NO_LAND = FUNCTION_WORDS | {"oh", "uh", "um", "er", "go", "or"}
_SPELLED_MAX = 3  # letters: "c o m"
_NO_HOST = FUNCTION_WORDS - {"me", "one", "two", "of", "the", "my", "and"}
_SYLLABLE = 2  # letters: so much of an address may be read out at once
_HALF = re.compile(r"[^\s@]*@[\w-]*")
_DOMAIN = re.compile(r"[\w-]+(?:\.[\w-]+)+")
# End what comes before an address; letters and figures never do.
_LETTERS = frozenset({"a", "i", "o", "one", "two", "for", "too", "to", "oh", "st", "me", "then"})
_STOPS = (FUNCTION_WORDS - _LETTERS) | {
    "email", "e-mail", "mail", "address", "emails", "email's", "send", "sent", "sending", "letter",
    "letters", "use", "using", "spelled", "me", "my", "to", "write", "under", "reach", "contact",
    "confirm", "lowercase", "colon",
}  # fmt: skip


def _starts_late(reading: Reading, at: int) -> bool:
    """Tell whether the part before "@" was begun in words before: "D Okonkwo 77@yahoo.com"."""
    local = reading.bare[at].partition("@")[0]
    return local.isdecimal() or len(local) <= 1


def _is_figure(reading: Reading, at: int, end: int) -> bool:
    """Tell whether "the number" introduces a figure: "the number 4"."""
    return any(word.isdecimal() for word in reading.bare[at + 1 : min(at + 3, end)])


def _is_inner(before: str) -> bool:
    """Tell whether "the" or "and" behind a word stands within an address: "gus the cat at"."""
    return before not in _STOPS and before not in FUNCTION_WORDS and len(before) > 1


def _written(reading: Reading, at: int) -> int | None:
    bare = reading.bare[at]
    if _WRITTEN.fullmatch(bare):
        return at
    if not _HALF.fullmatch(bare):
        return None
    after = _domain(reading, at if not bare.endswith("@") else at + 1)
    return after if after is not None or not bare.partition("@")[2] else at


def _domain(reading: Reading, at: int) -> int | None:
    """Return the last word of a domain that begins with a word, or None: none does."""
    bare = reading.bare
    if at >= len(bare):
        return None
    if _DOMAIN.fullmatch(bare[at]) and bare[at].rpartition(".")[2] in _ENDS:
        return at
    last: int | None = None
    here = at
    while here < min(len(bare), at + DOMAIN_WORDS_MAX):
        word = bare[here]
        if word in {"dot", "point", "period"} and here > at and here + 1 < len(bare):
            end = _top_level(bare, here + 1)
            last = last if end is None else end
            here = here + 2 if end is None else end + 1
        elif word.startswith(".") and word[1:] in _ENDS:
            last, here = here, here + 1
        elif last is not None or word in _AT or (here > at and word in _NO_HOST):
            break
        else:
            here += 1
    if last is None and bare[at] in _HOSTS and bare[at] not in {"me", "live", "mac"}:
        return at  # "at gmail", and everybody knows the rest
    return last


def _top_level(bare: Sequence[str], at: int) -> int | None:
    """Return the last word of what ends a domain, "com" or "p l", if it begins with a word."""
    word = bare[at]
    is_land = len(word) == 2 and word.isalpha() and word not in _NO_LAND  # noqa: PLR2004 (".fm")
    if word in _ENDS or is_land:
        return at
    for last in range(at + 1, min(at + _SPELLED_MAX, len(bare))):
        letters = bare[at : last + 1]
        if all(len(letter) == 1 for letter in letters) and "".join(letters) in _ENDS:
            return last
    return None


def _local(reading: Reading, at: int, start: int) -> int:
    """Return where the part before "at" begins; there, if there is none."""
    first = at
    for here in range(at - 1, max(start, at - WORDS_MAX) - 1, -1):
        word = reading.bare[here]
        if not word:
            continue
        is_explained = word == "in" and here and reading.bare[here - 1] == "as"
        is_explained = is_explained or (word == "as" and reading.bare[here + 1] == "in")
        single = len(word) == 1
        if word in {"um", "uh", "er", "erm"} and first < at:
            continue
        after = reading.bare[here + 1] if here + 1 < len(reading) else ""
        before = reading.bare[here - 1] if here else ""
        joined = (
            after in _SIGNS
            or before in _SIGNS
            or (word in {"the", "number"} and _is_figure(reading, here, at))
            or (word == "all" and after in {"one", "lower", "lowercase", "small"})
            or (word in {"the", "and"} and here > start and first < at and _is_inner(before))
        )
        if not is_explained and not joined and word in _STOPS and not single:
            break
        if reading.ends_sentence(here) and not single:
            break
        parted = reading.ends_part(here) and first < at and not is_explained
        parted = parted and word not in _SIGNS and after not in _SIGNS
        if parted and word.isalpha() and len(word) > _SYLLABLE and len(after) > 1:
            break
        first = here
    return first
