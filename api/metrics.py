"""Figures of this process for Prometheus, in a registry of their own."""

import asyncio
from collections.abc import Sequence

from prometheus_client import (
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)

from ..errors import AntiphonError
from ..events.base import TenantName
from ..events.progress import Progress
from ..projections.catalogue import PROJECTIONS
from ..projections.projection import parked_count
from ..projections.store import store_faults
from .hub import Hub
from .ports import Ports

ASK_S_MAX = 2.0  # the log and the stores, for figures; a scraper waits ten


class Metrics:
    """What is counted and measured."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        loop = ("loop", "tenant")
        self._position = self._gauge("loop_position", "Last finished position.", loop)
        self._silent = self._gauge("loop_silent_seconds", "Since the last sign of life.", loop)
        self._unfinished = self._gauge(
            "loop_oldest_unfinished_seconds", "Age of the oldest unfinished work.", loop
        )
        self._lag = self._gauge("loop_lag_positions", "Behind the end of the log.", loop)
        self._lag_age = self._gauge(
            "loop_lag_seconds", "Age of the oldest recorded fact not yet finished.", loop
        )
        self._end = self._gauge("log_position", "Last position of the log.", ("tenant",))
        self._streams = self._gauge("sse_clients", "Open streams.", ("tenant",))
        self._cut = self._gauge(
            "sse_cut", "Streams cut because the client fell behind.", ("tenant",)
        )
        self._late = self._gauge("sse_late_seconds", "Streams behind the log.", ("tenant",))
        self._parked = self._gauge(
            "projection_parked_contacts",
            "Contacts that a read model cannot apply.",
            ("projection", "tenant"),
        )
        self.requests = Counter(
            "antiphon_http_requests",
            "Requests by route and status.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self.latency = Histogram(
            "antiphon_http_request_seconds",
            "Until the answer began.",
            ("method", "route"),
            registry=self.registry,
            buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
        )

    async def collect(self, loops: Sequence[Progress], hubs: Sequence[Hub], ports: Ports) -> None:
        """Take the figures that are asked for now. What does not answer is left as it was."""
        for hub in hubs:
            self._streams.labels(hub.tenant).set(hub.streams)
            self._cut.labels(hub.tenant).set(hub.cut_total)
            self._late.labels(hub.tenant).set(hub.late_s())
        for loop in loops:
            self._position.labels(loop.loop, loop.tenant).set(loop.position)
            self._silent.labels(loop.loop, loop.tenant).set(loop.silent_s)
            self._unfinished.labels(loop.loop, loop.tenant).set(loop.oldest_unfinished_s)
            self._lag_age.labels(loop.loop, loop.tenant).set(loop.lag_s)
        tenants = {TenantName(one.tenant) for one in loops}
        await asyncio.gather(*(self._ask(tenant, loops, ports) for tenant in tenants))

    def exposition(self) -> bytes:
        """Return the figures in Prometheus' text format: ours, and what services count."""
        return generate_latest(self.registry) + generate_latest(REGISTRY)

    async def _ask(self, tenant: TenantName, loops: Sequence[Progress], ports: Ports) -> None:
        try:
            async with asyncio.timeout(ASK_S_MAX):
                state = await ports.journal.state(tenant)
                self._end.labels(tenant).set(state.last)
                for loop in loops:
                    if loop.tenant == tenant and loop.of == "facts":
                        lag = max(0, state.last - loop.position)
                        self._lag.labels(loop.loop, tenant).set(lag)
                pool = await ports.databases.pool(tenant)
                with store_faults():
                    async with pool.acquire() as connection:
                        for projection in PROJECTIONS:
                            count = await parked_count(connection, projection)
                            self._parked.labels(projection.name, tenant).set(count)
        except (AntiphonError, TimeoutError):
            return  # readiness speaks of outages; a scrape gives what there is

    def _gauge(self, name: str, what: str, labels: tuple[str, ...]) -> Gauge:
        return Gauge(f"antiphon_{name}", what, labels, registry=self.registry)
