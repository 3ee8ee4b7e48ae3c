"""Records in a contact's history that it was erased, so that every reader forgets."""

from datetime import datetime
from typing import Literal

from ..events.base import START, ContactRef, Draft, service_event_id
from ..events.contact import ContactErased
from ..events.journal import Journal
from .racing import RACES_OF_A_CALL_LOST_MAX, decided


async def tell_erased(
    contact: ContactRef,
    erasure_id: str,
    *,
    journal: Journal,
    now: datetime,
    by: Literal["erasure", "retention"] = "erasure",
) -> None:
    """Record it, once; nothing where no fact of the contact is left.

    Raises:
        LogUnavailable, StreamMoved: repeating it is safe.
    """

    async def tell() -> None:
        end, correlation = START, str(contact.contact_id)
        async for recorded in journal.read(contact, lanes=("life",)):
            if isinstance(recorded.event, ContactErased):
                return
            # What cannot be read is no reason to keep the rest.
            end, correlation = recorded.position, recorded.correlation
        if end == START:
            return  # its facts are past retention: nobody reads them
        draft = Draft(
            event=ContactErased(erasure_id=erasure_id),
            id=service_event_id(by, contact, erasure_id, ContactErased.TYPE),
            occurred_at=now,
            actor=f"service:{by}",
            correlation=correlation,
        )
        await journal.append(contact, [draft], expected=end)

    await decided(tell, races_lost_max=RACES_OF_A_CALL_LOST_MAX)
