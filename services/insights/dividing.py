"""Where a conversation's time went: talk, both at once, hold, silence. Interval arithmetic."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Literal, get_args

from ...events.base import Speaker
from ...events.insights import SilenceMeasured, TimeDivided
from .heard import SIDES, Said, Stretch, merge

# Amazon counts silence (NonTalkTime) from here too; less is how people talk.
SILENCE_MS_MIN = 3_000

_Part = Literal["customer", "agent", "both", "prompt", "hold", "unheard"]


def divided(
    utterances: Sequence[Said], *, holds: Iterable[Stretch], unheard: Iterable[Stretch]
) -> tuple[TimeDivided, SilenceMeasured] | None:
    """Return the parts of the conversation's time and its silences; None where nobody spoke.

    `holds` and `unheard` (no audio, or no words, of a side that might have spoken) may reach
    beyond the conversation and overlap.
    """
    talk = talk_of(utterances)
    ours = [stretch for side in SIDES for stretch in talk.get(side, [])]
    if not ours:
        return None
    whole = (min(start for start, _ in ours), max(end for _, end in ours))
    layers = [
        _within(talk.get("customer", []), whole),
        _within(talk.get("agent", []), whole),
        _within(merge(holds), whole),
        _within(talk.get("system", []), whole),
        _within(merge(unheard), whole),
    ]
    parts: dict[_Part, int] = dict.fromkeys(get_args(_Part), 0)
    quiet: list[Stretch] = []
    for start, end, (customer, agent, held, prompt, missing) in _pieces(whole, layers):
        part = _part(customer=customer, agent=agent, held=held, prompt=prompt, missing=missing)
        if part is None:
            quiet.append((start, end))
        else:
            parts[part] += end - start
    silences = [stretch for stretch in merge(quiet) if _length(stretch) >= SILENCE_MS_MIN]
    silence_ms = sum(map(_length, silences))
    time = TimeDivided(
        from_ms=whole[0],
        until_ms=whole[1],
        silence_ms=silence_ms,
        pause_ms=sum(map(_length, quiet)) - silence_ms,
        **{f"{name}_ms": length for name, length in parts.items()},
    )
    return time, _measured(silences)


def talk_of(utterances: Iterable[Said]) -> Mapping[Speaker, list[Stretch]]:
    """Return when each speaker spoke, in order, without overlap with themselves."""
    found: dict[Speaker, list[Stretch]] = {}
    for one in utterances:
        found.setdefault(one.speaker, []).extend(one.stretches)
    return {speaker: merge(stretches) for speaker, stretches in found.items()}


def _part(*, customer: bool, agent: bool, held: bool, prompt: bool, missing: bool) -> _Part | None:
    if customer or agent:
        return "both" if customer and agent else "customer" if customer else "agent"
    # On hold nobody is missed, and music is recognised as words now and then.
    if held:
        return "hold"
    if prompt:
        return "prompt"
    return "unheard" if missing else None


def _pieces(
    whole: Stretch, layers: Sequence[Sequence[Stretch]]
) -> Iterable[tuple[int, int, tuple[bool, ...]]]:
    """Yield the pieces of `whole` within which nothing begins or ends, and what is on in each."""
    edges = sorted({*whole, *(edge for layer in layers for stretch in layer for edge in stretch)})
    at = [0] * len(layers)
    for start, end in pairwise(edges):
        on: list[bool] = []
        for index, layer in enumerate(layers):
            while at[index] < len(layer) and layer[at[index]][1] <= start:
                at[index] += 1
            on.append(at[index] < len(layer) and layer[at[index]][0] <= start)
        yield start, end, tuple(on)


def _within(stretches: Sequence[Stretch], whole: Stretch) -> list[Stretch]:
    cut = [(max(start, whole[0]), min(end, whole[1])) for start, end in stretches]
    return [stretch for stretch in cut if stretch[0] < stretch[1]]


def _measured(silences: Sequence[Stretch]) -> SilenceMeasured:
    longest = max(silences, key=_length, default=None)
    return SilenceMeasured(
        count=len(silences),
        longest_ms=0 if longest is None else _length(longest),
        longest_at_ms=None if longest is None else longest[0],
        total_ms=sum(map(_length, silences)),
    )


def _length(stretch: Stretch) -> int:
    return stretch[1] - stretch[0]
