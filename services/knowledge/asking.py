"""Puts the questions of one contact to the articles, with the rights of whoever takes the call."""

from typing import Protocol

import structlog
from msgspec import Struct

from ...errors import StoreUnavailable
from ...events.base import AgentId, TenantName
from ...events.knowledge import Maker
from .answering import QUOTED, Answer, Answerer

log = structlog.get_logger()


class Groups(Protocol):
    """Which groups of readers an agent belongs to."""

    async def of(self, tenant: TenantName, agent_id: AgentId | None) -> frozenset[str]:
        """Return the groups; none for an agent nobody knows, or where there is no agent."""
        ...


class NoGroups:
    """Nobody belongs to a group: agents are told what everybody may read."""

    async def of(self, tenant: TenantName, agent_id: AgentId | None) -> frozenset[str]:  # noqa: ARG002
        """See `Groups.of`."""
        return frozenset()


class _Asked(Struct, frozen=True):
    query: str
    agent_id: AgentId | None
    answer: Answer


class Asking:
    """Asks; what was asked last is not asked again: a final mostly says what its partial did."""

    def __init__(self, tenant: TenantName, answerer: Answerer, groups: Groups) -> None:
        self._tenant = tenant
        self._answerer = answerer
        self._groups = groups
        self._last: _Asked | None = None

    async def ask(self, query: str, *, agent_id: AgentId | None) -> Answer:
        """Return what answers a query, or that nothing does, or that nobody can tell now."""
        last = self._last
        if last is not None and (last.query, last.agent_id) == (query, agent_id):
            return last.answer
        groups = await self._groups.of(self._tenant, agent_id)
        try:
            answer = await self._answerer.answer(self._tenant, query, groups=groups)
        except StoreUnavailable as fault:
            # The next question is asked again; this one is not worth the contact's restart.
            log.warning("articles_unavailable", tenant=self._tenant, why=str(fault))
            maker = Maker(generator=QUOTED, retrieval="none", embedder=None)
            return Answer(answer=None, refusal="unavailable", citations=(), maker=maker, took_ms=0)
        self._last = _Asked(query, agent_id, answer)
        return answer
