"""Carries erasures out: what was approved is done, by whoever comes next.

The order makes it safe to stop anywhere. Of a few contacts at a time: nobody holds them, the
register says that they go, their keys are destroyed, their histories say so, stores are cleared,
the register says what was destroyed. When all are gone and every reader knows, the receipt is
signed. Every step may be repeated, and `Eraser.finish` takes up where another stopped.
"""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from datetime import datetime

from ..errors import ContactUnknown, UnderHold
from ..events.base import (
    START,
    ContactId,
    ContactRef,
    Event,
    KeyId,
    TenantName,
)
from ..events.erasure import (
    INDEX_HOLDER,
    ContactsDestroyed,
    ContactsSpared,
    Counted,
    DestructionBegun,
    ErasureCompleted,
    Held,
    endpoint_token,
    own_holder,
)
from ..events.faultpoints import FaultPoint, reach
from ..events.journal import Journal
from ..events.keys import KeyStore, holders_of
from .erasure import CONTACTS_MAX, Erasure, RequestErasure, approved, requested
from .erasure_ports import ArchivedErasures, Holds, NoHolds, Signers, Store
from .erasure_receipt import FORMAT, receipt_of, signed
from .erasure_told import tell_erased
from .erasures import ACTOR, Erasures

# Contacts whose keys go together. A hold that is placed meanwhile comes too late for these, so
# few: they take a tenth of a second.
AT_ONCE = 10


