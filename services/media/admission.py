"""How many streams this process reads at once. What is too much waits, and is told why.

A process that takes every call hears none of them well: it falls behind with all, or is killed
for its memory and takes hundreds with it. So there is a limit, and whoever is beyond it is let
in when somebody leaves, in the order of asking.
"""

import asyncio
from collections import Counter
from collections.abc import Callable

from msgspec import Struct

from ...events.media import RefusalReason
from .figures import WAITING

# Memory is given back without a word: whoever waits looks again this often.
LOOK_EVERY_S = 1.0


class Limits(Struct, frozen=True, kw_only=True):
    """What a process may take on."""

    # One connection each. A core hears 400 calls; beyond it every one of them falls behind.
    streams_max: int = 400
    # Of one customer's account, so that one cannot have it all. Kinesis Video Streams counts
    # connections by stream, three of each, and not by account: None, unless agreed otherwise.
    account_streams_max: int | None = None
    # Resident bytes of the process beyond which nobody further is let in.
    memory_bytes_max: int | None = None


LIMITS = Limits()


class Refusal(Struct, frozen=True, kw_only=True):
    """What stands against one more stream."""

    reason: RefusalReason
    limit: int
    in_use: int


class Admission:
    """Counts the streams that are read. `memory_bytes`: what the process takes up now."""

    def __init__(
        self,
        limits: Limits = LIMITS,
        *,
        memory_bytes: Callable[[], int] = lambda: 0,
        look_every_s: float = LOOK_EVERY_S,
    ) -> None:
        self._limits = limits
        self._memory_bytes = memory_bytes
        self._look_every_s = look_every_s
        self._held: Counter[str] = Counter()
        self._turns: list[_Turn] = []

    @property
    def in_use(self) -> int:
        """How many streams are let in."""
        return self._held.total()

    def enter(self, account: str) -> Refusal | None:
        """Take a place, or return why there is none. Those that wait come first."""
        self._let_in()
        refusal = self._against(account)
        if refusal is None:
            self._held[account] += 1
        return refusal

    async def wait(self, account: str) -> None:
        """Return when a place was taken. Cancelled, it takes none."""
        turn = _Turn(account)
        self._turns.append(turn)
        WAITING.inc()
        try:
            while not turn.granted.is_set():
                self._let_in()
                await turn.look(self._look_every_s)
        except BaseException:
            if turn.granted.is_set():
                self.leave(account)
            raise
        finally:
            WAITING.dec()
            if turn in self._turns:
                self._turns.remove(turn)

    def leave(self, account: str) -> None:
        """Give a place back, to whoever has waited longest and may have it."""
        assert self._held[account] > 0, "somebody entered"
        self._held[account] -= 1
        self._held += Counter()  # keeps those above zero
        self._let_in()

    def _let_in(self) -> None:
        for turn in list(self._turns):
            refusal = self._against(turn.account)
            if refusal is None:
                self._turns.remove(turn)
                self._held[turn.account] += 1
                turn.granted.set()
            elif refusal.reason != "account_streams":
                return  # there is no room for anybody

    def _against(self, account: str) -> Refusal | None:
        limits, in_use = self._limits, self.in_use
        if in_use >= limits.streams_max:
            return Refusal(reason="streams", limit=limits.streams_max, in_use=in_use)
        most, held = limits.account_streams_max, self._held[account]
        if most is not None and held >= most:
            return Refusal(reason="account_streams", limit=most, in_use=held)
        # A process that reads nothing takes the first whatever it weighs: it will not get
        # lighter by waiting.
        if limits.memory_bytes_max is not None and in_use:
            taken = self._memory_bytes()
            if taken >= limits.memory_bytes_max:
                return Refusal(reason="memory", limit=limits.memory_bytes_max, in_use=taken)
        return None


class _Turn:
    def __init__(self, account: str) -> None:
        self.account = account
        self.granted = asyncio.Event()

    async def look(self, timeout_s: float) -> None:
        try:
            async with asyncio.timeout(timeout_s):
                await self.granted.wait()
        except TimeoutError:
            return  # looks at the memory again
