"""What a tenant has one of, such as its list of topics: which one holds, and another after it."""

from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from typing import Generic, TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from ..events.base import START, EventId, Position, RegisterEvent, TenantName
from ..events.register import Register, Registered
from .handle import Outcome
from .publishing import Folds, append, fact_id
from .racing import decided

Fact = TypeVar("Fact", bound=RegisterEvent)

_VERSION_LENGTH = 12  # hex digits: nobody meets two contents of one by chance


class Held(Struct, Generic[Fact], frozen=True, kw_only=True):
    """The one that holds, as far as the register tells."""

    current: Fact | None = None  # None: none was published
    facts: frozenset[EventId] = frozenset()
    end: Position = START


class HoldingOne(Generic[Fact]):
    """Publishes facts of one type, the newest of which holds."""

    def __init__(
        self,
        register: Register,
        *,
        fact: type[Fact],
        id: str,  # noqa: A002 (it is the thing's id)
        now: Callable[[], datetime],
    ) -> None:
        self._register = register
        self._fact = fact
        self._id = id
        self._now = now
        self._folds = Folds(
            register, kind=fact.KIND, begin=lambda _id: Held[Fact](), evolve=self._evolve
        )

    async def current(self, tenant: TenantName) -> Fact | None:
        """Return the one that holds; None: the tenant has published none.

        Raises:
            HistoryUnreadable: another version published it.
            LogUnavailable: no answer; asking again is safe.
        """
        return (await self._folds.one(tenant, self._id)).current

    async def publish(
        self,
        tenant: TenantName,
        decide: Callable[[Fact | None], Fact | None],
        *,
        command_id: str,
        actor: str,
    ) -> Outcome:
        """Append what `decide` makes of the one that holds; None: what was asked is so already.

        Raises:
            whatever `decide` raises; what held goes on holding.
            LogUnavailable: no answer; repeating the call is safe.
        """
        id_ = fact_id(self._fact.KIND, self._id, command_id)

        async def decide_and_append() -> Outcome:
            held = await self._folds.one(tenant, self._id)
            event = None if id_ in held.facts else decide(held.current)
            if event is None:
                return Outcome(position=held.end, repeated=True)
            return await append(
                self._register,
                tenant,
                self._id,
                event,
                id_=id_,
                actor=actor,
                now=self._now(),
                expected=held.end,
            )

        return await decided(decide_and_append)

    def _evolve(self, held: Held[Fact], fact: Registered) -> Held[Fact]:
        current = fact.event if isinstance(fact.event, self._fact) else held.current
        return replace(held, current=current, facts=held.facts | {fact.id}, end=fact.position)


def version_of(content: object) -> str:
    """Return the version of a content: the same content has the same."""
    return sha256(msgspec.json.encode(content)).hexdigest()[:_VERSION_LENGTH]
