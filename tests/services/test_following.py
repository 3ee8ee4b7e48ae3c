"""A contact's audio is followed while it comes, no further ahead than is bounded, to its end."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest
import pytest_asyncio
from antiphon.errors import LogUnavailable
from antiphon.events.audio import AudioBlock, AudioChunk, AudioLog, StoredChunk
from antiphon.events.base import START, Position
from antiphon.events.log import Stored
from antiphon.events.log_in_front import LogInFront
from antiphon.events.subjects import audio_stream
from antiphon.infra.memory_keys import MemoryKeys
from antiphon.infra.memory_log import MemoryLog
from antiphon.services.following import audio_until

from ..builders import CONTACT

WITHIN_S = 10.0
QUIET_S = 0.01
MANY = 300


class Call:
    """A contact's audio, as far as it was spoken."""

    def __init__(self, audio: AudioLog) -> None:
        self.audio = audio
        self.end = START
        self.spoken = 0
        self.over = asyncio.Event()

    async def speak(self, chunks: int, *, through: AudioLog | None = None) -> None:
        """`through`: another process's, where it is not ours."""
        for _ in range(chunks):
            block = AudioBlock(
                track="from_customer",
                fragment="1",
                ordinal=self.spoken,
                first_sample=self.spoken * 512,
                samples=bytes(1_024),
            )
            chunk = AudioChunk(stream=1, resume_after=None, blocks=(block,))
            self.end = await (through or self.audio).append(
                CONTACT, chunk, id=f"{self.spoken}", expected=self.end
            )
            self.spoken += 1

    def heard(self, after: Position = START) -> AsyncGenerator[StoredChunk]:
        async def over() -> None:
            await self.over.wait()

        return audio_until(over, self.audio, CONTACT, after=after)


class Counting(LogInFront):
    """Counts what was read of it, and may fail."""

    read_ahead = 0
    fails_after: int | None = None

    async def follow(self, *args: object, **options: object) -> AsyncGenerator[list[Stored]]:
        following = self._log.follow(*args, **options)  # pyright: ignore[reportArgumentType]
        async with aclosing(following):
            async for batch in following:
                for stored in batch:
                    if self.read_ahead == self.fails_after:
                        raise LogUnavailable("the test said so")
                    self.read_ahead += 1
                    yield [stored]


@pytest_asyncio.fixture
async def log() -> Counting:
    kept = MemoryLog()
    await kept.create(audio_stream(CONTACT.tenant))
    return Counting(kept)


@pytest.fixture
def keys() -> MemoryKeys:
    return MemoryKeys()


@pytest.fixture
def call(log: Counting, keys: MemoryKeys) -> Call:
    return Call(AudioLog(log, keys, quiet_s=QUIET_S))


@pytest.fixture
def other(log: Counting, keys: MemoryKeys) -> AudioLog:
    """Another process's."""
    return AudioLog(log, keys)


async def ordinals(chunks: AsyncGenerator[StoredChunk]) -> list[int]:
    async with aclosing(chunks):
        return [one.chunk.blocks[0].ordinal async for one in chunks]


async def test_all_that_was_spoken_is_heard_once_and_in_order(call: Call) -> None:
    await call.speak(5)
    hearing = asyncio.create_task(ordinals(call.heard()))
    await call.speak(MANY)
    call.over.set()
    async with asyncio.timeout(WITHIN_S):
        heard = await hearing

    assert heard == list(range(MANY + 5))


async def test_what_this_process_stores_does_not_come_back_from_the_log(
    call: Call, log: Counting
) -> None:
    await call.speak(1)
    chunks = call.heard()
    async with asyncio.timeout(WITHIN_S), aclosing(chunks):
        heard = [await anext(chunks)]
        for _ in range(MANY):
            await call.speak(1)
            heard.append(await anext(chunks))

    assert [one.chunk.blocks[0].ordinal for one in heard] == list(range(MANY + 1))
    assert log.read_ahead < 10


async def test_its_end_is_noticed_while_it_is_told_here(call: Call) -> None:
    await call.speak(1)
    chunks = call.heard()
    async with asyncio.timeout(WITHIN_S), aclosing(chunks):
        await anext(chunks)
        await call.speak(1)
        await anext(chunks)
        await call.speak(1)
        call.over.set()

        rest = [one.chunk.blocks[0].ordinal async for one in chunks]

    assert rest == [2]


@pytest.mark.parametrize("ours", [1, 5])
async def test_what_another_process_stores_meanwhile_is_heard_in_its_place(
    call: Call, other: AudioLog, ours: int
) -> None:
    hearing = asyncio.create_task(ordinals(call.heard()))
    for _ in range(10):
        await call.speak(ours)
        await call.speak(2, through=other)
    call.over.set()
    async with asyncio.timeout(WITHIN_S):
        heard = await hearing

    assert heard == list(range(10 * (ours + 2)))


async def test_another_process_takes_over_and_is_heard(call: Call, other: AudioLog) -> None:
    chunks = call.heard()
    async with asyncio.timeout(WITHIN_S), aclosing(chunks):
        for _ in range(5):
            await call.speak(1)
            await anext(chunks)
        await call.speak(3, through=other)

        taken_over = [(await anext(chunks)).chunk.blocks[0].ordinal for _ in range(3)]

    assert taken_over == [5, 6, 7]


async def test_whoever_stops_taking_reads_what_was_told_meanwhile_from_the_log(
    call: Call,
) -> None:
    await call.speak(1)
    chunks = call.heard()
    async with asyncio.timeout(WITHIN_S), aclosing(chunks):
        await anext(chunks)
        await call.speak(1)
        await anext(chunks)
        await call.speak(MANY)

        heard = [(await anext(chunks)).chunk.blocks[0].ordinal for _ in range(MANY)]

    assert heard == list(range(2, MANY + 2))


async def test_its_end_is_noticed_while_nothing_is_spoken(call: Call) -> None:
    await call.speak(1)
    chunks = call.heard()
    async with asyncio.timeout(WITHIN_S), aclosing(chunks):
        await anext(chunks)
        coming = asyncio.ensure_future(anext(chunks, None))
        for _ in range(20):
            await asyncio.sleep(0)
        waited = not coming.done()

        call.over.set()

        assert await coming is None
    assert waited


async def test_what_is_not_taken_is_not_read_far_ahead(call: Call, log: Counting) -> None:
    await call.speak(MANY)
    chunks = call.heard()
    async with asyncio.timeout(WITHIN_S), aclosing(chunks):
        await anext(chunks)
        for _ in range(MANY * 10):
            await asyncio.sleep(0)
        read_ahead = log.read_ahead
        call.over.set()
        rest = [one async for one in chunks]

    assert 1 < read_ahead < 100
    assert len(rest) == MANY - 1


async def test_a_log_that_fails_is_told_after_what_it_gave(call: Call, log: Counting) -> None:
    await call.speak(10)
    log.fails_after = 7
    chunks = call.heard()

    async with asyncio.timeout(WITHIN_S), aclosing(chunks):
        heard = [(await anext(chunks)).chunk.blocks[0].ordinal for _ in range(7)]
        with pytest.raises(LogUnavailable):
            await anext(chunks)

    assert heard == list(range(7))


async def test_who_stops_listening_leaves_no_task_behind(call: Call) -> None:
    await call.speak(3)
    before = asyncio.all_tasks()

    async with asyncio.timeout(WITHIN_S), aclosing(call.heard()) as chunks:
        await anext(chunks)

    assert asyncio.all_tasks() <= before
