"""What Genesys brings is stored as it was sent, and what it tells of it is a fact."""

from typing import Any

import pytest
from antiphon.events.contact import ContactEnded, ContactStarted
from antiphon.events.media import AudioStreamClosed
from antiphon.events.subjects import audio_stream, facts_stream

from ...projections.world import TENANT
from ..ingest.world import NOW
from ..twilio.vendor import linear
from .client import (
    EXTERNAL,
    INTERNAL,
    OFFERS,
    ORGANIZATION,
    PARTICIPANT,
    SESSION,
    STEREO,
    Session,
    interleaved,
    probing,
    seconds,
    stream,
)
from .conftest import Call
from .spoken import FRAME, heard_of, voices

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_a_whole_conversation_is_stored_sample_for_sample_and_ends(call: Call) -> None:
    external, internal = voices(1, 100_123)

    audio = interleaved(external, internal)
    connections = await stream(lambda: call.urls[0], audio, conversation=call.id)

    assert connections == 1
    assert await call.heard() == heard_of(external, internal)
    assert await call.sums_agree()
    kinds = await call.kinds()
    assert kinds[0] == "contact_started"
    assert "audio_gap" not in kinds
    facts = await call.facts()
    assert isinstance(facts[-1], AudioStreamClosed)
    [ended] = [fact for fact in facts if isinstance(fact, ContactEnded)]
    assert ended.reason == "end"
    assert (ended.ended_at - NOW).total_seconds() == pytest.approx(100_123 / 8_000, abs=1e-5)


async def test_what_the_open_message_tells_of_the_contact_is_a_fact(call: Call) -> None:
    config = {"recording_consent": "yes", "tier": 2, "vip": True, "nested": {"no": 1}, "": "x"}

    async with call.hooked() as session:
        await session.open(customConfig=config)
        await session.close()

    started = (await call.facts())[0]
    assert isinstance(started, ContactStarted)
    assert started.instance_arn == f"genesys:{ORGANIZATION}"
    assert started.language == "en-GB"
    assert started.customer_endpoint is not None
    assert started.customer_endpoint.reveal() == "+1-555-555-1234"
    assert {name: value.reveal() for name, value in started.attributes.items()} == {
        "recording_consent": "yes",
        "tier": "2",
        "vip": "true",
        "audiohook_session": SESSION,
        "audiohook_participant": PARTICIPANT,
    }


@pytest.mark.parametrize("strange", ["x" * 40, "no language", "", None])
async def test_a_language_that_is_none_is_passed_over(call: Call, strange: str | None) -> None:
    async with call.hooked() as session:
        await session.open(language=strange, customConfig="not an object")
        await session.close()

    started = (await call.facts())[0]
    assert isinstance(started, ContactStarted)
    assert started.language == "en-US"


@pytest.mark.parametrize("reason", ["disconnect", "error", "reconnect"])
async def test_a_close_for_another_reason_leaves_the_contact_as_it_is(
    call: Call, reason: str
) -> None:
    async with call.hooked() as session:
        await session.open()
        await session.send(interleaved(FRAME, FRAME))
        await session.close(reason)

    assert await call.heard() == heard_of(FRAME, FRAME)
    kinds = await call.kinds()
    assert "contact_ended" not in kinds
    assert "audio_stream_closed" not in kinds


async def ends(call: Call) -> list[int]:
    streams = (facts_stream(TENANT), audio_stream(TENANT))
    return [(await call.cell.log.state(name)).last for name in streams]


async def test_a_probe_is_answered_and_leaves_no_fact(call: Call) -> None:
    before = await ends(call)

    async with call.hooked() as session:
        await session.tell("open", probing())
        opened = await session.expect("opened")
        await session.ping()
        await session.close()

    assert await ends(call) == before
    assert opened == {"media": [STEREO], "startPaused": False}


