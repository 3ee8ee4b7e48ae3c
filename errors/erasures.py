"""Why a person is not erased, or not yet; and what is wrong with a receipt of it."""

from .roots import Fault, Refused


class ErasureClosed(Refused):
    """Nothing can be decided about it any more."""

    code = "erasure_closed"

    def __init__(self, erasure_id: str, *, state: str) -> None:
        super().__init__(f"erasure {erasure_id} is {state}: nothing is to be decided about it")
        self.erasure_id = erasure_id
        self.state = state


class ErasureDiffers(Refused):
    """Its `Idempotency-Key` asked for an erasure before, of others."""

    code = "erasure_differs"

    def __init__(self, erasure_id: str) -> None:
        super().__init__(
            f"the Idempotency-Key is that of erasure {erasure_id}, which is of other contacts: "
            "nothing further is asked for; give another key"
        )
        self.erasure_id = erasure_id


class SecondPersonNeeded(Refused):
    """Who asked for an erasure cannot be the one who decides about it."""

    code = "second_person_needed"

    def __init__(self, erasure_id: str) -> None:
        super().__init__(f"another person than who asked for erasure {erasure_id} has to decide")
        self.erasure_id = erasure_id


class ErasureUnfinished(Refused):
    """There is no receipt before everything is done."""

    code = "erasure_unfinished"

    def __init__(self, erasure_id: str, *, state: str) -> None:
        super().__init__(
            f"erasure {erasure_id} is {state}: there is a receipt once it is completed"
        )
        self.erasure_id = erasure_id
        self.state = state


class ReceiptRefused(Refused):
    """A receipt that proves nothing. Says what is wrong with it."""

    code = "receipt_refused"

    def __init__(self, problem: str) -> None:
        super().__init__(f"this receipt proves nothing: {problem}")
        self.problem = problem


class ReceiptDamaged(Fault):
    """What the register holds of an erasure is not what was signed."""

    code = "receipt_damaged"

    def __init__(self, erasure_id: str) -> None:
        super().__init__(f"the register does not say of erasure {erasure_id} what was signed")
        self.erasure_id = erasure_id


class ReadersBehind(Fault):
    """Read models have not read yet that contacts were erased."""

    code = "readers_behind"

    def __init__(self, behind: tuple[str, ...]) -> None:
        super().__init__(f"read models that do not show the erasure yet: {', '.join(behind)}")
        self.behind = behind


class ArchiveBehind(Fault):
    """The archive does not say yet that an erasure's keys are gone: a restore would not know."""

    code = "archive_behind"

    def __init__(self, erasure_id: str) -> None:
        super().__init__(
            f"the archive does not hold yet that the keys of erasure {erasure_id} are gone; it "
            "is completed then. Does a process with the role `archive` run, and move on?"
        )
        self.erasure_id = erasure_id
