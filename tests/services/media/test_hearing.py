"""A contact is heard from its first word to its last."""

import asyncio
from dataclasses import replace
from itertools import pairwise
from random import Random

from antiphon.events.base import SAMPLES_PER_MS
from antiphon.events.media import AudioGap, AudioReceived, AudioStreamOpened

from .bytes_by_hand import ZERO_MS, Fragment, Sound
from .kvs import Bytes
from .scene import (
    CONTACT,
    HASTY,
    at,
    call_of,
    care,
    closing_of,
    ended_call,
    in_pieces,
    opened,
    scene,
    stored,
    voices,
)

LENGTH = 6


async def test_a_call_that_has_ended_is_stored_sample_by_sample() -> None:
    spoken = voices(1, 12)
    async with scene() as set_up:
        await ended_call(set_up, call_of(spoken), length=12)

        await care(set_up)

        await set_up.assert_heard(spoken)
        (opened,) = await set_up.facts(AudioStreamOpened)
        assert (opened.stream, opened.clock_zero_at) == (1, at(ZERO_MS))
        closed = await closing_of(set_up)
        assert (closed.stream, closed.reason) == (1, "contact_ended")
        assert closed.ended_ms == 12 * 1_024
        assert await set_up.facts(AudioGap) == []


async def test_ten_seconds_of_audio_are_one_fact() -> None:
    spoken = voices(2, 32)
    async with in_pieces() as set_up:
        set_up.kvs.piece_bytes, set_up.kvs.turns = 33_000, 20
        await ended_call(set_up, call_of(spoken), length=32)

        await care(set_up)

        received = await set_up.facts(AudioReceived)
        assert len(received) == 4
        assert all(
            10_000 * SAMPLES_PER_MS <= span.end_sample - span.first_sample < 14_000 * SAMPLES_PER_MS
            for fact in received[:-1]
            for span in fact.spans
        )
        await set_up.assert_facts_agree()


async def test_a_call_is_heard_while_it_goes_on_and_closed_after_its_end() -> None:
    spoken = voices(3, LENGTH)
    async with scene(patience=HASTY) as set_up, asyncio.timeout(15), asyncio.TaskGroup() as tasks:
        call = call_of(spoken)
        set_up.kvs.keep_open = True
        await set_up.start()
        caring = tasks.create_task(set_up.care())
        for nth, fragment in enumerate(call, start=1):
            set_up.kvs.add(fragment)
            await stored(set_up, fragments=nth)
        assert not caring.done()

        await set_up.end(ZERO_MS + LENGTH * 1_024)
        await caring

        await set_up.assert_heard(spoken)
        assert (await closing_of(set_up)).reason == "contact_ended"


async def test_blocks_are_stored_before_their_fragment_is_complete() -> None:
    spoken = voices(4, 2)
    first, second = call_of(spoken, identity="after")
    half = second.encode()[:16_000]
    async with scene() as set_up, asyncio.timeout(15):
        set_up.kvs.keep_open = True
        set_up.kvs.encode = lambda one: half if one is second else one.encode()
        set_up.kvs.fragments = [first, second]
        await set_up.start()
        caring = asyncio.create_task(set_up.care())

        await stored(set_up, blocks=32 + 13)

        last = await set_up.audio.last(CONTACT)
        assert last is not None
        assert last.chunk.resume_after == str(first.fragment_number)
        caring.cancel()
        await asyncio.gather(caring, return_exceptions=True)


async def test_a_tail_that_comes_after_the_hang_up_is_heard() -> None:
    spoken = voices(5, LENGTH)
    call = call_of(spoken)
    async with scene() as set_up, asyncio.timeout(15), asyncio.TaskGroup() as tasks:
        set_up.kvs.keep_open = True
        set_up.kvs.fragments = call[:-1]
        await set_up.start()
        caring = tasks.create_task(set_up.care())
        await stored(set_up, fragments=LENGTH - 1)

        await set_up.end(ZERO_MS + LENGTH * 1_024)
        set_up.kvs.add(call[-1])
        set_up.kvs.close_bodies()
        await caring

        await set_up.assert_heard(spoken)


