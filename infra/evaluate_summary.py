"""How good summaries are: on calls whose labels say what each has to tell.

A file of calls: `== name`, then turns (`C: …` customer, `A: …` agent), then `> field: words`, one a
required entry. A field is found where one of its entries holds the words, whatever their case.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from ..errors import Malformed
from ..events.base import Speaker, UtteranceId
from ..services.summary.drafts import Sentence, Summary
from ..services.summary.extractive import GENERATOR, extracted
from ..services.summary.support import lacks_of
from ..services.summary.turns import Turn, word_count

TURN_MS = 4_000

# What a label calls a field, and what the sentences of it are marked with.
_FIELDS = {
    "reason": "reason",
    "actions": "action",
    "promises": "promise",
    "follow_ups": "follow_up",
    "escalations": "escalation",
    "amounts": "amount",
    "dates": "date",
}
_SPEAKERS: dict[str, Speaker] = {"C": "customer", "A": "agent", "S": "system"}

# What a summary has to come to.
FOUND_MIN = 0.9  # of the required entries
LENGTH_MAX = 0.2  # of the call's words


class Required(Struct, frozen=True):
    """A field, and words that one of its entries must hold."""

    field: str
    words: str


class LabelledCall(Struct, frozen=True, kw_only=True):
    """A call, and what a summary of it has to tell."""

    name: str
    turns: tuple[Turn, ...]
    required: tuple[Required, ...]


class CallScore(Struct, frozen=True, kw_only=True):
    """How one summary did."""

    name: str
    sentences: int
    supported: int
    required: int
    missing: tuple[str, ...]
    words: int
    said: int


class SummaryScore(Struct, frozen=True, kw_only=True):
    """How all of them did."""

    generator: str
    calls: tuple[CallScore, ...]

    @property
    def supported(self) -> float:
        """Part of the sentences whose utterances say what they say."""
        return _part(sum(one.supported for one in self.calls), sum(o.sentences for o in self.calls))

    @property
    def found(self) -> float:
        """Part of the required entries that were told."""
        required = sum(one.required for one in self.calls)
        return _part(required - sum(len(one.missing) for one in self.calls), required)

    @property
    def length(self) -> float:
        """The sentences' words by the calls' words, of the longest summary relative to its call."""
        return max((_part(one.words, one.said) for one in self.calls), default=0.0)


def read_calls(path: Path) -> list[LabelledCall]:
    """Return the calls of a file.

    Raises:
        Malformed: names the line that is none of a call.
    """
    calls: list[LabelledCall] = []
    for block in path.read_text(encoding="utf-8").split("\n== ")[1:]:
        name, *lines = block.splitlines()
        turns = list(_turns(line for line in lines if line[:3] in ("C: ", "A: ", "S: ")))
        required = [_required(line) for line in lines if line.startswith("> ")]
        others = [line for line in lines if line and line[:3] not in ("C: ", "A: ", "S: ")]
        if len(others) != len(required):
            raise Malformed(name, "has a line that is neither a turn nor a label")
        calls.append(LabelledCall(name=name, turns=tuple(turns), required=tuple(required)))
    return calls


def scored(calls: Sequence[LabelledCall]) -> SummaryScore:
    """Return how the summaries do that rules write."""
    return SummaryScore(
        generator=GENERATOR, calls=tuple(score_of(one, extracted(one.turns)) for one in calls)
    )


def score_of(call: LabelledCall, summary: Summary) -> CallScore:
    """Return how a summary of a call does, whoever wrote it."""
    texts = {turn.utterance_id: turn.text for turn in call.turns}
    shown = [one for one in summary.sentences if one.in_text]
    return CallScore(
        name=call.name,
        sentences=len(shown),
        supported=sum(_is_supported(one, texts) for one in shown),
        required=len(call.required),
        missing=tuple(
            f"{one.field}: {one.words}" for one in call.required if not _is_told(one, summary)
        ),
        words=sum(one.words for one in shown),
        said=word_count(call.turns),
    )


def report(score: SummaryScore) -> Iterator[str]:
    """Yield the lines that people read."""
    yield f"summaries by {score.generator}, {len(score.calls)} calls"
    for one in score.calls:
        found = f"{one.required - len(one.missing)}/{one.required} found"
        part = f"{_part(one.words, one.said):.2f}"
        yield f"  {one.name:<20} {found}, {one.words} of {one.said} words ({part})"
        for missing in one.missing:
            yield f"    missing {missing}"
    yield f"sentences with valid citations  {score.supported:.2f}  (aim 1.00)"
    yield f"required fields found           {score.found:.2f}  (aim 0.90)"
    yield f"length against the call         {score.length:.2f}  (at most 0.20, the longest)"


def _is_supported(sentence: Sentence, texts: dict[UtteranceId, str]) -> bool:
    cited = [texts[id_] for id_ in sentence.utterance_ids if id_ in texts]
    return len(cited) == len(sentence.utterance_ids) and not lacks_of(sentence.text, cited)


def _is_told(required: Required, summary: Summary) -> bool:
    if required.field == "resolution":
        return summary.resolution == required.words
    field = _FIELDS[required.field]
    entries = [one for one in (*summary.sentences, *summary.values) if one.field == field]
    return any(
        required.words.casefold() in f"{one.text} {one.due or ''}".casefold() for one in entries
    )


def _turns(lines: Iterator[str]) -> Iterator[Turn]:
    for number, line in enumerate(lines):
        yield Turn(
            utterance_id=UtteranceId(f"u-{number}"),
            speaker=_SPEAKERS[line[0]],
            text=line[3:],
            started_ms=number * TURN_MS,
            ended_ms=(number + 1) * TURN_MS - 500,
        )


def _required(line: str) -> Required:
    field, _, words = line.removeprefix("> ").partition(": ")
    if field not in (*_FIELDS, "resolution") or not words:
        raise Malformed(field, "is no field of a summary")
    return Required(field, words)


def _part(part: int, whole: int) -> float:
    return part / whole if whole else 1.0
