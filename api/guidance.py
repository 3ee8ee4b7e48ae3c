"""What guidance found and showed in a contact, from the read model."""

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Struct

from ..errors import ContactUnknown
from ..events.base import START, ContactId, ContactRef, Position, TenantName
from ..projections.guidance import AskedModel, ContactGuidance, FoundMoment, guidance_of
from ..projections.store import store_faults
from .bodies import checked_id
from .ports import Ports
from .untold import as_told, untold_of


class MomentsAnswer(Struct, frozen=True, kw_only=True):
    """What came true so far, and which models were asked; in the order of the log.

    `position`: of the last fact of guidance that is shown; 0 when none is yet.
    """

    contact_id: ContactId
    position: Position
    moments: tuple[FoundMoment, ...]
    inferences: tuple[AskedModel, ...]


class GuidanceController(Controller):
    path = "/v1/contacts/{contact_id:str}"
    tags = ["guidance"]  # noqa: RUF012 (the framework declares it so)

    @get("/moments")
    async def moments(
        self,
        contact_id: FromPath[str],
        tenant: NamedDependency[TenantName],
        ports: NamedDependency[Ports],
    ) -> MomentsAnswer:
        """Return the moments of a contact: what was heard, asked or known, and by which rule.

        410 once their retention is over.
        """
        found = await _found(contact_id, tenant, ports)
        return MomentsAnswer(
            contact_id=found.contact_id,
            position=found.position,
            moments=found.moments,
            inferences=found.inferences,
        )

    @get("/guidance")
    async def guidance(
        self,
        contact_id: FromPath[str],
        tenant: NamedDependency[TenantName],
        ports: NamedDependency[Ports],
    ) -> ContactGuidance:
        """Return all cues of a contact with what became of them, its checklist and moments.

        410 once their retention is over.
        """
        return await _found(contact_id, tenant, ports)


async def _found(contact_id: str, tenant: TenantName, ports: Ports) -> ContactGuidance:
    contact = ContactRef(tenant, ContactId(checked_id("contact_id", contact_id)))
    pool = await ports.databases.pool(tenant)
    with store_faults():
        async with pool.acquire(timeout=ports.limits.query_s) as connection:
            found = await guidance_of(connection, contact.contact_id)
    # It may have started just now: the log knows first.
    if found.position == START and await ports.journal.lane_end(contact, "life") == START:
        raise ContactUnknown(contact.contact_id)
    return as_told(found, await untold_of(contact, ports, wanted="annotations"))