async def test_a_last_fragment_that_says_nothing_of_itself_is_heard_at_the_hang_up() -> None:
    spoken = voices(32, LENGTH)
    call = call_of(spoken)
    call[-1] = replace(
        call[-1], identity="nowhere", numbered="nowhere", token=False, behind_ms=None
    )
    async with scene(patience=HASTY) as set_up, asyncio.timeout(15):
        set_up.kvs.keep_open = True
        await ended_call(set_up, call, length=LENGTH)

        await set_up.care()

        await set_up.assert_heard(spoken)


async def test_the_end_of_a_body_is_not_the_end_of_the_call() -> None:
    spoken = voices(6, LENGTH)
    call = call_of(spoken)
    async with scene() as set_up, asyncio.timeout(15), asyncio.TaskGroup() as tasks:
        set_up.kvs.fragments = call[:3]
        await set_up.start()
        caring = tasks.create_task(set_up.care())
        await stored(set_up, fragments=3)
        await opened(set_up, 3)

        set_up.kvs.add(*call[3:])
        await stored(set_up, fragments=LENGTH)
        await set_up.end(ZERO_MS + LENGTH * 1_024)
        await caring

        await set_up.assert_heard(spoken)
        first, second, *_ = set_up.kvs.selectors
        assert first == {
            "StartSelectorType": "PRODUCER_TIMESTAMP",
            "StartTimestamp": (ZERO_MS - 2_000) / 1_000,
        }
        assert second["AfterFragmentNumber"] == str(call[2].fragment_number)


async def test_neither_the_caller_before_nor_the_one_after_is_heard() -> None:
    spoken, others = voices(8, LENGTH), voices(9, 2)
    foreign = {"contact_id": "foreign", "uid": b"\x22" * 16, "identity": "after"}
    async with scene() as set_up:
        set_up.kvs.fragments = [
            *call_of(others, first=-2, **foreign),
            *call_of(spoken, identity="after"),
            *call_of(others, first=LENGTH, **{**foreign, "uid": b"\x33" * 16}),
        ]
        await set_up.start()

        await care(set_up)

        await set_up.assert_heard(spoken)
        assert (await closing_of(set_up)).reason == "stream_reused"


async def test_fragments_sent_twice_stand_once() -> None:
    spoken = voices(10, LENGTH)
    call = call_of(spoken)
    async with scene() as set_up:
        stutter = b"".join(call[n].encode() for n in (0, 1, 1, 0, 2, 1, 2, 3))
        set_up.kvs.faults.append(Bytes(stutter))
        await ended_call(set_up, call, length=LENGTH)

        await care(set_up)

        await set_up.assert_heard(spoken)


async def test_the_same_audio_under_another_number_stands_once() -> None:
    spoken = voices(11, LENGTH)
    call = call_of(spoken)
    echo = replace(call[2], number=call[2].fragment_number + 5)
    async with scene() as set_up:
        await ended_call(set_up, [*call[:3], echo, *call[3:]], length=LENGTH)

        await care(set_up)

        await set_up.assert_heard(spoken)


async def test_a_missing_fragment_is_a_gap_and_no_shift() -> None:
    spoken = voices(12, LENGTH)
    call = call_of(spoken)
    async with scene() as set_up:
        await ended_call(set_up, [*call[:2], *call[3:]], length=LENGTH)

        await care(set_up)

        assert sorted(gap.track for gap in await set_up.facts(AudioGap)) == [
            "from_customer",
            "to_customer",
        ]
        assert {
            (gap.from_ms, gap.until_ms, gap.reason) for gap in await set_up.facts(AudioGap)
        } == {(2 * 1_024, 3 * 1_024, "missing")}
        blocks = [one for one in await set_up.blocks() if one.track == "to_customer"]
        assert [one.first_sample for one in blocks] == [
            n * 512 for n in range(16 * LENGTH) if not 32 <= n < 48
        ]
        await set_up.assert_facts_agree()


