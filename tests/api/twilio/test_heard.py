"""What Twilio streams is stored as it was said: both sides, in order, and where it was said."""

from random import Random
from typing import Any

import pytest
from antiphon.events.contact import AgentConnected, ContactEnded, ContactStarted
from antiphon.events.media import AudioStreamClosed
from structlog.testing import capture_logs

from ..ingest.world import NOW
from .conftest import Shared
from .spoken import SECOND, begun, decoded, gaps, voices
from .vendor import CHUNK, linear, streaming

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_both_sides_of_a_call_are_stored_and_the_contact_ends(shared: Shared) -> None:
    spoken = voices(1, 12)

    async with streaming(shared.url) as stream:
        await begun(stream)
        await stream.send(stream.sounds(spoken))
        closed = await stream.stop()

    assert closed == (1000, "")
    assert await shared.cell.heard(stream.call) == decoded(spoken)
    assert await shared.cell.sums_agree(stream.call)
    assert await gaps(shared.cell, stream.call) == []
    facts = [fact.event for fact in await shared.cell.facts(stream.call)]
    [ended] = [fact for fact in facts if isinstance(fact, ContactEnded)]
    assert (ended.ended_at - NOW).total_seconds() == 12.0
    assert isinstance(facts[-1], AudioStreamClosed)
    assert facts[-1].reason == "contact_ended"


async def test_messages_out_of_order_are_put_in_order(shared: Shared) -> None:
    spoken = voices(2, 3)
    chance = Random(2)

    async with streaming(shared.url) as stream:
        await begun(stream)
        sounds = stream.sounds(spoken)
        for start in range(0, len(sounds), 16):
            some = sounds[start : start + 16]
            chance.shuffle(some)
            await stream.send(some)
        await stream.stop()

    assert await shared.cell.heard(stream.call) == decoded(spoken)
    assert await gaps(shared.cell, stream.call) == []


async def test_what_comes_twice_stands_once(shared: Shared) -> None:
    spoken = voices(3, 1)

    async with streaming(shared.url) as stream:
        await begun(stream)
        for sound in stream.sounds(spoken):
            await stream.send([sound, sound])
        await stream.stop()

    assert await shared.cell.heard(stream.call) == decoded(spoken)


