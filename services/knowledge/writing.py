"""What a model is asked for an answer, and what of its answer may be shown. Pure.

Every sentence says which passages it is from, and stands only if those say it: its words and
numbers are theirs. Question and passages are data to the model, whatever they say.
"""

import re
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from ..guardrails import QUOTING_RULE, OutputRules, as_quoted, check_output
from ..models import Message

PROMPT = "answer-from-passages@1"  # raised with every change below

SENTENCES_MAX = 4
SUPPORTED_PART = 0.6  # of a sentence's words that mean something; the rest are its own
STEM_LETTERS = 5  # of two words, alike from the beginning: "cancelled", "cancellation"

_SYSTEM = f"""\
You help an agent who is on the telephone with a customer. Answer the customer's question from \
the numbered passages and from nothing else, in at most {SENTENCES_MAX} short plain sentences in \
the question's language. Give for each sentence the numbers of the passages it is taken from. \
Keep every number, price and date as it stands. Where the passages do not answer the question, \
return no sentences. {QUOTING_RULE}"""

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "sentences": {
            "type": "array",
            "maxItems": SENTENCES_MAX,
            "items": {
                "type": "object",
                "properties": {
                    "text": {"type": "string"},
                    "passages": {"type": "array", "minItems": 1, "items": {"type": "integer"}},
                },
                "required": ["text", "passages"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["sentences"],
    "additionalProperties": False,
}

_FUNCTION_WORDS = """
a an the this that these those and or but if then so as of to in on at by for with from into is
are was were be been being am do does did done have has had will would can could may might must
should shall it its they them their there here you your yours we our us i my he she his her not
no yes please also than which who whom whose what when where how any all each every some such
only just still once get gets
"""
_NOTHING = frozenset(_FUNCTION_WORDS.split())


class Sentence(Struct, frozen=True):
    """One sentence of an answer, and the numbers of its passages, from 1."""

    text: str
    passages: tuple[int, ...]


class _Told(Struct, frozen=True):
    sentences: tuple[Sentence, ...]


class Written(Struct, frozen=True):
    """What may be shown, and the numbers of the passages it is made of."""

    text: str
    used: frozenset[int]


def messages(question: str, sources: Sequence[str]) -> tuple[Message, ...]:
    """Return the prompt: the rules, then passages and question as data."""
    passages = [as_quoted(text, what=f"passage {n}") for n, text in enumerate(sources, 1)]
    told = "\n\n".join([*passages, as_quoted(question, what="question")])
    return (Message("system", _SYSTEM), Message("user", told))


def checked(told: str, sources: Sequence[str]) -> Written | str:
    """Return what may be shown of a model's answer, or in snake_case why nothing may.

    Sentences without support are dropped; the others stand.
    """
    try:
        sentences = msgspec.json.decode(told, type=_Told).sentences[:SENTENCES_MAX]
    except (msgspec.DecodeError, RecursionError):
        return "malformed"
    if not sentences:
        return "no_answer"
    kept: list[str] = []
    used: set[int] = set()
    reasons: list[str] = []
    for one in sentences:
        cited = [sources[n - 1] for n in one.passages if 1 <= n <= len(sources)]
        if len(cited) != len(one.passages) or not is_supported(one.text, cited):
            reasons.append("unsupported")
            continue
        verdict = check_output(one.text, sources=cited, rules=OutputRules(prompt=_SYSTEM))
        if verdict.decision == "blocked":
            reasons += verdict.reasons
            continue
        kept.append(" ".join(verdict.text.split()))
        used |= set(one.passages)
    return Written(" ".join(kept), frozenset(used)) if kept else reasons[0]


def is_supported(sentence: str, sources: Sequence[str]) -> bool:
    """Tell whether a sentence's words are its sources', most of them, and all its numbers."""
    if not sources:
        return False
    known = _words("\n".join(sources))
    stems = {word[:STEM_LETTERS] for word in known}
    said = {word for word in _words(sentence) if word not in _NOTHING}
    if any(any(sign.isdigit() for sign in word) and word not in known for word in said):
        return False
    if _denies(sentence) and not any(_denies(one) for one in sources):
        return False  # "there is no fee" has the words of "there is a fee"
    found = [word for word in said if word in known or word[:STEM_LETTERS] in stems]
    return bool(said) and len(found) >= SUPPORTED_PART * len(said)


def _words(text: str) -> set[str]:
    return set(re.findall(r"[^\W_]+(?:[.,]\d+)*", text.casefold()))


_DENIAL = re.compile(
    r"\b(?:no|not|never|none|cannot|without|free|waived|unable|isn't|aren't|don't|doesn't|won't|"
    r"can't|didn't|wasn't|nothing|unless|neither|nor)\b",
    re.IGNORECASE,
)


def _denies(text: str) -> bool:
    return _DENIAL.search(text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")) is not None
