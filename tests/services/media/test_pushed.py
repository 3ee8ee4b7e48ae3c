"""Whoever opens a brought stream goes on where it is stored, and only one can."""

from datetime import timedelta

import pytest
from antiphon.errors import IngestRefused, LogUnavailable, StreamMoved
from antiphon.events.media import AudioStreamOpened
from antiphon.events.pushed import PUSHED_STREAM, PushedFrame
from antiphon.services.media.pushed import PushedAudio

from .bytes_by_hand import ZERO_MS
from .scene import CONTACT, Scene, at, media, scene
from .test_seeing_out import SECOND, brought, opened, second


def intake(of: Scene) -> PushedAudio:
    return PushedAudio(journal=of.journal, audio=of.audio, now=lambda: at(ZERO_MS))


async def test_a_stream_that_is_opened_anew_goes_on() -> None:
    async with scene() as set_up:
        await brought(set_up, frames=2)

        inlet = await opened(set_up)
        reached = (inlet.stored, dict(inlet.ends), inlet.is_closed)
        await inlet.store([second(2)])
        await inlet.close()

        assert reached == (2, {"from_customer": 16_000}, False)
        assert (await set_up.heard())["from_customer"] == SECOND * 3
        await set_up.assert_facts_agree()
        again = await opened(set_up)
        assert (again.stored, again.is_closed) == (3, True)


async def test_samples_count_from_the_streams_start_not_from_the_first_that_came() -> None:
    async with scene() as set_up:
        await set_up.start(media(arn=PUSHED_STREAM))
        inlet = await opened(set_up)

        await inlet.store([PushedFrame(1, "to_customer", 20_001, SECOND)])

        assert dict(inlet.ends) == {"to_customer": 28_001}
        assert dict((await opened(set_up)).ends) == {"to_customer": 28_001}
        assert inlet.started_at == at(ZERO_MS)
        [fact] = await set_up.facts(AudioStreamOpened)
        assert fact.clock_zero_at - inlet.started_at == timedelta(microseconds=20_001 * 125)


async def test_of_two_who_opened_a_stream_the_slower_is_refused() -> None:
    async with scene() as set_up:
        first = await brought(set_up, frames=1)
        other = await opened(set_up)
        await other.store([second(1)])

        with pytest.raises(StreamMoved):
            await first.store([PushedFrame(2, "from_customer", 8_000, b"\x09\x09" * 8_000)])

        assert (await set_up.heard())["from_customer"] == SECOND * 2


async def test_a_stream_that_was_not_offered_cannot_be_opened() -> None:
    async with scene() as set_up:
        await intake(set_up).admit(CONTACT)

        with pytest.raises(LogUnavailable):
            await intake(set_up).open(CONTACT)


async def test_a_contact_whose_stream_is_read_is_not_for_sources() -> None:
    async with scene() as set_up:
        await set_up.start()

        with pytest.raises(IngestRefused, match="audio_read_elsewhere"):
            await intake(set_up).admit(CONTACT)
        with pytest.raises(IngestRefused, match="audio_read_elsewhere"):
            await intake(set_up).open(CONTACT)
