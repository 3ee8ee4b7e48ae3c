"""How much may be used in a time. Pure: the clock is handed in."""

from collections.abc import Callable

from .settings import BudgetSettings

_MINUTE_S = 60.0
_EXTRA_MAX = 5.0  # requests that may be asked a second time at once, after a quiet while


class Allowance:
    """A bucket of `per_minute`, filled evenly. Full at the start."""

    def __init__(self, per_minute: int, *, now: Callable[[], float]) -> None:
        self.per_minute = per_minute
        self._now = now
        self._left = float(per_minute)
        self._at = now()

    def left(self) -> float:
        """Return what is there now; less than nothing where more was used than was expected."""
        now = self._now()
        refill = (now - self._at) * self.per_minute / _MINUTE_S
        self._left = min(float(self.per_minute), self._left + refill)
        self._at = now
        return self._left

    def use(self, amount: float) -> None:
        """Take; or give back what was not used."""
        self._left = min(float(self.per_minute), self.left() - amount)


class Budget:
    """One tenant's."""

    def __init__(self, settings: BudgetSettings, *, now: Callable[[], float]) -> None:
        self.settings = settings
        self._requests = _allowance(settings.requests_per_minute, now)
        self._tokens = _allowance(settings.tokens_per_minute, now)

    def admits(self, tokens: int) -> bool:
        """Take what a request may cost, or return False and take nothing.

        One that costs more than a minute's tokens is let in when all of them are there.
        """
        if self._requests is not None and self._requests.left() < 1.0:
            return False
        if self._tokens is not None:
            if self._tokens.left() < min(tokens, self._tokens.per_minute):
                return False
            self._tokens.use(tokens)
        if self._requests is not None:
            self._requests.use(1.0)
        return True

    def settle(self, *, expected: int, used: int) -> None:
        """Correct what a request was expected to cost by what it did."""
        if self._tokens is not None:
            self._tokens.use(used - expected)


class ExtraShare:
    """Requests that may be asked twice: a share of all there are. Each earns, each second costs."""

    def __init__(self, share: float) -> None:
        self._share = share
        self._left = 0.0

    def earn(self) -> None:
        """Note a request."""
        self._left = min(_EXTRA_MAX, self._left + self._share)

    @property
    def is_earned(self) -> bool:
        """Whether there is a second one to take."""
        return self._left >= 1.0 - 1e-9  # a sum of many shares is not exact

    def take(self) -> bool:
        """Take a second one, if there is one to take."""
        if not self.is_earned:
            return False
        self._left -= 1.0
        return True


def _allowance(per_minute: int | None, now: Callable[[], float]) -> Allowance | None:
    return None if per_minute is None else Allowance(per_minute, now=now)
