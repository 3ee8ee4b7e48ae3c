"""Service `media`: hears every contact whose audio can be read, and keeps what it hears."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime

from ...events.audio import AudioLog
from ...events.base import ContactRef, Lane, TenantName
from ...events.journal import Journal
from ..inbox import Inbox
from .admission import Admission
from .call import Call, Offer
from .cursor import First
from .entrance import Entrance
from .figures import BEHIND_MOST, READING
from .ledger import NAME, Ledger
from .pacing import CatchUp
from .patience import PATIENCE, Patience
from .pushed import is_pushed
from .reading import Reading
from .repair import Repair
from .seeing_out import see_out
from .source import MediaSource


class Media:
    """Reads the streams a contact offers, one after the other, into its audio stream.

    `first` says what the first open of a stream asks for, `admission` how many are read at
    once, and `repair` looks for what was missing after a contact; None: nobody does.
    """

    name: str = NAME
    lanes: tuple[Lane, ...] = ("life", "media")

    def __init__(
        self,
        *,
        journal: Journal,
        audio: AudioLog,
        source: MediaSource,
        now: Callable[[], datetime],
        patience: Patience = PATIENCE,
        first: First = "producer_timestamp",
        catch_up: CatchUp | None = None,
        admission: Admission | None = None,
        repair: Repair | None = None,
    ) -> None:
        self._journal = journal
        self._audio = audio
        self._source = source
        self._now = now
        self._patience = patience
        self._first: First = first
        self._catch_up = catch_up or CatchUp()
        self._entrance = Entrance(admission or Admission(), patience=patience)
        self._repair = repair
        self._readings: dict[ContactRef, Reading] = {}
        self._shown: set[TenantName] = set()  # whose figures are ours

    @property
    def behind_ms(self) -> Mapping[ContactRef, int]:
        """How far behind live each contact that is being read was last sent its audio."""
        return {
            contact: reading.behind_ms
            for contact, reading in self._readings.items()
            if reading.behind_ms is not None
        }

    async def care(self, contact: ContactRef, inbox: Inbox) -> None:
        """Read all streams the contact has offered so far; a later offer calls again.

        Raises:
            StreamMoved: another process reads this contact.
            Fault: the log failed; call again, with fresh history.
        """
        call = Call(inbox.history)
        if not call.offers:
            return
        if all(map(is_pushed, call.offers)):
            await see_out(
                contact,
                inbox,
                journal=self._journal,
                audio=self._audio,
                now=self._now,
                quiet_s=self._patience.failing_s,
            )
            return
        ledger = Ledger(contact, call, journal=self._journal, audio=self._audio, now=self._now)
        await ledger.restore(inbox.history)
        following = asyncio.create_task(call.follow(inbox))
        try:
            # Again when a stream was offered just as the last one closed: nobody tells us twice.
            while _unread(call, ledger):
                await self._read_beside(following, contact, call, ledger)
            if self._repair is not None:
                await self._repair.run(contact, call, ledger)
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)

    async def _read_beside(
        self, following: asyncio.Task[None], contact: ContactRef, call: Call, ledger: Ledger
    ) -> None:
        reading = asyncio.create_task(self._read(contact, call, ledger))
        try:
            await asyncio.wait({reading, following}, return_when=asyncio.FIRST_COMPLETED)
            if not reading.done():
                following.result()  # raises why it ended, if it did not end by itself
            await reading
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    async def _read(self, contact: ContactRef, call: Call, ledger: Ledger) -> None:
        self._show(contact.tenant)
        while offer := _unread(call, ledger):
            async with self._entrance.pass_by(contact, offer, call, ledger) as let_in:
                if let_in:
                    await self._read_one(contact, offer, call, ledger)
                else:
                    await ledger.close(offer, "stream_failed", because="refused")

    async def _read_one(
        self, contact: ContactRef, offer: Offer, call: Call, ledger: Ledger
    ) -> None:
        self._readings[contact] = reading = Reading(
            contact,
            offer,
            call=call,
            ledger=ledger,
            source=self._source,
            patience=self._patience,
            first=self._first,
            catch_up=self._catch_up,
        )
        try:
            await reading.run()
        finally:
            del self._readings[contact]

    def _show(self, tenant: TenantName) -> None:
        if tenant in self._shown:
            return
        self._shown.add(tenant)
        # Worked out when they are asked for: with every fragment it would be with every other.
        BEHIND_MOST.labels(tenant).set_function(lambda: self._behind_most_s(tenant))
        READING.labels(tenant).set_function(
            lambda: sum(contact.tenant == tenant for contact in self._readings)
        )

    def _behind_most_s(self, tenant: TenantName) -> float:
        behind = [ms for contact, ms in self.behind_ms.items() if contact.tenant == tenant]
        return max(behind, default=0) / 1_000


def _unread(call: Call, ledger: Ledger) -> Offer | None:
    unread = (
        offer
        for offer in call.offers
        if offer.ordinal not in ledger.closed and not is_pushed(offer)
    )
    return next(unread, None)
