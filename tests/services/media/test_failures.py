"""What passes costs nothing; what does not is recorded as a gap, and the rest stands."""

import asyncio
from dataclasses import replace

import msgspec
import pytest
from antiphon.errors import KeyDestroyed, StreamMoved
from antiphon.events.audio import AudioChunk
from antiphon.events.base import START
from antiphon.events.media import AudioGap, AudioStreamOpened

from .bytes_by_hand import ZERO_MS, Fragment
from .kvs import Bytes, Cut, Fault, InBand, Refuse
from .scene import (
    CONTACT,
    HASTY,
    PATIENT,
    call_of,
    care,
    closing_of,
    ended_call,
    opened,
    scene,
    stored,
    voices,
)

LENGTH = 6


@pytest.mark.parametrize("clean", [False, True], ids=["cut", "ended as if all were well"])
@pytest.mark.parametrize("after_bytes", [0, 10, 900, 30_000, 34_000, 70_003, 100_000, 202_000])
async def test_a_body_may_break_off_anywhere(after_bytes: int, *, clean: bool) -> None:
    spoken = voices(7, LENGTH)
    async with scene() as set_up:
        set_up.kvs.faults.extend([Cut(after_bytes, clean), Cut(after_bytes // 2, clean)])
        await ended_call(set_up, call_of(spoken, identity="after"), length=LENGTH)

        await care(set_up)

        await set_up.assert_heard(spoken)
        assert await set_up.facts(AudioGap) == []


@pytest.mark.parametrize("numbered", ["before", "nowhere"])
async def test_a_damaged_fragment_is_a_gap_and_the_rest_goes_on(numbered: str) -> None:
    spoken = voices(14, LENGTH)
    call = call_of(spoken)
    call[3] = replace(call[3], numbered=numbered)

    def damage(fragment: Fragment) -> bytes:
        content = fragment.encode()
        if fragment is not call[3]:
            return content
        middle = content.index(b"\xa3\x44\x04", 16_000)
        return content[:middle] + bytes(40) + content[middle + 40 :]

    async with scene() as set_up:
        set_up.kvs.encode = damage
        await ended_call(set_up, call, length=LENGTH)

        await care(set_up)

        gaps = await set_up.facts(AudioGap)
        assert {gap.reason for gap in gaps} == {"unreadable"}
        assert len(gaps) == 2
        for gap in gaps:
            assert gap.until_ms == 4 * 1_024
            assert 3 * 1_024 < gap.from_ms < 4 * 1_024 or numbered == "nowhere"
        heard = await set_up.heard()
        assert heard["from_customer"].endswith(spoken[0][4 * 16_384 :])
        assert heard["to_customer"].startswith(spoken[1][: 3 * 16_384])
        await set_up.assert_facts_agree()


@pytest.mark.parametrize(
    "fault",
    [
        InBand(5000, "INTERNAL_ERROR", 2),
        InBand(3002, "WRITE_ERROR", 1),
        InBand(4000, "FRAGMENT_NOT_FOUND", 0),
        Refuse(400, "ClientLimitExceededException"),
        Refuse(400, "ConnectionLimitExceededException"),
        Refuse(400, "InvalidEndpointException"),
        Refuse(400, "InvalidArgumentException"),
        Refuse(401, "NotAuthorizedException"),
        Refuse(500, "InternalFailure"),
        Bytes(b"<html>not media</html>"),
        Bytes(b""),
    ],
    ids=str,
)
async def test_a_failure_that_passes_costs_nothing(fault: Fault) -> None:
    spoken = voices(15, LENGTH)
    async with scene() as set_up:
        set_up.kvs.faults.extend([Cut(50_000), fault, fault])
        set_up.kvs.fragments = call_of(spoken)
        await set_up.start()
        async with asyncio.timeout(15), asyncio.TaskGroup() as tasks:
            caring = tasks.create_task(set_up.care())
            await stored(set_up, fragments=LENGTH)
            await set_up.end(ZERO_MS + LENGTH * 1_024)
            await caring

        await set_up.assert_heard(spoken)
        assert await set_up.facts(AudioGap) == []


async def test_a_fragment_that_is_gone_is_replaced_by_a_time() -> None:
    spoken = voices(16, LENGTH)
    async with scene() as set_up:
        set_up.kvs.faults.extend([InBand(5000, "INTERNAL", 2), InBand(4000, "NOT_FOUND")])
        await ended_call(set_up, call_of(spoken), length=LENGTH)

        await care(set_up)

        await set_up.assert_heard(spoken)
        assert [one["StartSelectorType"] for one in set_up.kvs.selectors[:3]] == [
            "PRODUCER_TIMESTAMP",
            "FRAGMENT_NUMBER",
            "PRODUCER_TIMESTAMP",
        ]
        assert set_up.kvs.selectors[2]["StartTimestamp"] == (ZERO_MS + 2 * 1_024 - 2_000) / 1_000


@pytest.mark.parametrize(
    ("faults", "opens"),
    [
        pytest.param([InBand(4503, "KMS_KEY_UNAVAILABLE")], 1, id="key unavailable"),
        pytest.param([Refuse(401, "NotAuthorizedException")] * 3, 3, id="not authorised"),
        pytest.param([Refuse(404, "ResourceNotFoundException")] * 3, 3, id="no such stream"),
    ],
)
async def test_what_will_not_pass_is_given_up_and_recorded(faults: list[Fault], opens: int) -> None:
    async with scene() as set_up:
        set_up.kvs.faults.extend(faults)
        set_up.kvs.fragments = call_of(voices(17, 2))
        await set_up.start()

        await care(set_up)

        assert len(set_up.kvs.selectors) == opens
        closed = await closing_of(set_up)
        assert (closed.reason, closed.ended_ms, closed.audio_upto) == ("never_opened", 0, START)
        assert [
            (gap.track, gap.from_ms, gap.until_ms, gap.reason)
            for gap in await set_up.facts(AudioGap)
        ] == [
            ("from_customer", 0, None, "stream_failed"),
            ("to_customer", 0, None, "stream_failed"),
        ]
        assert await set_up.facts(AudioStreamOpened) == []


async def test_refusals_between_bodies_that_bring_only_repeats_do_not_add_up() -> None:
    spoken = voices(18, 3)
    half = Cut(20_000)
    denied = Refuse(401, "NotAuthorizedException")
    async with scene() as set_up:
        set_up.kvs.faults.extend([half, denied, half, denied, half, denied, half, denied])
        await ended_call(set_up, call_of(spoken), length=3)

        await care(set_up)

        await set_up.assert_heard(spoken)
        assert (await closing_of(set_up)).reason == "contact_ended"


async def test_a_key_that_is_lost_in_mid_call_ends_it_with_a_gap() -> None:
    spoken = voices(18, LENGTH)
    async with scene() as set_up:
        set_up.kvs.faults.append(InBand(4501, "KEY_DISABLED", 2))
        set_up.kvs.fragments = call_of(spoken)
        await set_up.start()

        await care(set_up)

        assert (await closing_of(set_up)).reason == "stream_failed"
        assert {(gap.from_ms, gap.until_ms) for gap in await set_up.facts(AudioGap)} == {
            (2 * 1_024, None)
        }
        await set_up.assert_facts_agree()


async def test_a_stream_that_stays_silent_is_given_up_without_a_hang_up() -> None:
    async with scene(patience=HASTY) as set_up:
        await set_up.start()

        await care(set_up)

        assert (await closing_of(set_up)).reason == "never_opened"
        # A stream may be opened five times a second; here a hundred, for 0.6 s, backing off.
        assert 3 <= len(set_up.kvs.selectors) <= 25


async def test_a_call_without_a_single_word_is_closed_soon_after_its_end() -> None:
    async with scene() as set_up:
        await ended_call(set_up, [], length=LENGTH)

        await care(set_up)

        assert (await closing_of(set_up)).reason == "never_opened"
        assert len(set_up.kvs.selectors) == 2 + 3  # earlier and earlier, then as patience says


async def test_a_body_that_brings_bytes_but_no_audio_is_left() -> None:
    spoken = voices(19, LENGTH)
    void = b"\x1a\x45\xdf\xa3\x80\x18\x53\x80\x67\xff\xec\x01\x00\x00\x00\x00\x07\xff\xff"
    async with scene() as set_up:
        set_up.patience = msgspec.structs.replace(PATIENT, stalled_s=0.1)
        stuck = Fragment(index=-1)
        set_up.kvs.encode = lambda one: void if one is stuck else one.encode()
        set_up.kvs.fragments = [stuck]
        set_up.kvs.keep_open = True
        await set_up.start()
        async with asyncio.timeout(15), asyncio.TaskGroup() as tasks:
            caring = tasks.create_task(set_up.care())
            await opened(set_up, 2)
            set_up.kvs.fragments = call_of(spoken)
            await stored(set_up, fragments=LENGTH)
            await set_up.end(ZERO_MS + LENGTH * 1_024)
            await caring

        await set_up.assert_heard(spoken)


async def test_a_stream_that_goes_on_beyond_the_hang_up_is_cut_off() -> None:
    spoken = voices(20, 30)
    async with scene(patience=HASTY) as set_up, asyncio.timeout(15), asyncio.TaskGroup() as tasks:
        set_up.kvs.keep_open = True
        set_up.kvs.fragments = call_of(spoken)
        await set_up.start()
        caring = tasks.create_task(set_up.care())
        await stored(set_up, fragments=30)
        more = call_of(voices(21, 1))[0]

        await set_up.end(ZERO_MS + 5_000)
        nth = 30
        while not caring.done():
            set_up.kvs.add(replace(more, index=nth))
            nth += 1
            await asyncio.wait([caring], timeout=0.02)

        assert (await closing_of(set_up)).reason == "contact_ended"


async def test_a_second_reader_keeps_the_first_from_writing() -> None:
    spoken = voices(27, LENGTH)
    call = call_of(spoken)
    async with scene() as set_up, asyncio.timeout(15):
        set_up.kvs.keep_open = True
        set_up.kvs.fragments = call[:2]
        await set_up.start()
        zombie = asyncio.create_task(set_up.care())
        await stored(set_up, fragments=2)

        last = await set_up.audio.last(CONTACT)
        assert last is not None
        foreign = AudioChunk(stream=1, resume_after=None, blocks=last.chunk.blocks[:1])
        await set_up.audio.append(CONTACT, foreign, id="another", expected=last.position)
        set_up.kvs.add(call[2])

        with pytest.raises(StreamMoved):
            await zombie


async def test_a_person_who_was_erased_is_not_recorded_any_further() -> None:
    async with scene() as set_up:
        await ended_call(set_up, call_of(voices(28, 2)), length=LENGTH)
        await set_up.keys.obtain(CONTACT.tenant, f"contact/{CONTACT.contact_id}")
        await set_up.keys.destroy(CONTACT.tenant, f"contact/{CONTACT.contact_id}")

        with pytest.raises(KeyDestroyed):
            await care(set_up)

        assert await set_up.audio.last(CONTACT) is None
