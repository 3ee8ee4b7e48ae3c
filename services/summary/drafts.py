"""A summary before it is a fact: sentences and values, each with what it rests on."""

from collections.abc import Sequence

from msgspec import Struct

from ...events.base import UtteranceId
from ...events.sealed import Sealed
from ...events.summary import (
    Owner,
    ProposedDisposition,
    ResolutionState,
    SummaryField,
    SummaryPart,
)
from ..guardrails import sanitised

# The sentences have at most so much of the words that were said. What is longer is no summary.
LENGTH_RATIO_MAX = 0.2
# A call of a few words is not summed up in less than this.
WORDS_MIN = 6

SENTENCE_FIELDS: tuple[SummaryField, ...] = (
    "reason",
    "action",
    "promise",
    "follow_up",
    "escalation",
    "resolution",
)


class Sentence(Struct, frozen=True, kw_only=True):
    """One sentence, or one value (`amount`, `date`), and the utterances that say so."""

    field: SummaryField
    text: str
    utterance_ids: tuple[UtteranceId, ...]
    owner: Owner | None = None
    due: str | None = None
    in_text: bool = True  # False: among the fields alone

    @property
    def words(self) -> int:
        """How many words it has."""
        return len(self.text.split())


class Summary(Struct, frozen=True, kw_only=True):
    """What a contact came to. Without sentences there is nothing to say."""

    sentences: tuple[Sentence, ...] = ()
    values: tuple[Sentence, ...] = ()
    resolution: ResolutionState = "unknown"


def words_max(said: int) -> int:
    """Return how many words the sentences on so many spoken ones may have."""
    return max(WORDS_MIN, int(said * LENGTH_RATIO_MAX))


def disposition_of(summary: Summary) -> ProposedDisposition:
    """Return how the contact seems to have ended, for the agent to say otherwise."""
    told = {sentence.field for sentence in summary.sentences}
    if "escalation" in told:
        return "escalated"
    if "follow_up" in told:
        return "follow_up"
    return "undetermined" if summary.resolution == "unknown" else summary.resolution


def parts_of(summary: Summary) -> tuple[tuple[SummaryPart, ...], dict[str, Sealed]]:
    """Return the parts of a fact and their texts, without the numbers that nobody may be given."""
    parts: list[SummaryPart] = []
    texts: dict[str, Sealed] = {}
    for number, one in enumerate((*summary.sentences, *summary.values), start=1):
        name = str(number)
        due = f"{name}-due" if one.due else None
        parts.append(
            SummaryPart(
                name=name,
                field=one.field,
                utterance_ids=one.utterance_ids,
                owner=one.owner,
                due=due,
                in_text=one.in_text,
            )
        )
        texts[name] = Sealed(sanitised(one.text).text)
        if due and one.due:
            texts[due] = Sealed(sanitised(one.due).text)
    return tuple(parts), texts


def in_reading_order(sentences: Sequence[Sentence]) -> tuple[Sentence, ...]:
    """Return sentences by what they tell; within that, as they came."""
    return tuple(sorted(sentences, key=lambda one: SENTENCE_FIELDS.index(one.field)))
