"""Erasures that are carried out: holds, races, faults in between, and what older versions left."""

import asyncio
from collections.abc import AsyncIterator, Collection

import pytest
import pytest_asyncio
from antiphon.commands.eraser import AT_ONCE, Eraser
from antiphon.commands.erasure import Erasure, RequestErasure, proof_sha256
from antiphon.commands.erasure_ports import Signer
from antiphon.commands.erasures import Erasures
from antiphon.errors import (
    ArchiveBehind,
    ErasureClosed,
    ErasureUnfinished,
    KeyDestroyed,
    StoreUnavailable,
)
from antiphon.events.base import START, ContactId, ContactRef, EventId, TenantName
from antiphon.events.contact import ContactErased
from antiphon.events.erasure import KIND, DestructionBegun, ErasureApproved
from antiphon.events.journal import Journal
from antiphon.events.register import Register
from antiphon.events.sealed import Sealed
from antiphon.infra.archive_key import Ed25519Signer
from antiphon.infra.memory_keys import MemoryKeys
from antiphon.infra.memory_log import MemoryLog
from msgspec.structs import replace

from ..builders import SAMPLES, at, contact_started, draft, utterance_finalized
from ..erasing import Shelf, Word
from ..register_builders import erasure_completed, erasure_requested

TENANT = TenantName("demo")
CONTACTS = AT_ONCE + 3


class Behind:
    """An archive that is behind so often. See `ArchivedErasures`."""

    def __init__(self, times: int) -> None:
        self.times = times
        self.asked: list[tuple[str, frozenset[ContactId]]] = []

    async def hold(
        self, tenant: TenantName, erasure_id: str, contact_ids: Collection[ContactId]
    ) -> None:
        del tenant
        self.asked.append((erasure_id, frozenset(contact_ids)))
        if len(self.asked) <= self.times:
            raise ArchiveBehind(erasure_id)


class Scene:
    """A person with some contacts, and an eraser over memory."""

    def __init__(self, archived: Behind | None = None) -> None:
        self.log, self.keys, self.word = MemoryLog(), MemoryKeys(), Word()
        self.journal, self.register = Journal(self.log, self.keys), Register(self.log, self.keys)
        self.ids = tuple(ContactId(f"c-{n:02}") for n in range(CONTACTS))
        self.shelf, self.readers = Shelf(*self.ids), Shelf()
        self.erasures = Erasures(self.register, now=lambda: at(10))

        async def signer(_: TenantName) -> Signer:
            return Ed25519Signer(bytes(32))

        self.eraser = Eraser(
            journal=self.journal,
            erasures=self.erasures,
            keys=self.keys,
            now=lambda: at(10),
            signers=signer,
            holds=self.word,
            stores=(self.shelf,),
            readers=(self.readers,),
            archived=archived,
        )

    async def begin(self) -> "Scene":
        for stream in ("EV_DEMO", "CF_DEMO"):
            await self.log.create(stream)
        for one in self.ids:
            await self.call(one)
        return self

    async def call(self, contact_id: ContactId) -> None:
        contact = ContactRef(TENANT, contact_id)
        for event in (contact_started(), utterance_finalized()):
            end = await self.journal.lane_end(contact, event.LANE)
            await self.journal.append(contact, [draft(event)], expected=end)
        await self.keys.obtain(TENANT, f"original/{contact_id}")

    async def asked(self) -> Erasure:
        command = RequestErasure(
            erasure_id="er-1",
            by_endpoint=self.ids,
            reason=Sealed("asked for it"),
            identity_proof=Sealed("ticket 4711"),
        )
        return await self.eraser.request(TENANT, command, actor="person:ann")

    async def approved(self, asked: Erasure, *, by: str = "person:bob") -> Erasure:
        return await self.eraser.approve(
            TENANT, asked, contact_ids=self.ids, partial=False, actor=by
        )

    async def erased(self) -> Erasure:
        return await self.eraser.finish(TENANT, await self.approved(await self.asked()))

    async def readable(self) -> set[ContactId]:
        """Return the contacts of which a key is left."""
        found: set[ContactId] = set()
        for one in self.ids:
            for holder in (f"contact/{one}", f"original/{one}"):
                try:
                    await self.keys.obtain(TENANT, holder)
                except KeyDestroyed:
                    continue
                found.add(one)
        return found

    async def steps(self) -> list[str]:
        facts = self.register.read(TENANT, kind=KIND)
        return [fact.event.TYPE async for fact in facts]


