"""Masks the numbers that no model and no screen may be given. Pure.

Account numbers, national ids, codes of access; card data once more. Found as they are found in what
is said, for texts come from models, articles and people as well, which nobody looked through.
"""

import re
from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from ..events.cards.spoken import folded, pieces_of
from ..events.privacy.context import PersonalContext
from ..events.privacy.judging import FoundPersonal, judge_personal
from ..events.privacy.kinds import PERSONAL_KINDS, PERSONAL_MASKS, PLACES, PersonalKind, Place
from ..events.privacy.masking import masked_personal

# What is never sent; names, telephone numbers and addresses are what conversations are about.
PRIVATE_KINDS: frozenset[PersonalKind] = frozenset(
    {"card_number", "security_code", "expiry_date", "account_number", "national_id", "pin"}
)

_SHOWN: dict[PersonalKind, tuple[Place, ...]] = {
    kind: PLACES for kind in PERSONAL_KINDS if kind not in PRIVATE_KINDS
}
_LINE_WORDS_MAX = 250  # longer lines are judged in parts: what is looked for is near by
_LINE_MS = 4_000  # as long as a turn takes; what one line asks for, those of a minute may tell
_TRACK = "from_customer"  # nobody says whose line it is
_AFTER = ".,;:!?…\"')]}"


class Checked(Struct, frozen=True):
    """A text that may be sent and shown, and what was masked in it, in order."""

    text: str
    found: tuple[PersonalKind, ...] = ()


def sanitised(text: str) -> Checked:
    """Return the text with private numbers masked, spoken or written; the rest as it stands.

    Give a conversation as a whole, one turn a line: what one line asks for, the next ones tell.
    """
    found: list[PersonalKind] = []
    lines: list[str] = []
    context, at_ms = PersonalContext(), 0
    for line in text.split("\n"):
        for part in _parts(line):
            private = _private(part, context, at_ms)
            lines.append(_without(part, private))
            found.extend(one.kind for one in private)
            at_ms += _LINE_MS if part.strip() else 0
        lines.append("\n")
    return Checked("".join(lines[:-1]), tuple(found)) if found else Checked(text)


_WORD = re.compile(r"\S+")


def _parts(line: str) -> Iterator[str]:
    """Yield a line, or what it consists of: never cut among numbers."""
    start, count = 0, 0
    for word in _WORD.finditer(line):
        if count >= _LINE_WORDS_MAX and not _is_number(word[0]):
            yield line[start : word.start()]
            start, count = word.start(), 0
        count += 1
    yield line[start:]


def _is_number(word: str) -> bool:
    return any(piece.kind not in {"word", "apart"} for piece in pieces_of([folded(word)]))


def _private(line: str, context: PersonalContext, at_ms: int) -> list[FoundPersonal]:
    """Return what is private in a line, which then is folded without it."""
    words = line.split()
    situation = context.situation(_TRACK, at_ms=at_ms)
    found = judge_personal(words, replace(situation, asked_by_other=True)).found
    safe = masked_personal(line, (), found, shown_in=_SHOWN)
    context.take(
        _TRACK, safe.text, safe.masks, safe.personal, started_ms=at_ms, ended_ms=at_ms + _LINE_MS
    )
    return [one for one in found if one.kind in PRIVATE_KINDS]


def _without(line: str, private: list[FoundPersonal]) -> str:
    if not private:
        return line
    places = list(_WORD.finditer(line))
    kept: list[str] = []
    at = 0
    for one in private:
        last = places[one.last_word]
        kept += [line[at : places[one.first_word].start()], PERSONAL_MASKS[one.kind]]
        at = last.start() + len(last[0].rstrip(_AFTER))
    return "".join([*kept, line[at:]])
