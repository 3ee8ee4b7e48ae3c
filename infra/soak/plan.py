"""What is spoken during a soak: a long call, silent ones, and others that come and go beside them.

The long call's connection is cut when the credentials it was opened with have expired: to hear
the rest, others have to be asked for. A silent call says nothing for two thirds of the time, and
a second one for the rest: were there a call less at the end, a growth by what a call takes would
not show. The others keep coming, so that what each of them leaves behind adds up.
"""

import wave
from pathlib import Path

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from ..fleet.plan import FRAGMENT_S, SPREAD, PlannedCall, Wishes, plan
from ..fleet.voices import RATE_HZ, Voice
from ..simulator.faults import NO_FAULTS, Faults

SESSION_S_MAX = 3_600.0  # what a role assumed from a role may last, at AWS
SESSION_SHARE = 2 / 3  # of a soak of less than ninety minutes
CUT_SHARE = 0.75  # of the long call: its first credentials have expired
SILENT_SHARE = 2 / 3  # of a soak, by the first silent call: an hour of ninety minutes
OTHERS_S = 120.0  # a call's length, half more or less
OTHERS_SHARE_MAX = 0.2  # of a soak
HELD = 0.2  # of the others


class Soak(Struct, frozen=True, kw_only=True):
    """What to do."""

    minutes: float
    beside: int  # calls at a time, beside the long and the silent one
    seed: int = 0

    @property
    def seconds(self) -> float:
        """How long it takes until the last call is hung up."""
        return self.minutes * 60

    @property
    def session_s(self) -> float:
        """How long credentials last."""
        return min(SESSION_S_MAX, self.seconds * SESSION_SHARE)


def planned(soak: Soak, *, voices: int) -> tuple[PlannedCall, ...]:
    """Return the calls: the long one, the silent one, the others, then the second silent one.

    `voices` are those that speak; the one after them is the silent one.
    """
    fragments = int(soak.seconds / FRAGMENT_S)
    others = _others(soak, voices=voices)
    quiet_s = soak.seconds * SILENT_SHARE
    long = _plain(0, soak.seconds, voice=0, faults=Faults(cut_at_fragment=_cut(fragments)))
    quiet = _plain(1, quiet_s, voice=voices)
    rest_s = soak.seconds - quiet_s
    rest = replace(_plain(len(others) + 2, rest_s, voice=voices), start_s=quiet_s)
    return (long, quiet, *others, rest)


def silence(directory: Path) -> Voice:
    """Write a second of silence to where the simulator finds it."""
    samples = np.zeros((RATE_HZ, 2), dtype=np.int16)
    path = directory / "silence.wav"
    with wave.open(str(path), "wb") as wav:
        wav.setnchannels(2)
        wav.setsampwidth(2)
        wav.setframerate(RATE_HZ)
        wav.writeframes(samples.tobytes())
    return Voice(path.resolve(), samples)


def _cut(fragments: int) -> int:
    return max(1, int(fragments * CUT_SHARE))


def _others(soak: Soak, *, voices: int) -> list[PlannedCall]:
    length_s = min(OTHERS_S, soak.seconds * OTHERS_SHARE_MAX)
    every_s = length_s / max(1, soak.beside)
    latest_s = soak.seconds - length_s * (1 + SPREAD)
    count = int(latest_s / every_s) + 1 if soak.beside and latest_s > 0 else 0
    wishes = Wishes(
        calls=count, seed=soak.seed, call_s=length_s, voices=voices, holds=HELD, mid_word=HELD
    )
    return [
        replace(call, ordinal=number + 2, start_s=number * every_s)
        for number, call in enumerate(plan(wishes))
    ]


def _plain(ordinal: int, seconds: float, *, voice: int, faults: Faults = NO_FAULTS) -> PlannedCall:
    return PlannedCall(
        ordinal=ordinal,
        start_s=0.0,
        parts_s=(seconds,),
        voice=voice,
        offset=0.0,
        ending="pause",
        holds=(),
        transfer_of=None,
        stream_of=None,
        faults=faults,
    )
