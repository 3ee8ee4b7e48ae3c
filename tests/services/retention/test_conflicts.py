"""Holds, expiry, erasure and policy at one contact: the real ones, in every order that matters."""

from datetime import timedelta
from pathlib import Path

import pytest
from antiphon.commands.eraser import Eraser
from antiphon.commands.erasure import Erasure, RequestErasure
from antiphon.commands.erasure_ports import Signer
from antiphon.commands.erasures import Erasures
from antiphon.commands.hold import PlaceHold
from antiphon.errors import StreamMoved, UnderHold
from antiphon.events.base import TenantName
from antiphon.events.contact import ContactErased
from antiphon.events.hold import KIND, HoldEnforced
from antiphon.events.retention import DataDeleted, Stay
from antiphon.events.sealed import Sealed
from antiphon.infra.archive_key import Ed25519Signer

from ...builders import CONTACT
from .stage import ENDED_AT, EVERYTHING, SPOKEN, TENANT, Stage


class Both(Stage):
    """A stage on which persons are erased as well."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)

        async def signer(_: TenantName) -> Signer:
            return Ed25519Signer(bytes(32))

        self.eraser = Eraser(
            journal=self.journal,
            erasures=Erasures(self.register, now=lambda: self.clock),
            keys=self.keys,
            now=lambda: self.clock,
            signers=signer,
            holds=self.holds,
        )

    async def erase(self, erasure_id: str = "er-1") -> Erasure:
        ids = (CONTACT.contact_id,)
        command = RequestErasure(
            erasure_id=erasure_id,
            by_endpoint=ids,
            reason=Sealed("asked for it"),
            identity_proof=Sealed("ticket 4711"),
        )
        asked = await self.eraser.request(TENANT, command, actor="person:ann")
        agreed = await self.eraser.approve(
            TENANT, asked, contact_ids=ids, partial=False, actor="person:bob"
        )
        return await self.eraser.finish(TENANT, agreed)

    async def hold_person(self) -> None:
        person = PlaceHold(reason=Sealed("why"), customer_endpoint=Sealed("+49 30 901820"))
        await self.holds.place(TENANT, person, hold_id="h-1", actor="person:o")

    async def stopped(self) -> list[HoldEnforced]:
        facts = self.register.read(TENANT, kind=KIND)
        return [one.event async for one in facts if isinstance(one.event, HoldEnforced)]

    async def times_erased(self) -> int:
        life = [one.event async for one in self.journal.read(CONTACT, lanes=("life",))]
        return sum(isinstance(one, ContactErased) for one in life)


@pytest.fixture
async def stage(tmp_path: Path) -> Both:
    stage = Both(tmp_path / "objects")
    await stage.created()
    return stage


async def test_a_held_person_is_neither_erased_nor_expired_by_any_policy_until_released(
    stage: Both,
) -> None:
    await stage.hold_person()
    await stage.publish(
        **dict.fromkeys(("original", "audio", "transcript"), Stay(delete_after_days=0))
    )

    with pytest.raises(UnderHold) as refused:
        await stage.erase()
    await stage.look(days=500)

    assert refused.value.hold_ids == ("h-1",)
    assert await stage.left() == EVERYTHING
    assert await stage.words() == [SPOKEN]
    assert [(one.what, one.attempt, one.contacts) for one in await stage.stopped()] == [
        ("erasure", "er-1", 1)
    ]

    await stage.release()
    await stage.erase("er-2")  # nobody may decide about the first any more

    assert await stage.words() == [None]
    assert (await stage.look()).deleted == ()
    assert [one for one in await stage.told() if isinstance(one, DataDeleted)] == []


async def test_whose_transcript_expired_is_erased_all_the_same_and_told_of_once(
    stage: Both,
) -> None:
    await stage.look(days=365)

    done = await stage.erase()

    assert done.completed_at is not None
    assert await stage.times_erased() == 1
    assert await stage.left() == set()


async def test_whose_original_expired_is_held_in_what_is_left_and_then_erased(
    stage: Both,
) -> None:
    await stage.look(days=90)
    await stage.hold_person()

    with pytest.raises(UnderHold):
        await stage.erase()
    await stage.look(days=400)
    assert await stage.left() == {"contact", "replies"}

    await stage.release()
    await stage.erase("er-2")  # nobody may decide about the first any more

    assert await stage.words() == [None]


async def test_who_is_erased_while_retention_is_under_way_is_gone_and_told_of_once(
    stage: Both,
) -> None:
    stage.clock = ENDED_AT + timedelta(days=365)

    async def erased_meanwhile() -> None:
        stage.before_holds = None
        await stage.erase()

    stage.before_holds = erased_meanwhile
    await stage.another_process().look(CONTACT)

    assert await stage.times_erased() == 1
    assert await stage.left() == set()
    assert await stage.words() == [None]


async def test_originals_that_another_policy_destroyed_leave_the_last_question_to_be_asked(
    stage: Both,
) -> None:
    redaction = stage.expirer(actor="service:redaction")
    proposed = await redaction.propose(CONTACT, ("original",), policy_version="1")
    await redaction.decide(CONTACT, proposed, {"original"}, version="1")
    await redaction.destroy(CONTACT, {"original"})
    asked = 0

    async def second_time() -> None:
        nonlocal asked
        asked += 1
        if asked == 2:
            await stage.hold()

    stage.before_holds = second_time
    looked = await stage.look(days=90)

    assert looked.kept_back == ("audio", "original")
    assert await stage.left() == EVERYTHING - {"original"}


async def test_of_two_who_decide_at_once_one_is_told_that_the_other_did(stage: Both) -> None:
    redaction, retention = stage.expirer(actor="service:redaction"), stage.expirer()
    proposed = await redaction.propose(CONTACT, ("original",), policy_version="1")
    assert await retention.find(CONTACT) == proposed

    await redaction.decide(CONTACT, proposed, {"original"}, version="1")
    with pytest.raises(StreamMoved):
        await retention.decide(CONTACT, proposed, {"original", "contact"}, version="default")

    decided = await retention.find(CONTACT)
    assert decided.decided_by == {"original": "service:redaction"}
