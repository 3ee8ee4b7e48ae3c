"""When a trial is over: everything was appended, and whoever reads has read it."""

from ...events.base import Position
from ...projections.catalogue import PROJECTIONS
from ...projections.projection import checkpoint_of
from ...projections.store import store_faults
from .roles import ENDING, Role
from .scene import Scene
from .workers import Workers
from .workload import ERASURE_ID, facts_due


async def is_finished(scene: Scene, role: Role, workers: Workers) -> bool:
    """Tell whether the struck role and all that follow the log have nothing left to do."""
    if role in ENDING and not workers.are_done:
        return False
    if role == "erase" and not await _is_erased(scene):
        return False
    return await has_settled(scene)


async def has_settled(scene: Scene) -> bool:
    """Tell whether every fact there has to be is there, answered, projected and archived."""
    last = (await scene.parts.journal.state(scene.tenant)).last
    if last < facts_due(scene.tenant) + len(scene.erased):
        return False
    return await _projected_upto(scene) >= last and await scene.archived_upto() >= last


async def _is_erased(scene: Scene) -> bool:
    erasure = await scene.parts.eraser.erasures.find(scene.tenant, ERASURE_ID)
    return erasure is not None and erasure.signed is not None


async def _projected_upto(scene: Scene) -> Position:
    """Return how far all read models are."""
    pool = await scene.parts.databases.pool(scene.tenant)
    with store_faults():
        async with pool.acquire() as connection:
            tables = [one.checkpoints for one in PROJECTIONS]
            made = await connection.fetch(
                "SELECT 1 FROM unnest($1::text[]) AS name WHERE to_regclass(name) IS NOT NULL",
                tables,
            )
            if len(made) < len(tables):
                return Position(0)
            checkpoints = [await checkpoint_of(connection, one) for one in PROJECTIONS]
    return min((Position(0) if one is None else one.position) for one in checkpoints)
