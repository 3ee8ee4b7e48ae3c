"""Which numbers and codes of an utterance are somebody's: named, asked for, or by their form."""

import re
from collections.abc import Sequence

from ..cards.expiries import is_calendar_year
from .cues import PersonalCue
from .forms import is_national_id, kind_of_form
from .kinds import PersonalKind
from .reading import Reading
from .signs import SignRun
from .situation import PersonalSituation

PART_MIN = 3  # digits of a named number: a group of four with one misheard
NAMELESS_MIN = 8  # digits that nobody named: so many are read out of something private
READ_OUT_MIN = 4  # figures said one by one
CARD_KINDS = frozenset({"card_number", "security_code", "expiry_date"})
_LOOSELY_MIN: dict[PersonalKind, int] = {"phone_number": 7, "account_number": 5}
_PHONE_DIGITS = frozenset({10, 11, 12})
_LOCAL_PHONE, _WHOLE_PHONE = 7, 10
_NAMED_BEFORE, _NAMED_AFTER = 12, 6  # words; beyond, a name says nothing of a number
_FINE_BEFORE = 8
_NEAR = 6
_SSN_GROUPS = (3, 2, 4)
_LINKS = frozenset(
    ["is", "are", "was", "that's", "thats", "it's", "as", "my", "the", "of", "on", "his", "her",
     "our", "their", "to", "which", "being", "'s", "and", "in", "for", "a", "that", "an", "your"]
)  # fmt: skip
_ONE_TIME = re.compile(r"\d{3}-\d{3}")
_TOLL_FREE = re.compile(r"1?8(?:00|33|44|55|66|77|88)\d{7}")


def governing_cue(
    first_word: int, last_word: int, reading: Reading, cues: Sequence[PersonalCue]
) -> PersonalCue | None:
    """Return what the words around a stretch of words say that it is, if they do."""
    before = [cue for cue in cues if cue.last_word < first_word]
    after = [cue for cue in cues if cue.first_word > last_word]
    behind = after[0] if after else None
    named = next((cue for cue in reversed(before) if cue.named != "part"), None)
    if behind is not None and behind.named not in {"part", "person_name"}:
        between = reading.bare[last_word + 1 : behind.first_word]
        links = len(between) <= _NAMED_AFTER and all(word in _LINKS or not word for word in between)
        joins = bool(between) and any(word not in {"and", "in", "on", "to"} for word in between)
        looks_back = named is None or between[:1] in (["is"], ["that's"], ["of"], ["was"])
        parted = joins or reading.ends_part(last_word)
        if links and looks_back and parted and "and" not in between[:1]:
            return behind
    if named is None:
        return None
    reach = _FINE_BEFORE if named.named == "fine" else _NAMED_BEFORE
    return named if first_word - named.last_word <= reach else None


def kind_of_run(  # noqa: PLR0911 (one return a rule)
    run: SignRun,
    reading: Reading,
    cues: Sequence[PersonalCue],
    situation: PersonalSituation,
    *,
    previous: PersonalKind | None = None,
) -> PersonalKind | None:
    """Return whose a run of signs is, or None: nobody's, or a card's.

    `previous`: what the run before it in this utterance was, with nothing named since.
    """
    if run.is_spelled:
        return None
    form = kind_of_form(run.text)
    if form is not None and (form != "postal_address" or not _is_model(run, reading)):
        return form
    if _is_social(run, reading):
        return "national_id"
    cue = governing_cue(run.first_word, run.last_word, reading, cues)
    if cue is not None:
        return _by_cue(run, cue, reading, situation)
    if previous is not None and len(run.digits) >= PART_MIN and not is_calendar_year(run.digits):
        return previous
    if situation.is_fine and situation.open_kind is None:
        return None
    parts = [one for one in cues if one.named == "part" and _is_near(run, one)]
    if parts and PART_MIN <= len(run.digits) <= READ_OUT_MIN and not run.counts:
        return _by_situation(run, situation) or "account_number"  # "last four? double three one"
    return _by_situation(run, situation) or _nameless(run, reading)


def _is_model(run: SignRun, reading: Reading) -> bool:
    """Tell whether a post code stands within one word that nobody would write it in."""
    return run.first_word == run.last_word and "-" in reading.bare[run.first_word]


def _is_social(run: SignRun, reading: Reading) -> bool:
    if len(run.text) != sum(_SSN_GROUPS) or not run.text.isdecimal():
        return False
    return (
        tuple(len(group) for group in run.groups) == _SSN_GROUPS
        or "-" in reading.bare[run.first_word][3:4]
    )


def _by_cue(
    run: SignRun, cue: PersonalCue, reading: Reading, situation: PersonalSituation
) -> PersonalKind | None:
    count = len(run.digits)
    match cue.named:
        case "fine" | "part":
            return None
        case "person_name" | "email_address":
            return _by_situation(run, situation) or _nameless(run, reading)
        case "postal_address":
            is_named = not cue.loosely and count >= PART_MIN and _is_near(run, cue)
        case "date_of_birth":
            told = count >= PART_MIN or (run.trails and _is_near(run, cue))
            is_named = told and count <= NAMELESS_MIN
        case "account_number" | "phone_number" | "national_id" | "pin":
            return _by_number_cue(run, cue, cue.named, reading)
        case _:
            is_named = False  # no card's, that was decided before
    return cue.named if is_named else _nameless(run, reading)