async def test_a_pause_is_a_gap_and_nothing_is_shifted(call: Call) -> None:
    async with call.hooked() as session:
        await session.open()
        await session.send(interleaved(FRAME, FRAME))
        await session.tell("paused")
        await session.ping()
        paused_at = session.position
        session.position += 8_000
        lost = {"start": seconds(paused_at), "discarded": "PT1S"}
        await session.tell("resumed", lost)
        await session.send(interleaved(FRAME, FRAME))
        await session.close()

    assert await call.gaps() == [("from_customer", 200, 1_200), ("to_customer", 200, 1_200)]
    assert await call.heard() == heard_of(FRAME * 2, FRAME * 2)


async def test_what_is_discarded_is_a_gap_at_its_place(call: Call) -> None:
    async with call.hooked() as session:
        await session.open()
        await session.tell("discarded", {"start": "PT0S", "discarded": "PT0.5S"})
        await session.send(interleaved(FRAME, FRAME))
        await session.tell("discarded", {"start": "PT0.7S", "discarded": "PT.3S"})
        await session.tell("discarded", {"start": "PT0S", "discarded": "PT0.1S"})
        await session.send(interleaved(FRAME, FRAME))
        await session.close()

    assert await call.gaps() == [("from_customer", 200, 500), ("to_customer", 200, 500)]
    [ended] = [fact for fact in await call.facts() if isinstance(fact, ContactEnded)]
    assert (ended.ended_at - NOW).total_seconds() == 1.2


@pytest.mark.parametrize(
    ("offers", "taken", "tracks"),
    [
        (OFFERS[::-1], STEREO, ["from_customer", "to_customer"]),
        ([STEREO | {"channels": ["internal", "external"]}], None, ["to_customer", "from_customer"]),
        ([EXTERNAL, INTERNAL], EXTERNAL, ["from_customer"]),
        ([INTERNAL], INTERNAL, ["to_customer"]),
        ([STEREO | {"format": "L16"}, EXTERNAL], EXTERNAL, ["from_customer"]),
        ([STEREO | {"rate": 16_000}, INTERNAL], INTERNAL, ["to_customer"]),
    ],
)
async def test_of_the_offered_media_the_one_with_most_channels_is_taken(
    call: Call, offers: list[Any], taken: Any, tracks: list[str]
) -> None:
    channels = [FRAME, FRAME[::-1]][: len(tracks)]
    audio = interleaved(*channels) if len(channels) == 2 else FRAME

    async with call.hooked() as session:
        await session.tell("open", session.opening(media=offers))
        opened = await session.expect("opened")
        await session.send(audio, channels=len(channels))
        await session.close()

    assert opened["media"] == [taken or offers[0]]
    assert await call.heard() == dict(zip(tracks, map(linear, channels), strict=True))


async def test_a_recording_that_comes_at_once_is_taken_whole(call: Call) -> None:
    external, internal = voices(9, 29 * 8_000)
    audio = interleaved(external, internal)

    async with call.hooked() as session:
        await session.open()
        for start in range(0, len(audio), 64_000):
            await session.send(audio[start : start + 64_000])
        await session.close()

    assert await call.heard() == heard_of(external, internal)


async def test_messages_are_answered_in_their_order(call: Call) -> None:
    async with call.hooked() as session:
        await session.open(supportedLanguages=True)
        await session.tell("ping")
        await session.tell("update", {"language": "de-DE"})
        await session.tell("error", {"code": 429, "message": "slow down", "retryAfter": "PT3S"})
        await session.tell("dtmf", {"digit": "5"})
        await session.tell("open", session.opening())
        await session.tell("ping")
        answers = [(told["type"], told["clientseq"]) for told in await heard(session, 3)]
        await session.close()

    assert answers == [("pong", 2), ("updated", 3), ("pong", 7)]


async def heard(session: Session, count: int) -> list[dict[str, Any]]:
    return [await session.hear() for _ in range(count)]