async def test_a_track_that_stops_early_has_a_gap_at_its_end() -> None:
    spoken = voices(13, LENGTH)
    call = call_of(spoken)
    only_one = replace(call[-1], sounds=[one for one in call[-1].sounds if one.track == 1])
    async with scene() as set_up:
        await ended_call(
            set_up, [*call[:-2], replace(only_one, index=LENGTH - 2), only_one], length=LENGTH
        )

        await care(set_up)

        (gap,) = await set_up.facts(AudioGap)
        assert gap == AudioGap(
            track="to_customer", from_ms=4 * 1_024, until_ms=6 * 1_024, reason="missing"
        )


async def test_a_contact_that_is_finished_with_is_not_read_again() -> None:
    async with scene() as set_up:
        await ended_call(set_up, call_of(voices(25, 2)), length=LENGTH)
        await care(set_up)
        facts, asked = await set_up.recorded(), len(set_up.kvs.requests)

        await care(set_up)

        assert await set_up.recorded() == facts
        assert len(set_up.kvs.requests) == asked


async def test_the_first_open_may_name_the_fragment_instead() -> None:
    spoken = voices(26, 3)
    async with scene(options={"first": "fragment_number"}) as set_up:
        await ended_call(set_up, call_of(spoken), length=LENGTH)

        await care(set_up)

        number = call_of(spoken)[0].fragment_number
        assert set_up.kvs.selectors[0] == {
            "StartSelectorType": "FRAGMENT_NUMBER",
            "AfterFragmentNumber": str(number - 1),
        }
        await set_up.assert_heard(spoken)


async def test_positions_in_chunks_grow_and_none_is_too_large_for_the_log() -> None:
    spoken = voices(29, 60)
    async with scene() as set_up:
        await ended_call(set_up, call_of(spoken), length=60)

        await care(set_up)

        await set_up.assert_heard(spoken)
        for chunk in await set_up.chunks():
            assert sum(len(block.samples) for block in chunk.blocks) <= 256 * 1024 + 2_048
        for track in ("from_customer", "to_customer"):
            mine = [block for block in await set_up.blocks() if block.track == track]
            assert all(one.end_sample == two.first_sample for one, two in pairwise(mine))


async def test_odd_blocks_and_odd_bytes_stand_where_their_times_say() -> None:
    chance = Random(30)
    lengths = [1_024, 192, 1_024, 512, 64, 1_024]
    sounds, at_ms = list[Sound](), 0
    for length in lengths:
        sounds += [Sound(track, at_ms, chance.randbytes(length)) for track in (1, 2)]
        at_ms += length // 16
    sounds.append(Sound(1, at_ms, chance.randbytes(333)))
    async with scene() as set_up:
        await ended_call(set_up, [Fragment(sounds=sounds)], length=LENGTH)

        await care(set_up)

        heard = await set_up.heard()
        said = b"".join(one.samples for one in sounds if one.track == 1)
        assert heard["from_customer"] == said[:-1]
        assert await set_up.facts(AudioGap) == []


async def test_how_far_behind_live_a_contact_is_can_be_read() -> None:
    async with scene() as set_up, asyncio.timeout(15):
        set_up.kvs.keep_open = True
        set_up.kvs.fragments = call_of(voices(31, 2), behind_ms=78_569)
        await set_up.start()
        service = set_up.service()
        caring = asyncio.create_task(set_up.care(service=service))
        await stored(set_up, fragments=2)

        behind = dict(service.behind_ms)

        caring.cancel()
        await asyncio.gather(caring, return_exceptions=True)
        assert behind == {CONTACT: 78_569}
        assert dict(service.behind_ms) == {}
