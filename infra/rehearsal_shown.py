"""What came of a rehearsed call, as people read it."""

from collections.abc import Iterator, Sequence

from rich.console import Group
from rich.text import Text

from .rehearsal import Came, Missed, Rehearsal
from .rehearsal_call import Call

_STYLES = {"cue": "green", "tick": "cyan", "moment": "dim"}


def told(call: Call, rehearsal: Rehearsal) -> Group:
    """Return the call turn by turn, each with what came of it and what did not."""
    count = {kind: sum(one.kind == kind for one in rehearsal.came) for kind in _STYLES}
    head = f"{call.name}: {len(call.turns)} turns, {count['cue']} cues, {count['tick']} ticks"
    lines = [Text(head, style="bold"), *_came_of(-1, rehearsal.came)]
    for place, turn in enumerate(call.turns):
        lines.append(Text(f"  {_clock(turn.at_s)} {turn.speaker:8} {turn.text}"))
        lines += _came_of(place, rehearsal.came)
        lines += _missed_of(place, rehearsal.missed)
    lines += _missed_of(None, rehearsal.missed)
    return Group(*lines)


def _came_of(turn: int, came: Sequence[Came]) -> Iterator[Text]:
    for one in came:
        if one.turn == turn:
            line = Text(f"      {_clock(one.at_s)} {one.kind:6} {one.name}", _STYLES[one.kind])
            yield line.append(f"  {one.shown}" if one.shown else "", "dim")


def _missed_of(turn: int | None, missed: Sequence[Missed]) -> Iterator[Text]:
    where = " in the whole call" if turn is None else ""
    for one in missed:
        if one.turn == turn:
            if one.unknown:
                what = "is neither a cue nor an item of the playbook"
            elif one.expected:
                what = "was expected, and did not come"
            else:
                what = "came, and was not to"
            yield Text(f"      ✗ {one.name} {what}{where}", "red")


def _clock(seconds: float) -> str:
    minutes, rest = divmod(seconds, 60)
    return f"{int(minutes):02}:{rest:04.1f}"
