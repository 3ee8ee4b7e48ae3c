"""A rebuild of the transcript from a million facts, beside the generation that is read.

First the read model follows the log, as it would have over the months; then it is built anew,
compared to the last row, and exchanged. What counts is the rebuild alone, from its start until
the exchange is committed.
"""

import asyncio

import uvloop

from ...projections import transcript
from ...projections.rebuilding import Rebuilt, rebuild
from ..main import calm_the_collector
from .projecting import project_all
from .rows import Row
from .servers import TENANT, history_of

FACTS = 1_000_000
AIM_S = 60.0
GIVE_UP_S = 600.0


def run() -> list[Row]:
    """Return how long the rebuild took, and whether the checksums agreed."""
    calm_the_collector()  # as the product does
    done = uvloop.run(_measure())
    comparison = done.comparison
    assert comparison is not None, "there was a generation to compare with"
    now, anew = comparison.checksums
    rows = sum(table.rows[0] for table in comparison.tables)
    return [
        Row(
            what=f"rebuild of {done.facts:,} events, compared and exchanged",
            value=done.seconds,
            unit="s",
            beside=f"{done.facts / done.seconds:,.0f}/s; checksum {now} of {rows:,} rows, {anew}",
            aim=f"under {AIM_S:g} s, checksums equal",
            met=done.exchanged and comparison.equal and now == anew and done.seconds < AIM_S,
        )
    ]


async def _measure() -> Rebuilt:
    async with asyncio.timeout(GIVE_UP_S), history_of(FACTS) as history:
        await project_all(history)
        return await rebuild(
            transcript.PROJECTION, tenant=TENANT, history=history.journal, pool=history.pool
        )
