"""Commands decided and appended, beside pyeventsourcing on PostgreSQL.

Two hundred contacts are under way. Each is given one command after the other: another agent takes
it, one event with a sealed name. All of them at once, in one process; keys lie in the same
PostgreSQL that the peer writes to. Every command is decided on the facts so far.
"""

import asyncio
import statistics
import tempfile
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import uvloop
from msgspec import Struct

from ...commands.contact import ConnectAgent, ContactCommand, StartContact
from ...commands.handle import handle
from ...commands.known import KnownContacts
from ...events.base import AgentId, ContactId, ContactRef, TenantName
from ...events.journal import Journal
from ...events.sealed import Sealed
from ..embedded.nats import NatsServer
from ..embedded.postgres import PostgresServer
from ..jetstream.connection import connected
from ..jetstream.log import JetStreamLog
from ..jetstream.streams import Streams
from ..key_store import PostgresKeys
from ..main import calm_the_collector
from ..postgres import Databases
from .peer_environment import run_peer
from .rows import Row

CONTACTS = 200
COMMANDS = 10  # for each contact and round
READING_COMMANDS = 3  # where each one reads the facts first: they grow
PEER_COMMANDS = 3  # its pace is the same from the first on
ROUNDS = 3
AIM_PER_S = 5_000.0

DEFAULT_SYNC = "2m"  # nats-server's own
SYNCS = (DEFAULT_SYNC, "always")
INSTANCE_ARN = "arn:aws:connect:us-east-1:1:instance/1"
CUSTOMER_ENDPOINT, AGENT_NAME = "+15550100", "Ann Agent"  # sealed


class PeerPace(Struct, frozen=True):
    """What `peers/eventsourcing_commands.py` answers."""

    rate: float  # commands a second
    settings: dict[str, str]
    configuration: str


class _Paces(Struct, frozen=True):
    """Commands a second in each round."""

    started: list[float]
    commanded: list[float]
    reading: list[float]


def run() -> list[Row]:
    """Return commands a second, with the broker's default sync and with every append synced."""
    calm_the_collector()  # as the product does
    return uvloop.run(_measure())


async def _measure() -> list[Row]:
    ours = {sync: _Paces([], [], []) for sync in SYNCS}
    peers: list[PeerPace] = []
    async with AsyncExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        directory.chmod(0o711)  # noqa: ASYNC240 (PostgreSQL's service account comes through)
        postgres = await stack.enter_async_context(PostgresServer(directory))
        places = {
            sync: await stack.enter_async_context(_place(directory / sync, sync, postgres.url))
            for sync in SYNCS
        }
        # The first one finds its best settings, and is no round.
        peer = await _peer(postgres.url, {})
        for nth in range(ROUNDS):
            for sync, place in places.items():
                await _round(place, ours[sync], nth)
            peers.append(await _peer(postgres.url, peer.settings))
    return _rows(ours, peers)


@asynccontextmanager
async def _place(directory: Path, sync: str, postgres_url: str) -> AsyncGenerator["_Place"]:
    directory.mkdir()  # noqa: ASYNC240 (nobody waits)
    tenant = TenantName(f"bench-{sync}")
    databases = Databases(postgres_url)
    try:
        await databases.create(tenant)
        keys = await PostgresKeys.open(databases, root_key_file=directory.parent / "root.key")
        async with (
            NatsServer(directory, sync_interval=sync) as server,
            connected(server.url, name="bench") as nc,
        ):
            await Streams(nc, audio_bytes_max=1 << 20).create_tenant(tenant)
            yield _Place(Journal(JetStreamLog(nc), keys), tenant)
    finally:
        await databases.close()


