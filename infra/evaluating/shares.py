"""How many of how many, with the interval that so few of them leave open."""

import math

from msgspec import Struct

from ...projections.shares import interval_95


class Share(Struct, frozen=True, kw_only=True):
    """How many of how many."""

    name: str
    count: int
    of: int
    aim: float | None = None

    @property
    def share(self) -> float:
        return self.count / self.of if self.of else math.nan

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval."""
        return interval_95(self.count, self.of)

    @property
    def met(self) -> bool | None:
        """Whether the aim is met; None: there is none, or nothing was asked."""
        return None if self.aim is None or not self.of else self.share >= self.aim
