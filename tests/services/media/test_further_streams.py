"""A contact may offer one stream after the other: all are heard, on one clock."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import pytest
from antiphon.events.base import START, Position
from antiphon.events.contact import MediaStream
from antiphon.events.journal import Journal
from antiphon.events.log import Entry
from antiphon.events.media import AudioGap, AudioStreamClosed, AudioStreamOpened
from antiphon.infra.memory_log import MemoryLog
from antiphon.services.inbox import ContactInbox

from .bytes_by_hand import ZERO_MS
from .failing_log import FailingLog
from .kvs import STREAM_ARN
from .scene import (
    CONTACT,
    Scene,
    at,
    call_of,
    care,
    media,
    scene,
    stored,
    voices,
)

LENGTH = 6
SECOND_ARN = STREAM_ARN.replace("contact-1", "contact-2")


async def test_a_further_stream_goes_on_on_the_same_clock() -> None:
    first, second = voices(22, 3), voices(23, 3)
    async with scene() as set_up, asyncio.timeout(15), asyncio.TaskGroup() as tasks:
        set_up.kvs.fragments = call_of(first)
        await set_up.start()
        caring = tasks.create_task(set_up.care())
        await stored(set_up, fragments=3)
        set_up.kvs.others[SECOND_ARN] = call_of(second, first=5, uid=b"\x55" * 16)

        await set_up.offer(media(arn=SECOND_ARN, started_ms=ZERO_MS + 5 * 1_024))
        await stored(set_up, fragments=6)
        await set_up.end(ZERO_MS + 8 * 1_024)
        await caring

        closed = await set_up.facts(AudioStreamClosed)
        assert [(one.stream, one.reason, one.ended_ms) for one in closed] == [
            (1, "superseded", 3 * 1_024),
            (2, "contact_ended", 8 * 1_024),
        ]
        opened = await set_up.facts(AudioStreamOpened)
        assert {one.clock_zero_at for one in opened} == {at(ZERO_MS)}
        assert {(gap.from_ms, gap.until_ms) for gap in await set_up.facts(AudioGap)} == {
            (3 * 1_024, 5 * 1_024)
        }
        await set_up.assert_heard([a + b for a, b in zip(first, second, strict=True)])


async def test_a_stream_offered_again_goes_on_where_it_was() -> None:
    spoken = voices(24, LENGTH)
    async with scene() as set_up:
        set_up.kvs.fragments = call_of(spoken)
        await set_up.start()
        await set_up.offer(media(started_ms=ZERO_MS + 3 * 1_024))
        await set_up.end(ZERO_MS + LENGTH * 1_024)

        await care(set_up)

        await set_up.assert_heard(spoken)
        assert [one.reason for one in await set_up.facts(AudioStreamClosed)] == [
            "superseded",
            "never_opened",
        ]
        assert await set_up.facts(AudioGap) == []


@pytest.mark.parametrize("turns", range(16))
async def test_a_stream_offered_as_the_last_one_closes_is_heard_too(turns: int) -> None:
    first, second = voices(25, 2), voices(26, 2)
    foreign = {"contact_id": "foreign", "uid": b"\x22" * 16}
    async with scene() as set_up, asyncio.timeout(15):
        set_up.kvs.fragments = [*call_of(first), *call_of(first, first=2, **foreign)]
        set_up.kvs.others[SECOND_ARN] = [
            *call_of(second, first=2, uid=b"\x55" * 16),
            *call_of(second, first=4, **foreign),
        ]
        await set_up.start()

        await _care_as_the_reactor_does(
            set_up, media(arn=SECOND_ARN, started_ms=ZERO_MS + 2 * 1_024), turns_after_close=turns
        )

        closed = await set_up.facts(AudioStreamClosed)
        assert [(one.stream, one.reason) for one in closed] == [
            (1, "stream_reused"),
            (2, "stream_reused"),
        ]
        await set_up.assert_heard([a + b for a, b in zip(first, second, strict=True)])


async def _care_as_the_reactor_does(
    set_up: Scene, offered: MediaStream, *, turns_after_close: int
) -> None:
    """Tell of an offer so many turns of the event loop after the first stream's close is stored.

    A fact left in the inbox wakes the service again; one it took does not.
    """

    async def tell() -> None:
        for _ in range(turns_after_close):
            await asyncio.sleep(0)
        inbox.put(offer)

    log = _Telling(set_up.log, of=b'"audio_stream_closed"', then=tell)
    service = set_up.service(journal=Journal(log, set_up.keys))
    inbox = ContactInbox(CONTACT, set_up.journal, service.lanes)
    await inbox.open(reach=START)
    await set_up.offer(offered)
    *_, offer = [one async for one in set_up.journal.read(CONTACT, lanes=("life",))]

    await service.care(CONTACT, inbox)
    assert log.told is not None
    await log.told
    if inbox.untaken(but_by=f"service:{service.name}"):
        await set_up.care(service=service)


class _Telling(FailingLog):
    """Fails nothing; starts `then` when the first entry that holds `of` was stored."""

    def __init__(
        self, log: MemoryLog, *, of: bytes, then: Callable[[], Coroutine[Any, Any, None]]
    ) -> None:
        super().__init__(log)
        self._of = of
        self._then = then
        self.told: asyncio.Task[None] | None = None

    async def append(
        self, stream: str, subject: str, entries: Sequence[Entry], *, expected: Position | None
    ) -> Position:
        position = await super().append(stream, subject, entries, expected=expected)
        if self.told is None and any(self._of in entry.payload for entry in entries):
            self.told = asyncio.create_task(self._then())
        return position