@pytest_asyncio.fixture
async def scene() -> AsyncIterator[Scene]:
    yield await Scene().begin()


async def test_both_keys_of_each_contact_go_and_every_history_says_so_once(scene: Scene) -> None:
    done = await scene.erased()
    again = await scene.eraser.finish(TENANT, done)

    assert again == done
    assert await scene.readable() == set()
    assert len(done.key_ids) == len(set(done.key_ids)) == 2 * CONTACTS
    assert scene.shelf.kept == set()
    for one in scene.ids:
        facts = [fact.event async for fact in scene.journal.read(ContactRef(TENANT, one))]
        assert sum(isinstance(event, ContactErased) for event in facts) == 1
    two_rounds = ["destruction_begun", "contacts_destroyed"] * 2
    assert await scene.steps() == [
        "erasure_requested", "erasure_approved", *two_rounds, "erasure_completed", "receipt_signed",
    ]  # fmt: skip


async def test_nothing_is_done_before_somebody_approves(scene: Scene) -> None:
    asked = await scene.asked()

    assert await scene.eraser.finish(TENANT, asked) == asked
    assert await scene.readable() == set(scene.ids)
    with pytest.raises(ErasureUnfinished):
        await scene.erasures.receipt(TENANT, "er-1")


async def test_facts_that_come_after_it_cannot_be_sealed(scene: Scene) -> None:
    await scene.erased()
    contact = ContactRef(TENANT, scene.ids[0])
    original = next(one() for one in SAMPLES if one().TYPE == "utterance_original")

    for event in (utterance_finalized(), original):
        end = await scene.journal.lane_end(contact, event.LANE)
        with pytest.raises(KeyDestroyed):
            await scene.journal.append(contact, [draft(event)], expected=end)


@pytest.mark.parametrize(
    ("asked", "held"),
    [
        pytest.param(1, 2, id="right after the approval"),
        pytest.param(2, 2, id="between the question and the fact"),
        pytest.param(3, CONTACTS - 1, id="when the first contacts went"),
    ],
)
async def test_a_hold_that_is_placed_before_a_contacts_keys_went_wins(
    scene: Scene, asked: int, held: int
) -> None:
    late = scene.ids[held]
    scene.word.placed_after = {asked: late}

    done = await scene.erased()
    receipt = (await scene.erasures.receipt(TENANT, "er-1")).receipt

    assert await scene.readable() == {late}
    assert scene.shelf.kept == {late}
    assert set(done.destroyed) == set(scene.ids) - {late}
    assert [(one.contact_id, one.hold_ids) for one in receipt.contacts_kept] == [
        (late, ("h-late",))
    ]
    assert scene.word.told == [("erasure", "service:erasure", {late})]


async def test_two_who_approve_at_once_are_one_approval(scene: Scene) -> None:
    asked = await scene.asked()

    made = await asyncio.gather(
        scene.approved(asked, by="person:bob"), scene.approved(asked, by="person:cleo")
    )

    assert made[0].approved_by == made[1].approved_by
    assert (await scene.steps()).count("erasure_approved") == 1


async def test_of_two_who_decide_otherwise_at_once_one_is_told_that_it_is_decided(
    scene: Scene,
) -> None:
    asked = await scene.asked()

    made = await asyncio.gather(
        scene.approved(asked),
        scene.erasures.refuse(TENANT, asked, reason=Sealed("no"), actor="person:cleo"),
        return_exceptions=True,
    )

    assert sum(isinstance(one, ErasureClosed) for one in made) == 1
    assert sum(isinstance(one, Erasure) for one in made) == 1
    assert len(await scene.steps()) == 2


async def test_two_who_carry_it_out_at_once_do_it_once(scene: Scene) -> None:
    approved = await scene.approved(await scene.asked())

    one, other = await asyncio.gather(
        scene.eraser.finish(TENANT, approved), scene.eraser.finish(TENANT, approved)
    )

    assert one == other
    assert len(await scene.steps()) == 8


@pytest.mark.parametrize("cleared", [False, True], ids=["before", "after it was cleared"])
async def test_what_a_store_lost_is_on_the_receipt_though_it_failed(
    scene: Scene, *, cleared: bool
) -> None:
    scene.shelf.away, scene.shelf.fails_after_clearing = 1, cleared
    approved = await scene.approved(await scene.asked())

    with pytest.raises(StoreUnavailable):
        await scene.eraser.finish(TENANT, approved)
    await scene.eraser.finish(TENANT, await scene.erasures.known(TENANT, "er-1"))
    receipt = (await scene.erasures.receipt(TENANT, "er-1")).receipt

    gone = {one.what: one.number for one in receipt.destroyed if one.store == "objects"}
    assert gone == {"recordings": CONTACTS}


