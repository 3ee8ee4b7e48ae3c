"""Decides which numbers of an utterance are card data."""

from collections.abc import Sequence

from msgspec import Struct

from ..speech import CardKind
from .cues import Cue, Topic, cues_of
from .expiries import is_calendar_year, is_month_and_year, is_year
from .issuers import CARD_DIGITS_MAX, CARD_DIGITS_MIN, is_card_number, may_begin_card
from .runs import Run, runs_in, runs_of
from .spoken import Spoken

_GROUP = 4  # digits, as card numbers are read out
_PART_MIN = 3  # digits of a card that are worth a mask: a group of four with one misheard
# Digits nobody has named that already look like a card being read out.
_UNNAMED = frozenset({8, 12})
_CODE_DIGITS = frozenset({3, 4})
_EXPIRY_DIGITS_MAX = 6
_PHONE_DIGITS = 10
_LENGTHS = range(CARD_DIGITS_MIN, CARD_DIGITS_MAX + 1)


class Found(Struct, frozen=True, gc=False):
    """Card data, and the words it was said in."""

    kind: CardKind
    first_word: int
    last_word: int
    digits: int


class Situation(Struct, frozen=True, gc=False):
    """What was said before, as far as it bears on the numbers that come."""

    topic: Topic | None = None
    is_payment: bool = False  # a card was spoken of not long ago
    is_complete: bool = False  # a whole card number was given not long ago
    open_masked: int = 0  # digits of a card that this track's last utterance ended with
    open_clear: str = ""  # digits it ended with that nobody took for a card


class Judgement(Struct, frozen=True, gc=False):
    """`found` in order. `pending`: digits at the very end that may yet become a card."""

    found: tuple[Found, ...] = ()
    pending: Run | None = None
    trailing: Run | None = None  # digits at the very end, whatever they are
    begun: Run | None = None  # digits at the very end that may be the first of card data


def judge(
    words: Sequence[str],
    situation: Situation,
    *,
    seam: int | None = None,
    spoken: Sequence[Spoken] | None = None,
) -> Judgement:
    """Return the card data of an utterance, given its folded words.

    `seam`: the word where a second utterance of the same speaker begins, said right after.
    `spoken`: what `spoken_in` returns for the words, if that is known.
    """
    runs = runs_of(words) if spoken is None else runs_in(spoken)
    if not runs:
        return Judgement()
    cues = cues_of(words)
    found: list[Found] = []
    unfound: list[Run] = []
    for run in runs:
        bridges = seam is not None and run.first_word < seam <= run.last_word
        topic = _topic_of(run, cues, words, situation)
        is_named = any(cue.last_word < run.first_word for cue in cues)
        kind = _kind_of(run, topic, situation, bridges=bridges, is_named=is_named)
        if kind is None:
            unfound.append(run)
            continue
        found.append(_found(kind, run))
        if kind == "card_number":
            situation = _after_card(situation, len(run.digits))
    found += _scattered(unfound)
    found.sort(key=lambda one: one.first_word)
    last = runs[-1] if runs[-1].trails else None
    if last is None or last not in unfound:
        return Judgement(tuple(found), trailing=last)
    topic = _topic_of(last, cues, words, situation)
    pending = last if topic is None and _may_go_on(last) else None
    begun = last if pending or topic in {"card", "code", "expiry"} else None
    return Judgement(tuple(found), pending, last, begun)


def _found(kind: CardKind, run: Run) -> Found:
    first = run.first_word
    if kind == "expiry_date" and run.month_word is not None:
        first = run.month_word
    return Found(kind, first, run.last_word, len(run.digits))


def _after_card(situation: Situation, digits: int) -> Situation:
    total = situation.open_masked + digits
    return Situation(
        topic="card",
        is_payment=True,
        is_complete=situation.is_complete or total >= CARD_DIGITS_MIN,
    )


_COPULAS = frozenset({"is", "was", "are", "being", "as", "that's", "thats", "it's"})
_AFTER_WORDS = 5  # "is the number on my card"
_LOOSE_WORDS = 10  # beyond, the mention of a card says nothing of a number


def _topic_of(
    run: Run, cues: Sequence[Cue], words: Sequence[str], situation: Situation
) -> Topic | None:
    before = [cue for cue in cues if cue.last_word < run.first_word]
    after = [cue for cue in cues if 0 < cue.first_word - run.last_word <= _AFTER_WORDS]
    following = words[run.last_word + 1].strip(",.") if run.last_word + 1 < len(words) else ""
    # "4821 is my pin", "342 on the back"; but "my card is 4111 and it expires" looks back.
    follows = after and (after[0].first_word == run.last_word + 1 and not before)
    if after and after[0].topic != "part" and (following in _COPULAS or follows):
        return after[0].topic
    if before and before[-1].topic == "part":
        whole = before[-2].topic if len(before) > 1 else situation.topic
        if len(run.digits) < _PART_MIN and not situation.open_masked:
            return "other"  # "the last one I've got is four"
        return "other" if whole == "other" else "card"
    if before:
        cue = before[-1]
        near = run.first_word - cue.last_word <= _LOOSE_WORDS
        if near or cue.topic != "loosely":
            return cue.topic
    return situation.topic or (after[0].topic if after else None)


