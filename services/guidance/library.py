"""The playbooks and the policy of every tenant, as its register tells them.

What is published now is held and answered at once; older versions are read when a contact that
began with them is taken up again. What this Antiphon cannot read changes nothing: the version
before goes on holding.
"""

import asyncio
from collections import OrderedDict, defaultdict
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from typing import Never

import structlog
from msgspec import Struct, field
from msgspec.structs import replace

from ...errors import Fault, LogUnavailable, PlaybookMalformed, PolicyMalformed, Refused
from ...events import playbook as playbook_events
from ...events import policy as policy_events
from ...events.base import START, TenantName
from ...events.playbook import PlaybookPublished, PlaybookRolledBack
from ...events.policy import PolicyPublished
from ...events.progress import Progress
from ...events.register import Register, Registered
from .playbook import Playbook, parse_playbook
from .policy import Policy
from .policy_file import parse_policy
from .shelf import Edition

# Older versions, of all tenants, for contacts that outlived them: a few at any time. A playbook
# of twenty kilobytes takes about one megabyte once it is read.
OLDER_MAX = 64

PAUSE_S = 1.0  # after a fault

# A process that begins reads a register in less than that, or the log is away.
PATIENCE_S = 10.0

_Key = tuple[TenantName, str, str, str]  # kind, name, version

_KINDS = (playbook_events.KIND, policy_events.KIND)

log = structlog.get_logger()


class _Held(Struct, frozen=True):
    """What is published of one tenant."""

    policy: Policy | None = None
    playbooks: Mapping[str, Playbook] = field(default_factory=dict[str, Playbook])


class _Text(Struct, frozen=True):
    """A version of something, as it was written."""

    kind: str
    name: str
    version: str
    content: str


class Library:
    """A `Shelf` that follows registers. One a process, for every tenant that it tends."""

    def __init__(
        self, register: Register, *, built_in: Sequence[Playbook], patience_s: float = PATIENCE_S
    ) -> None:
        """`built_in` come with Antiphon; the first holds for tenants that published none."""
        self._register = register
        self._built_in = {one.name: one for one in built_in}
        self._default = tuple(one.name for one in built_in[:1])
        self._patience_s = patience_s
        self._held: dict[TenantName, _Held] = {}
        self._known: defaultdict[TenantName, asyncio.Event] = defaultdict(asyncio.Event)
        self._older: OrderedDict[_Key, Playbook | Policy] = OrderedDict()

    async def run(self, tenant: TenantName, *, progress: Progress) -> Never:
        """Keep up with a tenant's register, for ever, until cancelled."""
        while True:
            try:
                await self._keep_up(tenant, progress)
            except (Fault, Refused) as error:
                # Refused: the register was made anew; then so is what it holds.
                log.warning("library_interrupted", tenant=tenant, code=error.code, why=str(error))
            await asyncio.sleep(PAUSE_S)

    async def edition(self, tenant: TenantName) -> Edition:
        """See `Shelf.edition`.

        Raises:
            LogUnavailable: the register was not read in time; asking again is safe.
        """
        try:
            async with asyncio.timeout(self._patience_s):
                await self._known[tenant].wait()
        except TimeoutError:
            raise LogUnavailable("the playbooks are not read yet") from None
        held = self._held[tenant]
        return Edition(
            policy=held.policy,
            playbooks=held.playbooks,
            built_in=self._built_in,
            for_everybody=tuple(sorted(held.playbooks)) or self._default,
        )

    def vocabulary(self, tenant: TenantName) -> tuple[str, ...]:
        """Return the terms of all that a tenant has published or bound, each once; never waits."""
        held = self._held.get(tenant, _Held())
        names = set(held.playbooks)
        if held.policy is not None:
            names |= {name for one in held.policy.bindings for name in one.playbooks}
        playbooks = [
            held.playbooks.get(name) or self._built_in.get(name)
            for name in sorted(names) or self._default
        ]
        terms = (term for one in playbooks if one is not None for term in one.vocabulary)
        return tuple(dict.fromkeys(terms))

    @property
    def older_held(self) -> int:
        """How many versions are held that are published no more."""
        return len(self._older)

    async def policy(self, tenant: TenantName, version: str) -> Policy | None:
        """See `Shelf.policy`."""
        now = self._held.get(tenant, _Held()).policy
        if now is not None and now.version == version:
            return now
        wanted = (policy_events.KIND, policy_events.ID, version)
        found = await self._older_version(tenant, *wanted)
        return found if isinstance(found, Policy) else None

    async def playbook(self, tenant: TenantName, name: str, version: str) -> Playbook | None:
        """See `Shelf.playbook`."""
        now = self._held.get(tenant, _Held()).playbooks.get(name)
        for one in (now, self._built_in.get(name)):
            if one is not None and one.version == version:
                return one
        found = await self._older_version(tenant, playbook_events.KIND, name, version)
        return found if isinstance(found, Playbook) else None

    async def _keep_up(self, tenant: TenantName, progress: Progress) -> None:
        state = await self._register.state(tenant)
        texts: list[_Text] = []
        if state.last != START:
            facts = self._register.read(tenant, kind=_KINDS, upto=state.last)
            texts = [text async for fact in facts if (text := _text_of(fact)) is not None]
        self._held[tenant] = await _taken(tenant, _Held(), texts)
        self._known[tenant].set()
        progress.reached(state.last)
        log.info("library_opened", tenant=tenant, playbooks=len(self._held[tenant].playbooks))
        following = self._register.follow(tenant, kind=_KINDS, after=state.last, epoch=state.epoch)
        async with aclosing(following) as batches:
            async for batch in batches:
                newer = [text for fact in batch if (text := _text_of(fact)) is not None]
                self._held[tenant] = await _taken(tenant, self._held[tenant], newer)
                if batch:
                    progress.reached(batch[-1].position)
                progress.beat()

    async def _older_version(
        self, tenant: TenantName, kind: str, name: str, version: str
    ) -> Playbook | Policy | None:
        key = (tenant, kind, name, version)
        if key not in self._older:
            async for fact in self._register.read(tenant, kind=kind, id=name):
                text = _text_of(fact)
                if text is not None and text.version == version:
                    read = await _read(tenant, text)
                    if read is None:
                        return None
                    self._older[key] = read
                    break
            else:
                return None
        self._older.move_to_end(key)
        while len(self._older) > OLDER_MAX:
            self._older.popitem(last=False)
        return self._older[key]


