"""Why somebody is not shown what was said or heard before anything was removed."""

from .roots import Refused


class OriginalsForbidden(Refused):
    """The tenant's privacy policy does not name who asks."""

    code = "originals_forbidden"

    def __init__(self) -> None:
        super().__init__(
            "originals are for readers that the privacy policy names (`original_readers`)"
        )


class OriginalsGone(Refused):
    """They were destroyed: by policy, with the end of their time, or with the person."""

    code = "originals_gone"

    def __init__(self, contact_id: str) -> None:
        super().__init__(f"nothing unmasked is left of contact {contact_id}")
        self.contact_id = contact_id