def _kind_of(  # noqa: PLR0911 (one return a rule)
    run: Run, topic: Topic | None, situation: Situation, *, bridges: bool, is_named: bool
) -> CardKind | None:
    count = len(run.digits)
    if run.is_date:
        return _date(run, topic, situation)
    if count >= CARD_DIGITS_MIN:
        return "card_number" if _is_long_card(run.digits, topic, situation) else None
    if topic == "other":
        return None
    if run.month_word is not None and count <= _GROUP:
        named = topic == "expiry" or (situation.is_payment and is_year(run.digits))
        return "expiry_date" if named else None
    if topic in {"card", "loosely", None} and (kind := _goes_on(run, situation)):
        return kind
    if situation.is_complete and count >= 2 * _GROUP and count != _PHONE_DIGITS:
        return "card_number"  # read back
    if bridges and count >= 2 * _GROUP and may_begin_card(run.digits[:_GROUP]):
        return "card_number"
    # "The last one is nine", once the others were said.
    is_rest = is_named and situation.open_masked > 0
    return _by_topic(run, topic, is_named=is_named, is_rest=is_rest)


def _by_topic(  # noqa: PLR0911 (one return a rule)
    run: Run, topic: Topic | None, *, is_named: bool, is_rest: bool
) -> CardKind | None:
    count, begins = len(run.digits), may_begin_card(run.digits)
    # "my card number is 4": the recogniser stopped early, or the speaker will go on.
    is_start = run.trails and is_named
    match topic:
        case "code" if count in _CODE_DIGITS or (count < _PART_MIN and (run.is_all or is_start)):
            return "security_code"
        case "expiry" if is_month_and_year(run.digits) or is_year(run.digits):
            return "expiry_date"
        case "expiry" if count <= _EXPIRY_DIGITS_MAX and not is_calendar_year(run.digits):
            return "expiry_date" if run.trails else None
        case "card" if not is_calendar_year(run.digits):
            said = count >= _PART_MIN or (run.is_all and count > 1) or is_start or is_rest
            return "card_number" if said else None
        case "loosely" if count == _GROUP and run.digits.endswith("000"):
            return None  # "four thousand": an amount
        case "code" | "expiry" | "loosely":
            enough = _GROUP if topic == "loosely" else 2 * _GROUP
            return "card_number" if count >= enough and begins and _is_read_out(run) else None
        case None if count in _UNNAMED and begins and run.trails:
            return "card_number"
        case _:
            return None


def _is_read_out(run: Run) -> bool:
    return not is_calendar_year(run.digits) and len(run.digits) != _PHONE_DIGITS


def _goes_on(run: Run, situation: Situation) -> CardKind | None:
    """Of digits that an utterance begins with, where those before it were of a card."""
    count, before = len(run.digits), situation.open_masked
    if situation.is_complete and run.is_all and count >= _PART_MIN:
        if count in _CODE_DIGITS:
            is_expiry = count == _GROUP and is_month_and_year(run.digits)
            return "expiry_date" if is_expiry else "security_code"
        return "expiry_date" if is_month_and_year(run.digits) else "card_number"
    if not run.leads:
        return None
    if before and before + count <= CARD_DIGITS_MAX:
        return "card_number" if count > 1 or run.is_all else None
    whole = situation.open_clear + run.digits
    begins = situation.open_clear and may_begin_card(situation.open_clear[:_GROUP])
    is_card = begins and (len(whole) >= CARD_DIGITS_MIN or len(whole) == 2 * _GROUP)
    return "card_number" if is_card else None


def _date(run: Run, topic: Topic | None, situation: Situation) -> CardKind | None:
    if topic == "expiry":
        return "expiry_date"
    is_expiry = is_month_and_year(run.digits)
    by_itself = run.is_all and situation.is_payment
    said = topic in {"card", "loosely", "code"} or (topic is None and by_itself)
    return "expiry_date" if is_expiry and said else None


def _is_long_card(digits: str, topic: Topic | None, situation: Situation) -> bool:
    """Tell whether so many digits are a card: unless they are said to be something else, yes.

    A recogniser mishears a digit in two of three card numbers, so a failed check proves nothing.
    """
    if topic != "other":
        return True
    if situation.is_payment and len(digits) in {15, 16} and may_begin_card(digits[:_GROUP]):
        return True
    if len(digits) <= CARD_DIGITS_MAX:
        return is_card_number(digits)
    return any(is_card_number(digits[:length]) for length in _LENGTHS)


def _scattered(runs: Sequence[Run]) -> list[Found]:
    """Find a number whose groups stand among words that nobody would expect there."""
    for first in range(len(runs)):
        digits = ""
        for last in range(first, len(runs)):
            if runs[last].is_date or len(runs[last].digits) < _PART_MIN:
                break
            digits += runs[last].digits
            if len(digits) >= CARD_DIGITS_MIN and last > first and is_card_number(digits):
                return [_found("card_number", run) for run in runs[first : last + 1]]
    return []


def _may_go_on(run: Run) -> bool:
    """Tell whether nameless digits at the end of an utterance may be the first of a card."""
    return (
        not run.is_date
        and run.month_word is None
        and len(run.digits) >= _GROUP
        and may_begin_card(run.digits)
        and not is_calendar_year(run.digits)
    )
