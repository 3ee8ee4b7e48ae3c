"""Calls that were written to be learned from: turns, and what each of them earns.

    === bank-01 | trigger | Purse stolen on a train
    A Lost and stolen line, this is Matt.
    C Hi, somebody's nicked my purse on the train. ## must card_lost_stolen
    ..4                                 four seconds in which nobody speaks
    C~ Both my cards were in it.        said into the end of the other's turn

A file of `calls/` holds those of one domain. Tags behind `##`: `must` and `warn`, earned here;
`may`, neither right nor wrong from here on; `said`, an item of a checklist. A number behind `must`
says within how many turns it is due, which is nothing to a classifier.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

from msgspec import Struct

from ..evaluating.calls import LabelledCall

FOLDER = Path(__file__).parent / "calls"

Speaker = Literal["agent", "customer", "system"]
_SPEAKERS: dict[str, Speaker] = {"A": "agent", "C": "customer", "S": "system"}


class Turn(Struct, frozen=True, kw_only=True):
    """What one speaker says, and which intents and warnings it earns, or allows from here on."""

    speaker: Speaker
    text: str
    earns: frozenset[str] = frozenset()
    allows: frozenset[str] = frozenset()


class TaughtCall(Struct, frozen=True):
    """A call's domain and its turns."""

    domain: str
    turns: tuple[Turn, ...]


def read_taught(folder: Path = FOLDER) -> Iterator[TaughtCall]:
    """Yield the calls of a folder's files `WRITER/DOMAIN.txt`, by file name.

    Raises:
        ValueError: a line is nothing of the above. Says where it stands.
    """
    for path in sorted(folder.glob("*/*.txt")):
        turns: list[Turn] = []
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if line.startswith("==="):
                if turns:
                    yield TaughtCall(path.stem, tuple(turns))
                turns = []
            elif match := _TURN.fullmatch(line):
                turns.append(_turn(match))
            elif line.strip() and not _PAUSE.fullmatch(line):
                raise ValueError(f"{path.parent.name}/{path.name}, line {number}: no turn")
        if turns:
            yield TaughtCall(path.stem, tuple(turns))


def taught_of(call: LabelledCall) -> TaughtCall:
    """Return a labelled call as one to learn from."""
    labels = call.labels
    musts = [(one.intent, one.turn) for one in labels.must]
    musts += [(one.warning, one.turn) for one in labels.warnings]
    return TaughtCall(
        labels.domain,
        tuple(
            Turn(
                speaker=turn.speaker,
                text=turn.text,
                earns=frozenset(name for name, at in musts if at == turn.id),
                allows=frozenset(one.intent for one in labels.may if one.turn == turn.id),
            )
            for turn in call.turns
        ),
    )


def meant_in(turns: Sequence[Turn], place: int, label: str) -> bool | None:
    """Tell whether a turn earns a label; None: it may be shown from here on, or was earned."""
    if label in turns[place].earns:
        return True
    return None if any(label in one.earns | one.allows for one in turns[: place + 1]) else False


def before_in(turns: Sequence[Turn], place: int) -> str:
    """Return what the other speaker said last before a turn; nothing, where that is nobody."""
    other = "customer" if turns[place].speaker == "agent" else "agent"
    return next((one.text for one in reversed(turns[:place]) if one.speaker == other), "")


def _turn(match: re.Match[str]) -> Turn:
    text, *tags = (part.strip() for part in match["rest"].split("##"))
    told = [tag.split() for tag in tags]
    return Turn(
        speaker=_SPEAKERS[match["who"]],
        text=text,
        earns=frozenset(name for kind, name, *_ in told if kind in {"must", "warn"}),
        allows=frozenset(name for kind, name, *_ in told if kind == "may"),
    )


_TURN = re.compile(r"(?P<who>[ACS])~? (?P<rest>.+)")
_PAUSE = re.compile(r"\.\.\d+")
