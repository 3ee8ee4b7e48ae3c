"""Turns: what one speaker said without a longer silence, of however many utterances. Pure.

A recogniser ends an utterance at every breath; people read turns. Turns are derived when they are
asked for, because a late fact may give a line another speaker, or put one between two.
"""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from ..events.base import Speaker, Track, UtteranceId
from .transcript import Gap, Line

# After a longer one the speaker begins anew. Recognisers end an utterance after 0.3 to 1 s of
# silence, so that what follows within this is most often the same sentence or the next.
# The desk joins alike, partials too: `api/desk/turns.js`.
TURN_SILENCE_MS = 2_000


class Turn(Struct, frozen=True, kw_only=True):
    """Utterances of one speaker that follow each other, in speaking order."""

    speaker: Speaker
    track: Track
    text: str
    started_ms: int  # on the contact clock
    ended_ms: int
    utterance_ids: tuple[UtteranceId, ...]


def turns_of(lines: Sequence[Line], gaps: Sequence[Gap]) -> tuple[Turn, ...]:
    """Return the turns of a transcript, whose lines are in speaking order.

    A line of somebody else ends a turn, and so does a gap on either track: what follows it may
    answer something that nobody heard.
    """
    turns: list[Turn] = []
    previous: Line | None = None
    for line in lines:
        if previous is not None and _goes_on(turns[-1], previous, line, gaps):
            turns[-1] = _with(turns[-1], line)
        else:
            turns.append(_turn(line))
        previous = line
    return tuple(turns)


def _goes_on(turn: Turn, previous: Line, line: Line, gaps: Sequence[Gap]) -> bool:
    return (
        (line.speaker, line.track) == (turn.speaker, turn.track)
        and line.started_ms - turn.ended_ms <= TURN_SILENCE_MS
        and not any(previous.started_ms <= gap.from_ms < line.started_ms for gap in gaps)
    )


def _with(turn: Turn, line: Line) -> Turn:
    return replace(
        turn,
        text=f"{turn.text} {line.text}",
        ended_ms=max(turn.ended_ms, line.ended_ms),
        utterance_ids=(*turn.utterance_ids, line.utterance_id),
    )


def _turn(line: Line) -> Turn:
    return Turn(
        speaker=line.speaker,
        track=line.track,
        text=line.text,
        started_ms=line.started_ms,
        ended_ms=line.ended_ms,
        utterance_ids=(line.utterance_id,),
    )
