"""What a legal hold says no to, and what is past its retention."""

from collections.abc import Collection

from .roots import Refused, Unknown


class HoldUnknown(Unknown):
    """Nobody placed such a hold."""

    code = "hold_unknown"

    def __init__(self, hold_id: str) -> None:
        super().__init__(f"no hold {hold_id} was placed")
        self.hold_id = hold_id


class HoldDiffers(Refused):
    """Its `Idempotency-Key` placed a hold before, which says something else."""

    code = "hold_differs"

    def __init__(self, hold_id: str) -> None:
        super().__init__(
            f"the Idempotency-Key is that of hold {hold_id}, which says something else: nothing "
            "further is held; give another key"
        )
        self.hold_id = hold_id


class UnderHold(Refused):
    """What was to be deleted is under legal hold. Says which holds, never why they are there."""

    code = "under_hold"

    def __init__(self, hold_ids: Collection[str], *, contacts: int) -> None:
        named = ", ".join(sorted(hold_ids))
        super().__init__(f"{contacts} of these contacts must be kept: legal hold {named}")
        self.hold_ids = tuple(sorted(hold_ids))
        self.contacts = contacts


class PastRetention(Refused):
    """It was deleted when its time was over, as the tenant's policy says."""

    code = "past_retention"

    def __init__(self, contact_id: str, *, kind: str) -> None:
        super().__init__(f"the {kind} of contact {contact_id} was deleted: its retention is over")
        self.contact_id = contact_id
        self.kind = kind
