"""Whether something of a contact was deleted because its time was over: then there is none."""

from contextlib import aclosing

from ..errors import PastRetention
from ..events.base import ContactRef
from ..events.retention import DataDeleted, DataKind
from .ports import Ports


async def check_retained(contact: ContactRef, ports: Ports, *, kind: DataKind) -> None:
    """Do nothing where a kind was not deleted; ask where its texts read as erased.

    Raises:
        PastRetention: it was, and no person was erased.
    """
    async with aclosing(ports.history.read(contact, lanes=("retention",))) as facts:
        async for fact in facts:
            if isinstance(fact.event, DataDeleted) and fact.event.kind == kind:
                raise PastRetention(contact.contact_id, kind=kind)
