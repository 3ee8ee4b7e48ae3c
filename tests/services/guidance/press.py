"""A tenant's playbooks and policy, published as its administrator would, and a library of them."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

from antiphon.commands.playbook import Playbooks
from antiphon.commands.policy import Policies
from antiphon.events.base import TenantName
from antiphon.events.progress import Progress
from antiphon.events.register import Register
from antiphon.events.subjects import configuration_stream
from antiphon.infra.memory_keys import MemoryKeys
from antiphon.infra.memory_log import MemoryLog
from antiphon.services.guidance.judging import judge_playbook, judge_policy
from antiphon.services.guidance.library import Library
from antiphon.services.guidance.playbook import Playbook, parse_playbook

from ...builders import CONTACT, at
from ...waiting import until

TENANT = CONTACT.tenant


def playbook_text(
    name: str, *, version: str = "1", cue: str = "", vocabulary: Sequence[str] = ()
) -> str:
    """Return a playbook with one moment and one cue, both called after it unless `cue` is given.

    The customer says `NAME everything`.
    """
    cue = cue or name
    terms = f"vocabulary: [{', '.join(vocabulary)}]\n" if vocabulary else ""
    return f"""\
playbook: {name}
version: "{version}"
language: en
{terms}moments:
  {name}: {{track: from_customer, heard: [{name} everything]}}
cues:
  {cue}: {{on: {name}, kind: hint, title: "{name} {version}", body: Do it., cooldown_s: 0}}
"""


BUILT_IN = parse_playbook(
    playbook_text("builtin", vocabulary=["fibre", "router"]), file="builtin.yaml"
)


class Press:
    """What publishes, and what is read from it."""

    def __init__(self, log: MemoryLog, *, built_in: Sequence[Playbook] = (BUILT_IN,)) -> None:
        self.log = log
        self.register = Register(log, MemoryKeys())
        self.playbooks = Playbooks(self.register, judge=judge_playbook, now=lambda: at(0))
        self.policies = Policies(self.register, judge=judge_policy, now=lambda: at(0))
        self.progress = Progress("library", TENANT, of="register")
        self.library = Library(self.register, built_in=built_in, patience_s=5.0)
        self._commands = 0

    async def publish(self, *contents: str, tenant: TenantName = TENANT) -> list[str]:
        """Publish playbooks, and wait until the library has them; return their versions."""
        versions: list[str] = []
        for content in contents:
            judged = judge_playbook(content, "a.yaml")
            await self.playbooks.publish(
                tenant, judged.name, content, command_id=self.next(), actor="a"
            )
            versions.append(judged.version)
        await self.known(tenant)
        return versions

    async def rule(self, content: str) -> str:
        """Publish a policy, and wait until the library has it; return its version."""
        names = {*await self.playbooks.all(TENANT), BUILT_IN.name}
        await self.policies.publish(
            TENANT, content, playbooks=names, command_id=self.next(), actor="a"
        )
        await self.known(TENANT)
        return judge_policy(content, names)

    async def known(self, tenant: TenantName = TENANT) -> None:
        """Wait until the library has read all there is."""
        end = (await self.register.state(tenant)).last
        await until(lambda: self.progress.position >= end, what="read by the library")

    def next(self) -> str:
        self._commands += 1
        return f"k-{self._commands}"


@asynccontextmanager
async def press(
    log: MemoryLog | None = None, *, built_in: Sequence[Playbook] = (BUILT_IN,)
) -> AsyncGenerator[Press]:
    """Yield a press on a register, with its library following it."""
    made = Press(log or MemoryLog(idle_s=0.01), built_in=built_in)
    await made.log.create(configuration_stream(TENANT))
    following = asyncio.create_task(made.library.run(TENANT, progress=made.progress))
    try:
        yield made
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
