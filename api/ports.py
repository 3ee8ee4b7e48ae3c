"""What the API needs from the rest, handed in once and injected everywhere."""

from collections.abc import AsyncGenerator, Callable, Collection, Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from ..commands.known import KnownContacts
from ..commands.stream_accounts import StreamAccounts
from ..events.base import (
    LANES,
    START,
    ContactId,
    ContactRef,
    Draft,
    Lane,
    Position,
    Recorded,
    TenantName,
)
from ..events.journal import Journal
from ..events.live import Live
from ..events.log import Stored, StreamState
from ..events.privacy.protection import ProtectionOf, everything
from ..events.progress import Progress
from ..events.register import Registered
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


class History(Protocol):
    """What happened, wherever it is kept: in the archive, in the log, or part in each.

    Either way in the order of positions, without a seam and without a duplicate.
    """

    def read(
        self,
        contact: ContactRef,
        *,
        lanes: Collection[Lane] = LANES,
        after: Position = START,
        upto: Position | None = None,
    ) -> AsyncGenerator[Recorded]:
        """Yield the facts of one contact, then end. Nothing for an unknown contact."""
        ...

    def read_stored(
        self,
        tenant: TenantName,
        *,
        contact_id: ContactId | None = None,
        lanes: Collection[Lane] = LANES,
        after: Position = START,
        upto: Position | None = None,
    ) -> AsyncGenerator[Sequence[Stored]]:
        """Yield batches of a tenant's facts, or of one contact's, as they are kept."""
        ...


class Register(Protocol):
    """The facts of a tenant that are about no single contact."""

    async def append(
        self,
        tenant: TenantName,
        *,
        id: str,  # noqa: A002 (the thing's id)
        drafts: Sequence[Draft],
        expected: Position | None,
    ) -> Position:
        """Append facts of one kind about one thing; see `events/register.py`."""
        ...

    def read(
        self,
        tenant: TenantName,
        *,
        kind: str | None = None,
        id: str | None = None,  # noqa: A002
        after: Position = START,
        upto: Position | None = None,
    ) -> AsyncGenerator[Registered]:
        """Yield the facts of one kind after one position, up to another."""
        ...

    async def state(self, tenant: TenantName) -> StreamState:
        """Return epoch and ends of the tenant's register."""
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
    summary_s: float = 10.0  # after the last word; a model has 8 s, and there may be no service
    settle_s: float = 1.0  # after the summary: services say of the whole call what each has to


class Ports:
    """The API's ports. One per application."""

    def __init__(
        self,
        *,
        journal: Journal,
        history: History,
        register: Register,
        databases: Databases,
        tenants: Tenants,
        live: Live,
        known: KnownContacts,
        loops: Sequence[Progress],
        now: Callable[[], datetime],
        limits: Limits,
        stream_accounts: StreamAccounts | None = None,
        protection: ProtectionOf = everything,
    ) -> None:
        self.journal = journal
        self.history = history
        self.register = register
        self.databases = databases
        self.tenants = tenants
        self.live = live
        self.known = known
        self.loops = loops
        self.now = now
        self.stream_accounts = stream_accounts or StreamAccounts()
        self.limits = limits
        self.protection = protection  # what is masked of what people type
