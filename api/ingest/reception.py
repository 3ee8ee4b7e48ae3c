"""Where every source of audio arrives: its tenant, its contact, and a place to store."""

from collections.abc import Callable, Generator, Sequence
from contextlib import aclosing, contextmanager
from datetime import datetime
from typing import Any

from litestar import WebSocket
from msgspec.structs import replace

from ...commands.contact import ContactCommand, EndContact, StartContact
from ...commands.handle import handle
from ...errors import AntiphonError, IngestRefused, TenantUnknown
from ...events.base import ContactRef, Event, TenantName
from ...events.contact import MediaStream
from ...events.pushed import PUSHED_START, PUSHED_STREAM
from ..bodies import in_utc
from ..ports import Ports
from ..tenancy import tenant_of
from .order import FUTURE_S_MAX
from .port import Inlet, Intake

# Of a process, whatever the protocol: each holds a window of 256 KiB at most, and in an outage a
# backlog of 320 KB.
CONNECTIONS_MAX = 1_000

# One start and one end a contact: their ids need not tell one request from another.
_COMMAND_ID = "ingest"
_ACTOR = "machine"


class Reception:
    """Receives sources. One per process, so that its bound holds for all protocols together."""

    def __init__(self, ports: Ports, intake: Intake) -> None:
        self._ports = ports
        self._intake = intake
        self._count = 0

    @property
    def now(self) -> Callable[[], datetime]:
        """The clock."""
        return self._ports.now

    @property
    def send_s(self) -> float:
        """How long one message to a source may take."""
        return self._ports.limits.send_s

    @contextmanager
    def connected(self) -> Generator[bool]:
        """Count a connection meanwhile; yields whether there is room for it."""
        self._count += 1
        try:
            yield self._count <= CONNECTIONS_MAX
        finally:
            self._count -= 1

    def tenant_of(self, socket: WebSocket[Any, Any, Any]) -> TenantName:
        """Return the tenant that a source's host names.

        Raises:
            TenantUnknown: no such tenant is registered.
        """
        tenant = tenant_of(socket.headers.get("host", ""))
        if not self._ports.tenants.exists(tenant):
            raise TenantUnknown(tenant)
        return tenant

    async def receive(
        self, start: StartContact, tenant: TenantName, *, started_at: datetime
    ) -> tuple[ContactRef, Inlet]:
        """Start a contact, or find it started, and open the stream that its source brings.

        `started_at` is the instant of sample 0, in force if no earlier connection told one.

        Raises:
            IngestRefused: it lies ahead, or the contact's audio comes from elsewhere.
            Refused: the contact cannot be started like this.
            Fault: ask again.
        """
        if (started_at - self.now()).total_seconds() > FUTURE_S_MAX:
            raise IngestRefused("started_in_future")
        media = MediaStream(
            stream_arn=PUSHED_STREAM,
            start_fragment_number=PUSHED_START,
            started_at=in_utc("started_at", started_at),
        )
        contact = ContactRef(tenant, start.contact_id)
        await self._intake.admit(contact)
        await self._handle(replace(start, media=media), contact)
        return contact, await self._intake.open(contact)

    async def open(self, contact: ContactRef) -> Inlet:
        """Open the stream of a contact that was received, anew.

        Raises:
            Fault: ask again.
        """
        return await self._intake.open(contact)

    async def facts(self, contact: ContactRef) -> Sequence[Event]:
        """Return what happened to a contact, its audio and its words aside; few."""
        reading = self._ports.journal.read(contact, lanes=("life",))
        async with aclosing(reading):
            return [recorded.event async for recorded in reading]

    async def end(self, contact: ContactRef, ended_at: datetime, reason: str | None) -> None:
        """State that the parties hung up. Harmless when repeated.

        Raises:
            Fault: ask again.
        """
        command = EndContact(
            contact_id=contact.contact_id, ended_at=in_utc("ended_at", ended_at), reason=reason
        )
        await self._handle(command, contact)

    async def _handle(self, command: ContactCommand, contact: ContactRef) -> None:
        await handle(
            command,
            contact=contact,
            journal=self._ports.journal,
            command_id=_COMMAND_ID,
            actor=_ACTOR,
            now=self._ports.now,
            known=self._ports.known,
        )


def problem_of(error: AntiphonError) -> str:
    """Return what a source is told and the log says: of a refusal which one, never its content."""
    return error.problem if isinstance(error, IngestRefused) else error.code
