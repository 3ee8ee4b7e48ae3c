"""How many calls a core Pipecat carries to a recogniser that costs nothing."""

from msgspec import Struct

from .peer_environment import run_peer
from .rows import Row
from .under_way import is_real_pace
from .zero_cost import FINAL_EVERY_S

CALLS = 15  # a third of a core: whoever has more to do than there is time for is no measure
SECONDS = 6.0  # of measuring, for each way


class Way(Struct, frozen=True):
    """One way to set its pipelines up."""

    way: str
    is_documented: bool  # as its documentation has it
    calls_a_core: float
    carried: float  # share of the audio
    finals: int

    @property
    def pace(self) -> str:
        """Whether the pace was held, in words."""
        held = "" if is_real_pace(self.carried) else ": the pace was not held"
        return f"{self.carried:.0%} of the audio carried{held}"


class PipecatRates(Struct, frozen=True):
    """What `peers/pipecat_hearing.py` answers."""

    ways: tuple[Way, ...]
    configuration: str

    @property
    def best(self) -> Way:
        """The fastest that reads its audio from a socket, as ours does, and as documented.

        One that fell behind counts too: it did more at once, and that costs less a call.
        """
        documented = [one for one in self.ways if one.is_documented]
        return max(documented, key=lambda one: one.calls_a_core)


async def pipecat_rates(*, calls: int = CALLS, seconds: float = SECONDS) -> PipecatRates:
    """Return what it carries, in each way.

    Raises:
        PeerFailedError: it could not be installed or did not finish.
    """
    told = {"calls": calls, "seconds": seconds, "final_every_s": FINAL_EVERY_S}
    return await run_peer("pipecat", "pipecat_hearing", told, answer=PipecatRates)


def rows_of(rates: PipecatRates) -> list[Row]:
    """Return a row for each way; the first says how it was set up."""
    return [
        Row(
            what=f"Pipecat, {one.way}" + ("" if one.is_documented else " (not as documented)"),
            value=one.calls_a_core,
            unit="calls",
            beside=one.pace + ("" if ordinal else f"; {rates.configuration}"),
        )
        for ordinal, one in enumerate(rates.ways)
    ]
