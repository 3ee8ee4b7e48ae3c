"""One contact at a time: read its facts, compute what is due, do it, say so.

May stop anywhere: what was recorded as decided is done by whoever comes next, and what was not
is decided anew. Two at work on one contact do no harm: the register and the lane take one.
"""

from collections.abc import Callable, Sequence
from contextlib import aclosing
from datetime import datetime
from typing import Protocol

import structlog
from msgspec import Struct

from ...commands.expiry import ACTOR, Expirer, Expiry
from ...commands.retention_schedule import Act, Plan, planned
from ...commands.retention_standing import Standing
from ...events.base import ContactRef, Draft, Event, Holder, TenantName, service_event_id
from ...events.journal import Journal
from ...events.retention import (
    DataArchived,
    DataDeleted,
    DataKind,
    RetentionFreed,
    RetentionHeld,
    RetentionPublished,
)
from .figures import ARCHIVED, DELETED, OBJECTS
from .ports import Facts, LegalHolds, Objects, Proof

log = structlog.get_logger()

# Which keys have to go so that nothing of a kind can be read again, wherever it still stands.
KEYS: dict[DataKind, tuple[Holder, ...]] = {
    "original": ("original",),
    "transcript": ("contact", "original"),
}
RECORDED: tuple[DataKind, ...] = ("original", "audio")  # whose objects have an archive tier

# Where its objects lie: `<folder>/<tenant>/<contact>/`.
FOLDERS: dict[DataKind, str] = {
    "original": "recordings",
    "audio": "redactions",
    "transcript": "replies",
    "annotations": "replies",  # what agents typed, as it was spoken
}
# What nobody is told any more though its facts stay: read models drop it when they are told.
UNTOLD: frozenset[DataKind] = frozenset({"annotations", "analytics"})


class Policies(Protocol):
    """How long things stay. Adapter: `commands/retention.py`."""

    async def current(self, tenant: TenantName) -> RetentionPublished:
        """Return the policy that holds."""
        ...


class Looked(Struct, frozen=True, kw_only=True):
    """What came of looking at a contact."""

    deleted: tuple[DataKind, ...] = ()
    archived: tuple[DataKind, ...] = ()
    unarchived: tuple[DataKind, ...] = ()  # that ought to be, and are not in the archive yet
    kept_back: tuple[DataKind, ...] = ()  # by a hold


