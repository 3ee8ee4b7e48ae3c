"""What the API needs from the rest, handed in once and injected everywhere."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from ..events.base import TenantName
from ..events.journal import Journal
from ..events.live import Live
from ..events.progress import Progress
from ..projections.store import Pool


class Databases(Protocol):
    """The tenants' databases."""

    async def pool(self, tenant: TenantName) -> Pool:
        """Return the connections to a tenant's database."""
        ...


class Tenants(Protocol):
    """Who is registered."""

    def exists(self, name: TenantName) -> bool:
        """Tell whether there is a tenant of that name."""
        ...


class Limits(Struct, frozen=True, kw_only=True):
    """Bounds of streams and of patience. Tests choose smaller ones."""

    queue_frames: int = 1_000  # waiting for one client; about a minute of a busy desk
    send_s: float = 15.0  # one write to a client that does not read
    lifetime_s: float = 3_600.0  # of a stream; the client then resumes, perhaps elsewhere
    heartbeat_s: float = 5.0  # proxies cut what is idle for 60; a page notices three missed
    late_s: float = 3.0  # behind the log, from which a page is told that its feed is late
    catch_up_s: float = 10.0  # a read model is waited for before a snapshot
    resume_positions: int = 2_000  # replayed to an agent's client; beyond, a snapshot is cheaper
    silent_s: float = 15.0  # without a sign of life, a loop is stalled; it beats every second
    unfinished_s: float = 30.0  # a loop with unfinished work of that age is stalled
    query_s: float = 10.0  # one question to a read model


class Ports:
    """The API's ports. One per application."""

    def __init__(
        self,
        *,
        journal: Journal,
        databases: Databases,
        tenants: Tenants,
        live: Live,
        loops: Sequence[Progress],
        now: Callable[[], datetime],
        limits: Limits,
    ) -> None:
        self.journal = journal
        self.databases = databases
        self.tenants = tenants
        self.live = live
        self.loops = loops
        self.now = now
        self.limits = limits
