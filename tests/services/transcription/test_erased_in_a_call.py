"""A person who is erased while they speak is heard no further, neither live nor for good."""

import asyncio

import pytest
from antiphon.errors import KeyDestroyed
from antiphon.events.base import Recorded
from antiphon.events.keys import holders_of
from antiphon.services.inbox import ContactInbox
from antiphon.services.transcription.service import Transcription

from ...builders import CONTACT, contact_erased, contact_started, draft, utterance_finalized
from .scripted import ScriptedRecognizer, speech
from .stage import PATIENT, WAIT_S, Stage, listening_live


class Reacting(Stage):
    """Hands over the inbox that the reactor has, and what it is told."""

    handed: ContactInbox

    async def inbox(self) -> ContactInbox:  # pyright: ignore[reportIncompatibleMethodOverride] (the real one)
        history = [one async for one in self.journal.read(CONTACT, lanes=Transcription.lanes)]
        self.handed = ContactInbox(CONTACT, self.journal, Transcription.lanes)
        await self.handed.open(reach=history[-1].position)
        return self.handed

    async def erased(self) -> None:
        for holder in holders_of(CONTACT.contact_id):
            await self.keys.destroy(CONTACT.tenant, holder)
        await self.tell(contact_erased())
        facts: list[Recorded] = [one async for one in self.journal.read(CONTACT, lanes=("life",))]
        self.handed.put(facts[-1])


async def test_who_is_erased_in_mid_call_is_heard_no_further() -> None:
    stage = Reacting()
    await stage.created()
    await stage.tell(contact_started())
    await stage.opened()

    async with listening_live(stage) as partials:
        caring = asyncio.create_task(stage.care(ScriptedRecognizer(), limits=PATIENT))
        await stage.play({"from_customer": speech(1_000, at_100=(1, 2, 3))})
        async with asyncio.timeout(WAIT_S):
            await partials.some()
        await stage.erased()
        with pytest.raises(KeyDestroyed):
            await caring
        shown = len(partials)

        with pytest.raises(KeyDestroyed):
            await stage.play({"from_customer": speech(1_000, at_100=(4, 5))}, from_ms=1_000)
        end = await stage.journal.lane_end(CONTACT, "speech")
        with pytest.raises(KeyDestroyed):
            await stage.journal.append(CONTACT, [draft(utterance_finalized())], expected=end)

    assert len(partials) == shown
