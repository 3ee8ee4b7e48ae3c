"""Of two streams of one contact the newer is heard, and nothing is taken for another stream."""

import asyncio
from collections.abc import Sequence
from typing import get_args

import pytest
from antiphon.api.ingest.port import Inlet
from antiphon.api.ingest.storing import Storing
from antiphon.api.twilio.hold import Hold
from antiphon.errors import IngestRefused
from antiphon.events.audio import AudioLog
from antiphon.events.journal import Journal
from antiphon.events.log_in_front import LogInFront
from antiphon.events.pushed import PUSHED_STREAM, PushedFrame
from antiphon.infra.memory_log import MemoryLog
from antiphon.services.media.pushed import PushedAudio
from msgspec.structs import replace

from ...services.media.bytes_by_hand import ZERO_MS
from ...services.media.failing_log import FailingLog, When
from ...services.media.scene import CONTACT, Scene, at, media, scene
from .vendor import CHUNK


class Brought:
    """A contact of a scene whose sounds are stored as a stream's are."""

    def __init__(self, to: Scene, log: LogInFront | MemoryLog) -> None:
        audio, journal = AudioLog(log, to.keys), Journal(log, to.keys)
        self.intake = PushedAudio(journal=journal, audio=audio, now=lambda: at(ZERO_MS))
        self.hold = Hold()

    async def opened(self) -> Inlet:
        return self.hold.on(await self.intake.open(CONTACT))

    async def storing(self) -> Storing:
        return Storing(
            await self.opened(), now=lambda: at(ZERO_MS), stored=unheard_of, reopen=self.opened
        )


async def unheard_of(_: int) -> None:
    """Tell nobody."""


def sounds(count: int, *, after: int = 0) -> list[PushedFrame]:
    return [
        PushedFrame(nth + 1, "from_customer", (after + nth) * CHUNK, bytes([nth + 1]) * 2 * CHUNK)
        for nth in range(count)
    ]


async def take(storing: Storing, frames: Sequence[PushedFrame]) -> None:
    """Take them three at a time, each when those before are stored."""

    async def hear() -> None:
        for start in range(0, len(frames), 3):
            for frame in frames[start : start + 3]:
                storing.take(frame)
            await storing.drained()

    async with asyncio.timeout(10):
        await storing.beside(hear())


@pytest.mark.parametrize("when", get_args(When))
@pytest.mark.parametrize("fail_at", range(1, 5))
async def test_an_append_without_an_answer_is_not_taken_for_another_stream(
    fail_at: int, when: When
) -> None:
    async with scene() as set_up:
        await set_up.start(media(arn=PUSHED_STREAM))
        brought = Brought(set_up, FailingLog(set_up.log, fail_at=fail_at, stored=when))

        await take(await brought.storing(), sounds(9))

        expected = b"".join(frame.samples for frame in sounds(9))
        assert (await set_up.heard())["from_customer"] == expected
        await (await brought.opened()).close()
        await set_up.assert_facts_agree()


async def test_who_has_stored_and_finds_another_gives_way() -> None:
    async with scene() as set_up:
        await set_up.start(media(arn=PUSHED_STREAM))
        older = await Brought(set_up, set_up.log).storing()
        await take(older, sounds(3))
        await take(await Brought(set_up, set_up.log).storing(), renumbered(sounds(3, after=3), 3))

        with pytest.raises(IngestRefused, match="superseded"):
            await take(older, sounds(6)[3:])

        expected = b"".join(frame.samples for frame in sounds(3) + sounds(3))
        assert (await set_up.heard())["from_customer"] == expected


async def test_who_has_stored_nothing_yet_goes_on_behind_what_another_stored() -> None:
    async with scene() as set_up:
        await set_up.start(media(arn=PUSHED_STREAM))
        older, newer = Brought(set_up, set_up.log), Brought(set_up, set_up.log)
        before, behind = await older.storing(), await newer.storing()
        await take(before, sounds(3))

        await take(behind, sounds(6))

        assert newer.hold.has_stored
        expected = b"".join(frame.samples for frame in sounds(6))
        assert (await set_up.heard())["from_customer"] == expected


def renumbered(frames: Sequence[PushedFrame], after: int) -> list[PushedFrame]:
    return [replace(frame, sequence=after + nth + 1) for nth, frame in enumerate(frames)]
