"""What is named in a contact: money, dates, durations, numbers, addresses, products. By rules.

English. What it finds is told in the words that were said, sealed: some of it is personal.
"""

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

from ...events.base import UtteranceId
from ...events.insights import EntityFound, EntityKind
from ...events.sealed import Sealed
from .heard import Said

ENTITIES_BY = "rules-en/1"

ENTITIES_MAX = 60  # of one contact; who names more reads out a list
_TEXT_LENGTH_MAX = 80

_SMALL = "one|two|three|four|five|six|seven|eight|nine"
_TEENS = "ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen"
_TENS = "twenty|thirty|forty|fourty|fifty|sixty|seventy|eighty|ninety"
_WORD_NUMBER = rf"(?:{_SMALL}|{_TEENS}|{_TENS}|hundred|thousand|million|half)"
# As many words as a sum of money has; the same ones again and again are no number.
_NUMBER = (
    rf"(?:\d[\d,]*(?:\.\d+)?|(?:a\ (?=hundred|thousand|million|half))?{_WORD_NUMBER}"
    rf"(?:(?:[\ -]|\ and\ (?:a\ )?){_WORD_NUMBER}){{0,8}})"
)
_MONTH = (
    "january|february|march|april|may|june|july|august|september|october|november|december"
    "|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec"
)
_WEEKDAY = "monday|tuesday|wednesday|thursday|friday|saturday|sunday"
_ORDINAL_WORD = (
    "first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|thirteenth"
    "|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth|thirtieth"
)
_ORDINAL = rf"(?:\d{{1,2}}(?:st|nd|rd|th)|(?:(?:twenty|thirty)[\ -])?(?:{_ORDINAL_WORD}))"
_DIGIT_WORD = rf"zero|oh|o|nought|{_SMALL}|hundred"
_TIMES = r"(?:(?:double|triple)\ )?"
# One way alone to read each, or a long list of digits would be tried in all ways.
_DIGIT = rf"{_TIMES}(?:{_DIGIT_WORD}|\d+)"
_CODE = rf"{_TIMES}(?:{_DIGIT_WORD}|\d\w*)"


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w'])(?:{text})(?![\w'])", re.IGNORECASE | re.VERBOSE)


_MONEY = _pattern(
    rf"""
    [£$€]\ ?\d[\d,]*(?:\.\d{{1,2}})?(?:\ ?(?:k|million|thousand))?
  | {_NUMBER}\ (?:pounds?|quid|dollars?|bucks|euros?|grand|pence|cents|rupees|francs)
    (?:\ (?:and\ )?{_NUMBER}(?:\ (?:pence|p|cents?))?(?!\ (?:times|a\ |days|weeks|months|years)))?
"""
)
_DATE = _pattern(
    rf"""
    (?:the\ )?{_ORDINAL}\ (?:of\ )?(?:the\ )?(?:{_MONTH}|{_ORDINAL})
    (?:,?\ (?:\d{{4}}|(?:(?:nineteen|twenty)\ )?(?:{_TENS}|{_TEENS})(?:[\ -](?:{_SMALL}))?))?
  | (?:{_MONTH})\ (?:the\ )?(?:{_ORDINAL}|\d{{1,2}})(?:,?\ \d{{4}})?
  | \d{{1,2}}[/.]\d{{1,2}}[/.]\d{{2,4}} | \d{{4}}-\d{{2}}-\d{{2}}
  | (?:(?:next|this|last)\ )?(?:{_WEEKDAY})(?:\ (?:the\ )?{_ORDINAL})?
  | (?:on|by|from|until|till|after|before|is|it's)\ (?P<value>the\ {_ORDINAL})(?!\ (?:time|one))
  | tomorrow | yesterday | next\ (?:week|month|year) | last\ (?:week|month|year)
"""
)
_DURATION = _pattern(
    rf"""
    {_NUMBER}(?:\ (?:to|or|-)\ {_NUMBER})?[\ -]
    (?:(?:business|working|calendar)\ )?
    (?:seconds?|minutes?|mins?|hours?|days?|weeks?|months?|years?)
"""
)
_EMAIL = _pattern(
    r"""
    [\w.+-]+@[\w-]+(?:\.[\w-]+)+
  | [\w-]+(?:\ (?:dot|underscore|dash)\ [\w-]+)*\ at\ [\w-]+(?:\ dot\ [\w-]+)*
    \ dot\ (?:com|co|org|net|uk|us|de|fr|ie|edu|io)(?:\ dot\ uk)?
"""
)
_REFERENCE = _pattern(
    rf"""
    (?:reference|order|account|case|ticket|policy|invoice|tracking|booking|confirmation|claim
      |customer|complaint)
    (?:\ (?:number|num|no|id|ref|reference|code))*(?:['’]s|\ is|\ was|,|:|\ it's)*\ \#?
    (?P<value>(?:[A-Z]{{1,3}}[\ -]?){{0,2}}{_CODE}(?:[\ ,-]{{1,2}}{_CODE}){{0,30}})
"""
)
_PHONE = _pattern(rf"\+?\(?{_DIGIT}(?:\)?[\ ,-]{{1,2}}{_DIGIT}){{0,30}}")

