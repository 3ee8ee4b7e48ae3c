"""A stream whose source never comes back is closed after its contact, and not before."""

import asyncio

from antiphon.events.media import AudioReceived
from antiphon.events.pushed import PUSHED_STREAM, PushedFrame
from antiphon.services.media.pushed import PushedAudio, PushedStream

from .bytes_by_hand import ZERO_MS
from .scene import (
    CONTACT,
    HASTY,
    PATIENT,
    Scene,
    at,
    call_of,
    care,
    closing_of,
    media,
    scene,
    voices,
)

SECOND = b"\x07\x01" * 8_000


async def brought(to: Scene, *, frames: int) -> PushedStream:
    """Bring seconds of one track by a source that then falls silent."""
    await to.start(media(arn=PUSHED_STREAM))
    inlet = await opened(to)
    await inlet.store([second(nth) for nth in range(frames)])
    return inlet


async def opened(at_scene: Scene) -> PushedStream:
    intake = PushedAudio(journal=at_scene.journal, audio=at_scene.audio, now=lambda: at(ZERO_MS))
    return await intake.open(CONTACT)


def second(nth: int) -> PushedFrame:
    return PushedFrame(nth + 1, "from_customer", nth * 8_000, SECOND)


async def test_what_a_lost_source_brought_is_stated_and_the_stream_closed() -> None:
    async with scene(patience=HASTY) as set_up:
        await brought(set_up, frames=3)
        await set_up.end(ZERO_MS + 3_000)

        await care(set_up)

        closed = await closing_of(set_up)
        assert (closed.reason, closed.ended_ms) == ("stream_failed", 3_000)
        assert (await set_up.heard())["from_customer"] == SECOND * 3
        await set_up.assert_facts_agree()
        assert set_up.kvs.requests == []


async def test_a_stream_of_which_nothing_came_is_closed_too() -> None:
    async with scene(patience=HASTY) as set_up:
        await set_up.start(media(arn=PUSHED_STREAM))
        await set_up.end(ZERO_MS + 3_000)

        await care(set_up)

        assert (await closing_of(set_up)).reason == "never_opened"


async def test_while_the_contact_goes_on_its_source_is_left_alone() -> None:
    async with scene(patience=HASTY) as set_up:
        inlet = await brought(set_up, frames=3)

        await care(set_up)
        await inlet.store([second(3)])

        assert [one.event.TYPE for one in await set_up.recorded()] == ["audio_stream_opened"]
        assert (await set_up.heard())["from_customer"] == SECOND * 4


async def test_a_source_that_ends_late_closes_its_stream_itself() -> None:
    async with scene(patience=PATIENT) as set_up:
        inlet = await brought(set_up, frames=3)
        await set_up.end(ZERO_MS + 3_000)
        seeing_out = asyncio.create_task(care(set_up))

        await inlet.close()
        await seeing_out

        assert (await closing_of(set_up)).reason == "contact_ended"
        assert inlet.is_closed


async def test_a_source_that_still_brings_is_waited_for() -> None:
    async with scene(patience=HASTY) as set_up:
        inlet = await brought(set_up, frames=1)
        await set_up.end(ZERO_MS + 6_000)
        seeing_out = asyncio.create_task(care(set_up))

        # Twice as long as a silent source is waited for, with a sign of life in each third.
        clock = asyncio.get_running_loop().time
        until, nth = clock() + 2 * HASTY.failing_s, 1
        while clock() < until:
            await inlet.store([second(nth)])
            nth += 1
            await asyncio.wait({seeing_out}, timeout=HASTY.failing_s / 3)
        assert not seeing_out.done()
        await inlet.close()
        await seeing_out

        assert (await closing_of(set_up)).reason == "contact_ended"
        await set_up.assert_facts_agree()
        assert await set_up.facts(AudioReceived)


async def test_a_brought_stream_beside_one_that_is_read_is_not_asked_for() -> None:
    async with scene(patience=HASTY) as set_up:
        spoken = voices(3, 2)
        set_up.kvs.fragments = call_of(spoken)
        await set_up.start()
        await set_up.offer(media(arn=PUSHED_STREAM, started_ms=ZERO_MS + 2_048))
        await set_up.end(ZERO_MS + 2_048)

        await care(set_up)

        assert (await closing_of(set_up)).stream == 1
        await set_up.assert_heard(spoken)