class _Place:
    """A tenant whose contacts are commanded."""

    def __init__(self, journal: Journal, tenant: TenantName) -> None:
        self._journal = journal
        self._tenant = tenant
        self._known = KnownContacts(writer="bench")

    async def pace(self, contacts: Sequence[str], commands: int, *, reading: bool = False) -> float:
        """Return commands a second; the first of a contact starts it."""
        known = None if reading else self._known
        began = time.perf_counter()
        await asyncio.gather(*(self._command(one, commands, known) for one in contacts))
        return len(contacts) * commands / (time.perf_counter() - began)

    async def start(self, contacts: Sequence[str]) -> float:
        """Return contacts started a second, each with a key of its own."""
        began = time.perf_counter()
        await asyncio.gather(*(self._ask(_start(one), "start", self._known) for one in contacts))
        return len(contacts) / (time.perf_counter() - began)

    async def _command(self, contact_id: str, commands: int, known: KnownContacts | None) -> None:
        # An agent other than the one before, whoever that was.
        for nth in range(commands):
            agent = f"{'reading' if known is None else 'known'}-{nth % 2}"
            command = ConnectAgent(
                contact_id=ContactId(contact_id),
                agent_id=AgentId(agent),
                agent_name=Sealed(AGENT_NAME),
            )
            await self._ask(command, f"{agent}/{nth}", known)

    async def _ask(
        self, command: ContactCommand, command_id: str, known: KnownContacts | None
    ) -> None:
        outcome = await handle(
            command,
            contact=ContactRef(self._tenant, command.contact_id),
            journal=self._journal,
            command_id=command_id,
            actor="machine",
            now=lambda: datetime.now(UTC),
            known=known,
        )
        if len(outcome.events) != 1:
            raise AssertionError(f"{command_id} appended {len(outcome.events)} events, not one")


async def _round(place: _Place, paces: _Paces, nth: int) -> None:
    contacts = [f"contact-{nth}-{one}" for one in range(CONTACTS)]
    paces.started.append(await place.start(contacts))
    paces.commanded.append(await place.pace(contacts, COMMANDS))
    others = [f"reading-{nth}-{one}" for one in range(CONTACTS)]
    await place.start(others)
    paces.reading.append(await place.pace(others, READING_COMMANDS, reading=True))


def _start(contact_id: str) -> StartContact:
    return StartContact(
        contact_id=ContactId(contact_id),
        instance_arn=INSTANCE_ARN,
        customer_endpoint=Sealed(CUSTOMER_ENDPOINT),
    )


async def _peer(postgres_url: str, settings: dict[str, str]) -> PeerPace:
    told = {
        "postgres": variables_of(postgres_url),
        "contacts": CONTACTS,
        "commands": PEER_COMMANDS,
        "settings": settings,
    }
    return await run_peer("eventsourcing", "eventsourcing_commands", told, answer=PeerPace)


def variables_of(postgres_url: str) -> dict[str, str]:
    """Return a database's address as pyeventsourcing takes it."""
    parts = urlsplit(postgres_url)
    return {
        "POSTGRES_HOST": parts.hostname or "",
        "POSTGRES_PORT": str(parts.port),
        "POSTGRES_DBNAME": parts.path.removeprefix("/"),
        "POSTGRES_USER": parts.username or "",
        "POSTGRES_PASSWORD": parts.password or "",
    }


def _rows(ours: dict[str, _Paces], peers: list[PeerPace]) -> list[Row]:
    peer = statistics.median(one.rate for one in peers)
    rows: list[Row] = []
    for sync, paces in ours.items():
        pace = statistics.median(paces.commanded)
        aimed = sync == DEFAULT_SYNC
        rows += [
            Row(
                what=f"commands on {CONTACTS} contacts, one event each, sync_interval {sync}",
                value=pace,
                unit="/s",
                beside=f"pyeventsourcing: {peer:,.0f}/s; we are {pace / peer:.1f} times as fast",
                aim=f"{AIM_PER_S:,.0f}/s" if aimed else "",
                met=pace >= AIM_PER_S if aimed else None,
            ),
            Row(
                what="the same, each reading the contact's facts first",
                value=statistics.median(paces.reading),
                unit="/s",
                beside="a contact that another process wrote to last",
            ),
            Row(
                what="contacts started, each with a key made and stored",
                value=statistics.median(paces.started),
                unit="/s",
            ),
        ]
    configuration = f"{peers[0].configuration}; every commit synced, nothing sealed"
    return [*rows, Row(what="pyeventsourcing", value=peer, unit="/s", beside=configuration)]