async def test_a_sound_that_never_comes_is_a_gap_and_no_shift(shared: Shared) -> None:
    spoken = voices(4, 2)

    async with streaming(shared.url) as stream:
        await begun(stream)
        sounds = stream.sounds(spoken)
        lost = sounds.pop(100)
        await stream.send(sounds)
        await stream.stop()

    assert (lost["media"]["track"], lost["media"]["timestamp"]) == ("inbound", "1000")
    expected = decoded(spoken)
    whole = expected["from_customer"]
    expected["from_customer"] = whole[:16_000] + whole[16_000 + 4 * CHUNK // 2 :]
    assert await shared.cell.heard(stream.call) == expected
    assert await gaps(shared.cell, stream.call) == [("from_customer", 1_000, 1_020)]


async def test_silence_that_is_left_out_is_a_gap_on_its_own_side(shared: Shared) -> None:
    spoken = voices(5, 1)

    async with streaming(shared.url) as stream:
        await begun(stream)
        await stream.send(stream.sounds(spoken))
        stream.ms["outbound"] += 3_000
        await stream.send(stream.sounds(spoken | {"inbound": bytes(4 * SECOND)}))
        await stream.stop()

    assert await gaps(shared.cell, stream.call) == [("to_customer", 1_000, 4_000)]


async def test_a_side_that_begins_later_stands_where_it_begins(shared: Shared) -> None:
    async with streaming(shared.url) as stream:
        await begun(stream)
        await stream.send(stream.sounds({"inbound": bytes(2 * SECOND)}))
        stream.ms["outbound"] = 2_000
        await stream.send(stream.sounds({"outbound": bytes(SECOND), "inbound": bytes(SECOND)}))
        await stream.stop()

    assert await gaps(shared.cell, stream.call) == [("to_customer", 0, 2_000)]


async def test_timestamps_that_jitter_open_no_gap(shared: Shared) -> None:
    spoken, chance = voices(6, 3), Random(6)

    async with streaming(shared.url) as stream:
        await begun(stream)
        for sound in stream.sounds(spoken):
            told = int(sound["media"]["timestamp"])
            if told:
                sound["media"]["timestamp"] = str(told + chance.randrange(-15, 16))
            await stream.say(sound)
        await stream.stop()

    assert await shared.cell.heard(stream.call) == decoded(spoken)
    assert await gaps(shared.cell, stream.call) == []


async def test_chunks_that_are_counted_over_both_sides_follow_as_well(shared: Shared) -> None:
    spoken = voices(7, 1)

    async with streaming(shared.url) as stream:
        await begun(stream)
        for nth, sound in enumerate(stream.sounds(spoken)):
            sound["media"]["chunk"] = str(nth + 1)
            sound["media"]["timestamp"] = str(nth // 2 * 20 + (12 if nth > 1 else 0))
            await stream.say(sound)
        await stream.stop()

    assert await shared.cell.heard(stream.call) == decoded(spoken)
    assert await gaps(shared.cell, stream.call) == []


async def test_the_parameters_of_a_stream_tell_of_its_contact(shared: Shared) -> None:
    contact_id = "c-of-the-customers-own"
    parameters = {
        "contactId": contact_id,
        "initialContactId": "the-first-leg",
        "queue": "claims",
        "profile": "insurance",
        "language": "en-GB",
        "customerEndpoint": "+15550100",
        "agentId": "ann",
        "agentName": "Ann Agent",
        "customerTrack": "outbound",
        "mood": "worried",
        "empty": "",
    }
    spoken = voices(8, 1)

    async with streaming(shared.url) as stream:
        await begun(stream, parameters)
        await stream.send(stream.sounds(spoken))
        await stream.stop()

    facts = [fact.event for fact in await shared.cell.facts(contact_id)]
    started = facts[0]
    assert isinstance(started, ContactStarted)
    assert (started.queue, started.profile, started.language) == ("claims", "insurance", "en-GB")
    assert started.initial_contact_id == "the-first-leg"
    assert started.customer_endpoint is not None
    assert started.customer_endpoint.reveal() == "+15550100"
    told = {name: value.reveal() for name, value in started.attributes.items()}
    assert told == {"mood": "worried", "empty": ""}
    assert started.media is not None
    assert started.media.started_at == NOW
    [connected] = [fact for fact in facts if isinstance(fact, AgentConnected)]
    assert connected.agent_id == "ann"
    assert await shared.cell.heard(contact_id) == decoded(spoken, customer="outbound")


async def test_a_parameter_that_cannot_be_used_leaves_the_call_heard(shared: Shared) -> None:
    parameters = {
        "language": "the Queen's",
        "agentId": "a.b",
        "initialContactId": "leg\n",
        "queue": "q" * 257,
        "customerTrack": "left",
        "endOnStop": "perhaps",
        "x" * 257: "y",
    }

    with capture_logs() as told:
        async with streaming(shared.url) as stream:
            await begun(stream, parameters)
            await stream.send(stream.sounds({"inbound": bytes(CHUNK)}))
            await stream.stop()

    facts = [fact.event for fact in await shared.cell.facts(stream.call)]
    assert isinstance(facts[0], ContactStarted)
    assert (facts[0].language, facts[0].queue, facts[0].attributes) == ("en-US", None, {})
    assert not any(isinstance(fact, AgentConnected) for fact in facts)
    assert await shared.cell.heard(stream.call) == {"from_customer": linear(bytes(CHUNK))}
    [warned] = [one for one in told if one["event"] == "twilio_parameters_left_out"]
    names = ("agentId", "attributes", "customerTrack", "endOnStop", "initialContactId")
    assert warned["names"] == (*names, "language", "queue")


async def test_what_is_new_to_us_is_passed_over(shared: Shared) -> None:
    more: dict[str, Any] = {"quality": {"mos": 4.2}}

    async with streaming(shared.url) as stream:
        await stream.connect(**more)
        await stream.start()
        await stream.send(stream.sounds({"inbound": bytes(CHUNK)}))
        await stream.say({"event": "weather", "streamSid": stream.sid} | more)
        await stream.say(stream.numbered("mark", mark={"name": "m"}))
        await stream.send(stream.sounds({"inbound": bytes(CHUNK)}))
        closed = await stream.stop()

    assert closed == (1000, "")
    assert await shared.cell.heard(stream.call) == {"from_customer": linear(bytes(2 * CHUNK))}
    assert await gaps(shared.cell, stream.call) == []
