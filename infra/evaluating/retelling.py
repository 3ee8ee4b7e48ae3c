"""A stored contact as it would be told again: its facts when they were recorded, and partials.

Partials were never stored. They are made again from the words of finals and their times: about
one a second, so much as had been said by then, the last two words unstable. None are made where a
recogniser sent none: where a final was recorded before it could have been said (a recording that
was played faster than it was spoken), where it has no word times, and where card data was masked.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from msgspec import Struct

from ...events.base import START, Recorded
from ...events.live import UtterancePartial
from ...events.speech import UtteranceFinalized
from ...events.voices import Voices, hear
from ..rehearsal_facts import Told
from .stored import HEARD

PARTIAL_S = 1.0  # between two, about as recognisers send them
UNSTABLE_WORDS = 2  # at the end of a partial: the next one often has others there

HOW = (
    "partials are not stored: they were made again from the words' times, one a second, "
    "the last two words unstable"
)


class Retold(Struct, frozen=True, kw_only=True):
    """What is to be told, in order, and since when its seconds count."""

    begin: datetime
    clock_zero_at: datetime | None
    told: tuple[Told, ...]
    finals: int
    finals_whole: int  # of them: without partials before


def retold(facts: Sequence[Recorded]) -> Retold:
    """Return a contact's facts, as guidance heard them, to be told again.

    `facts` are in the order of the log, and there is one at least.
    """
    begin = facts[0].recorded_at
    heard = [one for one in facts if isinstance(one.event, HEARD)]
    zero = _clock_zero(heard)
    told, at_s, finals, whole = list[Told](), 0.0, 0, 0
    for fact in heard:
        # A log whose leader changed may tell a time before the last: the order stays.
        at_s = max(at_s, (fact.recorded_at - begin).total_seconds())
        told.append(Told(at_s, fact.event, fact.id, fact.occurred_at, correlation=fact.correlation))
        if isinstance(fact.event, UtteranceFinalized):
            partials = [] if zero is None else list(_partials(fact, zero, begin, before_s=at_s))
            told += partials
            finals, whole = finals + 1, whole + (not partials)
    return Retold(
        begin=begin,
        clock_zero_at=zero,
        # Stable: facts of one instant keep their order.
        told=tuple(sorted(told, key=lambda one: one.at_s)),
        finals=finals,
        finals_whole=whole,
    )


def _clock_zero(facts: Sequence[Recorded]) -> datetime | None:
    voices = Voices()
    for fact in facts:
        voices = hear(voices, fact.event, START)
    return voices.clock_zero_at


def _partials(
    fact: Recorded, zero: datetime, begin: datetime, *, before_s: float
) -> Iterator[Told]:
    """Yield what was said of a final at each second of it, as far as the final was not told yet."""
    final = fact.event
    assert isinstance(final, UtteranceFinalized)
    words = final.text.reveal().split()
    if final.masked or len(final.words) < len(words):
        return
    zero_s = (zero - begin).total_seconds()
    revision, said_ms, said = 0, final.started_ms, 0
    while said < len(words):
        said_ms += round(PARTIAL_S * 1_000)
        at_s = zero_s + said_ms / 1_000
        if at_s >= before_s:
            return
        said = sum(word.ended_ms <= said_ms for word in final.words[: len(words)])
        if said <= UNSTABLE_WORDS:
            if said_ms > final.ended_ms:
                return  # nothing of it will be stable
            continue
        revision += 1
        times = tuple((word.started_ms, word.ended_ms) for word in final.words[:said])
        yield Told(
            max(0.0, at_s),
            UtterancePartial(
                contact_id=fact.contact.contact_id,
                utterance_id=final.utterance_id,
                revision=revision,
                track=final.track,
                text=" ".join(words[:said]),
                stable_words=said - UNSTABLE_WORDS,
                started_ms=final.started_ms,
                ended_ms=times[-1][1],
                words=times,
            ),
        )
