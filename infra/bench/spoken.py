"""Text as it is spoken: what a word error rate compares. Digits become words."""

import re

_UNITS = "zero one two three four five six seven eight nine"
_TEENS = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
_ONES = [*_UNITS.split(), *_TEENS.split()]
_DECADES = "zero ten twenty thirty forty fifty sixty seventy eighty ninety"
_TENS = _DECADES.split()
_ORDINALS = {"one": "first", "two": "second", "three": "third", "five": "fifth"} | {
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}
_FILLERS = frozenset({"um", "uh", "hm", "mm", "er"})
_CONTRACTIONS = {
    "i will": "i'll",
    "i am": "i'm",
    "it is": "it's",
    "you are": "you're",
    "that is": "that's",
    "there is": "there's",
    "what is": "what's",
    "okay": "ok",
}
_HUNDRED, _YEARS = 100, range(1_100, 2_100)


def spoken_words(text: str) -> list[str]:
    """Return the words of `text`, one way of writing each: no case, punctuation or fillers."""
    plain = text.casefold().replace("’", "'")
    plain = re.sub(r"(?<=\d),(?=\d{3})", "", plain)
    plain = re.sub(r"\$(\d+)(?:\.(\d\d))?", _dollars, plain)
    plain = re.sub(r"(\d+)(?:st|nd|rd|th)\b", lambda match: _ordinal(int(match[1])), plain)
    plain = re.sub(r"\d+", lambda match: f" {_number(match[0])} ", plain)
    plain = " ".join(re.sub(r"[^a-z' ]", " ", plain).split())
    for long, short in _CONTRACTIONS.items():
        plain = re.sub(rf"\b{long}\b", short, plain)
    return [word for word in plain.split() if word not in _FILLERS]


def _dollars(match: re.Match[str]) -> str:
    return f"{match[1]} dollars" + (f" {match[2]}" if match[2] else "")


def _number(digits: str) -> str:
    number = int(digits)
    if len(digits) > 1 and digits.startswith("0"):
        return " ".join(_ONES[int(digit)] for digit in digits)
    if number < len(_ONES):
        return _ONES[number]
    if number < _HUNDRED:
        tens, ones = divmod(number, 10)
        return f"{_TENS[tens]} {_ONES[ones]}" if ones else _TENS[tens]
    hundreds, rest = divmod(number, _HUNDRED)
    if number in _YEARS and rest:
        return f"{_number(str(hundreds))} {_number(str(rest))}"
    if number < 10 * _HUNDRED:
        return f"{_ONES[hundreds]} hundred" + (f" {_number(str(rest))}" if rest else "")
    return " ".join(_ONES[int(digit)] for digit in digits)


def _ordinal(number: int) -> str:
    *before, last = _number(str(number)).split()
    changed = _ORDINALS.get(last, last.removesuffix("y") + ("ieth" if last[-1] == "y" else "th"))
    return " ".join([*before, changed])
