"""What a contact's utterances so far say of what comes: who asked for what, what is half told."""

from collections.abc import Sequence

from msgspec import Struct

from ..base import Track
from ..cards.context import CardContext
from ..cards.masking import folded_words
from ..cards.runs import says_nothing
from ..speech import CardMask, PersonalSpan
from .cues import PersonalCue, personal_cues_of
from .kinds import PersonalKind
from .numbers import CARD_KINDS
from .situation import PersonalSituation

# On the contact clock.
ASKED_MS = 60_000  # who is asked for a number may have to look for it
OPEN_MS = 30_000  # the longest pause between the parts of one number
RECENT_MS = 30_000  # a number is read back at once
# Digits after which a number is whole, and what follows is another.
_WHOLE: dict[PersonalKind, int] = {"phone_number": 10, "national_id": 9, "postal_address": 5}
_NUMBERED = frozenset(
    {"phone_number", "account_number", "national_id", "pin", "postal_address", "date_of_birth"}
)
# What the last four of something nobody named are taken for.
_SOME_NUMBER: tuple[PersonalKind, ...] = ("account_number",)
_SHORT_TURN = 12  # words: a longer one that names nothing has gone on to something else


class _Open(Struct, frozen=True):
    """What a track's last utterance ended with."""

    ended_ms: int
    kind: PersonalKind | None = None
    digits: int = 0


class PersonalContext:
    """The fold of finals as they are stored, masks included, so that a restart knows as much.

    Changed by `take` alone, with finals in the order of their positions.
    """

    def __init__(self) -> None:
        self._cards = CardContext()
        self._asked: tuple[PersonalKind, ...] = ()
        self._asked_ms = 0
        self._asked_by: Track | None = None
        self._is_fine = False
        self._ends: dict[Track, _Open] = {}
        self._recent: PersonalKind | None = None
        self._recent_ms = 0

    def take(
        self,
        track: Track,
        text: str,
        masks: Sequence[CardMask],
        personal: Sequence[PersonalSpan],
        *,
        started_ms: int,
        ended_ms: int,
    ) -> None:
        """Fold a final, as it is stored."""
        before = self.situation(track, at_ms=started_ms)
        words = _plain(text, personal)
        self._cards.take(track, " ".join(words), masks, started_ms=started_ms, ended_ms=ended_ms)
        told = {span.kind for span in personal}
        hidden = {mask.word for mask in masks}
        clear_words = ["" if at in hidden else word for at, word in enumerate(words)]
        self._name(track, clear_words, personal, ended_ms)
        self._asked = tuple(kind for kind in self._asked if kind not in told)
        self._end(track, words, personal, before, ended_ms)

    def situation(self, track: Track, *, at_ms: int, beside: str = "") -> PersonalSituation:
        """Return what bears on what `track` says from `at_ms` on.

        `beside`: what the other track is saying at this moment.
        """
        asked, by_other = self._asked, self._asked_by != track
        is_fine = self._is_fine and by_other
        if at_ms - self._asked_ms > ASKED_MS:
            asked, is_fine = (), False
        asking = _kinds_of(personal_cues_of(folded_words(beside))) if beside else ()
        if asking:
            asked, by_other = asking, True
        end = self._ends.get(track)
        is_open = end is not None and at_ms - end.ended_ms <= OPEN_MS
        is_recent = self._recent is not None and at_ms - self._recent_ms <= RECENT_MS
        return PersonalSituation(
            cards=self._cards.situation(track, at_ms=at_ms, beside=beside),
            asked=asked,
            asked_by_other=by_other,
            is_fine=is_fine and not asking,
            open_kind=end.kind if end and is_open else None,
            open_digits=end.digits if end and is_open else 0,
            recent=self._recent if is_recent else None,
        )

    def _name(
        self, track: Track, words: Sequence[str], personal: Sequence[PersonalSpan], at_ms: int
    ) -> None:
        cues = personal_cues_of(words)
        kinds = _kinds_of(cues)
        if kinds:
            self._asked, self._asked_ms, self._asked_by = kinds, at_ms, track
            self._is_fine = False
        elif any(cue.named in CARD_KINDS or cue.named == "fine" for cue in cues):
            self._asked, self._asked_ms, self._asked_by = (), at_ms, track
            self._is_fine = any(cue.named == "fine" and not cue.loosely for cue in cues)
        elif not self._asked and len(words) <= _SHORT_TURN and _asks_for_part(cues, words):
            self._asked, self._asked_ms, self._asked_by = _SOME_NUMBER, at_ms, track
        elif not cues and not personal and len(words) > _SHORT_TURN and track == self._asked_by:
            self._asked = ()

    def _end(
        self,
        track: Track,
        words: Sequence[str],
        personal: Sequence[PersonalSpan],
        before: PersonalSituation,
        at_ms: int,
    ) -> None:
        numbered = [span for span in personal if span.kind in _NUMBERED]
        if numbered:
            self._recent, self._recent_ms = numbered[-1].kind, at_ms
        last = personal[-1] if personal else None
        if last is None or last.kind not in _NUMBERED or not _ends_with(last, words):
            kind = before.open_kind if last is None and says_nothing(words) else None
            self._ends[track] = _Open(at_ms, kind, before.open_digits if kind else 0)
            return
        digits = last.digits + (before.open_digits if before.open_kind == last.kind else 0)
        whole = digits >= _WHOLE.get(last.kind, _NEVER)
        self._ends[track] = _Open(at_ms, None if whole else last.kind, digits)


_NEVER = 1_000
_MASK = "mask"


def _plain(text: str, personal: Sequence[PersonalSpan]) -> list[str]:
    """Return the folded words of a text, with a word that says nothing for what is personal."""
    words = folded_words(text)
    for span in personal:
        words[span.first_word : span.last_word + 1] = [_MASK] * (
            span.last_word - span.first_word + 1
        )
    return words


def _ends_with(span: PersonalSpan, words: Sequence[str]) -> bool:
    behind = words[span.last_word + 1 :]
    return not behind or says_nothing(behind)


def _asks_for_part(cues: Sequence[PersonalCue], words: Sequence[str]) -> bool:
    """Tell whether the last four of something are asked for, and not said of what."""
    return any(
        cue.named == "part" and words[cue.last_word].strip(".,?!") in {"four", "4", "digits"}
        for cue in cues
    )


def _kinds_of(cues: Sequence[PersonalCue]) -> tuple[PersonalKind, ...]:
    """Return the kinds of personal data that cues name, each once, in their order."""
    kinds: dict[PersonalKind, None] = {}
    for cue in cues:
        named = cue.named
        if not cue.loosely and named not in CARD_KINDS and named not in ("fine", "part"):
            kinds[named] = None
    return tuple(kinds)
