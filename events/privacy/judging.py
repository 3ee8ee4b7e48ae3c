"""Decides which words of an utterance are personal data, card data included."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from msgspec import Struct

from ..cards.expiries import is_calendar_year
from ..cards.judging import judge
from .addresses import addresses_of
from .answers import (
    expiry_words,
    is_code_alone,
    post_code,
    told_address,
    told_email,
    told_month,
)
from .cues import personal_cues_of
from .dates import Dated, dates_of
from .emails import emails_of, local_part_begins
from .extents import CODED, with_words_around
from .forms import is_iban
from .kinds import PERSONAL_MASKS, PersonalKind
from .names import names_of
from .numbers import governing_cue, kind_of_run
from .reading import Reading
from .rules import NO_RULES, Rules, allowed_words, matched
from .signs import SignRun, sign_runs_of
from .situation import PersonalSituation

NAME_LETTERS_MIN = 3  # spelled, where a name was said or asked for
EXPLAINED_WORDS = 3  # to a letter: "k for kilo"
SPELLED_MIN = 5  # letters that nobody announced; fewer are "U S B" and "H D M I"
PENDING_MIN = 5  # nameless digits that may be the first of a number
BORN_MAX = 2012  # callers are older than that, and so are few contracts
_EVENT_NEAR = 3
# Before a date, these say that something else happened then.
_EVENTS = frozenset(
    ["since", "on", "in", "opened", "joined", "bought", "started", "dated", "by", "until", "from",
     "before", "after", "statement", "installed", "ordered", "due", "till", "between", "moved",
     "signed", "ended", "ending", "delivered", "back", "charged", "left", "arrived", "sent"]
)  # fmt: skip
_SPELLING = frozenset(
    {"spelled", "spell", "spelling", "spelt", "letters", "write", "that's", "it's"}
)


class FoundPersonal(Struct, frozen=True, gc=False):
    """Personal data, and the words it was said in."""

    kind: PersonalKind
    first_word: int
    last_word: int  # included
    digits: int = 0  # how many were said


class PersonalJudgement(Struct, frozen=True, gc=False):
    """`found` in order, none over another; card data included."""

    found: tuple[FoundPersonal, ...] = ()
    # First word of nameless digits at the very end that the next words may make personal data.
    pending: int | None = None
    begun: int | None = None  # first word of what, at the very end, may become personal data
    trailing: str = ""  # digits at the very end that nobody took for anything


def judge_personal(
    words: Sequence[str],
    situation: PersonalSituation,
    *,
    rules: Rules = NO_RULES,
    beside: Iterable[tuple[PersonalKind, int, int]] = (),
    seam: int | None = None,
) -> PersonalJudgement:
    """Return the personal data of an utterance, given its words as they stand.

    `beside`: kind, first and last word of what others found in them; it may only add.
    `seam`: the word where a second utterance of the same speaker begins, said right after.
    """
    if not words:
        return PersonalJudgement()
    reading = Reading(words)
    cards = judge(reading.folded, situation.cards, seam=seam, spoken=reading.spoken)
    scan = _Scan(reading, situation)
    if cards.found:
        scan.run_ibans()
    for one in cards.found:
        is_expiry = one.kind == "expiry_date"
        first = expiry_words(reading, one.first_word) if is_expiry else one.first_word
        scan.add(one.kind, first, one.last_word, one.digits)
    if situation.cards.topic == "expiry" and (month := told_month(reading, scan.taken)):
        scan.add("expiry_date", *month)
    for kind, first, last in matched(words, rules):
        scan.add(kind, first, last)
    allowed = allowed_words(reading.bare, rules) | _masks_in(words)
    runs = scan.run(allowed)
    for recognizer in rules.recognizers:
        for kind, first, last in recognizer.find(words):
            scan.add(kind, first, last)
    for kind, first, last in beside:
        scan.add(kind, first, last)
    found = scan.settled()
    pending, begun = _open_end(scan, runs, found)
    if cards.pending is not None:
        pending = min(cards.pending.first_word, len(words) if pending is None else pending)
    card_begun = cards.begun.first_word if cards.begun is not None else None
    starts = [one for one in (begun, card_begun, pending) if one is not None]
    trailing = cards.trailing.digits if cards.trailing is not None else ""
    return PersonalJudgement(found, pending, min(starts, default=None), trailing)


def _masks_in(words: Sequence[str]) -> set[int]:
    """Return where masks stand: what is behind them was found before."""
    return {
        at for at, word in enumerate(words) if word[:1] == "[" and word.rstrip(".,;:!?…") in _MASKS
    }


_MASKS = frozenset(PERSONAL_MASKS.values())


class _Scan:
    """What was found of an utterance so far. Detectors see no word that another took."""

    def __init__(self, reading: Reading, situation: PersonalSituation) -> None:
        self.reading = reading
        self.situation = situation
        self.cues = personal_cues_of(reading.folded)
        self.dates = dates_of(reading) if reading.has_dates else []
        self.found: list[FoundPersonal] = []
        self.taken: set[int] = set()

    def add(self, kind: PersonalKind, first: int, last: int, digits: int = 0) -> None:
        """Take words for personal data, but for those that were taken before."""
        while first <= last and first in self.taken:
            first += 1
        until = next((at for at in range(first, last + 1) if at in self.taken), last + 1)
        if first < until:
            self.found.append(FoundPersonal(kind, first, until - 1, digits))
            self.taken.update(range(first, until))
            if until <= last:
                self.add(kind, until, last, digits)

    def run_ibans(self) -> None:
        """Take what its check digits prove to be an account before its digits pass for a card's."""
        for run in sign_runs_of(self.reading, ()):
            if is_iban(run.text):
                self.add("account_number", run.first_word, run.last_word, len(run.digits))

    def run(self, allowed: set[int]) -> list[SignRun]:
        """Look for everything, the surest first; return what signs were read out."""
        self.taken |= allowed
        for first, last in emails_of(self.reading):
            self.add("email_address", first, last)
        self._answered_email()
        for date in self.dates:
            if self._is_birth(date):
                self.add("date_of_birth", date.first_word, date.last_word, 8)
        for first, last in addresses_of(
            self.reading, starts=self._address_starts(), asked=self._is_asked("postal_address")
        ):
            self.add("postal_address", first, last)
        self._answered_address()
        runs = self._numbers()
        for first, last in names_of(
            self.reading, taken=self.taken, asked=self._is_asked("person_name")
        ):
            self.add("person_name", first, last)
        self._spelled(runs)
        return runs

    def _answered_email(self) -> None:
        """Take a short answer to the question for an e-mail for a part of it, without its "at"."""
        if not self._is_asked("email_address") or self.found:
            return
        told = told_email(self.reading)
        if told is not None and not any(cue.named == "email_address" for cue in self.cues):
            self.add("email_address", *told)

    def _answered_address(self) -> None:
        """Take what follows "postcode", and a short answer to the question for an address."""
        for cue in self.cues:
            if cue.named == "postal_address" and not cue.loosely:
                code = post_code(self.reading, self._behind(cue.last_word + 1))
                if code is not None:
                    self.add("postal_address", *code)
        asked = self._is_asked("postal_address")
        others = any(one.kind != "postal_address" for one in self.found)
        if others or not (asked or self.situation.open_kind == "postal_address"):
            return
        told = is_code_alone(self.reading)
        if told is None and asked and not any(cue.named != "postal_address" for cue in self.cues):
            told = told_address(self.reading)
        if told is not None:
            self.add("postal_address", *told)

    def _behind(self, at: int) -> int:
        while at < len(self.reading) and self.reading.bare[at] in _TO_ADDRESS:
            at += 1
        return at

    def settled(self) -> tuple[FoundPersonal, ...]:
        """Return what was found, in order; what touches and is of one kind as one."""
        self.found.sort(key=lambda one: one.first_word)
        merged: list[FoundPersonal] = []
        for one in self.found:
            before = merged[-1] if merged else None
            if (
                before is not None
                and before.kind == one.kind
                and one.first_word == before.last_word + 1
            ):
                merged[-1] = FoundPersonal(
                    one.kind, before.first_word, one.last_word, before.digits + one.digits
                )
            else:
                merged.append(one)
        return tuple(merged)

    def _is_asked(self, kind: PersonalKind) -> bool:
        return kind in self.situation.asked and self.situation.asked_by_other

    def _address_starts(self) -> set[int]:
        """Return the words where an address begins, going by what was said before them."""
        starts: set[int] = set()
        for cue in self.cues:
            if cue.named == "postal_address":
                starts.add(self._behind(cue.last_word + 1))
        return starts

    def _is_birth(self, date: Dated) -> bool:
        cue = governing_cue(date.first_word, date.last_word, self.reading, self.cues)
        if cue is not None and cue.named == "date_of_birth":
            return True
        if date.is_read_out and any(cue.named in _NUMBERED for cue in self.cues):
            return False
        if self.situation.asked and "date_of_birth" in self.situation.asked:
            return cue is None or cue.named == "person_name" or date.year is not None
        if date.year is None or date.year > BORN_MAX:
            return any(one.kind == "date_of_birth" for one in self.found) and date.year is not None
        if cue is not None and cue.named in {"fine", "expiry_date", "account_number"}:
            return False
        before = self.reading.bare[max(0, date.first_word - _EVENT_NEAR) : date.first_word]
        return not any(word in _EVENTS for word in before)

    def _numbers(self) -> list[SignRun]:
        named = {at for cue in self.cues for at in range(cue.first_word, cue.last_word + 1)}
        runs = sign_runs_of(self.reading, self.taken | named) if self.reading.has_signs else []
        previous: PersonalKind | None = None
        for before, run in pairwise([None, *runs]):
            if run is None:
                continue
            near = before is not None and run.first_word - before.last_word <= _NEAR
            kind = kind_of_run(
                run, self.reading, self.cues, self.situation, previous=previous if near else None
            )
            if kind is not None:
                self.add(kind, *with_words_around(run, kind, self.reading), len(run.digits))
                previous = kind
        return runs

    def _spelled(self, runs: Iterable[SignRun]) -> None:
        """Take letters for a name that is spelled, where they can hardly be anything else."""
        for run in runs:
            opened = self.situation.open_kind
            asked: list[PersonalKind] = [kind for kind in CODED if self._is_asked(kind)]
            coded = opened if opened in CODED else next(iter(asked), None)
            if coded is not None and run.is_spelled and run.is_all:
                self.add(coded, run.first_word, run.last_word)
            words = run.last_word - run.first_word + 1
            is_explained = len(run.text) > 1 and words >= EXPLAINED_WORDS * len(run.text)
            if run.is_spelled and is_explained:
                self.add("person_name", run.first_word, run.last_word)
            if not run.is_spelled or len(run.text) < NAME_LETTERS_MIN:
                continue
            before = self.reading.bare[max(0, run.first_word - 4) : run.first_word]
            ended = [one for one in self.found if 0 < run.first_word - one.last_word <= 4]  # noqa: PLR2004
            names = any(one.kind in {"person_name", "email_address"} for one in ended)
            names = names or self._is_asked("person_name") or self._is_asked("email_address")
            names = names or any(cue.named in {"person_name", "email_address"} for cue in self.cues)
            names = names or any(word in _SPELLING for word in before)
            if names or len(run.groups) >= SPELLED_MIN:
                self.add("person_name", run.first_word, run.last_word)


