"""Why what a person says of a redaction is not taken."""

from .roots import Refused


class ReviewStale(Refused):
    """It is about an attempt that was overtaken, or that was never made."""

    code = "review_stale"

    def __init__(self, contact_id: str, *, round_: int, attempt: int) -> None:
        super().__init__(
            f"contact {contact_id} is at round {round_}, attempt {attempt} of its redaction: "
            "listen to that one"
        )
        self.contact_id = contact_id
        self.round = round_
        self.attempt = attempt


class ReviewUnwanted(Refused):
    """Nothing waits for people there."""

    code = "review_unwanted"

    def __init__(self, contact_id: str, *, state: str) -> None:
        super().__init__(f"the redaction of contact {contact_id} is {state}: nobody need decide")
        self.contact_id = contact_id
        self.state = state


class ReviewerUnnamed(Refused):
    """Who lets something out of quarantine has to say who they are."""

    code = "reviewer_unnamed"

    def __init__(self) -> None:
        super().__init__("a review needs a reviewer: name them in Antiphon-Actor")


class ReviewForbidden(Refused):
    """The tenant's privacy policy does not name who reviews: they could not have listened."""

    code = "review_forbidden"

    def __init__(self) -> None:
        super().__init__(
            "who reviews has to be able to listen: have the privacy policy name them in "
            "`original_readers`"
        )


class ContactGone(Refused):
    """The person was erased, and nothing is left that could be told."""

    code = "contact_erased"

    def __init__(self, contact_id: str) -> None:
        super().__init__(f"contact {contact_id} was erased")
        self.contact_id = contact_id
