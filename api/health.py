"""Whether this process is alive, whether it is of use, and how it fares in figures."""

from collections.abc import Sequence
from typing import Any

import structlog
from litestar import Controller, Response, get
from litestar.di import NamedDependency
from msgspec import Struct

from ..events.progress import Progress
from .hubs import Hubs
from .loops import Loop, loops_of
from .metrics import Metrics
from .ports import Ports
from .problems import problem_response

log = structlog.get_logger()


class Readiness(Struct, frozen=True, kw_only=True):
    """Every loop makes progress."""

    ready: bool
    loops: tuple[Loop, ...]


class HealthController(Controller):
    tags = ["operations"]  # noqa: RUF012 (the framework declares it so)

    @get("/livez")
    async def livez(self) -> dict[str, str]:
        """Tell that the event loop turns. Nothing else: a restart would not help otherwise."""
        return {"status": "alive"}

    @get("/readyz")
    async def readyz(
        self, ports: NamedDependency[Ports], hubs: NamedDependency[Hubs]
    ) -> Response[Any]:
        """Tell whether every loop makes progress; 503 names those that do not."""
        loops = loops_of(every_progress(ports, hubs), ports.limits)
        stalled = [loop for loop in loops if loop.stalled]
        if not stalled:
            return Response(Readiness(ready=True, loops=tuple(loops)))
        names = ", ".join(f"{loop.loop} of {loop.tenant}" for loop in stalled)
        log.warning("not_ready", stalled=names)
        return problem_response(
            503,
            code="stalled",
            detail=f"no progress: {names}",
            stalled=[
                {
                    "loop": loop.loop,
                    "tenant": loop.tenant,
                    "position": loop.position,
                    "silent_s": loop.silent_s,
                    "oldest_unfinished_s": loop.oldest_unfinished_s,
                }
                for loop in stalled
            ],
        )

    @get("/metrics", include_in_schema=False)
    async def metrics(
        self,
        ports: NamedDependency[Ports],
        hubs: NamedDependency[Hubs],
        metrics: NamedDependency[Metrics],
    ) -> Response[bytes]:
        """Return figures for Prometheus. They name loops and tenants, never people."""
        await metrics.collect(every_progress(ports, hubs), list(hubs), ports)
        return Response(
            metrics.exposition(),
            media_type="text/plain; version=0.0.4",
            headers={"Cache-Control": "no-store"},
        )


def every_progress(ports: Ports, hubs: Hubs) -> Sequence[Progress]:
    """Return the loops of this process, the streams' own included."""
    return [*ports.loops, *(hub.progress for hub in hubs)]
