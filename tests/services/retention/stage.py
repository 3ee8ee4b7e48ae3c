"""Contacts on a log in memory, their recordings in a directory, and retention over both."""

from collections.abc import Awaitable, Callable, Collection
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from antiphon.commands.expiry import ACTOR, Expirer
from antiphon.commands.hold import Holds, PlaceHold, ReleaseHold
from antiphon.commands.retention import PublishRetention, RetentionPolicies
from antiphon.errors import ArchiveUnavailable
from antiphon.events.base import (
    ContactId,
    ContactRef,
    Event,
    Position,
    Recorded,
    TenantName,
)
from antiphon.events.journal import Journal
from antiphon.events.register import Register, Registered
from antiphon.events.retention import EXPIRY_KIND, DataKind, Stay
from antiphon.events.sealed import Sealed
from antiphon.events.speech import UtteranceFinalized
from antiphon.events.subjects import configuration_stream, facts_stream
from antiphon.infra.memory_keys import MemoryKeys
from antiphon.infra.memory_log import MemoryLog
from antiphon.infra.object_store.directory import DirectoryStore
from antiphon.infra.retaining import RecordingObjects
from antiphon.services.retention.acting import Looked, Retainer

from ...builders import (
    CONTACT,
    NOON,
    at,
    contact_ended,
    contact_started,
    draft,
    utterance_finalized,
)

TENANT = CONTACT.tenant
ENDED_AT = at(60)
SPOKEN = "my roof leaks"


class TieredObjects(RecordingObjects):
    """Objects whose store moves some of them to its archive tier, and may be away."""

    def __init__(self, store: DirectoryStore) -> None:
        super().__init__(store)
        self.archived: set[str] = set()
        self.away_at: int | None = None  # which deletion, from 1, is not answered
        self.deletions = 0

    async def delete(self, key: str) -> None:
        self.deletions += 1
        if self.deletions == self.away_at:
            raise ArchiveUnavailable("asked to")
        await super().delete(key)

    async def is_archived(self, key: str) -> bool:
        return key in self.archived


class ArchiveUpto:
    """The archive's proof, as far as a test says that it reaches."""

    def __init__(self) -> None:
        self.upto = Position(0)

    async def holds(self, contact: ContactRef, *, upto: Position) -> bool:
        del contact
        return self.upto >= upto


