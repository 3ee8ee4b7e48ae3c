"""What an erasure asks, as a test would have it: holds as somebody placed them, and a store."""

from collections.abc import Collection, Mapping, Sequence

from antiphon.errors import StoreUnavailable
from antiphon.events.base import ContactId, TenantName
from antiphon.events.erasure import Counted
from antiphon.events.hold import Attempted


class Word:
    """Legal holds as somebody placed them, and who was told of them. See `Holds`."""

    def __init__(self) -> None:
        self.holds: dict[ContactId, tuple[str, ...]] = {}
        self.told: list[tuple[str, str, frozenset[ContactId]]] = []
        self.asked = 0
        # Placed right after so many questions were answered.
        self.placed_after: dict[int, ContactId] = {}

    async def covering(
        self, tenant: TenantName, contact_ids: Collection[ContactId]
    ) -> Mapping[ContactId, tuple[str, ...]]:
        del tenant
        found = {one: self.holds[one] for one in contact_ids if one in self.holds}
        self.asked += 1
        if (placed := self.placed_after.get(self.asked)) is not None:
            self.holds[placed] = ("h-late",)
        return found

    async def enforced(
        self,
        tenant: TenantName,
        *,
        what: Attempted,
        attempt: str,
        held: Mapping[ContactId, tuple[str, ...]],
        actor: str,
    ) -> None:
        del tenant, attempt
        self.told.append((what, actor, frozenset(held)))


class Shelf:
    """A store with one thing of each contact, which may be away. See `Store`."""

    name = "objects"

    def __init__(self, *contact_ids: ContactId) -> None:
        self.kept = set(contact_ids)
        self.away = 0  # times that clearing fails from now on
        self.fails_after_clearing = False

    async def count(self, tenant: TenantName, contact_ids: Sequence[ContactId]) -> list[Counted]:
        del tenant
        number = len(self.kept & set(contact_ids))
        return [Counted(self.name, "recordings", number)] if number else []

    async def clear(self, tenant: TenantName, contact_ids: Sequence[ContactId]) -> None:
        del tenant
        if self.away and not self.fails_after_clearing:
            self.away -= 1
            raise StoreUnavailable("the shelf is away")
        self.kept -= set(contact_ids)
        if self.away:
            self.away -= 1
            raise StoreUnavailable("the shelf is away")
