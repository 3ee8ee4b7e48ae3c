"""Whether the loops of this process make progress."""

from collections.abc import Iterable

from msgspec import Struct

from ..events.progress import Progress
from .ports import Limits


class Loop(Struct, frozen=True, kw_only=True):
    """What a loop says of itself."""

    loop: str
    tenant: str
    position: int
    silent_s: float
    oldest_unfinished_s: float
    stalled: bool


def loops_of(loops: Iterable[Progress], limits: Limits) -> list[Loop]:
    """Return what each loop says of itself, and whether that is too little."""
    return [_loop(one, limits) for one in loops]


def _loop(one: Progress, limits: Limits) -> Loop:
    silent_s, unfinished_s = one.silent_s, one.oldest_unfinished_s
    return Loop(
        loop=one.loop,
        tenant=one.tenant,
        position=one.position,
        silent_s=round(silent_s, 3),
        oldest_unfinished_s=round(unfinished_s, 3),
        stalled=silent_s > limits.silent_s or unfinished_s > limits.unfinished_s,
    )