async def _taken(tenant: TenantName, held: _Held, texts: Sequence[_Text]) -> _Held:
    """Return what holds once texts were published, in this order."""
    seen: set[tuple[str, str]] = set()
    # The last of each is looked at first: those before it matter where it cannot be read.
    for text in reversed(texts):
        about = (text.kind, text.name)
        if about in seen or (read := await _read(tenant, text)) is None:
            continue
        seen.add(about)
        if isinstance(read, Policy):
            held = replace(held, policy=read)
        else:
            held = replace(held, playbooks={**held.playbooks, text.name: read})
    return held


async def _read(tenant: TenantName, text: _Text) -> Playbook | Policy | None:
    """Return what a text says; None where this Antiphon does not understand it."""
    try:
        # Calls under way must not wait for it: a long one takes a tenth of a second.
        return await asyncio.to_thread(_parsed, text)
    except (PlaybookMalformed, PolicyMalformed) as error:
        log.error(  # noqa: TRY400 (a stack would say no more)
            "published_version_not_understood",
            tenant=tenant,
            kind=text.kind,
            name=text.name,
            version=text.version,
            line=error.line,
            field=error.field,
            way_out="the version before holds; publish one that this Antiphon understands",
        )
        return None


def _parsed(text: _Text) -> Playbook | Policy:
    if text.kind == policy_events.KIND:
        return replace(parse_policy(text.content, file="policy.yaml"), version=text.version)
    return replace(parse_playbook(text.content, file=f"{text.name}.yaml"), version=text.version)


def _text_of(fact: Registered) -> _Text | None:
    match fact.event:
        case (
            PlaybookPublished(version=version, content=content)
            | PlaybookRolledBack(version=version, content=content)
            | PolicyPublished(version=version, content=content)
        ):
            return _Text(fact.kind, fact.subject_id, version, content)
        case _:
            return None  # drafts hold for nobody
