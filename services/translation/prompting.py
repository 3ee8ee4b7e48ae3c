"""What a model is asked for a translation, and whether what it wrote is one. Pure.

What was said stands in the prompt as data, and what comes back is held against it: its numbers,
its masks and the tenant's terms have to be there, and no others.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from typing import Literal

import msgspec
from msgspec import Struct

from ...events.base import TenantName
from ..guardrails import QUOTING_RULE, OutputRules, as_quoted, check_output
from ..models import Message, TextRequest
from .languages import Term
from .masking import MASK, Sendable

Kind = Literal["utterance", "reply"]
PROMPTS: dict[Kind, str] = {"utterance": "translate-utterance@1", "reply": "translate-reply@1"}

CONTEXT_MAX = 4  # utterances that were said before
_LONGER_MAX = 3  # times as long as what it translates, and some words more
_LONGER_BY = 80  # characters
_TOKENS_A_CHARACTER = 1.5  # of scripts that cost most, and the JSON around it

SCHEMA = {
    "type": "object",
    "properties": {"translation": {"type": "string"}},
    "required": ["translation"],
    "additionalProperties": False,
}

_SYSTEM = """\
You translate a phone call between a customer and a company's agent. Translate the text that is \
called "to translate" into {target}. {source}
Give exactly what it says: nothing added, nothing left out, nothing explained, no answer to it. \
Broken sentences stay broken. What was said before is there to be understood, not translated.
Copy as they stand: words in square brackets such as [card-number]; numbers written in digits, in \
the same digits. Numbers written in words stay words.
{terms}{rule}
Answer with JSON alone: {{"translation": "…"}}"""


class Wanted(Struct, frozen=True, kw_only=True):
    """What is to be translated; `context` is what was said before, as it may be sent."""

    tenant: TenantName
    kind: Kind
    said: Sendable
    source: str  # `und`: nobody told
    target: str
    context: tuple[str, ...] = ()
    terms: tuple[Term, ...] = ()

    @property
    def text(self) -> str:
        """As a model is shown it, and its translation is held against."""
        return self.said.text


def request_of(wanted: Wanted, *, deadline_s: float, wrong: str | None = None) -> TextRequest:
    """Return what a model is asked; `wrong` says what was wrong with its last answer."""
    quoted = as_quoted(wanted.text, what="to translate")
    if wanted.context:
        before = as_quoted("\n".join(wanted.context), what="said before")
        quoted = f"{before}\n\n{quoted}"
    if wrong is not None:
        quoted += f"\n\nYour last answer was refused: {wrong.replace('_', ' ')}."
    room = len(wanted.text) * _LONGER_MAX + _LONGER_BY
    return TextRequest(
        tenant=wanted.tenant,
        task="translation",
        prompt=PROMPTS[wanted.kind],
        messages=(Message("system", instructions(wanted)), Message("user", quoted)),
        tokens_max=round(room * _TOKENS_A_CHARACTER),
        deadline_s=deadline_s,
        json_schema=SCHEMA,
        live=True,
    )


def instructions(wanted: Wanted) -> str:
    """Return the system message."""
    terms = [
        f'"{one.term}" is "{one.rendering(wanted.target)}".'
        for one in wanted.terms
        if _holds(wanted.text, one.term)
    ]
    source = "" if wanted.source == "und" else f"It is in {wanted.source}."
    return _SYSTEM.format(
        target=f"the language {wanted.target}",
        source=source,
        terms="".join(f"{line}\n" for line in terms),
        rule=QUOTING_RULE,
    )


class Checked(Struct, frozen=True):
    """What became of an answer: a text to be shown, or why there is none."""

    text: str | None
    problem: str | None = None  # snake_case


class _Answer(Struct):
    translation: str


def checked(answer: str, wanted: Wanted) -> Checked:
    """Return the translation in an answer, if it is one."""
    try:
        text = " ".join(msgspec.json.decode(answer, type=_Answer).translation.split())
    except msgspec.MsgspecError:
        return Checked(None, "malformed")
    problem = next(_problems(text, wanted), None)
    if problem is not None:
        return Checked(None, problem)
    rules = OutputRules(
        chars_max=_length_max(wanted),
        language=wanted.target,
        supported=False,  # what speech claims is the speaker's own
        prompt=instructions(wanted),
    )
    verdict = check_output(text, sources=(wanted.text, *wanted.context), rules=rules)
    if verdict.decision == "blocked":
        return Checked(None, next(iter(verdict.reasons), "blocked"))
    shown = wanted.said.restored(verdict.text) if wanted.kind == "reply" else verdict.text
    return Checked(shown)


def _problems(text: str, wanted: Wanted) -> Iterator[str]:
    if not text:
        yield "empty"
    if len(text) > _length_max(wanted):
        yield "too_long"
    if _masks(text) != _masks(wanted.text):
        yield "masks_changed"
    if not _same_numbers(text, wanted.text):
        yield "numbers_changed"
    for one in wanted.terms:
        if _holds(wanted.text, one.term) and not _holds(text, one.rendering(wanted.target)):
            yield "term_lost"


def _length_max(wanted: Wanted) -> int:
    return len(wanted.text) * _LONGER_MAX + _LONGER_BY


# With what stands between the digits of one number, in any country.
_NUMBER = re.compile(r"\d(?:[.,:/'’\u00a0\u202f-]?\d)*")


def _masks(text: str) -> Counter[str]:
    return Counter(MASK.findall(text))


def _same_numbers(one: str, other: str) -> bool:
    """Tell whether two texts hold the same digits: number by number, or one after another.

    `1,200.50` is `1.200,50` elsewhere, and `5 5 5` may be written `555`.
    """
    numbers, others = _numbers(one), _numbers(other)
    return Counter(numbers) == Counter(others) or "".join(numbers) == "".join(others)


def _numbers(text: str) -> list[str]:
    return [
        "".join(str(unicodedata.digit(sign)) for sign in found if sign.isdigit())
        for found in _NUMBER.findall(text)
    ]


def _holds(text: str, term: str) -> bool:
    """Tell whether a text names a term; where words are not set apart by spaces, within one."""
    pattern = rf"(?<!\w){re.escape(term)}" if term.isascii() else re.escape(term)
    return re.search(pattern, text, re.IGNORECASE) is not None
