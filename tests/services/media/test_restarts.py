"""Whatever is killed, and when: every source sample stands in the audio stream once, in order."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest
from antiphon.errors import LogUnavailable, StreamMoved
from antiphon.events.audio import AudioLog
from antiphon.events.base import START
from antiphon.events.journal import Journal
from antiphon.events.media import AudioGap, AudioStreamClosed, AudioStreamOpened

from .bytes_by_hand import ZERO_MS, Fragment
from .failing_log import FailingLog, FailingPosts, When
from .scene import CONTACT, Scene, afresh, call_of, in_pieces, stored, voices

STORED: tuple[When, ...] = ("never", "at once", "late")
LENGTH = 11  # fragments: one `AudioReceived` is due in mid-call


def odd_call(spoken: Sequence[bytes]) -> list[Fragment]:
    """The identity behind the cluster, one fragment without any tags, one with half of them."""
    fragments = call_of(spoken, identity="after")
    fragments[4] = replace(
        fragments[4], identity="nowhere", numbered="nowhere", token=False, behind_ms=None
    )
    fragments[7] = replace(fragments[7], identity="nowhere")
    return fragments


async def care_until_done(set_up: Scene, log: FailingLog) -> int:
    """Do as the reactor does: start again after a fault or a kill, on fresh history."""
    journal, audio = Journal(log, set_up.keys), AudioLog(log, set_up.keys)
    for restarts in range(10):
        caring = asyncio.create_task(set_up.care(journal=journal, audio=audio))
        reached = asyncio.create_task(log.reached.wait())
        await asyncio.wait([caring, reached], return_when=asyncio.FIRST_COMPLETED)
        reached.cancel()
        if log.reached.is_set():
            log.reached.clear()
            caring.cancel()
        (outcome,) = await asyncio.gather(caring, return_exceptions=True)
        if outcome is None:
            return restarts
        assert isinstance(outcome, LogUnavailable | StreamMoved | asyncio.CancelledError), outcome
    raise AssertionError("it never got through")


async def play(set_up: Scene, spoken: Sequence[bytes]) -> None:
    # Small pieces with time between them: many appends, each a place to fail.
    set_up.kvs.piece_bytes, set_up.kvs.turns = 12_000, 12
    set_up.kvs.fragments = odd_call(spoken)
    await set_up.start()
    await set_up.end(ZERO_MS + LENGTH * 1_024)


@pytest.mark.parametrize("stored", STORED)
@pytest.mark.parametrize("hangs", [False, True], ids=["failed", "killed"])
async def test_an_end_at_any_append_loses_nothing_and_repeats_nothing(
    *, stored: When, hangs: bool
) -> None:
    spoken = voices(2, LENGTH)
    fail_at, restarts = 0, 1
    async with in_pieces() as shared, asyncio.timeout(60):
        while restarts:  # until it gets through before that append: each has failed once
            fail_at, set_up = fail_at + 1, await afresh(shared)
            log = FailingLog(set_up.log, fail_at=fail_at, stored=stored, hangs=hangs)
            await play(set_up, spoken)

            restarts = await care_until_done(set_up, log)

            await set_up.assert_heard(spoken)
            assert len(await set_up.facts(AudioStreamOpened)) == 1
            assert len(await set_up.facts(AudioStreamClosed)) == 1
            assert await set_up.facts(AudioGap) == []
    assert fail_at > 15


@pytest.mark.parametrize("nth", range(2))
@pytest.mark.parametrize("arrives", STORED)
@pytest.mark.parametrize("hangs", [False, True], ids=["failed", "killed"])
async def test_a_live_call_loses_and_repeats_nothing_whichever_post_fails(
    *, arrives: When, hangs: bool, nth: int
) -> None:
    spoken = voices(6, LENGTH)
    fail_at = 5 + 14 * nth + STORED.index(arrives)  # the first are no posts: the clock begins
    async with in_pieces() as set_up, asyncio.timeout(20):
        log = FailingPosts(set_up.log, fail_at=fail_at, stored=arrives, hangs=hangs)
        await begin_live(set_up, call_of(spoken))
        ending = asyncio.create_task(end_when_heard(set_up))

        restarts = await care_until_done(set_up, log)

        await ending
        await set_up.assert_heard(spoken)
        assert restarts == hangs
        assert log.posts > fail_at
        assert len(await set_up.facts(AudioStreamOpened)) == 1
        assert await set_up.facts(AudioGap) == []


async def begin_live(set_up: Scene, fragments: list[Fragment]) -> None:
    """Play a call that goes on: its blocks go by without a task being woken for them."""
    set_up.kvs.piece_bytes, set_up.kvs.turns, set_up.kvs.keep_open = 4_000, 6, True
    set_up.kvs.fragments = fragments
    await set_up.start()


async def end_when_heard(set_up: Scene) -> None:
    await stored(set_up, fragments=LENGTH)
    await set_up.end(ZERO_MS + LENGTH * 1_024)
    set_up.kvs.close_bodies()


async def test_a_process_that_was_replaced_learns_it_from_its_next_post() -> None:
    spoken = voices(8, LENGTH)
    async with in_pieces() as set_up, asyncio.timeout(20):
        log = FailingPosts(set_up.log, fail_at=12, hangs=True)
        await begin_live(set_up, call_of(spoken))
        zombie_journal, zombie_audio = Journal(log, set_up.keys), AudioLog(log, set_up.keys)
        zombie = asyncio.create_task(set_up.care(journal=zombie_journal, audio=zombie_audio))
        await log.reached.wait()
        last = await set_up.audio.last(CONTACT)
        assert last is not None
        await set_up.audio.append(CONTACT, last.chunk, id="theirs", expected=last.position)

        log.tell()  # that it is not known what became of the post
        with pytest.raises(StreamMoved):
            await zombie


async def test_a_gap_is_stated_once_whatever_fails() -> None:
    spoken = voices(3, LENGTH)
    fail_at, restarts = 0, 1
    async with in_pieces() as shared, asyncio.timeout(60):
        while restarts:
            fail_at, set_up = fail_at + 1, await afresh(shared)
            log = FailingLog(set_up.log, fail_at=fail_at, stored=STORED[fail_at % 3], forgets=True)
            await play(set_up, spoken)
            del set_up.kvs.fragments[5]

            restarts = await care_until_done(set_up, log)

            gaps = await set_up.facts(AudioGap)
            assert sorted(gap.track for gap in gaps) == ["from_customer", "to_customer"]
            assert {(gap.from_ms, gap.until_ms) for gap in gaps} == {(5 * 1_024, 6 * 1_024)}
            await set_up.assert_facts_agree()
    assert fail_at > 15


async def test_a_new_process_goes_on_behind_the_last_complete_fragment() -> None:
    spoken = voices(4, LENGTH)
    call = call_of(spoken)
    async with in_pieces() as set_up, asyncio.timeout(20):
        log = FailingLog(set_up.log, fail_at=9, hangs=True)
        await play(set_up, spoken)
        set_up.kvs.fragments = call

        await care_until_done(set_up, log)

        again = set_up.kvs.selectors[1]
        numbers = [str(fragment.fragment_number) for fragment in call]
        assert again["AfterFragmentNumber"] in numbers
        held = [chunk.resume_after for chunk in await set_up.chunks()]
        assert again["AfterFragmentNumber"] in held
        assert all(one in (None, *numbers) for one in held)


async def test_a_process_that_was_replaced_cannot_write() -> None:
    spoken = voices(5, LENGTH)
    async with in_pieces() as set_up, asyncio.timeout(20):
        log = FailingLog(set_up.log, fail_at=8, hangs=True)
        zombie_journal, zombie_audio = Journal(log, set_up.keys), AudioLog(log, set_up.keys)
        await play(set_up, spoken)
        zombie = asyncio.create_task(set_up.care(journal=zombie_journal, audio=zombie_audio))
        await log.reached.wait()

        await set_up.care()
        last = await set_up.audio.last(CONTACT)
        assert last is not None
        with pytest.raises(StreamMoved):
            await zombie_audio.append(CONTACT, last.chunk, id="late", expected=START)

        zombie.cancel()
        await asyncio.gather(zombie, return_exceptions=True)
        await set_up.assert_heard(spoken)
