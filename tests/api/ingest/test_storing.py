"""What a source sends once is stored, though its stream was opened elsewhere meanwhile."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from antiphon.api.ingest import storing as storing_module
from antiphon.api.ingest.port import Inlet
from antiphon.api.ingest.storing import MOVED_MAX, Storing
from antiphon.commands.contact import StartContact
from antiphon.commands.handle import handle
from antiphon.errors import IngestRefused, StreamMoved
from antiphon.events.base import ContactId, ContactRef
from antiphon.events.contact import MediaStream
from antiphon.events.pushed import PUSHED_START, PUSHED_STREAM, PushedFrame
from antiphon.services.media.pushed import PushedAudio, PushedStream

from ...projections.world import TENANT
from .world import NOON, NOW, Cell

CONTACT = ContactRef(TENANT, ContactId("c-1"))
VOICE = bytes(range(250)) * 40  # 5,000 samples


def frame(sequence: int, first: int, count: int) -> PushedFrame:
    return PushedFrame(sequence, "from_customer", first, VOICE[2 * first : 2 * (first + count)])


async def opening(cell: Cell) -> Callable[[], Awaitable[PushedStream]]:
    """Start a contact whose audio is brought, and return what opens its stream."""
    media = MediaStream(
        stream_arn=PUSHED_STREAM, start_fragment_number=PUSHED_START, started_at=NOON
    )
    await handle(
        StartContact(contact_id=CONTACT.contact_id, instance_arn="capture", media=media),
        contact=CONTACT,
        journal=cell.journal,
        command_id="x",
        actor="machine",
        now=lambda: NOW,
    )
    intake = PushedAudio(journal=cell.journal, audio=cell.audio, now=lambda: NOW)
    return lambda: intake.open(CONTACT)


async def test_what_another_stored_meanwhile_is_left_out_to_the_sample(cell: Cell) -> None:
    open_stream = await opening(cell)
    storing = Storing(await open_stream(), now=lambda: NOW, reopen=open_stream)
    other = await open_stream()
    await other.store([frame(1, 0, 500), frame(2, 500, 500), frame(3, 1_000, 600)])

    storing.take(frame(1, 0, 1_500))
    storing.take(frame(2, 1_500, 1_500))
    async with asyncio.timeout(10):
        await storing.beside(storing.drained())

    assert await cell.heard() == {"from_customer": VOICE[: 2 * 3_000]}
    stored = [chunk async for chunk in cell.audio.read(CONTACT)]
    assert [block.fragment for one in stored for block in one.chunk.blocks] == ["1", "2", "3", "4"]


async def test_a_stream_that_was_closed_meanwhile_takes_nothing_more(cell: Cell) -> None:
    open_stream = await opening(cell)
    storing = Storing(await open_stream(), now=lambda: NOW, reopen=open_stream)
    other = await open_stream()
    await other.store([frame(1, 0, 1_600)])
    await other.close()

    storing.take(frame(1, 1_600, 1_600))
    async with asyncio.timeout(10):
        with pytest.raises(IngestRefused, match="stream_closed"):
            await storing.run()

    assert await cell.heard() == {"from_customer": VOICE[: 2 * 1_600]}


async def test_who_is_overtaken_again_and_again_gives_up(
    cell: Cell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storing_module, "REOPEN_AFTER_S", (0.0,) * 100)
    open_stream = await opening(cell)
    opened = 0

    async def open_and_be_overtaken() -> Inlet:
        nonlocal opened
        stream, other = await open_stream(), await open_stream()
        await other.store([frame(opened + 1, opened * 100, 100)])
        opened += 1
        return stream

    storing = Storing(
        await open_and_be_overtaken(),
        now=lambda: NOW,
        reopen=open_and_be_overtaken,
    )

    storing.take(frame(1, 0, 5_000))
    async with asyncio.timeout(10):
        with pytest.raises(StreamMoved):
            await storing.run()

    assert opened == 1 + MOVED_MAX
    assert await cell.heard() == {"from_customer": VOICE[: 2 * opened * 100]}
