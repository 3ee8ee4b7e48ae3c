"""What personal data the words of an utterance name: it is asked for, or about to be told. Pure.

Broad on purpose, and of its own: what the text's detectors do not make of a turn is what redaction
has to fear. A name alone removes nothing; it makes a turn be looked at (`doubts.py`).
"""

import re
from collections.abc import Mapping, Sequence

from msgspec import Struct

from ...events.cards.cues import Topic, cues_of
from ...events.cards.runs import Run
from ...events.cards.spoken import Piece, numbers_of, pieces_of
from ...events.privacy.kinds import PERSONAL_MASKS, PersonalKind

# How many digits a kind has at least. With fewer of them heard, others may have been said.
# Source: measured on clips (13, 9, 6, 3, 4); a telephone number is one with its area code.
DIGITS_MIN: Mapping[PersonalKind, int] = {
    "card_number": 13,
    "expiry_date": 3,
    "security_code": 3,
    "pin": 4,
    "account_number": 6,
    "national_id": 9,
    "phone_number": 10,
}
PART_DIGITS = 4  # "the last four of your social"
LONG_DIGITS = 7  # nothing is counted in larger numbers
SHORT_DIGITS = 3  # a security code
SCRAP_DIGITS = 2  # of which one more may have been misheard
# Kinds so short that one misheard digit is a good part of them, and an answer says little else.
CODES: frozenset[PersonalKind] = frozenset({"security_code", "pin"})


class Naming(Struct, frozen=True):
    """What an utterance names, and how."""

    kinds: frozenset[PersonalKind]
    in_part: bool  # only the first or last digits of something
    tells: frozenset[PersonalKind]  # of these: "my card number is", and nothing after it


def naming_of(words: Sequence[str]) -> Naming:
    """Return what folded words name. Masks are passed over: they are no question."""
    bare = [_NOTHING if _is_mask(word) else word for word in words]
    text = " ".join(bare)
    found: dict[PersonalKind, int] = {}  # by kind, where the last of its names ends, in the text
    topics = cues_of(bare)
    for cue in topics:
        if (kind := _OF_CARDS.get(cue.topic)) is not None:
            found[kind] = len(" ".join(bare[: cue.last_word + 1]))
    for match in _NAMES.finditer(text):
        kind = _KINDS[match.lastgroup or ""]
        found[kind] = max(found.get(kind, 0), match.end())
    return Naming(
        kinds=frozenset(found),
        in_part=any(cue.topic == "part" for cue in topics),
        tells=frozenset(kind for kind, end in found.items() if _ENDS_TELLING.fullmatch(text, end)),
    )


def unnamed_in(words: Sequence[str], numbers: Sequence[Run]) -> list[Run]:
    """Return numbers that may be anything, in a turn that names nothing they could be.

    A recogniser that mishears one word loses what a number is: "the ceiling is three six six".
    Long ones, and shorter ones that are told as something or that a turn ends with, are removed,
    unless the turn speaks of anything that is harmless.
    """
    if _HARMLESS.search(" ".join(words)):
        return []
    return [run for run in numbers if not _is_year(run) and _is_told(run, words)]


def is_scrap(words: Sequence[str], numbers: Sequence[Run]) -> bool:
    """Tell whether a turn holds half a name and digits: few at its end, or some after "reach me".

    So does one with a decimal number longer than anything is paid or measured in.

    Where "security code is three five eight" was heard as "security, go this free 5-8", neither
    the name nor the number is whole, and the times of such words are not to be trusted.
    """
    text = " ".join(words)
    if _HARMLESS.search(text):
        return False
    if any(_LONG.fullmatch(word) for word in words):
        return True
    told = [run for run in numbers if not _is_year(run)]
    if _SCRAPS.search(text) and any(run.trails and len(run.digits) >= SCRAP_DIGITS for run in told):
        return True
    return bool(_REACH.search(text)) and any(len(run.digits) >= PART_DIGITS for run in told)


def digits_written(words: Sequence[str]) -> int:
    """Return how many digits are written in folded words, in whatever numbers they ended up.

    A telephone number may arrive as "5.5, till 9.0, 5.4, 3.2", which are quantities to anybody.
    """
    own = [word for word in words if not _is_mask(word)]
    return sum(character.isdecimal() for word in own for character in word)


def hints_at_digits(words: Sequence[str]) -> bool:
    """Tell whether folded words hold a digit, or what may be one misheard: "free when won't"."""
    own = [_NOTHING if _is_mask(word) else word for word in words]
    return digits_written(words) > 0 or any(
        isinstance(one, Piece) and one.kind == "misheard" for one in numbers_of(pieces_of(own))
    )


def is_garbled(words: Sequence[str], naming: Naming) -> bool:
    """Tell whether digits of what a turn names may stand in it as fractions: "4.7, 7.8 to 4.3"."""
    return any(DIGITS_MIN.get(kind) for kind in naming.kinds) and any(
        _FRACTION.match(word) for word in words
    )


