"""Playbooks and the policy: what is published, by whom, and how another version comes to hold.

Texts come and go as YAML, as their authors write them. What was published is kept for good.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import structlog
from litestar import Controller, Request, get, post, put
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, HeaderParameter, JSONBody
from msgspec import Struct

from ..commands.handle import Outcome
from ..commands.playbook import KeptPlaybook, Playbooks
from ..commands.policy import Policies
from ..commands.publishing import Version
from ..errors import Malformed, PlaybookMalformed
from ..events.base import Position, TenantName
from .bodies import Name, checked_id
from .fields import FieldProblem, check_body
from .idempotency import HEADER, command_id
from .reader import WHO, WhoHeader

log = structlog.get_logger()

YAML = "application/yaml"  # Source: RFC 9512
CURRENT = "current"  # in the place of a version: the one that holds

Key = Annotated[
    str | None,
    HeaderParameter(name=HEADER, description="Requests with the same key are one command."),
]


class VersionTold(Struct, frozen=True, kw_only=True):
    """A version that was published."""

    version: str
    sha256: str
    position: Position  # of the register
    published_at: datetime
    published_by: str


class DraftTold(Struct, frozen=True, kw_only=True):
    """What was put aside last."""

    sha256: str
    position: Position
    drafted_at: datetime
    drafted_by: str


class PlaybookTold(Struct, frozen=True, kw_only=True):
    """A playbook, without its texts."""

    name: str
    current: str | None  # the version that holds; None: none was published
    versions: tuple[VersionTold, ...]  # the oldest first
    draft: DraftTold | None


class PlaybooksTold(Struct, frozen=True, kw_only=True):
    playbooks: tuple[PlaybookTold, ...]  # by name


class PolicyTold(Struct, frozen=True, kw_only=True):
    """The policy, and the text of the version that holds."""

    current: str | None  # None: every playbook that is published holds for everybody
    versions: tuple[VersionTold, ...]
    content: str | None


class Done(Struct, frozen=True, kw_only=True):
    """What was asked is so."""

    name: str
    version: str | None  # that holds
    position: Position  # of the register
    repeated: bool  # it was so already
    problems: tuple[FieldProblem, ...] = ()  # of a draft: what keeps it from being published


class RollBackBody(Struct, frozen=True, kw_only=True):
    """Which version is to hold again."""

    version: Name


class Asking(Struct, frozen=True):
    """A request for a command, but for what it asks."""

    tenant: TenantName
    actor: str
    command_id: str


def provide_asking(
    request: Request[Any, Any, Any],
    tenant: NamedDependency[TenantName],
    who: WhoHeader = None,
    key: Key = None,
) -> Asking:
    """Return what every request for a command has in common.

    Raises:
        Malformed: the key is no key, or who asks has no id.
    """
    id_ = command_id(key, tenant=tenant, path=request.url.path, told=None, tells_when=False)
    actor = "machine" if who is None else f"author:{checked_id(WHO, who)}"
    return Asking(tenant, actor, id_)


class PlaybookController(Controller):
    path = "/v1/playbooks"
    tags = ["playbooks"]  # noqa: RUF012 (the framework declares it so)
    dependencies = {"asking": Provide(provide_asking, sync_to_thread=False)}  # noqa: RUF012 (as above)

    @get()
    async def list_(
        self, tenant: NamedDependency[TenantName], playbooks: NamedDependency[Playbooks]
    ) -> PlaybooksTold:
        """Return every playbook that was drafted or published."""
        known = await playbooks.all(tenant)
        return PlaybooksTold(playbooks=tuple(_told(known[name]) for name in sorted(known)))

    @get("/{name:str}")
    async def one(
        self,
        name: FromPath[str],
        tenant: NamedDependency[TenantName],
        playbooks: NamedDependency[Playbooks],
    ) -> PlaybookTold:
        """Return which versions of a playbook there are."""
        return _told(await playbooks.one(tenant, name))

    @get("/{name:str}/versions/{version:str}", media_type=YAML)
    async def version(
        self,
        name: FromPath[str],
        version: FromPath[str],
        tenant: NamedDependency[TenantName],
        playbooks: NamedDependency[Playbooks],
    ) -> str:
        """Return the text of a version; of `current`: the one that holds."""
        return await playbooks.content(tenant, name, None if version == CURRENT else version)

    @get("/{name:str}/draft", media_type=YAML)
    async def draft(
        self,
        name: FromPath[str],
        tenant: NamedDependency[TenantName],
        playbooks: NamedDependency[Playbooks],
    ) -> str:
        """Return the text that was put aside last."""
        return await playbooks.draft_of(tenant, name)

    @put("/{name:str}/draft")
    async def put_draft(
        self,
        request: Request[Any, Any, Any],
        name: FromPath[str],
        asking: NamedDependency[Asking],
        playbooks: NamedDependency[Playbooks],
    ) -> Done:
        """Put a text aside, whatever it says; `problems` tell why it could not be published."""
        content = await _text_of(request)
        outcome = await playbooks.draft(
            asking.tenant, name, content, command_id=asking.command_id, actor=asking.actor
        )
        problems = await _problems_of(playbooks, name, content)
        return await _done(outcome, asking, name, playbooks, problems=problems)

    @post("/{name:str}/publish", status_code=200)
    async def publish(
        self,
        request: Request[Any, Any, Any],
        name: FromPath[str],
        asking: NamedDependency[Asking],
        playbooks: NamedDependency[Playbooks],
    ) -> Done:
        """Let a text hold for contacts that begin from now on: the body, or without one the draft.

        A text that breaks the grammar is refused with line and field, and changes nothing.
        """
        content = await _text_of(request) or None
        outcome = await playbooks.publish(
            asking.tenant, name, content, command_id=asking.command_id, actor=asking.actor
        )
        return await _done(outcome, asking, name, playbooks)

    @post("/{name:str}/rollback", status_code=200, before_request=check_body)
    async def roll_back(
        self,
        name: FromPath[str],
        data: JSONBody[RollBackBody],
        asking: NamedDependency[Asking],
        playbooks: NamedDependency[Playbooks],
    ) -> Done:
        """Let a version hold again that was published before."""
        outcome = await playbooks.roll_back(
            asking.tenant, name, data.version, command_id=asking.command_id, actor=asking.actor
        )
        return await _done(outcome, asking, name, playbooks)


class PolicyController(Controller):
    path = "/v1/policy"
    tags = ["playbooks"]  # noqa: RUF012 (the framework declares it so)
    dependencies = {"asking": Provide(provide_asking, sync_to_thread=False)}  # noqa: RUF012 (as above)

    @get()
    async def now(
        self, tenant: NamedDependency[TenantName], policies: NamedDependency[Policies]
    ) -> PolicyTold:
        """Return which versions there are, and what the one that holds says."""
        known = await policies.find(tenant)
        return PolicyTold(
            current=known.current,
            versions=_versions(known.versions),
            content=None if known.current is None else await policies.content(tenant),
        )

    @get("/versions/{version:str}", media_type=YAML)
    async def version(
        self,
        version: FromPath[str],
        tenant: NamedDependency[TenantName],
        policies: NamedDependency[Policies],
    ) -> str:
        """Return the text of a version; of `current`: the one that holds."""
        return await policies.content(tenant, None if version == CURRENT else version)

    @put()
    async def publish(
        self,
        request: Request[Any, Any, Any],
        asking: NamedDependency[Asking],
        playbooks: NamedDependency[Playbooks],
        policies: NamedDependency[Policies],
    ) -> Done:
        """Let a document hold for contacts that begin from now on.

        One that breaks the grammar, or binds a playbook that is neither published nor built in,
        is refused with line and field, and changes nothing.
        """
        known = await playbooks.all(asking.tenant)
        outcome = await policies.publish(
            asking.tenant,
            await _text_of(request),
            playbooks=[name for name, one in known.items() if one.current is not None],
            command_id=asking.command_id,
            actor=asking.actor,
        )
        version = (await policies.find(asking.tenant)).current
        _note("policy", version, outcome, asking)
        return Done(
            name="policy", version=version, position=outcome.position, repeated=outcome.repeated
        )


async def _text_of(request: Request[Any, Any, Any]) -> str:
    try:
        return (await request.body()).decode()
    except UnicodeDecodeError:
        raise Malformed("body", "is not UTF-8") from None


async def _problems_of(playbooks: Playbooks, name: str, content: str) -> tuple[FieldProblem, ...]:
    try:
        await playbooks.judge(name, content)
    except PlaybookMalformed as error:
        return (FieldProblem(error.field, error.problem, error.line),)
    except Malformed as error:
        return (FieldProblem(error.field, error.problem),)
    return ()


async def _done(
    outcome: Outcome,
    asking: Asking,
    name: str,
    playbooks: Playbooks,
    *,
    problems: Sequence[FieldProblem] = (),
) -> Done:
    version = (await playbooks.one(asking.tenant, name)).current
    _note(name, version, outcome, asking)
    return Done(
        name=name,
        version=version,
        position=outcome.position,
        repeated=outcome.repeated,
        problems=tuple(problems),
    )


def _note(name: str, version: str | None, outcome: Outcome, asking: Asking) -> None:
    log.info(
        "playbook_command_handled",
        tenant=asking.tenant,
        playbook=name,
        version=version,
        events=[event.TYPE for event in outcome.events],
        position=outcome.position,
        repeated=outcome.repeated,
    )


def _told(playbook: KeptPlaybook) -> PlaybookTold:
    draft = playbook.draft
    return PlaybookTold(
        name=playbook.name,
        current=playbook.current,
        versions=_versions(playbook.versions),
        draft=None
        if draft is None
        else DraftTold(
            sha256=draft.sha256,
            position=draft.position,
            drafted_at=draft.drafted_at,
            drafted_by=draft.actor,
        ),
    )


def _versions(versions: Sequence[Version]) -> tuple[VersionTold, ...]:
    return tuple(
        VersionTold(
            version=one.version,
            sha256=one.sha256,
            position=one.position,
            published_at=one.published_at,
            published_by=one.actor,
        )
        for one in versions
    )
