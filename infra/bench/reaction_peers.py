"""How FastStream handles the facts that our reactor does, in each way that it offers."""

from msgspec import Struct

from ...events.base import TenantName
from ...events.subjects import facts_stream
from .peer_environment import run_peer
from .rows import Row

FACTS = 10_000
SEQUENTIAL_FACTS = 300  # one after the other: some seconds


class Way(Struct, frozen=True):
    """One way to run a subscriber."""

    way: str
    rate: float  # facts a second
    violations: int  # of order within a contact


class FastStreamRates(Struct, frozen=True):
    """What `peers/faststream_reactions.py` answers."""

    ways: tuple[Way, ...]
    configuration: str


async def faststream_rates(
    *, nats_url: str, tenant: TenantName, io_s: tuple[float, float], in_flight: int
) -> FastStreamRates:
    """Return how fast it handles the first facts of a tenant's log, and in what order.

    Each costs it a wait of `io_s` (shortest, longest; evenly spread), as many as `in_flight` at
    once. The log holds `FACTS` or more on the lane `guidance`, and they are there already.
    """
    told = {
        "nats": nats_url,
        "stream": facts_stream(tenant),
        "subject": f"ev.{tenant}.*.contact.*.guidance",
        "facts": FACTS,
        "in_flight": in_flight,
        "sequential_facts": SEQUENTIAL_FACTS,
        "io_s": io_s,
    }
    return await run_peer("faststream", "faststream_reactions", told, answer=FastStreamRates)


def rows_of(rates: FastStreamRates) -> list[Row]:
    """Return a row for each way, with its violations of order."""
    return [
        Row(
            what=f"FastStream, {one.way}",
            value=one.rate,
            unit="/s",
            beside=f"{one.violations:,} violations of order; {rates.configuration}",
        )
        for one in rates.ways
    ]
