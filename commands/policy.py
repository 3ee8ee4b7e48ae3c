"""What may be asked of a tenant's policy: publish a version of the whole document."""

import asyncio
from collections.abc import Callable, Collection, Mapping
from datetime import datetime

from msgspec import Struct, field
from msgspec.structs import replace

from ..errors import Malformed, PolicyUnknown
from ..events.base import START, EventId, Position, RegisterEvent, TenantName
from ..events.policy import ID, KIND, PolicyPublished
from ..events.register import Register, Registered
from .handle import Outcome
from .publishing import Folds, Version, append, checked_content, fact_id, sha256_of
from .racing import decided

# Takes a text and the names of the playbooks that it may bind, and returns its version.
# Raises PolicyMalformed.
JudgePolicy = Callable[[str, Collection[str]], str]


class PublishPolicy(Struct, frozen=True, kw_only=True):
    """Let a document hold from now on."""

    content: str
    version: str  # as it was judged


class KeptPolicy(Struct, frozen=True, kw_only=True):
    """The policy as far as the register tells."""

    versions: tuple[Version, ...] = ()  # each once, the oldest first
    current: str | None = None  # None: none was published
    facts: Mapping[EventId, Position] = field(default_factory=dict[EventId, Position])
    end: Position = START

    def version(self, version: str | None) -> Version:
        """Return one of its versions; None: the one that holds.

        Raises:
            PolicyUnknown: it was never published.
        """
        for one in self.versions:
            if one.version == (version or self.current):
                return one
        raise PolicyUnknown(version)


def evolve(policy: KeptPolicy, fact: Registered) -> KeptPolicy:
    """Return the policy as it stands after a fact of the register."""
    policy = replace(policy, facts={**policy.facts, fact.id: fact.position}, end=fact.position)
    match fact.event:
        case PolicyPublished(version=version, sha256=sha256):
            if any(one.version == version for one in policy.versions):
                return replace(policy, current=version)
            published = Version(
                version=version,
                sha256=sha256,
                position=fact.position,
                published_at=fact.recorded_at,
                actor=fact.actor,
            )
            return replace(policy, versions=(*policy.versions, published), current=version)
        case _:
            return policy  # of no other kind there are


def decide(policy: KeptPolicy, command: PublishPolicy) -> RegisterEvent | None:
    """Return the fact a command makes true; None: it is so already.

    Raises:
        Malformed: a published version would come to mean something else.
    """
    sha256 = sha256_of(command.content)
    if any(one.version == command.version and one.sha256 != sha256 for one in policy.versions):
        raise Malformed("version", "was published with another content")
    if policy.current == command.version:
        return None
    return PolicyPublished(version=command.version, content=command.content, sha256=sha256)


class Policies:
    """Handles commands about policies."""

    def __init__(
        self, register: Register, *, judge: JudgePolicy, now: Callable[[], datetime]
    ) -> None:
        self._register = register
        self._folds = Folds(register, kind=KIND, begin=lambda _id: KeptPolicy(), evolve=evolve)
        self._judge = judge
        self._now = now

    async def find(self, tenant: TenantName) -> KeptPolicy:
        """Return a tenant's policy as the log has it now."""
        return await self._folds.one(tenant, ID)

    async def content(self, tenant: TenantName, version: str | None = None) -> str:
        """Return the text of a version; None: of the one that holds.

        Raises:
            PolicyUnknown: it was never published.
        """
        known = (await self.find(tenant)).version(version)
        fact = await self._folds.fact(tenant, ID, known.position)
        assert isinstance(fact.event, PolicyPublished), "the fold names facts that hold a text"
        return fact.event.content

    async def publish(
        self,
        tenant: TenantName,
        content: str,
        *,
        playbooks: Collection[str],
        command_id: str,
        actor: str,
    ) -> Outcome:
        """Publish a document that may bind `playbooks`; a version that held before may return.

        Raises:
            PolicyMalformed: it breaks the grammar, or binds others; what held goes on holding.
            Malformed: it is too long.
            LogUnavailable: no answer; repeating the command with its id is safe.
        """
        text = checked_content(content)
        version = await asyncio.to_thread(self._judge, text, playbooks)
        command = PublishPolicy(content=text, version=version)
        id_ = fact_id(KIND, ID, command_id)

        async def decide_and_append() -> Outcome:
            policy = await self.find(tenant)
            if id_ in policy.facts:
                return Outcome(position=policy.facts[id_], repeated=True)
            event = decide(policy, command)
            if event is None:
                return Outcome(position=policy.end, repeated=True)
            return await append(
                self._register,
                tenant,
                ID,
                event,
                id_=id_,
                actor=actor,
                now=self._now(),
                expected=policy.end,
            )

        return await decided(decide_and_append)
