"""A call as a file, to rehearse a playbook with: what was said when, and what is to come of it.

YAML, or JSON, which is YAML. `?` marks what may be left out, with its default:

    call: TEXT ?                       what it is called; the file's name
    language: TAG ?                    (en-US)
    queue: TEXT ?                      and `profile`: as the contact has them
    attributes: {NAME: TEXT} ?         contact attributes
    agent_connected: SECONDS ?         (0) when the agent took the call
    holds: [{from: SECONDS, until: SECONDS} …] ?
    ended: SECONDS ?                   when they hung up; two seconds after the last turn
    expect: [WHAT …] ?                 in the whole call
    expect_not: [WHAT …] ?
    turns:
      - at: SECONDS                    when it begins
        until: SECONDS ?               when it ends; 0.35 s a word
        speaker: customer | agent
        text: TEXT
        expect: [WHAT …] ?             of this turn, before the next one is over
        expect_not: [WHAT …] ?

WHAT is the name of a cue or of an item of the checklist; `moment/NAME` is a moment.
"""

from pathlib import Path
from typing import Any

from msgspec import Struct, field

from ..services.guidance.fields import read_fields, read_file
from ..services.guidance.grammar import Decimal, Each, Entries, Record, Text, words

WORD_S = 0.35  # a lively speaker
SILENCE_S = 2.0  # after the last turn, before they hang up
SECONDS_MAX = 12 * 3_600.0
TURNS_MAX = 5_000
TEXT_CHARS_MAX = 5_000  # of one turn
NAME_CHARS_MAX = 256
NAMES_MAX = 200  # of one list

_seconds = Decimal(least=0.0, most=SECONDS_MAX)
_name = Text(chars_max=NAME_CHARS_MAX)
_wanted = Each(of=_name, most=NAMES_MAX)
_TURN = Record(
    required={
        "at": _seconds,
        "speaker": words("customer", "agent"),
        "text": Text(chars_max=TEXT_CHARS_MAX),
    },
    optional={"until": _seconds, "expect": _wanted, "expect_not": _wanted},
)
_HOLD = Record(required={"from": _seconds, "until": _seconds})
_CALL = Record(
    required={"turns": Each(of=_TURN, most=TURNS_MAX)},
    optional={
        "call": _name,
        "language": _name,
        "queue": _name,
        "profile": _name,
        "attributes": Entries(of=Text(chars_max=TEXT_CHARS_MAX), most=NAMES_MAX),
        "agent_connected": _seconds,
        "holds": Each(of=_HOLD, most=NAMES_MAX),
        "ended": _seconds,
        "expect": _wanted,
        "expect_not": _wanted,
    },
)


class Wanted(Struct, frozen=True, kw_only=True):
    """What is to come, and what is not."""

    expect: tuple[str, ...] = ()
    expect_not: tuple[str, ...] = ()


class Part(Struct, frozen=True, kw_only=True):
    """What a recogniser believes of a turn while it is being said."""

    at_s: float  # when it arrives
    text: str
    stable_words: int  # so many from the start will hardly change


class Turn(Struct, frozen=True, kw_only=True):
    """What one of them says in one go."""

    at_s: float
    until_s: float
    speaker: str  # or `system`: a prompt, or music
    text: str
    parts: tuple[Part, ...] | None = None  # None: by rule, one a second, without mistakes
    final_after_s: float = 0.0  # so long after it is over its final comes
    wanted: Wanted = Wanted()


class Call(Struct, frozen=True, kw_only=True):
    """A call to rehearse."""

    name: str
    turns: tuple[Turn, ...]  # by when they are over
    ended_s: float
    language: str = "en-US"
    queue: str | None = None
    profile: str | None = None
    attributes: dict[str, str] = field(default_factory=dict[str, str])
    agent_connected_s: float = 0.0
    holds: tuple[tuple[float, float], ...] = ()  # from, until
    wanted: Wanted = Wanted()


def load_call(path: Path) -> Call:
    """Return the call a file holds.

    Raises:
        PlaybookMalformed: it breaks the format; names file, line and field.
    """
    whole = read_fields(read_file(path), file=path.name)
    given = _CALL.read(whole, moments=())
    turns = [_turn(one) for one in given["turns"]]
    for place, turn in zip(whole.entries()["turns"].items(), turns, strict=True):
        if turn.until_s < turn.at_s:
            place.refuse("ends before it begins")
    last_s = max(turn.until_s for turn in turns)
    ended_s = given.get("ended", last_s + SILENCE_S)
    if ended_s < last_s:
        whole.entries()["ended"].refuse("is before the last turn is over")
    kept = {name: given[name] for name in ("language", "queue", "profile") if name in given}
    return Call(
        name=given.get("call", path.stem),
        turns=tuple(sorted(turns, key=lambda turn: turn.until_s)),
        ended_s=ended_s,
        attributes=given.get("attributes", {}),
        agent_connected_s=given.get("agent_connected", 0.0),
        holds=tuple((one["from"], one["until"]) for one in given.get("holds", ())),
        wanted=_wanted_of(given),
        **kept,
    )


def _turn(given: dict[str, Any]) -> Turn:
    spoken_s = WORD_S * len(given["text"].split())
    return Turn(
        at_s=given["at"],
        until_s=given.get("until", given["at"] + spoken_s),
        speaker=given["speaker"],
        text=given["text"],
        wanted=_wanted_of(given),
    )


def _wanted_of(given: dict[str, Any]) -> Wanted:
    return Wanted(expect=given.get("expect", ()), expect_not=given.get("expect_not", ()))
