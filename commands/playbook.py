"""What may be asked of a playbook: put a draft aside, publish, go back to an older version.

What breaks the grammar can be drafted, and never published: the version that holds goes on
holding. What may be published is judged by a function that is handed in; commands know no
grammar.
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime

from msgspec import Struct, field
from msgspec.structs import replace

from ..errors import Malformed, PlaybookUnknown
from ..events.base import START, EventId, Position, RegisterEvent, TenantName, is_id
from ..events.playbook import KIND, PlaybookDrafted, PlaybookPublished, PlaybookRolledBack
from ..events.register import Register, Registered
from .handle import Outcome
from .publishing import Folds, Version, append, checked_content, fact_id, sha256_of
from .racing import decided

PLAYBOOKS_MAX = 200  # of one tenant: all of them are held by every process that guides


class Judged(Struct, frozen=True, kw_only=True):
    """A text that is a playbook: what it calls itself, and which version it is."""

    name: str
    version: str  # the author's, and a hash of the content


# Takes a text, and what complaints are to call it. Raises PlaybookMalformed.
Judge = Callable[[str, str], Judged]


class DraftPlaybook(Struct, frozen=True, kw_only=True):
    """Keep a text, whatever it says."""

    name: str
    content: str


class PublishPlaybook(Struct, frozen=True, kw_only=True):
    """Let a text hold from now on."""

    name: str
    content: str
    version: str  # as it was judged


class RollBackPlaybook(Struct, frozen=True, kw_only=True):
    """Let a version hold again that was published before; `content` is its text."""

    name: str
    version: str
    content: str


PlaybookCommand = DraftPlaybook | PublishPlaybook | RollBackPlaybook


class PlaybookDraft(Struct, frozen=True, kw_only=True):
    """What was put aside last."""

    sha256: str
    position: Position  # of the fact that holds the text
    drafted_at: datetime
    actor: str


class KeptPlaybook(Struct, frozen=True, kw_only=True):
    """A playbook as far as the register tells."""

    name: str
    draft: PlaybookDraft | None = None
    versions: tuple[Version, ...] = ()  # each once, the oldest first
    current: str | None = None  # which of them holds; None: none was published
    facts: Mapping[EventId, Position] = field(default_factory=dict[EventId, Position])
    end: Position = START

    def version(self, version: str) -> Version:
        """Return one of its versions.

        Raises:
            PlaybookUnknown: it was never published.
        """
        for one in self.versions:
            if one.version == version:
                return one
        raise PlaybookUnknown(self.name, version=version)


def evolve(playbook: KeptPlaybook, fact: Registered) -> KeptPlaybook:
    """Return the playbook as it stands after a fact of the register."""
    facts = {**playbook.facts, fact.id: fact.position}
    playbook = replace(playbook, facts=facts, end=fact.position)
    match fact.event:
        case PlaybookDrafted(sha256=sha256):
            draft = PlaybookDraft(
                sha256=sha256,
                position=fact.position,
                drafted_at=fact.recorded_at,
                actor=fact.actor,
            )
            return replace(playbook, draft=draft)
        case PlaybookPublished(version=version, sha256=sha256):
            if any(one.version == version for one in playbook.versions):
                return replace(playbook, current=version)
            published = Version(
                version=version,
                sha256=sha256,
                position=fact.position,
                published_at=fact.recorded_at,
                actor=fact.actor,
            )
            return replace(playbook, versions=(*playbook.versions, published), current=version)
        case PlaybookRolledBack(version=version):
            return replace(playbook, current=version)
        case _:
            return playbook  # of no other kind there are


def decide(playbook: KeptPlaybook, command: PlaybookCommand) -> RegisterEvent | None:
    """Return the fact a command makes true; None: it is so already.

    Raises:
        PlaybookUnknown: the version to go back to was never published.
        Malformed: a published version would come to mean something else.
    """
    sha256 = sha256_of(command.content)
    match command:
        case DraftPlaybook(content=content):
            if playbook.draft is not None and playbook.draft.sha256 == sha256:
                return None
            return PlaybookDrafted(content=content, sha256=sha256)
        case PublishPlaybook(content=content, version=version):
            if any(one.version == version and one.sha256 != sha256 for one in playbook.versions):
                raise Malformed("version", "was published with another content")
            if playbook.current == version:
                return None
            return PlaybookPublished(version=version, content=content, sha256=sha256)
        case RollBackPlaybook(content=content, version=version):
            known = playbook.version(version)
            if playbook.current == version or playbook.current is None:
                return None
            assert known.sha256 == sha256, "a version's text is the one that was published"
            return PlaybookRolledBack(
                version=version, content=content, sha256=sha256, from_version=playbook.current
            )


class Playbooks:
    """Handles commands about playbooks, and knows all that were ever published."""

    def __init__(self, register: Register, *, judge: Judge, now: Callable[[], datetime]) -> None:
        self._register = register
        self._folds = Folds(
            register, kind=KIND, begin=lambda name: KeptPlaybook(name=name), evolve=evolve
        )
        self._judge = judge
        self._now = now

    async def all(self, tenant: TenantName) -> Mapping[str, KeptPlaybook]:
        """Return a tenant's playbooks by name, as the log has them now."""
        return await self._folds.of(tenant)

    async def one(self, tenant: TenantName, name: str) -> KeptPlaybook:
        """Return a playbook that was drafted or published.

        Raises:
            PlaybookUnknown: it was not.
        """
        found = await self._folds.one(tenant, name)
        if found.end == START:
            raise PlaybookUnknown(name)
        return found

    async def content(self, tenant: TenantName, name: str, version: str | None) -> str:
        """Return the text of a version; None: of the one that holds.

        Raises:
            PlaybookUnknown: it was never published.
        """
        found = await self.one(tenant, name)
        wanted = version or found.current
        if wanted is None:
            raise PlaybookUnknown(name)
        return await self._text(tenant, name, found.version(wanted).position)

    async def draft_of(self, tenant: TenantName, name: str) -> str:
        """Return the text that was put aside last.

        Raises:
            PlaybookUnknown: none was.
        """
        found = await self.one(tenant, name)
        if found.draft is None:
            raise PlaybookUnknown(name, version="draft")
        return await self._text(tenant, name, found.draft.position)

    async def judge(self, name: str, content: str) -> Judged:
        """Return which version a text is.

        Raises:
            PlaybookMalformed: it breaks the grammar; names line and field.
            Malformed: it is too long, or calls itself by another name than it is kept under.
        """
        # A long one takes a tenth of a second, in which nobody else is to wait.
        judged = await asyncio.to_thread(self._judge, checked_content(content), f"{name}.yaml")
        if judged.name != name:
            raise Malformed("playbook", "is not the name that it is kept under")
        return judged

    async def draft(
        self, tenant: TenantName, name: str, content: str, *, command_id: str, actor: str
    ) -> Outcome:
        """Keep a draft.

        Raises:
            Malformed: the name cannot be one, or the text is too long.
            LogUnavailable: no answer; repeating the command with its id is safe.
        """
        _check_name(name)
        command = DraftPlaybook(name=name, content=checked_content(content))
        return await self._handle(tenant, command, command_id=command_id, actor=actor)

    async def publish(
        self, tenant: TenantName, name: str, content: str | None, *, command_id: str, actor: str
    ) -> Outcome:
        """Publish a text; None: the draft.

        Raises:
            PlaybookMalformed: it breaks the grammar; what held goes on holding.
            PlaybookUnknown: there is no draft.
            Malformed, LogUnavailable: see `draft`, `judge`.
        """
        _check_name(name)
        text = await self.draft_of(tenant, name) if content is None else content
        judged = await self.judge(name, text)
        command = PublishPlaybook(name=name, content=text, version=judged.version)
        return await self._handle(tenant, command, command_id=command_id, actor=actor)

    async def roll_back(
        self, tenant: TenantName, name: str, version: str, *, command_id: str, actor: str
    ) -> Outcome:
        """Let an older version hold again.

        Raises:
            PlaybookUnknown: it was never published.
            PlaybookMalformed: it was written for another grammar than this Antiphon's.
            LogUnavailable: no answer; repeating the command with its id is safe.
        """
        text = await self.content(tenant, name, version)
        await self.judge(name, text)
        command = RollBackPlaybook(name=name, version=version, content=text)
        return await self._handle(tenant, command, command_id=command_id, actor=actor)

    async def _handle(
        self, tenant: TenantName, command: PlaybookCommand, *, command_id: str, actor: str
    ) -> Outcome:
        id_ = fact_id(KIND, command.name, f"{type(command).__name__}/{command_id}")

        async def decide_and_append() -> Outcome:
            known = await self._folds.of(tenant)
            playbook = known.get(command.name, KeptPlaybook(name=command.name))
            if id_ in playbook.facts:
                return Outcome(position=playbook.facts[id_], repeated=True)
            event = decide(playbook, command)
            if event is None:
                return Outcome(position=playbook.end, repeated=True)
            if command.name not in known and len(known) >= PLAYBOOKS_MAX:
                raise Malformed("playbook", f"there are {PLAYBOOKS_MAX} already")
            return await append(
                self._register,
                tenant,
                command.name,
                event,
                id_=id_,
                actor=actor,
                now=self._now(),
                expected=playbook.end,
            )

        return await decided(decide_and_append)

    async def _text(self, tenant: TenantName, name: str, position: Position) -> str:
        fact = await self._folds.fact(tenant, name, position)
        match fact.event:
            case PlaybookDrafted(content=content) | PlaybookPublished(content=content):
                return content
            case _:
                raise AssertionError("the fold names facts that hold a text")


def _check_name(name: str) -> None:
    if not is_id(name):
        raise Malformed("playbook", "must be 1 to 128 letters, digits, hyphens or underscores")