class Stage:
    """One tenant. Time stands still until a test moves it."""

    def __init__(self, directory: Path) -> None:
        self.clock: datetime = ENDED_AT
        self.log = MemoryLog(now=lambda: self.clock, idle_s=0.05)
        self.keys = MemoryKeys()
        self.journal = Journal(self.log, self.keys)
        self.register = Register(self.log, self.keys)
        self.policies = RetentionPolicies(self.register, now=lambda: self.clock)
        self.holds = Holds(
            self.register, facts=self.journal, keys=self.keys, now=lambda: self.clock
        )
        self.store = DirectoryStore(directory)
        self.objects = TieredObjects(self.store)
        self.archive = ArchiveUpto()
        self.copies_forgotten = 0
        self.before_holds: Callable[[], Awaitable[None]] | None = None

    async def created(self, *contacts: ContactRef) -> None:
        """Make the streams, and a call of each contact with objects of all folders."""
        await self.log.create(facts_stream(TENANT))
        await self.log.create(configuration_stream(TENANT))
        for contact in contacts or (CONTACT,):
            await self.call(contact)

    async def call(self, contact: ContactRef, *, ended_at: datetime = ENDED_AT) -> None:
        """Play a contact to its end at noon of the day."""
        self.clock, then = NOON, self.clock
        await self.tell(contact_started(), of=contact)
        await self.tell(utterance_finalized(SPOKEN), of=contact)
        await self.tell(contact_ended(ended_at=ended_at), of=contact)
        self.clock = then
        await self.keys.obtain(TENANT, f"original/{contact.contact_id}")
        for folder in ("recordings", "redactions", "replies"):
            await self.store.put(f"{folder}/{TENANT}/{contact.contact_id}/one", b"sealed")

    async def tell(self, event: Event, *, of: ContactRef = CONTACT) -> None:
        end = await self.journal.lane_end(of, event.LANE)
        await self.journal.append(of, [draft(event)], expected=end)

    def another_process(self) -> Retainer:
        """Return retention as a process that begins now has it."""
        return Retainer(
            journal=self.journal,
            facts=self.journal,
            policies=self.policies,
            holds=self,
            expirer=self.expirer(),
            objects=self.objects,
            proof=self.archive,
            now=lambda: self.clock,
        )

    def expirer(self, *, actor: str = ACTOR) -> Expirer:
        """Return what records that keys go, and destroys them, for one service or another."""
        return Expirer(
            journal=self.journal,
            register=self.register,
            keys=self.keys,
            forget_copies=self._forget_copies,
            now=lambda: self.clock,
            actor=actor,
        )

    async def look(self, *, days: float | None = None, of: ContactRef = CONTACT) -> Looked:
        """Look at a contact so many days after it ended."""
        if days is not None:
            self.clock = ENDED_AT + timedelta(days=days)
        return await self.another_process().look(of)

    async def covering(
        self, tenant: TenantName, contact_ids: Collection[ContactId]
    ) -> dict[ContactId, tuple[str, ...]]:
        """Ask the holds; what a test wants to happen right before that, happens."""
        if self.before_holds is not None:
            await self.before_holds()
        return await self.holds.covering(tenant, contact_ids)

    async def active(self, tenant: TenantName) -> frozenset[str]:
        return await self.holds.active(tenant)

    async def publish(self, **kinds: Stay) -> None:
        """Let another policy hold."""
        given: dict[Any, Stay] = dict(kinds)
        await self.policies.publish(
            TENANT, PublishRetention(kinds=given), command_id=str(self.clock), actor="author:a"
        )

    async def hold(self, hold_id: str = "h-1", *, of: ContactRef = CONTACT) -> None:
        command = PlaceHold(reason=Sealed("why"), contact_ids=(of.contact_id,))
        await self.holds.place(TENANT, command, hold_id=hold_id, actor="officer:o")

    async def release(self, hold_id: str = "h-1") -> None:
        await self.holds.release(TENANT, ReleaseHold(hold_id=hold_id), actor="officer:o")

    async def facts(self, of: ContactRef = CONTACT) -> list[Recorded]:
        """Return what retention said of a contact."""
        return [one async for one in self.journal.read(of, lanes=("retention",))]

    async def told(self, of: ContactRef = CONTACT) -> list[Event]:
        return [one.event for one in await self.facts(of)]

    async def expiries(self, of: ContactRef = CONTACT) -> list[Registered]:
        """Return what the register holds of a contact's expiry."""
        facts = self.register.read(TENANT, kind=EXPIRY_KIND, id=of.contact_id)
        return [one async for one in facts]

    async def left(self, of: ContactRef = CONTACT) -> set[str]:
        """Return what is left of a contact: keys by holder, objects by folder."""
        left = {holder for holder in ("contact", "original") if self._has_key(of, holder)}
        for folder in ("recordings", "redactions", "replies"):
            if await self.objects.keys(f"{folder}/{TENANT}/{of.contact_id}/"):
                left.add(folder)
        return left

    async def words(self, of: ContactRef = CONTACT) -> list[str | None]:
        """Return what can still be read of what was said."""
        return [
            fact.event.text.reveal_or(None)
            async for fact in self.journal.read(of, lanes=("speech",))
            if isinstance(fact.event, UtteranceFinalized)
        ]

    def _has_key(self, of: ContactRef, holder: str) -> bool:
        return self.keys.held(TENANT, f"{holder}/{of.contact_id}") is not None

    async def _forget_copies(self, tenant: TenantName) -> None:
        assert tenant == TENANT
        self.copies_forgotten += 1


KINDS: tuple[DataKind, ...] = ("original", "audio", "transcript", "annotations")
EVERYTHING = {"contact", "original", "recordings", "redactions", "replies"}