class Eraser:
    """Takes down what is asked for and agreed to, and does it. Any number may be at one erasure."""

    def __init__(
        self,
        *,
        journal: Journal,
        erasures: Erasures,
        keys: KeyStore,
        now: Callable[[], datetime],
        signers: Signers,
        holds: Holds | None = None,
        stores: Sequence[Store] = (),
        readers: Sequence[Store] = (),
        copies: Sequence[Store] = (),
        archived: ArchivedErasures | None = None,
    ) -> None:
        """`stores` keep something of contacts beside the log; `readers` are told by the log.

        `copies` cannot be told of single contacts, and go whole. Stores are cleared a few contacts
        at a time; readers once, when every history says that its contact was erased, and copies
        after them. `archived` has to know of it before it is completed; None: nobody archives.
        """
        self.erasures = erasures
        self._journal = journal
        self._keys = keys
        self._now = now
        self._signers = signers
        self._holds = holds or NoHolds()
        self._stores = tuple(stores)
        self._readers = tuple(readers)
        self._copies = tuple(copies)
        self._archived = archived

    async def request(self, tenant: TenantName, command: RequestErasure, *, actor: str) -> Erasure:
        """Record that contacts are to be erased, once; return what the register holds then.

        Nothing is erased before a second person approved it.

        Raises:
            ContactUnknown: one of them never started; nothing is recorded.
            LogUnavailable: no answer; repeating the command is safe.
        """
        contact_ids = (*command.by_id, *command.by_endpoint)
        assert 0 < len(contact_ids) <= CONTACTS_MAX, "somebody is to be erased"
        if (known := await self.erasures.find(tenant, command.erasure_id)) is not None:
            return known
        for contact_id in contact_ids:
            if await self._journal.lane_end(ContactRef(tenant, contact_id), "life") == START:
                raise ContactUnknown(contact_id)
        wanted = Erasure(erasure_id=command.erasure_id)
        facts = requested(command, now=self._now())
        made = await self.erasures.record(tenant, wanted, facts, actor=actor)
        await reach(FaultPoint.ERASURE_RECORDED)
        return made

    async def approve(
        self,
        tenant: TenantName,
        erasure: Erasure,
        *,
        contact_ids: Sequence[ContactId],
        partial: bool,
        actor: str,
    ) -> Erasure:
        """Record that a second person agreed; return what the register holds then.

        `contact_ids` are the person's now. What is held stays; that it was wanted is recorded.

        Raises:
            ErasureClosed, SecondPersonNeeded, UnderHold: see `erasure.approved`.
            LogUnavailable: no answer; repeating it is safe.
        """
        held = await self._holds.covering(tenant, contact_ids)

        def decide(known: Erasure) -> list[Event]:
            return approved(
                known,
                by=actor,
                contact_ids=contact_ids,
                held=held,
                partial=partial,
                now=self._now(),
            )

        try:
            is_new = bool(decide(erasure))
        except UnderHold:
            await self._enforced(tenant, erasure, held, actor=actor)
            raise
        if is_new and held:
            await self._enforced(tenant, erasure, held, actor=actor)
        made = await self.erasures.decided(tenant, erasure, decide, actor=actor)
        await reach(FaultPoint.ERASURE_APPROVED)
        return made

    async def finish(self, tenant: TenantName, erasure: Erasure) -> Erasure:
        """Do what is left of an approved erasure; harmless when nothing is.

        Raises:
            Fault: something does not answer, or does not show the erasure yet. Call again; what
                is done is done.
        """
        while erasure.is_open:
            if erasure.completed_at is not None:
                erasure = await self._sign(tenant, erasure)
            elif erasure.under_way:
                erasure = await self._destroy(tenant, erasure, erasure.under_way)
            elif erasure.remaining:
                erasure = await self._begin(tenant, erasure, erasure.remaining[:AT_ONCE])
            else:
                erasure = await self._complete(tenant, erasure)
        return erasure

    async def count(
        self, tenant: TenantName, contact_ids: Sequence[ContactId]
    ) -> tuple[Counted, ...]:
        """Return how much there is of contacts, in every store."""
        every = (*self._stores, *self._readers, *self._copies)
        return await _counted(every, tenant, contact_ids)

    async def held(
        self, tenant: TenantName, contact_ids: Sequence[ContactId]
    ) -> Mapping[ContactId, tuple[str, ...]]:
        """Return which of these contacts may not be erased now, and by which holds."""
        return await self._holds.covering(tenant, contact_ids)

    async def sweep(self, tenant: TenantName) -> AsyncGenerator[Counted]:
        """Clear the stores again of everybody who was erased; yield what was found there.

        For after a restore of the stores: what it brings back cannot be opened, and goes.
        """
        for erasure in await self.erasures.all(tenant):
            gone = erasure.begun or erasure.destroyed
            for n in range(0, len(gone), AT_ONCE):
                for store in self._stores:
                    for one in await store.count(tenant, gone[n : n + AT_ONCE]):
                        yield one
                    await store.clear(tenant, gone[n : n + AT_ONCE])

    async def token(self, tenant: TenantName, customer_endpoint: str) -> bytes:
        """Return what the index knows a customer by."""
        key = await self._keys.obtain(tenant, INDEX_HOLDER)
        return endpoint_token(key.secret, customer_endpoint)

    async def _begin(
        self, tenant: TenantName, erasure: Erasure, contact_ids: Sequence[ContactId]
    ) -> Erasure:
        """Record that contacts go which nobody holds; the held ones stay."""
        if held := await self._holds.covering(tenant, contact_ids):
            return await self._spare(tenant, erasure, held)
        found = await _counted((*self._stores, *self._readers), tenant, contact_ids)
        event = DestructionBegun(contact_ids=tuple(contact_ids), found=found)
        begun = await self.erasures.record(tenant, erasure, [event])
        await reach(FaultPoint.DESTRUCTION_BEGUN)
        # One that was placed before that fact is seen now at the latest.
        if held := await self._holds.covering(tenant, contact_ids):
            return await self._spare(tenant, begun, held)
        return begun

    async def _spare(
        self, tenant: TenantName, erasure: Erasure, held: Mapping[ContactId, tuple[str, ...]]
    ) -> Erasure:
        await self._enforced(tenant, erasure, held, actor=ACTOR)
        spared = tuple(Held(one, tuple(ids)) for one, ids in held.items())
        return await self.erasures.record(tenant, erasure, [ContactsSpared(held=spared)])

    async def _destroy(
        self, tenant: TenantName, erasure: Erasure, contact_ids: Sequence[ContactId]
    ) -> Erasure:
        key_ids = await self._destroy_keys(tenant, contact_ids)
        await self._tell_contacts(tenant, erasure, contact_ids)
        for store in self._stores:
            await store.clear(tenant, contact_ids)
        event = ContactsDestroyed(
            contact_ids=tuple(contact_ids),
            key_ids=tuple(key_ids),
            left=await _counted(self._stores, tenant, contact_ids),
        )
        return await self.erasures.record(tenant, erasure, [event])

    async def _destroy_keys(
        self, tenant: TenantName, contact_ids: Sequence[ContactId]
    ) -> list[KeyId]:
        """Destroy both keys of each. From here on nothing of it can be read again."""
        gone: list[KeyId] = []
        for contact_id in contact_ids:
            for holder in holders_of(contact_id):
                key_id = await self._keys.destroy(tenant, holder)
                gone += [] if key_id is None else [key_id]
            await reach(FaultPoint.KEY_DESTROYED)
        return gone

    async def _tell_contacts(
        self, tenant: TenantName, erasure: Erasure, contact_ids: Sequence[ContactId]
    ) -> None:
        """Record in each contact's history that it was erased, so that every reader forgets."""
        for contact_id in contact_ids:
            await tell_erased(
                ContactRef(tenant, contact_id),
                erasure.erasure_id,
                journal=self._journal,
                now=self._now(),
            )
            await reach(FaultPoint.CONTACT_TOLD)

    async def _complete(self, tenant: TenantName, erasure: Erasure) -> Erasure:
        """Let every reader forget, and record that it is done.

        Not before the archive says which keys are gone: from there a restored log is told.
        """
        gone = erasure.destroyed
        if self._archived is not None:
            await self._archived.hold(tenant, erasure.erasure_id, gone)
        # Before the copies: what the database still has of a destroyed key goes with these.
        own_key_id = await self._keys.destroy(tenant, own_holder(erasure.erasure_id))
        found = await _counted(self._copies, tenant, gone)
        for store in (*self._readers, *self._copies):
            await store.clear(tenant, gone)
        event = ErasureCompleted(
            completed_at=self._now(),
            contacts=len(gone),
            found=found,
            left=await _counted((*self._copies, *self._readers), tenant, gone),
            own_key_id=own_key_id,
            is_archived=self._archived is not None,
        )
        completed = await self.erasures.record(tenant, erasure, [event])
        await reach(FaultPoint.ERASURE_COMPLETED)
        return completed

    async def _sign(self, tenant: TenantName, erasure: Erasure) -> Erasure:
        signer = await self._signers(tenant)
        epoch = await self.erasures.epoch(tenant)
        receipt = receipt_of(erasure, tenant=tenant, epoch=epoch, form=FORMAT)
        event = signed(receipt, sign=signer.sign, public_key=signer.public_key)
        made = await self.erasures.record(tenant, erasure, [event])
        await reach(FaultPoint.RECEIPT_SIGNED)
        return made

    async def _enforced(
        self,
        tenant: TenantName,
        erasure: Erasure,
        held: Mapping[ContactId, tuple[str, ...]],
        *,
        actor: str,
    ) -> None:
        await self._holds.enforced(
            tenant, what="erasure", attempt=erasure.erasure_id, held=held, actor=actor
        )


async def _counted(
    stores: Sequence[Store], tenant: TenantName, contact_ids: Sequence[ContactId]
) -> tuple[Counted, ...]:
    return tuple([one for store in stores for one in await store.count(tenant, contact_ids)])