def _by_number_cue(
    run: SignRun, cue: PersonalCue, kind: PersonalKind, reading: Reading
) -> PersonalKind | None:
    count = len(run.digits)
    is_account = kind == "account_number"
    if cue.loosely and is_account and count == _WHOLE_PHONE:
        return "phone_number"  # "the number on the account should be"
    least = PART_MIN
    if cue.loosely:
        least = READ_OUT_MIN if _is_copied(run, cue, reading) else _LOOSELY_MIN[kind]
    begun = not cue.loosely and run.trails and _is_near(run, cue) and count > 1
    is_year = is_account and is_calendar_year(run.digits) and run.text.isdecimal()
    is_free = kind == "phone_number" and _is_toll_free(run, reading)
    enough = count + (count < len(run.text)) >= least
    return kind if (enough or begun) and not is_year and not is_free else None


def _is_near(run: SignRun, cue: PersonalCue) -> bool:
    return abs(run.first_word - cue.last_word) <= _NEAR or run.last_word < cue.first_word


def _is_copied(run: SignRun, cue: PersonalCue, reading: Reading) -> bool:
    """Tell whether a number follows its name at once: "my account is 8820"."""
    return all(word in _LINKS for word in reading.bare[cue.last_word + 1 : run.first_word]) and (
        cue.named == "account_number"
    )


def _is_toll_free(run: SignRun, reading: Reading) -> bool:
    """Tell whether a number is free to call: a company's, unless somebody calls it theirs."""
    return _TOLL_FREE.fullmatch(run.digits) is not None and not _is_mine(reading, run)


def _is_mine(reading: Reading, run: SignRun) -> bool:
    before = reading.bare[max(0, run.first_word - _FINE_BEFORE) : run.first_word]
    return "my" in before or "me" in before


def _by_situation(  # noqa: PLR0911 (one return a rule)
    run: SignRun, situation: PersonalSituation
) -> PersonalKind | None:
    count = len(run.digits)
    if run.counts:
        born = "date_of_birth" in (*situation.asked, situation.recent)
        if born and is_calendar_year(run.digits):
            return "date_of_birth"
        if situation.open_kind == "phone_number" and run.is_all:
            return "phone_number"
        houses = "postal_address" in situation.asked and run.is_all and situation.asked_by_other
        return "postal_address" if houses else None
    opened = situation.open_kind if _may_follow(run, situation.open_kind) else None
    if (
        opened is not None
        and run.leads
        and (count >= PART_MIN or run.is_all or count < len(run.text))
    ):
        return opened
    if situation.asked and (situation.asked_by_other or run.leads):
        fitting: list[PersonalKind] = [kind for kind in situation.asked if _fits(run, kind)]
        if fitting:
            return fitting[0]
        numbers: list[PersonalKind] = [kind for kind in situation.asked if kind in _NUMBERS]
        told = count >= READ_OUT_MIN or (count >= PART_MIN and run.leads)
        if numbers and told and not is_calendar_year(run.digits):
            return numbers[0]
        begun = len(run.text) >= PART_MIN and count < len(run.text)
        if numbers and count and (begun or (run.is_all and count > 1)):
            return numbers[0]
    if _may_follow(run, situation.recent) and run.leads and count and len(run.text) >= PART_MIN:
        return None if is_calendar_year(run.digits) else situation.recent
    return None


def _may_follow(run: SignRun, kind: PersonalKind | None) -> bool:
    return kind is not None and (kind in _NUMBERS or _fits(run, kind))


_NUMBERS: frozenset[PersonalKind] = frozenset(
    {"phone_number", "account_number", "national_id", "pin"}
)


def _fits(  # noqa: PLR0911 (one return a rule)
    run: SignRun, kind: PersonalKind
) -> bool:
    count = len(run.digits)
    match kind:
        case "phone_number":
            return count in _PHONE_DIGITS or count == _LOCAL_PHONE
        case "postal_address":
            return count in {5, 9} and run.text.isdecimal()
        case "national_id":
            return count in {4, 9, 10, 11, 12}
        case "pin":
            return 4 <= count <= 8  # noqa: PLR2004
        case "date_of_birth":
            return is_calendar_year(run.digits) or (run.is_all and count <= NAMELESS_MIN)
        case "account_number":
            return count >= READ_OUT_MIN and not is_calendar_year(run.digits)
        case _:
            return False


def _nameless(  # noqa: PLR0911 (one return a rule)
    run: SignRun, reading: Reading
) -> PersonalKind | None:
    digits, count = run.digits, len(run.digits)
    if run.counts or _is_toll_free(run, reading):
        return None
    if run.is_dialled and count >= _LOCAL_PHONE:
        return "phone_number"
    if count in _PHONE_DIGITS:
        return "national_id" if is_national_id(digits) and len(run.groups) > 1 else "phone_number"
    if _ONE_TIME.fullmatch(reading.bare[run.first_word]):
        return "pin"
    if count == _LOCAL_PHONE and (_is_local(run) or _is_read_out(run) or run.groups == (digits,)):
        return "phone_number"
    if count >= NAMELESS_MIN:
        return "account_number"
    return "account_number" if _is_read_out(run) else None


def _is_local(run: SignRun) -> bool:
    return len(run.groups[0]) == 3 and run.groups[0].isdecimal()  # noqa: PLR2004 (555 0142)


def _is_read_out(run: SignRun) -> bool:
    """Tell whether figures were said one by one, as nobody says what counts something."""
    singles = sum(len(group) == 1 or len(set(group)) == 1 for group in run.groups)
    return len(run.digits) >= READ_OUT_MIN and singles == len(run.groups) > PART_MIN
