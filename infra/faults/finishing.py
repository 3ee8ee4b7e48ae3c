"""When a trial is over: everything was appended, and whoever reads has read it."""

from pathlib import Path

from ...events.base import TenantName
from ...projections.catalogue import PROJECTIONS
from ...projections.projection import checkpoint_of
from ...projections.store import store_faults
from ..parts import Parts
from .scene import archived_upto
from .worker import Role
from .workload import ANSWERS, FACTS


class Finish:
    """Looks whether the work of a role is done."""

    def __init__(self, parts: Parts, tenant: TenantName, role: Role, directory: Path) -> None:
        self._parts = parts
        self._tenant = tenant
        self._role: Role = role
        self._directory = directory

    async def reached(self) -> bool:
        """Tell whether all is done that has to be."""
        last = (await self._parts.journal.state(self._tenant)).last
        expected = FACTS + ANSWERS if self._role == "react" else FACTS
        if last < expected:
            return False
        if self._role == "project":
            return await self._projected() >= last
        if self._role == "archive":
            return await archived_upto(self._parts, self._tenant, self._directory) >= last
        return True

    async def _projected(self) -> int:
        """Return how far all read models are."""
        pool = await self._parts.databases.pool(self._tenant)
        with store_faults():
            async with pool.acquire() as connection:
                tables = [one.checkpoints for one in PROJECTIONS]
                made = await connection.fetch(
                    "SELECT 1 FROM unnest($1::text[]) AS name WHERE to_regclass(name) IS NOT NULL",
                    tables,
                )
                if len(made) < len(tables):
                    return 0
                checkpoints = [await checkpoint_of(connection, one) for one in PROJECTIONS]
        return min(0 if one is None else one.position for one in checkpoints)
