"""Runs a service: one coroutine per contact, on the facts of ranges of partitions.

The processes that run a service share its ranges, and one process at a time holds a range's
lease. Its bookmark is the lease's state, so the same compare-and-set that keeps a second holder
out keeps a zombie from moving the bookmark; and a zombie's appends are refused, because each is
conditional on the end of its lane.

The bookmark is how far facts were handed out, and who has not finished with them: a new
holder wakes those contacts on their history, then goes on from there. Nothing is skipped;
facts may be met again, and whoever cares for a contact recognises what it did already.
"""

import asyncio
from collections.abc import Sequence

from ..events.base import TenantName
from ..events.journal import Journal
from ..events.progress import Progress
from ..events.subjects import PartitionRange
from .attempts import PATIENCE, Patience, leaves
from .bookmark import Bookmark
from .holding import Holding
from .inbox import INBOX_MAX, Care, Inbox
from .lanes import Service
from .lease import Lease, Leases
from .letters import Letter, Letters
from .ranges import RANGES

__all__ = [
    "Bookmark",
    "Care",
    "Inbox",
    "Lease",
    "Leases",
    "Letter",
    "Letters",
    "Patience",
    "Service",
    "run",
]


async def run(
    service: Service,
    *,
    tenant: TenantName,
    journal: Journal,
    leases: Leases,
    letters: Letters,
    progress: Progress,
    ranges: Sequence[PartitionRange] = RANGES,
    patience: Patience = PATIENCE,
    start_over: bool = False,
    inbox_max: int = INBOX_MAX,
) -> None:
    """Run a service on this process's share of a tenant's contacts.

    For ever, until cancelled; then the leases are released with their bookmarks. `start_over`
    is what to do about a bookmark of another stream than the tenant's: read all of the present
    one, which repeats nothing, instead of refusing. Embedded, stream and bookmark live and
    vanish together, so there only a person who deleted one of them by hand needs it; in
    production it wants to be a decision.

    Raises:
        EpochChanged, PositionBeyondEnd: the bookmark, as said, unless `start_over`.
        TenantUnknown: there is no such tenant.
    """
    leases.offer(service.name)
    try:
        async with asyncio.TaskGroup() as tasks:
            holding = Holding(
                service,
                tenant=tenant,
                journal=journal,
                leases=leases,
                letters=letters,
                progress=progress,
                ranges=ranges,
                patience=patience,
                inbox_max=inbox_max,
                start_over=start_over,
                tasks=tasks,
            )
            tasks.create_task(holding.redrive_for_ever())
            await holding.adjust_for_ever()
    except BaseExceptionGroup as group:
        # Several ranges tell the same; the first is as good as any.
        raise next(leaves(group)) from group
