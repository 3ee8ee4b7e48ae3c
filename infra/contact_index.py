"""Where contacts' facts stand, as the read model `contact_positions` shows it."""

import asyncio

import structlog

from ..errors import StoreUnavailable, TenantUnknown
from ..events.base import ContactRef, Position
from ..projections.contact_positions import Positions, positions_of
from .postgres import Databases

log = structlog.get_logger()

ASK_S_MAX = 1.0  # answers take 2 ms; searching the log instead takes less than this
POSITIONS_MAX = 10_000  # at once, of one contact: some hours of a call


class ReadModelIndex:
    """Asks the tenant's database. See `ContactIndex`."""

    def __init__(self, databases: Databases) -> None:
        self._databases = databases

    async def find(
        self,
        contact: ContactRef,
        *,
        lanes: frozenset[str] | None,
        after: Position,
        upto: Position | None,
    ) -> Positions | None:
        """See `ContactIndex.find`."""
        try:
            async with (
                asyncio.timeout(ASK_S_MAX),
                self._databases.connection(contact.tenant) as connection,
            ):
                return await positions_of(
                    connection,
                    contact.contact_id,
                    lanes=lanes,
                    after=after,
                    upto=upto,
                    positions_max=POSITIONS_MAX,
                )
        except (StoreUnavailable, TenantUnknown, TimeoutError) as error:
            log.warning(
                "contact_searched_for",
                tenant=contact.tenant,
                contact_id=contact.contact_id,
                why=str(error) or "no answer in time",
            )
            return None
