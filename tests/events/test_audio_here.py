"""What a process stores of a contact's audio is told in it, as far as it has no holes."""

import asyncio
from itertools import pairwise

import pytest
import pytest_asyncio
from antiphon.errors import StreamMoved
from antiphon.events.audio import AudioBlock, AudioChunk, AudioLog, StoredChunk
from antiphon.events.audio_here import WAITING_MAX, Hearer
from antiphon.events.base import START, Position
from antiphon.events.subjects import audio_stream
from antiphon.infra.memory_keys import MemoryKeys
from antiphon.infra.memory_log import MemoryLog

from ..builders import CONTACT

WITHIN_S = 10.0


def chunk(ordinal: int = 0, *, repair: bool = False) -> AudioChunk:
    block = AudioBlock(
        track="from_customer", fragment="1", ordinal=ordinal, first_sample=0, samples=bytes(8)
    )
    return AudioChunk(stream=1, resume_after=None, blocks=(block,), repair=repair)


def told(*positions: int) -> Hearer[StoredChunk]:
    """Return one who was told of all but the first, behind which the others stand."""
    hearer = Hearer[StoredChunk]()
    for behind, position in pairwise(positions):
        stored = StoredChunk(position=Position(position), chunk=chunk())
        hearer.tell(stored, Position(behind))
    return hearer


@pytest_asyncio.fixture
async def audio() -> AudioLog:
    log = MemoryLog()
    await log.create(audio_stream(CONTACT.tenant))
    return AudioLog(log, MemoryKeys())


@pytest.mark.parametrize("after", [10, 12, 15, 16])
def test_it_goes_on_behind_each_chunk_that_was_told(after: int) -> None:
    assert told(10, 12, 15, 16).goes_on(Position(after))


def test_it_does_not_go_on_behind_what_stands_before_it() -> None:
    assert not told(10, 12, 15, 16).goes_on(Position(9))


def test_what_was_told_twice_or_heard_before_is_left_out() -> None:
    hearer = told(10, 12, 15, 16)

    assert hearer.goes_on(Position(15))
    assert hearer.waiting == 1


async def test_a_hole_is_not_stepped_over() -> None:
    hearer = told(10, 12, 15)
    hearer.tell(StoredChunk(position=Position(18), chunk=chunk()), Position(17))

    heard = [one.position async for one in hearer.run(Position(10))]

    assert heard == [12, 15]
    assert hearer.goes_on(Position(17))


def test_who_wants_no_more_is_told_no_more() -> None:
    hearer = told(10, 12)

    hearer.end()

    assert not hearer.goes_on(Position(10))


def test_no_more_gathers_than_is_bounded() -> None:
    hearer = told(*range(10 * WAITING_MAX))

    assert hearer.waiting <= WAITING_MAX
    assert not hearer.goes_on(START)


def test_once_nothing_was_told_for_a_while_no_more_is_expected() -> None:
    hearer = told(10, 12)
    hearer.goes_on(Position(12))

    hearer.look()
    at_first = hearer.goes_on(Position(12))
    hearer.look()

    assert at_first
    assert not hearer.goes_on(Position(12))


def test_what_is_not_taken_yet_stays_however_long_that_takes() -> None:
    hearer = told(10, 12)

    for _ in range(3):
        hearer.look()

    assert hearer.goes_on(Position(10))


async def test_what_is_appended_is_told_behind_what_stood_before(audio: AudioLog) -> None:
    with audio.here(CONTACT) as hearer:
        first = await audio.append(CONTACT, chunk(0), id="0", expected=START)
        await audio.append(CONTACT, chunk(1), id="1", expected=first)

        async with asyncio.timeout(WITHIN_S):
            run = hearer.run(START)
            heard = [(await anext(run)).chunk.blocks[0].ordinal for _ in range(2)]
            await run.aclose()

    assert heard == [0, 1]


async def test_what_is_posted_is_told_once_it_is_stored(audio: AudioLog) -> None:
    told_of = asyncio.get_running_loop().create_future()
    first = await audio.append(CONTACT, chunk(0), id="0", expected=START)
    with audio.here(CONTACT) as hearer:
        assert audio.post(CONTACT, chunk(1), id="1", expected=first, told=told_of.set_result)
        before = hearer.waiting
        async with asyncio.timeout(WITHIN_S):
            position = await told_of
            stored = await anext(hearer.run(first))

    assert before == 0
    assert (stored.position, stored.chunk) == (position, chunk(1))


async def test_what_is_not_stored_is_not_told(audio: AudioLog) -> None:
    told_of = asyncio.get_running_loop().create_future()
    first = await audio.append(CONTACT, chunk(0), id="0", expected=START)
    with audio.here(CONTACT) as hearer:
        audio.post(CONTACT, chunk(1), id="1", expected=START, told=told_of.set_result)
        with pytest.raises(StreamMoved):
            await audio.append(CONTACT, chunk(2), id="2", expected=START)
        async with asyncio.timeout(WITHIN_S):
            position = await told_of

        assert position is None
        assert not hearer.goes_on(first)


async def test_what_was_found_after_the_contact_is_not_told(audio: AudioLog) -> None:
    with audio.here(CONTACT) as hearer:
        first = await audio.append(CONTACT, chunk(0), id="0", expected=START)
        await audio.append(CONTACT, chunk(1, repair=True), id="1", expected=first)

        assert hearer.waiting == 1


async def test_who_left_is_told_nothing(audio: AudioLog) -> None:
    with audio.here(CONTACT) as stays:
        with audio.here(CONTACT) as leaves:
            pass
        await audio.append(CONTACT, chunk(0), id="0", expected=START)

        assert (stays.waiting, leaves.waiting) == (1, 0)
