"""What is told of words when facts are exported: those that were passed, without later finds.

What was said stays in quarantine until every check after the call passed. Who reads the facts of
a tenant is told its words as they are stored until then: sealed. And words that a check found
then are told by nobody, whoever asks.
"""

import asyncio
import time
from collections.abc import Collection, Mapping
from typing import Literal, Protocol

import structlog
from msgspec import UNSET, UnsetType

from ..events.base import ContactId, ContactRef, Envelope, KeyId, TenantName
from ..events.keys import Key
from ..events.quarantine import Standing
from ..events.speech import UtteranceFinalized
from ..events.untold import ABOUT_THE_CALL, Untold
from ..projections.projection import Checkpoint
from ..projections.released import redaction_shown_upto, released_among, uncounted_among
from ..projections.store import Connection, store_faults
from .ports import Ports
from .selection import Selection
from .untold import is_open, looked_at

log = structlog.get_logger()

Released = Mapping[ContactId, Untold]  # contacts whose words may be told, but for what it names
Withheld = Literal["in_quarantine", "masked_later", "past_retention"]

# What one answer learned is asked anew so often: it may take an hour, and a word told late takes
# its contact back into quarantine.
RECHECK_S = 1.0
POLL_S = 0.05


class Release(Protocol):
    """Knows whose words may be told."""

    async def among(self, contact_ids: Collection[ContactId]) -> Released:
        """Return those of the contacts whose words may be told.

        Raises:
            StoreUnavailable, LogUnavailable: nobody can tell.
        """
        ...

    async def uncounted(self, contact_ids: Collection[ContactId]) -> Collection[ContactId]:
        """Return those of the contacts whose numbers are told no more.

        Raises:
            StoreUnavailable, LogUnavailable: nobody can tell.
        """
        ...


class ToWhoReadsOne:
    """One contact, to who looks back at it; see `is_open`. Nobody is told what a check found."""

    def __init__(self, contact: ContactRef, ports: Ports, *, reads_originals: bool) -> None:
        self._contact = contact
        self._ports = ports
        self._reads_originals = reads_originals
        self._looked: tuple[Standing, Untold] | None = None

    async def among(self, contact_ids: Collection[ContactId]) -> Released:
        """Return the one contact; none where its words are to stay sealed. See `Release`."""
        if not contact_ids:
            return {}
        standing, untold = await self._look()
        may_read = is_open(standing, reads_originals=self._reads_originals)
        return {self._contact.contact_id: untold} if may_read and not untold.is_unknown else {}

    async def uncounted(self, contact_ids: Collection[ContactId]) -> Collection[ContactId]:
        """Return the one contact where its time is over. See `Release`."""
        if not contact_ids:
            return ()
        _, untold = await self._look()
        return (self._contact.contact_id,) if untold.is_uncounted else ()

    async def _look(self) -> tuple[Standing, Untold]:
        """Return how the contact stands: read once an answer, and only for one that tells words."""
        if self._looked is None:
            self._looked = await looked_at(self._contact, self._ports)
        return self._looked


class ToWhoeverExports:
    """All contacts of a tenant: those alone that are verified, as the read model has it."""

    def __init__(
        self,
        tenant: TenantName,
        selection: Selection,
        ports: Ports,
        *,
        recheck_s: float = RECHECK_S,
    ) -> None:
        self._tenant = tenant
        self._selection = selection
        self._ports = ports
        self._recheck_s = recheck_s
        self._is_known: bool | None = None  # whether the read model shows what is asked for
        self._asked: dict[ContactId, Untold | None] = {}  # None: it is in quarantine
        self._asked_s = 0.0  # since when `_asked` is gathered

    async def among(self, contact_ids: Collection[ContactId]) -> Released:
        """Return those that are verified; none where the read model is behind. See `Release`."""
        if time.monotonic() - self._asked_s > self._recheck_s:
            self._asked, self._asked_s = {}, time.monotonic()
        if new := [id_ for id_ in contact_ids if id_ not in self._asked]:
            found = await self._look_up(new)
            self._asked |= {id_: found.get(id_) for id_ in new}
        return {id_: one for id_ in contact_ids if (one := self._asked.get(id_)) is not None}

    async def uncounted(self, contact_ids: Collection[ContactId]) -> Collection[ContactId]:
        """Return those that the read model has as deleted. See `Release`."""
        if not contact_ids:
            return ()
        pool = await self._ports.databases.pool(self._tenant)
        with store_faults():
            async with pool.acquire(timeout=self._ports.limits.query_s) as connection:
                return await uncounted_among(connection, contact_ids)

    async def _look_up(self, contact_ids: Collection[ContactId]) -> Released:
        pool = await self._ports.databases.pool(self._tenant)
        with store_faults():
            async with pool.acquire(timeout=self._ports.limits.query_s) as connection:
                if self._is_known is None:
                    self._is_known = await self._shows_all(connection)
                if not self._is_known:
                    return {}
                return await released_among(
                    connection,
                    contact_ids,
                    epoch=self._selection.epoch,
                    upto=self._selection.upto,
                )

    async def _shows_all(self, connection: Connection) -> bool:
        """Tell whether the read model knows all that is asked for, which it is given time for."""
        shown: Checkpoint | None = None
        try:
            async with asyncio.timeout(self._ports.limits.catch_up_s):
                while (shown := await redaction_shown_upto(connection)) is not None:
                    if (
                        shown.epoch == self._selection.epoch
                        and shown.position >= self._selection.upto
                    ):
                        return True
                    await asyncio.sleep(POLL_S)
        except TimeoutError:
            pass  # what nobody knows stays where it is
        log.warning(
            "export_stays_in_quarantine",
            tenant=self._tenant,
            shown_upto=None if shown is None else shown.position,
            upto=self._selection.upto,
        )
        return False


def repeats_words(envelope: Envelope) -> bool:
    """Tell whether a fact's texts may be what was said, or of it."""
    return envelope.key_id is not None and envelope.type not in ABOUT_THE_CALL


def withheld(
    envelope: Envelope, contact_id: ContactId, *, keys: Mapping[KeyId, Key], released: Released
) -> Withheld | UnsetType:
    """Return why a fact's texts stay sealed though they were asked for; `UNSET`: they do not."""
    # What has no key any more is told as erased, and gives nothing away.
    if not repeats_words(envelope) or envelope.key_id not in keys:
        return UNSET
    untold = released.get(contact_id)
    if untold is None:
        return "in_quarantine"
    if envelope.type == UtteranceFinalized.TYPE:
        return UNSET  # told without the words that were found
    if untold.is_past:
        return "past_retention"
    # An export is not worth guessing which of what was made of words are those that were found.
    return "masked_later" if untold.masks else UNSET
