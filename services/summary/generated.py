"""A summary by a model: what it is asked, and what of its answer stands. Pure but for the asking.

Everything it writes is held against the utterances it cites. What they do not say is dropped,
and where too little is left the rules write the summary instead.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from ...errors import ModelFailed
from ...events.base import TenantName, UtteranceId
from ...events.summary import Owner, ResolutionState, SummaryField
from ..guardrails import QUOTING_RULE, OutputRules, as_quoted, check_output
from ..models import Message, Text, TextModels, TextRequest
from .drafts import SENTENCE_FIELDS, Sentence, Summary, in_reading_order, words_max
from .support import lacks_of
from .turns import Turn, word_count

PROMPT = "summary-with-citations@1"
DEADLINE_S = 8.0  # an agent who has hung up writes notes for longer than that
TOKENS_MAX = 1_200
# About nine thousand tokens. A longer call is given by its beginning and, more of it, its end.
WORDS_SENT_MAX = 6_000
_FIRST_WORDS = 1_500
SENTENCES_MAX = 30  # looked at; who writes more was not asked for it
_SENTENCE_CHARS_MAX = 400

_INSTRUCTIONS = """\
You sum up a phone call between a customer and an agent, for the agent's notes.
Each line of the call reads: [utterance id] speaker: words.
Answer with JSON alone, by the schema. Rules:
- Only what was said. Use the speakers' own words wherever you can; no word that tells something \
new, no name and no number that is not in the cited utterances.
- Every sentence names the ids of the utterances that it rests on, all of them, and no others.
- field: reason (why the customer called, first), action (what the agent did), promise (what the \
agent will do at once), follow_up (what is still to be done; owner agent or customer; due in the \
words that were said, or null), escalation (to somebody else, or a complaint), resolution (how it \
ended).
- Begin each sentence with "Customer" or "Agent", whoever said or did it.
- Leave a field out rather than guess. At most {words} words in all.
- resolution: resolved, unresolved or unknown.
"""

_STRINGS = {"type": "array", "items": {"type": "string"}, "minItems": 1}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["sentences", "resolution"],
    "properties": {
        "resolution": {"enum": ["resolved", "unresolved", "unknown"]},
        "sentences": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["field", "text", "utterance_ids", "owner", "due"],
                "properties": {
                    "field": {"enum": list(SENTENCE_FIELDS)},
                    "text": {"type": "string"},
                    "utterance_ids": _STRINGS,
                    "owner": {"enum": ["agent", "customer", None]},
                    "due": {"type": ["string", "null"]},
                },
            },
        },
    },
}


class Generated(Struct, frozen=True, kw_only=True):
    """What of a model's answer stands, and which model that was."""

    summary: Summary
    written_by: Text
    dropped: int


class _Line(Struct, frozen=True):
    field: SummaryField
    text: str
    utterance_ids: list[str]
    owner: Owner | None = None
    due: str | None = None


class _Answer(Struct, frozen=True):
    sentences: list[Any]
    resolution: ResolutionState = "unknown"


async def generated(
    turns: Sequence[Turn],
    *,
    tenant: TenantName,
    models: TextModels,
    live: bool,
    deadline_s: float = DEADLINE_S,
) -> Generated:
    """Return what a model makes of a contact, as far as its utterances say so.

    Without sentences, where not even why the customer called is left of it.

    Raises:
        ModelFailed: no answer in time, or none that can be read.
    """
    sent = _within_bounds([turn for turn in turns if turn.speaker != "system"])
    text = await models.write(
        TextRequest(
            tenant=tenant,
            task="summary",
            prompt=PROMPT,
            messages=_messages(sent, words_max(word_count(turns))),
            tokens_max=TOKENS_MAX,
            deadline_s=deadline_s,
            json_schema=SCHEMA,
            live=live,
        )
    )
    try:
        answer = msgspec.json.decode(text.text, type=_Answer)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise ModelFailed("malformed", task="summary") from error
    kept, dropped = _kept(answer, sent)
    sentences = _within_length(kept, words_max(word_count(turns)))
    if not any(one.field == "reason" for one in sentences):
        return Generated(summary=Summary(), written_by=text, dropped=dropped)
    summary = Summary(sentences=in_reading_order(sentences), resolution=answer.resolution)
    return Generated(summary=summary, written_by=text, dropped=dropped)


def _messages(turns: Sequence[Turn], words: int) -> tuple[Message, ...]:
    # A line break within an utterance could pass for the next line of the call.
    lines = (
        f"[{turn.utterance_id}] {turn.speaker}: {' '.join(turn.text.split())}" for turn in turns
    )
    return (
        Message("system", f"{_INSTRUCTIONS.format(words=words)}{QUOTING_RULE}"),
        Message("user", as_quoted("\n".join(lines), what="call")),
    )


def _within_bounds(turns: Sequence[Turn]) -> list[Turn]:
    if word_count(turns) <= WORDS_SENT_MAX:
        return list(turns)
    first = _upto(turns, _FIRST_WORDS)
    last = _upto(turns[::-1], WORDS_SENT_MAX - _FIRST_WORDS)
    return [*first, *last[::-1]]


def _upto(turns: Sequence[Turn], words: int) -> list[Turn]:
    taken: list[Turn] = []
    for turn in turns:
        words -= len(turn.text.split())
        if words < 0:
            break
        taken.append(turn)
    return taken


def _kept(answer: _Answer, turns: Sequence[Turn]) -> tuple[list[Sentence], int]:
    by_id = {turn.utterance_id: turn for turn in turns}
    kept: list[Sentence] = []
    for raw in answer.sentences[:SENTENCES_MAX]:
        sentence = _sentence(raw, by_id)
        if sentence is not None and sentence not in kept:
            kept.append(sentence)
    return kept, len(answer.sentences) - len(kept)


def _sentence(raw: Any, by_id: dict[UtteranceId, Turn]) -> Sentence | None:
    """Return a sentence that its utterances support; None where they do not."""
    try:
        line = msgspec.convert(raw, _Line)
    except msgspec.ValidationError:
        return None
    ids = tuple(dict.fromkeys(UtteranceId(id_) for id_ in line.utterance_ids))
    if line.field not in SENTENCE_FIELDS or not ids or any(id_ not in by_id for id_ in ids):
        return None
    turns = [by_id[id_] for id_ in ids]
    sources = [turn.text for turn in turns]
    text = " ".join(line.text.split())
    verdict = check_output(text, sources=sources, rules=OutputRules(chars_max=_SENTENCE_CHARS_MAX))
    if (
        verdict.decision != "shown"
        or lacks_of(text, sources)
        or not _is_by_whom_it_says(text, turns)
    ):
        return None
    due = line.due if line.due and not lacks_of(line.due, sources) else None
    return Sentence(field=line.field, text=text, utterance_ids=ids, owner=line.owner, due=due)


def _is_by_whom_it_says(text: str, turns: Sequence[Turn]) -> bool:
    """Tell whether somebody cited is who the sentence begins with."""
    opening = text.casefold().removeprefix("the ")
    for speaker in ("customer", "agent"):
        if opening.startswith(speaker):
            return any(turn.speaker == speaker for turn in turns)
    return False


def _within_length(sentences: Sequence[Sentence], words: int) -> list[Sentence]:
    fitted: list[Sentence] = []
    for one in sorted(sentences, key=lambda one: one.field != "reason"):
        fits = one.words <= words
        fitted.append(one if fits else replace(one, in_text=False))
        words -= one.words if fits else 0
    return fitted
