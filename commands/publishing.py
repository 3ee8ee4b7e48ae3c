"""What playbooks and policies have in common: versions, their fold, and the way into the log."""

import asyncio
import hashlib
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Generic, TypeVar

from msgspec import Struct

from ..errors import HistoryUnreadable, Malformed
from ..events.base import (
    START,
    Draft,
    Epoch,
    EventId,
    Position,
    RegisterEvent,
    TenantName,
    Unreadable,
    command_event_id,
)
from ..events.register import Register, Registered
from .handle import Outcome

CONTENT_BYTES_MAX = 200_000  # ten times the longest that comes with Antiphon; the log takes 1 MB

State = TypeVar("State")


class Version(Struct, frozen=True, kw_only=True):
    """A text that was published, and is kept as it was."""

    version: str
    sha256: str
    position: Position  # of the fact that holds the text
    published_at: datetime  # by the log's clock
    actor: str


class Folds(Generic[State]):
    """A tenant's facts of one kind, folded by what they are about. Reads only what is new."""

    def __init__(
        self,
        register: Register,
        *,
        kind: str,
        begin: Callable[[str], State],
        evolve: Callable[[State, Registered], State],
    ) -> None:
        self._register = register
        self._kind = kind
        self._begin = begin
        self._evolve = evolve
        self._known: dict[TenantName, tuple[Epoch, Position, dict[str, State]]] = {}
        self._turns: defaultdict[TenantName, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def of(self, tenant: TenantName) -> Mapping[str, State]:
        """Return everything of the kind, by its id, as the log has it now.

        Raises:
            HistoryUnreadable: one of the facts cannot be read by this version.
            LogUnavailable: no answer; asking again is safe.
            TenantUnknown: there is no such tenant.
        """
        async with self._turns[tenant]:
            epoch = (await self._register.state(tenant)).epoch
            seen, after, folded = self._known.get(tenant, (epoch, START, {}))
            if seen != epoch:
                after, folded = START, {}
            folded = dict(folded)
            async for fact in self._register.read(tenant, kind=self._kind, after=after):
                about = fact.subject_id
                if isinstance(fact.event, Unreadable):
                    raise HistoryUnreadable(
                        f"{self._kind}/{about}",
                        position=fact.position,
                        problem=fact.event.problem,
                    )
                folded[about] = self._evolve(folded.get(about, self._begin(about)), fact)
                after = fact.position
            self._known[tenant] = (epoch, after, folded)
            return folded

    async def one(self, tenant: TenantName, about: str) -> State:
        """Return one of them; as it begins, where nothing is known of it. Raises as `of`."""
        return (await self.of(tenant)).get(about, self._begin(about))

    async def fact(self, tenant: TenantName, about: str, position: Position) -> Registered:
        """Return the fact at a position that the fold named."""
        facts = self._register.read(
            tenant, kind=self._kind, id=about, after=Position(position - 1), upto=position
        )
        [found] = [fact async for fact in facts]
        return found


async def append(
    register: Register,
    tenant: TenantName,
    about: str,
    event: RegisterEvent,
    *,
    id_: EventId,
    actor: str,
    now: datetime,
    expected: Position,
) -> Outcome:
    """Append one fact behind the last about the same thing, and tell where it stands.

    Raises:
        StreamMoved: another was appended meanwhile.
        LogUnavailable: no answer; repeating the command with its id is safe.
    """
    draft = Draft(event=event, id=id_, occurred_at=now, actor=actor, correlation=about)
    position = await register.append(tenant, id=about, drafts=[draft], expected=expected)
    return Outcome(position=position, repeated=False, events=(event,))


def fact_id(kind: str, about: str, command_id: str) -> EventId:
    """Return the id of the one fact that a command about something makes true."""
    return command_event_id(f"{kind}/{about}/{command_id}", 0)


def checked_content(content: str) -> str:
    """Return a text that may be kept.

    Raises:
        Malformed: it is longer than `CONTENT_BYTES_MAX`, or no text.
    """
    try:
        size = len(content.encode())
    except UnicodeEncodeError:
        raise Malformed("content", "is no text") from None
    if size > CONTENT_BYTES_MAX:
        raise Malformed("content", f"is longer than {CONTENT_BYTES_MAX} bytes")
    return content


def sha256_of(content: str) -> str:
    """Return the hash that names a text."""
    return hashlib.sha256(content.encode()).hexdigest()
