"""Labelled calls: what was said and when, and what a careful listener expects on the screen.

A call is a file of JSON lines: `Labels`, then a `Turn` a line. As it stands (`*.jsonl`), or as
gzip in base64 (any other ending) where nobody is to read it by accident.
"""

import base64
import binascii
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from ...errors import Malformed
from .. import rehearsal_call

PLAIN = ".jsonl"
OTHERS = (".md", ".yaml", ".yml")  # what lies beside the calls of a folder
FINAL_AFTER_S = 0.5  # after the last word; recognisers wait about so long for another
ENDED_AFTER_S = 2.0  # after the last word, before they hang up
CALL_BYTES_MAX = 4_000_000  # of one file, unpacked; hours of speech
TURN_MS_MIN = 1
GZIP_BITS = 16 + zlib.MAX_WBITS  # a header of gzip is expected


class Partial(Struct, frozen=True, forbid_unknown_fields=True):
    """What the recogniser believes of a turn while it is being said."""

    at_ms: int  # when it arrives, on the contact clock
    text: str
    stable: int  # so many words from the start will hardly change


class Turn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one speaker says without a break."""

    id: str
    speaker: Literal["agent", "customer", "system"]
    start_ms: int
    end_ms: int
    text: str
    partials: tuple[Partial, ...] = ()


class Must(Struct, frozen=True, forbid_unknown_fields=True):
    """An intent that is earned in `turn` and must be on the screen at the end of `by`."""

    intent: str
    turn: str
    by: str


class May(Struct, frozen=True, forbid_unknown_fields=True):
    """An intent, or a warning, that is neither right nor wrong from `turn` on."""

    intent: str
    turn: str


class Warned(Struct, frozen=True, forbid_unknown_fields=True):
    """A warning about the agent, read as `Must`."""

    warning: str
    turn: str
    by: str


class Said(Struct, frozen=True, forbid_unknown_fields=True):
    """A checklist item, and the turn in which it is said."""

    item: str
    turn: str


class Labels(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The first line of a call's file."""

    id: str
    domain: str
    shape: Literal["routine", "near_miss", "trigger", "mixed", "warning"]
    title: str
    must: tuple[Must, ...] = ()
    may: tuple[May, ...] = ()
    warnings: tuple[Warned, ...] = ()
    said: tuple[Said, ...] = ()

    @property
    def turns_named(self) -> Iterator[str]:
        """The turns that labels name."""
        for must in (*self.must, *self.warnings):
            yield from (must.turn, must.by)
        yield from (one.turn for one in (*self.may, *self.said))


class LabelledCall(Struct, frozen=True):
    """A call and what is expected of it."""

    labels: Labels
    turns: tuple[Turn, ...]

    def place(self, turn: str) -> int:
        """Return which turn that is, from 0."""
        return next(n for n, one in enumerate(self.turns) if one.id == turn)


def read_calls(paths: Iterable[Path]) -> Iterator[LabelledCall]:
    """Read files and whole folders, each folder by file name.

    Raises:
        Malformed: a file is no labelled call, or a folder holds none; names it.
    """
    for path in paths:
        files = sorted(path.iterdir()) if path.is_dir() else [path]
        files = [one for one in files if one.is_file() and one.suffix not in OTHERS]
        if not files:
            raise Malformed(str(path), "holds no call")
        for file in files:
            yield read_file(file)


def read_file(path: Path) -> LabelledCall:
    """Read one file.

    Raises:
        Malformed: it is no labelled call; says in which line, never what it says.
    """
    try:
        packed = path.read_bytes()
        lines = packed if path.suffix == PLAIN else _unpacked(packed)
        call = read_call(lines)
    except OSError as error:
        raise Malformed(path.name, error.strerror or "cannot be read") from error
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError) as error:
        raise Malformed(path.name, str(error)) from error
    return call


def read_call(lines: bytes) -> LabelledCall:
    """Read a call from its lines.

    Raises:
        msgspec.ValidationError: a field is missing, unknown, or of another type.
        ValueError: labels name a turn that is not there, or turns are not in order.
    """
    first, *rest = lines.splitlines() or [b""]
    labels = msgspec.json.decode(first, type=Labels)
    turns = tuple(msgspec.json.decode(line, type=Turn) for line in rest if line.strip())
    strangers = set(labels.turns_named) - {turn.id for turn in turns}
    if strangers or not turns:
        raise ValueError(f"there is no turn {', '.join(sorted(strangers)) or 'at all'}")
    for turn in turns:
        if turn.end_ms < turn.start_ms + TURN_MS_MIN or turn.start_ms < 0 or not turn.text.split():
            raise ValueError(f"{turn.id} takes no time, or says nothing")
    if list(turns) != sorted(turns, key=lambda turn: turn.start_ms):
        raise ValueError("turns are not in the order in which they begin")
    return LabelledCall(labels, turns)


def as_rehearsed(call: LabelledCall) -> rehearsal_call.Call:
    """Return the call as it is played: what a system says comes before the agent, or in a hold."""
    turns = sorted(call.turns, key=lambda turn: turn.end_ms)
    ended_s = turns[-1].end_ms / 1_000 + ENDED_AFTER_S
    first = next((one.start_ms for one in call.turns if one.speaker != "system"), 0)
    prompted = call.turns[0].speaker == "system"
    return rehearsal_call.Call(
        name=call.labels.id,
        turns=tuple(_as_rehearsed(turn) for turn in turns),
        ended_s=ended_s,
        agent_connected_s=first / 1_000 if prompted else 0.0,
        holds=tuple(
            (one.start_ms / 1_000, one.end_ms / 1_000)
            for one in call.turns
            if one.speaker == "system" and one.start_ms > first
        ),
    )


def _as_rehearsed(turn: Turn) -> rehearsal_call.Turn:
    return rehearsal_call.Turn(
        at_s=turn.start_ms / 1_000,
        until_s=turn.end_ms / 1_000,
        speaker=turn.speaker,
        text=turn.text,
        parts=tuple(
            rehearsal_call.Part(at_s=one.at_ms / 1_000, text=one.text, stable_words=one.stable)
            for one in turn.partials
            if one.text.split()
        ),
        final_after_s=FINAL_AFTER_S,
    )


def _unpacked(packed: bytes) -> bytes:
    try:
        inflating = zlib.decompressobj(wbits=GZIP_BITS)
        lines = inflating.decompress(base64.b64decode(packed, validate=False), CALL_BYTES_MAX)
    except (binascii.Error, zlib.error) as error:
        raise ValueError(f"is neither {PLAIN} nor gzip in base64") from error
    if not inflating.eof:
        raise ValueError(f"is cut off, or larger than {CALL_BYTES_MAX} bytes")
    return lines
