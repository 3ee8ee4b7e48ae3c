"""Dead letters: who a service gave up on, why, and the wish to try again."""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from ..events.base import ContactRef, Position, TenantName


class Problem(Struct, frozen=True, kw_only=True):
    """Why a service could not go on with a contact. Holds nothing anybody said."""

    code: str  # of a deliberate error; the class of a bug
    position: Position  # the fact it could not get past, or the newest it was handed
    attempts: int  # in a row
    where: tuple[
        str, ...
    ] = ()  # `file:line`, innermost last; of bugs, whose message may be private


class Letter(Struct, frozen=True, kw_only=True):
    """A contact that waits for somebody to have removed the cause."""

    service: str
    contact: ContactRef
    problem: Problem
    times: int  # it was given up on; more than one: a redrive, a fact or a restart did not help
    since: datetime  # the first of these times
    last_at: datetime  # the latest
    redrive_asked_at: datetime | None = None


class Letters(Protocol):
    """Kept until the contact could be gone on with. Adapter: `infra/jetstream/letters.py`."""

    async def write(self, service: str, contact: ContactRef, problem: Problem) -> None:
        """Keep a letter about a contact; a second one says how often.

        Raises:
            LogUnavailable: no answer; repeating may count a time too many and does no harm.
        """
        ...

    async def withdraw(self, service: str, contact: ContactRef) -> None:
        """Let the letter go: the service went on. Harmless when there is none.

        Raises:
            LogUnavailable: no answer; repeating is safe.
        """
        ...

    def find(self, service: str, contact: ContactRef) -> Letter | None:
        """Return the letter about a contact, as far as it is known here by now."""
        ...

    def asked(self, service: str, tenant: TenantName) -> Collection[Letter]:
        """Return the letters whose redrive was asked for and has not come out yet."""
        ...

    async def changed(self) -> None:
        """Return when another letter may be asked for again."""
        ...