_NUMBERED = frozenset({"phone_number", "account_number", "national_id", "pin"})
_NEAR = 9  # words between the parts of one number
_TO_ADDRESS = frozenset(
    ["is", "it's", "its", "at", "to", "the", "um", "uh", "that's", "of", "my", "was", "on", "would",
     "be", "number", "from", "me", "file", "should", "now", "still", "for", "account"]
)  # fmt: skip


def _open_end(
    scan: _Scan, runs: Sequence[SignRun], found: Sequence[FoundPersonal]
) -> tuple[int | None, int | None]:
    """Return where at the end begins what may yet become personal data: in a final, a partial."""
    reading, situation = scan.reading, scan.situation
    begun: list[int] = []
    pending: int | None = None
    last = runs[-1] if runs and runs[-1].trails else None
    if last is not None and last.first_word not in scan.taken:
        cue = governing_cue(last.first_word, last.last_word, reading, scan.cues)
        named = cue is not None and cue.named != "fine"
        is_nameless = cue is None and not situation.asked and not is_calendar_year(last.digits)
        if named or situation.asked or (is_nameless and len(last.digits) >= NAME_LETTERS_MIN):
            begun.append(last.first_word)
        if is_nameless and len(last.digits) >= PENDING_MIN:
            pending = last.first_word
    begun += [
        date.first_word
        for date in scan.dates[-1:]
        if date.last_word == len(reading) - 1 and date.first_word not in scan.taken
    ]
    begins = local_part_begins(reading)
    if begins is not None and not any(one.last_word >= begins for one in found):
        begun.append(begins)
    begun += _announced(scan)
    return pending, min(begun, default=None)


def _announced(scan: _Scan) -> Iterable[int]:
    """Yield where words stand behind "my e-mail is" or "i live at" that are not found yet."""
    cue = scan.cues[-1] if scan.cues else None
    kinds = {"email_address", "postal_address"}
    asked = kinds.intersection(scan.situation.asked) if scan.situation.asked_by_other else ()
    if cue is not None and cue.named in kinds:
        start = cue.last_word + 1
    elif cue is None and asked and not scan.found:
        start = 0
    else:
        return
    reading = scan.reading
    while start < len(reading) and reading.bare[start] in _TO_ADDRESS:
        start += 1
    behind = range(start, len(reading))
    if behind and len(behind) <= _ANNOUNCED_MAX and not any(at in scan.taken for at in behind):
        yield start


_ANNOUNCED_MAX = 8  # words: beyond, it was another sentence
