"""Who may read which articles: an agent belongs to the teams that the tenant's policy names."""

from ..events.base import AgentId, TenantName
from ..services.guidance.shelf import Shelf


class TeamGroups:
    """Satisfies `Groups` of the service `knowledge`: a team is a group of readers."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    async def of(self, tenant: TenantName, agent_id: AgentId | None) -> frozenset[str]:
        """See `Groups.of`.

        Raises:
            LogUnavailable: the policy cannot be had now. Nothing is told that may not be read.
        """
        if agent_id is None:
            return frozenset()
        policy = (await self._shelf.edition(tenant)).policy
        if policy is None:
            return frozenset()
        return frozenset(team for team, agents in policy.teams.items() if agent_id in agents)