async def test_it_is_not_completed_while_a_reader_does_not_know(scene: Scene) -> None:
    scene.readers.away = 1
    approved = await scene.approved(await scene.asked())

    with pytest.raises(StoreUnavailable):
        await scene.eraser.finish(TENANT, approved)

    behind = await scene.erasures.known(TENANT, "er-1")
    assert (behind.state(at(10)), len(behind.destroyed)) == ("approved", CONTACTS)
    assert not (await scene.eraser.finish(TENANT, behind)).is_open


async def test_it_is_not_completed_before_the_archive_says_that_the_keys_are_gone() -> None:
    archived = Behind(times=1)
    scene = await Scene(archived).begin()
    approved = await scene.approved(await scene.asked())

    with pytest.raises(ArchiveBehind):
        await scene.eraser.finish(TENANT, approved)

    behind = await scene.erasures.known(TENANT, "er-1")
    assert behind.state(at(10)) == "approved"
    assert await scene.readable() == set(), "the keys are gone all the same"
    with pytest.raises(ErasureUnfinished):
        await scene.erasures.receipt(TENANT, "er-1")
    done = await scene.eraser.finish(TENANT, behind)
    assert (done.is_open, done.is_archived) == (False, True)
    assert archived.asked == [("er-1", frozenset(scene.ids))] * 2


async def test_why_it_was_asked_for_cannot_be_read_once_it_is_done(scene: Scene) -> None:
    asked = await scene.asked()
    assert asked.reason.reveal() == "asked for it"

    done = await scene.erased()

    proof = done.identity_proof
    assert proof is not None
    assert (done.reason.reveal_or(None), proof.reveal_or(None)) == (None, None)
    receipt = (await scene.erasures.receipt(TENANT, "er-1")).receipt
    assert done.own_key_id in receipt.key_ids_destroyed
    assert receipt.identity_proof_sha256 == proof_sha256("er-1", "ticket 4711")


async def test_what_a_restore_brought_back_to_a_store_is_swept(scene: Scene) -> None:
    await scene.erased()
    stranger = ContactId("c-99")
    scene.shelf.kept = {scene.ids[0], scene.ids[-1], stranger}

    swept = [one async for one in scene.eraser.sweep(TENANT)]

    assert sum(one.number for one in swept) == 2
    assert scene.shelf.kept == {stranger}


@pytest.mark.parametrize("completed", [False, True])
async def test_what_older_versions_recorded_is_finished_and_signed(
    scene: Scene, *, completed: bool
) -> None:
    old = erasure_requested(
        contact_ids=scene.ids, identity_proof=None, identity_proof_sha256="", expires_at=None
    )
    facts = [old, *([erasure_completed(found=(), left=())] if completed else [])]
    drafts = [replace(draft(one), id=EventId(f"old-{n}")) for n, one in enumerate(facts)]
    await scene.register.append(TENANT, id="er-0", drafts=drafts, expected=START)

    done = await scene.eraser.finish(TENANT, await scene.erasures.known(TENANT, "er-0"))
    receipt = (await scene.erasures.receipt(TENANT, "er-0")).receipt

    assert not done.is_open
    assert receipt.contacts_destroyed == scene.ids
    assert (receipt.requested_by, receipt.identity_proof_sha256) == (receipt.approved_by, "")
    assert await scene.readable() == (set(scene.ids) if completed else set())


async def test_what_was_begun_is_not_asked_about_again(scene: Scene) -> None:
    approved = await scene.approved(await scene.asked())
    begun = DestructionBegun(contact_ids=scene.ids[:2], found=())
    under_way = await scene.erasures.record(TENANT, approved, [begun])
    scene.word.holds = dict.fromkeys(scene.ids, ("h-1",))

    done = await scene.eraser.finish(TENANT, under_way)

    assert done.destroyed == scene.ids[:2]
    assert await scene.readable() == set(scene.ids[2:])


async def test_an_approval_names_who_is_free_then(scene: Scene) -> None:
    approved = await scene.approved(await scene.asked())

    facts = [fact.event async for fact in scene.register.read(TENANT, kind=KIND)]
    assert facts[1] == ErasureApproved(contact_ids=scene.ids)
    assert approved.approved_by == "person:bob"