class Retainer:
    """Does what is due of contacts."""

    def __init__(
        self,
        *,
        journal: Journal,
        facts: Facts,
        policies: Policies,
        holds: LegalHolds,
        expirer: Expirer,
        objects: Objects,
        proof: Proof,
        now: Callable[[], datetime],
    ) -> None:
        self._journal = journal
        self._facts = facts
        self._policies = policies
        self._holds = holds
        self._expirer = expirer
        self._objects = objects
        self._proof = proof
        self._now = now

    async def look(self, contact: ContactRef) -> Looked:
        """Do what is due of a contact now; harmless where nothing is.

        Raises:
            HistoryUnreadable: a fact that this version cannot read: nothing was deleted.
            StreamMoved: another process is at it.
            Fault: a server is away; call again.
        """
        standing = await self._standing(contact)
        policy = await self._policies.current(contact.tenant)
        plan = planned(standing, policy, hold_ids=(), now=self._now())
        if not plan.acts and standing.held is None:
            return Looked()
        due, hold_ids = plan, await self._hold_ids(contact)
        plan = planned(standing, policy, hold_ids=hold_ids, now=self._now())
        standing = await self._say_held(contact, standing, plan, hold_ids, policy)
        archived, unarchived = await self._archive(contact, standing, plan, policy)
        deletions = [act for act in plan.acts if act.deed == "delete"]
        kept_back: tuple[DataKind, ...] = plan.kept_back
        if kept_back:
            deletions = await self._decided(contact, due)
            decided = {act.kind for act in deletions}
            kept_back = tuple(kind for kind in kept_back if kind not in decided)
        deleted: tuple[DataKind, ...] = ()
        if deletions:
            deleted, stopped = await self._delete(contact, deletions, policy)
            kept_back += stopped
        return Looked(
            deleted=deleted, archived=archived, unarchived=unarchived, kept_back=kept_back
        )

    async def _standing(self, contact: ContactRef) -> Standing:
        standing = Standing()
        async with aclosing(self._facts.read(contact)) as facts:
            async for fact in facts:
                standing.take(fact)
        return standing

    async def _hold_ids(self, contact: ContactRef) -> tuple[str, ...]:
        covered = await self._holds.covering(contact.tenant, [contact.contact_id])
        return covered.get(contact.contact_id, ())

    async def _decided(self, contact: ContactRef, due: Plan) -> list[Act]:
        """Return the deletions that were decided before the hold came, and broken off."""
        expiry = await self._expirer.find(contact)
        return [act for act in due.acts if act.deed == "delete" and _is_decided(act, expiry)]

    async def _say_held(
        self,
        contact: ContactRef,
        standing: Standing,
        plan: Plan,
        hold_ids: tuple[str, ...],
        policy: RetentionPublished,
    ) -> Standing:
        """Say that a hold stands in the way, or does no more, unless it was said."""
        said = standing.held
        if plan.kept_back and (
            said is None or (said.kinds, said.hold_ids) != (plan.kept_back, hold_ids)
        ):
            event: Event = RetentionHeld(
                kinds=plan.kept_back, hold_ids=hold_ids, policy_version=policy.version
            )
        elif said is not None and not hold_ids:
            event = RetentionFreed(hold_ids=said.hold_ids)
        else:
            return standing
        await self._say(contact, standing, [event])
        log.info(event.TYPE, tenant=contact.tenant, contact_id=contact.contact_id)
        return await self._standing(contact)

    async def _archive(
        self, contact: ContactRef, standing: Standing, plan: Plan, policy: RetentionPublished
    ) -> tuple[tuple[DataKind, ...], tuple[DataKind, ...]]:
        """Say what is proven to be archived; return it, and what should be and is not."""
        wanted: tuple[DataKind, ...] = tuple(act.kind for act in plan.acts if act.deed == "archive")
        if not wanted:
            return (), ()
        if not await self._proof.holds(contact, upto=standing.newest):
            return (), wanted
        events: list[DataArchived] = []
        for kind in wanted:
            keys = await self._keys_of(contact, kind) if kind in RECORDED else []
            if all([await self._objects.is_archived(key) for key in keys]):
                events.append(
                    DataArchived(
                        kind=kind,
                        upto=standing.newest,
                        objects=len(keys),
                        policy_version=policy.version,
                    )
                )
        done: tuple[DataKind, ...] = tuple(event.kind for event in events)
        waiting: tuple[DataKind, ...] = tuple(kind for kind in wanted if kind not in done)
        if events:
            await self._say(contact, standing, events)
            ARCHIVED.labels(contact.tenant).inc(len(events))
        return done, waiting

    async def _delete(
        self, contact: ContactRef, acts: Sequence[Act], policy: RetentionPublished
    ) -> tuple[tuple[DataKind, ...], tuple[DataKind, ...]]:
        """Delete for good; return what was deleted, and what a hold kept at the last moment."""
        kinds: tuple[DataKind, ...] = tuple(act.kind for act in acts)
        holders: set[Holder] = {holder for kind in kinds for holder in KEYS.get(kind, ())}
        expiry = await self._expirer.find(contact)
        if not all(_is_decided(act, expiry) for act in acts):
            expiry = await self._expirer.propose(contact, kinds, policy_version=policy.version)
            if await self._hold_ids(contact):
                return (), kinds
        await self._expirer.decide(contact, expiry, holders, version=policy.version)
        await self._expirer.destroy(contact, holders)
        if UNTOLD.intersection(kinds):
            await self._expirer.forget_copies(contact.tenant)
        said: list[DataDeleted] = []
        for act in acts:
            objects = await self._delete_objects(contact, act.kind)
            said += [
                DataDeleted(
                    kind=kind,
                    objects=objects if kind == act.kind else 0,
                    keys=KEYS.get(act.kind, ()),
                    due_at=act.due_at,
                    policy_version=policy.version,
                )
                for kind in _told_with(act.kind)
            ]
        # What another process said meanwhile is not said again.
        standing = await self._standing(contact)
        await self._say(
            contact, standing, [one for one in said if one.kind not in standing.deleted]
        )
        for kind in kinds:
            DELETED.labels(contact.tenant, kind).inc()
        log.info(
            "contact_retained_no_longer",
            tenant=contact.tenant,
            contact_id=contact.contact_id,
            kinds=list(kinds),
            policy=policy.version,
        )
        return kinds, ()

    async def _delete_objects(self, contact: ContactRef, kind: DataKind) -> int:
        keys = await self._keys_of(contact, kind)
        for key in keys:
            await self._objects.delete(key)
            OBJECTS.labels(contact.tenant).inc()
        return len(keys)

    async def _keys_of(self, contact: ContactRef, kind: DataKind) -> list[str]:
        folder = FOLDERS.get(kind)
        if folder is None:
            return []
        return await self._objects.keys(f"{folder}/{contact.tenant}/{contact.contact_id}/")

    async def _say(self, contact: ContactRef, standing: Standing, events: Sequence[Event]) -> None:
        drafts = [
            Draft(
                event=event,
                id=service_event_id(
                    "retention", contact, str(standing.lane_end), f"{event.TYPE}/{number}"
                ),
                occurred_at=self._now(),
                actor=ACTOR,
                correlation=standing.correlation,
                causation=standing.cause,
            )
            for number, event in enumerate(events)
        ]
        if drafts:
            await self._journal.append(contact, drafts, expected=standing.lane_end)


def _is_decided(act: Act, expiry: Expiry) -> bool:
    """Tell whether it is recorded, of a deletion that takes keys, that these go."""
    keys = KEYS.get(act.kind, ())
    return bool(keys) and expiry.holders.issuperset(keys)


def _told_with(kind: DataKind) -> tuple[DataKind, ...]:
    return (kind, "annotations") if kind == "transcript" else (kind,)