_REFERENCE_DIGITS_MIN = 4
_PHONE_DIGITS = range(7, 16)  # E.164 has 15 at most; seven is a local number

_IN_ORDER: tuple[tuple[EntityKind, re.Pattern[str]], ...] = (
    ("email", _EMAIL),
    ("money", _MONEY),
    ("date", _DATE),  # "the twenty second of July" is no twenty seconds
    ("duration", _DURATION),
    ("reference", _REFERENCE),
    ("phone", _PHONE),
)


class _Named(Struct, frozen=True, gc=False):
    kind: EntityKind
    text: str
    start: int


def entities(
    utterances: Sequence[Said], *, products: Sequence[str]
) -> tuple[tuple[EntityFound, ...], dict[str, Sealed]]:
    """Return what was named, in the order in which it came up, and in which words, by name.

    `products` are the tenant's names of what it sells.
    """
    texts: dict[tuple[EntityKind, str], str] = {}
    heard: dict[tuple[EntityKind, str], list[UtteranceId]] = {}
    vocabulary = _products(products)
    for one in utterances:
        for named in named_in(one.text, vocabulary):
            key = (named.kind, re.sub(r"\W+", " ", named.text.casefold()).strip())
            texts.setdefault(key, named.text)
            heard.setdefault(key, []).append(one.utterance_id)
    kept = list(texts.items())[:ENTITIES_MAX]
    found = tuple(
        EntityFound(
            name=str(number),
            kind=key[0],
            count=len(heard[key]),
            utterance_ids=tuple(dict.fromkeys(heard[key])),
        )
        for number, (key, _) in enumerate(kept, start=1)
    )
    return found, {str(number): Sealed(text) for number, (_, text) in enumerate(kept, start=1)}


def named_in(text: str, vocabulary: re.Pattern[str] | None = None) -> list[_Named]:
    """Return what an utterance names, in its order; no word belongs to two."""
    taken: list[tuple[int, int]] = []
    found: list[_Named] = []
    products: tuple[tuple[EntityKind, re.Pattern[str]], ...] = ()
    if vocabulary is not None:
        products = (("product", vocabulary),)
    for kind, pattern in (*_IN_ORDER, *products):
        for match in pattern.finditer(text):
            group = "value" if match.groupdict().get("value") else 0
            start, end = match.span(group)
            value = match[group].strip(" ,-")
            if any(start < other_end and other_start < end for other_start, other_end in taken):
                continue
            if not _is_one(kind, value):
                continue
            taken.append((start, end))
            found.append(_Named(kind, value[:_TEXT_LENGTH_MAX], start))
    return sorted(found, key=lambda named: named.start)


def digits_in(text: str) -> int:
    """Return how many digits are said, in words or figures; "double five" is two."""
    count, times = 0, 1
    for word in re.findall(r"[a-z]+|\d", text.casefold()):
        if word in {"double", "triple"}:
            times = 2 if word == "double" else 3
            continue
        if word == "hundred":  # "oh seven seven double oh, nine hundred"
            count += 2
        elif word.isdigit() or re.fullmatch(_DIGIT_WORD, word):
            count += times
        times = 1
    return count


def _is_one(kind: EntityKind, value: str) -> bool:
    match kind:
        case "reference":
            return digits_in(value) >= _REFERENCE_DIGITS_MIN
        case "phone":
            return digits_in(value) in _PHONE_DIGITS
        case _:
            return bool(value)


def _products(products: Sequence[str]) -> re.Pattern[str] | None:
    names: Iterator[str] = (re.escape(name) for name in sorted(products, key=len, reverse=True))
    joined = "|".join(names)
    return re.compile(rf"(?<!\w)(?:{joined})(?!\w)", re.IGNORECASE) if joined else None