def _is_told(run: Run, words: Sequence[str]) -> bool:
    if len(run.digits) >= LONG_DIGITS:
        return True
    before = words[max(0, run.first_word - 2) : run.first_word]
    ends = run.trails and not any(_OF_HOURS.fullmatch(word) for word in before)
    told = ends or any(_TELLS.fullmatch(word) for word in before)
    return told and len(run.digits) >= SHORT_DIGITS


def _is_year(run: Run) -> bool:
    return run.is_date or run.month_word is not None or bool(_YEAR.fullmatch(run.digits))


def _is_mask(word: str) -> bool:
    return any(word.startswith(mask) for mask in PERSONAL_MASKS.values())


_NOTHING = "…"
_OF_CARDS: Mapping[Topic, PersonalKind] = {
    "card": "card_number",
    "code": "security_code",
    "expiry": "expiry_date",
}
_NUMBER = r"(?:number|no\.?|nr|digits?|id)"
_NAMES = re.compile(
    rf"""(?<!\w)(?:
    (?P<national_id>
        social\ssecurity(?:\s{_NUMBER})?|(?:your|my|the|full|last\sfour\sof\syour)\ssocial
      | s\.?s\.?n\.?|national\sinsurance\s{_NUMBER}|itin|tax(?:payer)?\s(?:id\w*|{_NUMBER})
      | (?:passport|medicare|driver'?s?\slicen[cs]e|licen[cs]e)\s{_NUMBER}
    )
  | (?P<pin>
        (?:pin|pass\s?code)(?:\s(?:number|code))?|security\spin
      | (?:one[-\s]time|verification|access)\s(?:pass)?code
    )
  | (?P<security_code>
        back\sof\s(?:the|your|my)\s(?:\w+\s)?card|(?:last\s)?(?:three|3)\sdigits?
    )
  | (?P<account_number>
        (?:account|acct|routing|policy|member(?:ship)?|customer|client|loan|iban|claim)\s{_NUMBER}
      | sort\scode|iban
    )
  | (?P<phone_number>
        (?:(?:tele)?phone|mobile|cell(?:\sphone)?|call\s?back|contact|home|work|fax)\s{_NUMBER}
      | (?:best|good|right)\snumber|number\s(?:to|i|we|you|they)\s(?:can\s)?(?:reach|call|ring|text)
      | (?:reach|call|ring|text)\s(?:me|you|us|him|her)\s(?:back\s)?(?:at|on)
    )
  | (?P<date_of_birth> (?:date\sof\s|birth\s?)(?:birth|date)|birthday|born(?:\son)?|d\.?o\.?b\.? )
  | (?P<email_address> e-?mail(?:\saddress)?(?:\sis|\syou|\son\sfile)|e-?mail\saddress )
  | (?P<postal_address>
        (?:home|mailing|billing|street|postal|shipping|delivery|full|current|new|your|my)\saddress
      | zip(?:\scode)?|post\s?code
    )
  | (?P<person_name>
        (?:your|first|last|full|sur|middle|maiden)\s?name|my\sname\sis|name\son\sthe\s(?:card|account)
    )
    )(?!\w)""",
    re.VERBOSE,
)
_KINDS: Mapping[str, PersonalKind] = {
    "national_id": "national_id",
    "pin": "pin",
    "security_code": "security_code",
    "account_number": "account_number",
    "phone_number": "phone_number",
    "date_of_birth": "date_of_birth",
    "email_address": "email_address",
    "postal_address": "postal_address",
    "person_name": "person_name",
}
# What may stand behind a name where the thing itself should.
_ENDS_TELLING = re.compile(
    r"[\s.,:]*(?:for\s(?:this|that|it)\s)?(?:is|it's|its|that's|would\sbe|'s|starts\swith|:)"
    r"(?:[\s.,…]|um|uh|er|the|it's)*"
)
_TELLS = re.compile(r"is|are|it's|that's|was|\w+'s|[\w']+:")
_OF_HOURS = re.compile(r"from|between|until|till?|at|by|after|before|around|about")
_FRACTION = re.compile(r"\d+\.\d")
_YEAR = re.compile(r"(?:19|20)\d\d")
_SCRAPS = re.compile(
    r"""(?<!\w)(?:
    security(?!\s(?:deposit|guard|team|department|system|camera|update|line|alarm|fee|patch|light))
  | social(?!\s(?:media|work|club|service|housing|tariff|event))
  | codes? | digits? | pin | c\.?\s?v\.?(?:\s?[vc]\.?)?
    )(?!\w)""",
    re.VERBOSE,
)
_LONG = re.compile(r"\d{7,}\.\d+\W*")
_REACH = re.compile(r"(?<!\w)(?:reach|call|ring|text|phone)\s(?:me|us|him|her)(?!\w)")
_HARMLESS = re.compile(
    r"""(?<!\w)(?:
    orders?|confirmation|reference|ref|booking|reservation|case|ticket|tracking|shipment|parcel
  | invoice|receipt|serial|model|version|flight|gate|room|channel|error|sku|item|extension|store
  | branch|total|balance|amount|bills?|price|cost|costs|speed|temperature|weight|year|years|since
  | country|area|promo|promotion|promotional|discount|coupon|voucher|offer|dress
  | hotline|website|highway|route|exit|page|chapter|percent|steps?
    )(?!\w)""",
    re.VERBOSE,
)
