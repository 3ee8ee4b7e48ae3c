"""Dead letters about contacts: they tell who could not be helped, and nothing that was said."""

from collections.abc import Sequence

from ...events.base import ContactId, TenantName
from ...events.erasure import Counted
from ...events.faultpoints import FaultPoint, reach
from ...services.letters import Letter
from ..jetstream.letters import LetterBox


class LettersKept:
    """See `Store`."""

    name = "letters"

    def __init__(self, letters: LetterBox) -> None:
        self._letters = letters

    async def count(self, tenant: TenantName, contact_ids: Sequence[ContactId]) -> list[Counted]:
        """See `Store.count`: by the service that gave up."""
        services = sorted(one.service for one in await self._about(tenant, contact_ids))
        return [Counted(self.name, one, services.count(one)) for one in dict.fromkeys(services)]

    async def clear(self, tenant: TenantName, contact_ids: Sequence[ContactId]) -> None:
        """See `Store.clear`."""
        for letter in await self._about(tenant, contact_ids):
            await self._letters.withdraw(letter.service, letter.contact)
        await reach(FaultPoint.LETTERS_WITHDRAWN)

    async def _about(self, tenant: TenantName, contact_ids: Sequence[ContactId]) -> list[Letter]:
        wanted = set(contact_ids)
        return [
            one
            for one in await self._letters.load()
            if one.contact.tenant == tenant and one.contact.contact_id in wanted
        ]
