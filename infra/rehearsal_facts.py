"""What Antiphon would be told of a rehearsed call: facts and partials, each at its second."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from msgspec import Struct

from ..events.base import AgentId, ContactId, Event, EventId, Position, Track, UtteranceId
from ..events.cards.context import CardContext
from ..events.cards.judging import judge
from ..events.cards.masking import folded_words, masked
from ..events.contact import (
    AgentConnected,
    ContactEnded,
    ContactHeld,
    ContactResumed,
    ContactStarted,
)
from ..events.live import UtterancePartial
from ..events.sealed import Sealed
from ..events.speech import (
    TextStreamOpened,
    TranscriptCompleted,
    UtteranceFinalized,
    WordTime,
)
from .rehearsal_call import Call, Part, Turn

PARTIAL_S = 1.0  # between two partials of one utterance, about as recognisers send them
RECOGNIZER = "rehearsal 1"
INSTANCE_ARN = "arn:aws:connect:eu-central-1:000000000000:instance/rehearsal"
AGENT = AgentId("rehearsing-agent")

_TRACKS: dict[str, Track] = {
    "customer": "from_customer",
    "agent": "to_customer",
    "system": "to_customer",
}


class Told(Struct, frozen=True):
    """Something that is told of the call."""

    at_s: float
    what: Event | UtterancePartial
    # Of a fact that a log holds; otherwise the player gives it an id, and its second.
    id: EventId | None = None
    occurred_at: datetime | None = None
    correlation: str | None = None


def told_of(call: Call, contact_id: ContactId, *, start: datetime) -> list[Told]:
    """Return everything that is told of a call that begins at `start`, in order."""
    told = [*_life(call, contact_id, start)]
    cards = CardContext()
    for place, turn in enumerate(call.turns):
        final = _final(turn, place, cards)
        if not final.masked:  # what may become a card number is not shown before it is masked
            parts = _parts(turn, final) if turn.parts is None else turn.parts
            told += _partials(parts, final, contact_id)
        told.append(Told(turn.until_s + turn.final_after_s, final))
    over = TranscriptCompleted(utterances=len(call.turns), reason="drained")
    told.append(Told(call.ended_s, over))
    return sorted(told, key=lambda one: one.at_s)


def utterance_id_of(turn: Turn, place: int) -> UtteranceId:
    """Return the id of what is said in the nth turn."""
    return UtteranceId(f"{_TRACKS[turn.speaker]}-{place + 1}")


def _life(call: Call, contact_id: ContactId, start: datetime) -> Iterator[Told]:
    def at(seconds: float) -> datetime:
        return start + timedelta(seconds=seconds)

    started = ContactStarted(
        instance_arn=INSTANCE_ARN,
        initial_contact_id=contact_id,
        initiated_at=start,
        queue=call.queue,
        profile=call.profile,
        language=call.language,
        attributes={name: Sealed(value) for name, value in call.attributes.items()},
    )
    yield Told(0.0, started)
    yield Told(0.0, TextStreamOpened(recognizer=RECOGNIZER, clock_zero_at=start))
    connected_s = call.agent_connected_s
    yield Told(connected_s, AgentConnected(agent_id=AGENT, connected_at=at(connected_s)))
    for from_s, until_s in call.holds:
        yield Told(from_s, ContactHeld(held_at=at(from_s)))
        yield Told(until_s, ContactResumed(resumed_at=at(until_s)))
    yield Told(call.ended_s, ContactEnded(ended_at=at(call.ended_s)))


def _final(turn: Turn, place: int, cards: CardContext) -> UtteranceFinalized:
    """Return a turn as a recogniser's final, without card data: as it would be stored."""
    track = _TRACKS[turn.speaker]
    started_ms, ended_ms = round(turn.at_s * 1_000), round(turn.until_s * 1_000)
    words = turn.text.split()
    word_ms = (ended_ms - started_ms) / len(words)
    times = [
        WordTime(round(started_ms + n * word_ms), round(started_ms + (n + 1) * word_ms), 1.0)
        for n in range(len(words))
    ]
    situation = cards.situation(track, at_ms=started_ms)
    safe = masked(turn.text, times, judge(folded_words(turn.text), situation).found)
    cards.take(track, safe.text, safe.masks, started_ms=started_ms, ended_ms=ended_ms)
    return UtteranceFinalized(
        utterance_id=utterance_id_of(turn, place),
        track=track,
        text=Sealed(safe.text),
        words=safe.words,
        started_ms=started_ms,
        ended_ms=ended_ms,
        confidence=1.0,
        recognizer=RECOGNIZER,
        audio_upto=Position(0),
        masked=safe.masks,
    )


def _parts(turn: Turn, final: UtteranceFinalized) -> Iterator[Part]:
    words = turn.text.split()
    at_s = turn.at_s + PARTIAL_S
    while at_s < turn.until_s:
        said = sum(word.ended_ms <= at_s * 1_000 for word in final.words)
        if said:
            yield Part(at_s=at_s, text=" ".join(words[:said]), stable_words=said)
        at_s += PARTIAL_S


def _partials(
    parts: Iterable[Part], final: UtteranceFinalized, contact_id: ContactId
) -> Iterator[Told]:
    for revision, part in enumerate(parts, start=1):
        # A word that proves to be none, or two, stands about where the final has its like.
        count = len(part.text.split())
        last = len(final.words) - 1
        like = [final.words[min(n, last)] for n in range(count)]
        times = tuple((word.started_ms, word.ended_ms) for word in like)
        partial = UtterancePartial(
            contact_id=contact_id,
            utterance_id=final.utterance_id,
            revision=revision,
            track=final.track,
            text=part.text,
            stable_words=part.stable_words,
            started_ms=final.started_ms,
            ended_ms=times[-1][1],
            words=times,
        )
        yield Told(part.at_s, partial)
