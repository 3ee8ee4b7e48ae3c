"""One stream's contact: opened and ended as often as the log makes it necessary."""

from collections.abc import Callable
from datetime import datetime

import structlog
from msgspec.structs import replace
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception_type,
    stop_after_delay,
    wait_random_exponential,
)

from ...commands.handle import handle
from ...errors import Fault, IngestRefused
from ...events.base import ContactRef, TenantName
from ..ingest.port import Inlet
from ..ingest.reception import Reception
from ..ports import Ports
from .hold import Hold
from .parameters import Told

_ACTOR = "machine"
OUTAGE_S_MAX = 60.0  # of the log, at the start and at the end: Twilio says nothing twice
RETRY_PAUSE_S_MAX = 1.0  # between two tries; text has to flow 3 s after the log is back

log = structlog.get_logger()


class StreamedContact:
    """What a stream's start told of its contact, made so."""

    def __init__(
        self,
        ports: Ports,
        reception: Reception,
        told: Told,
        tenant: TenantName,
        *,
        zero_at: datetime,
        stream_sid: str,
    ) -> None:
        """`zero_at` is the instant of the stream's sample 0."""
        self._ports = ports
        self._reception = reception
        self._told = told
        self._tenant = tenant
        self._zero_at = zero_at
        self._stream_sid = stream_sid
        self._hold = Hold()

    @property
    def now(self) -> Callable[[], datetime]:
        """The clock."""
        return self._reception.now

    async def opened(self) -> Inlet:
        """Start the contact, open its inlet, and state who has the contact.

        Raises:
            Refused: the contact takes nothing from here.
            Fault: the log stayed away.
        """
        return await _persistently()(self._open)

    async def reopened(self) -> Inlet:
        """Open the inlet anew.

        Raises:
            Fault: ask again.
        """
        return self._hold.on(await self._reception.open(self._contact))

    async def finish(self, spoken_at: datetime) -> None:
        """State that the parties hung up, and that this was all.

        Raises:
            Fault: the log stayed away.
        """
        await _persistently()(self._end, spoken_at)

    async def _open(self) -> Inlet:
        _, inlet = await self._reception.receive(
            self._told.start, self._tenant, started_at=self._zero_at
        )
        if inlet.is_closed:
            raise IngestRefused("stream_closed")
        if self._told.agent is not None:
            await handle(
                replace(self._told.agent, connected_at=self._zero_at),
                contact=self._contact,
                journal=self._ports.journal,
                # Once a stream: a further one may tell of another agent.
                command_id=f"twilio-{self._stream_sid}",
                actor=_ACTOR,
                now=self._ports.now,
                known=self._ports.known,
            )
        return self._hold.on(inlet)

    async def _end(self, spoken_at: datetime) -> None:
        await self._reception.end(self._contact, spoken_at, None)
        inlet = await self._reception.open(self._contact)
        await inlet.close()

    @property
    def _contact(self) -> ContactRef:
        return ContactRef(self._tenant, self._told.start.contact_id)


def _persistently() -> AsyncRetrying:
    return AsyncRetrying(
        retry=retry_if_exception_type(Fault),
        wait=wait_random_exponential(multiplier=0.05, max=RETRY_PAUSE_S_MAX),
        stop=stop_after_delay(OUTAGE_S_MAX),
        before_sleep=_tell,
        reraise=True,
    )


def _tell(tried: RetryCallState) -> None:
    fault = tried.outcome and tried.outcome.exception()
    problem = fault.code if isinstance(fault, Fault) else None
    log.warning("twilio_tried_again", problem=problem, attempt=tried.attempt_number)
