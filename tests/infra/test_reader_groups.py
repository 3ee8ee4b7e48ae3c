"""An agent reads the articles of their teams, as the policy that holds now names them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from antiphon.events.base import AgentId, TenantName
from antiphon.infra.reader_groups import TeamGroups
from antiphon.services.guidance.policy_file import parse_policy
from antiphon.services.guidance.shelf import Edition

TENANT = TenantName("demo")
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
POLICY = """
policy: "1"
teams:
  billing: [ada, bob]
  leads: [ada]
bindings:
  everybody:
    playbooks: [telecom]
"""


class Published:
    """A shelf on which one policy stands, or none."""

    def __init__(self, text: str | None) -> None:
        self._policy = None if text is None else parse_policy(text, file="policy.yaml")

    async def edition(self, tenant: TenantName) -> Edition:
        nothing: Mapping[str, Any] = {}
        return Edition(policy=self._policy, playbooks=nothing, built_in=nothing, for_everybody=())


@pytest.mark.parametrize(
    ("agent", "groups"),
    [("ada", {"billing", "leads"}), ("bob", {"billing"}), ("eve", set[str]()), (None, set[str]())],
)
async def test_an_agent_belongs_to_the_teams_that_name_them(
    agent: str | None, groups: set[str]
) -> None:
    shelf: Any = Published(POLICY)

    found = await TeamGroups(shelf).of(TENANT, None if agent is None else AgentId(agent))

    assert found == groups


async def test_without_a_policy_nobody_belongs_to_a_team() -> None:
    shelf: Any = Published(None)

    assert await TeamGroups(shelf).of(TENANT, AgentId("ada")) == frozenset()
