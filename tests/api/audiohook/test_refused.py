"""What is not of the protocol ends the session by name, and what was stored stays."""

import json
from typing import Any

import pytest
from structlog.testing import capture_logs
from websockets.asyncio.client import connect

from .client import (
    EXTERNAL,
    NULL,
    SESSION,
    STEREO,
    Session,
    interleaved,
    opening,
    uuid_of,
)
from .conftest import Call
from .spoken import FRAME, heard_of

pytestmark = pytest.mark.asyncio(loop_scope="package")

HEARD = heard_of(FRAME, FRAME)


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in opening().items() if key != name}


@pytest.mark.parametrize(
    ("parameters", "problem"),
    [
        ([], "parameters_malformed"),
        (None, "parameters_malformed"),
        (without("organizationId"), "parameters_malformed"),
        (without("conversationId"), "parameters_malformed"),
        (without("participant"), "parameters_malformed"),
        (without("media"), "parameters_malformed"),
        (opening(conversationId="../../etc"), "parameters_malformed"),
        (opening(conversationId=f"{uuid_of(1)}\n"), "parameters_malformed"),
        (opening(participant={"id": "John"}), "parameters_malformed"),
        (opening(media=[{"type": "audio"}]), "parameters_malformed"),
        (opening(media=[STEREO] * 65), "parameters_malformed"),
        (opening(continuedSessions=[{"id": "x"}]), "parameters_malformed"),
        (opening(continuedSessions=[{"id": NULL}] * 65), "parameters_malformed"),
        (opening(media=[]), "media_unsupported"),
        (opening(media=[STEREO | {"format": "L16"}]), "media_unsupported"),
        (opening(media=[STEREO | {"rate": 16_000}]), "media_unsupported"),
        (opening(media=[STEREO | {"type": "video"}]), "media_unsupported"),
        (opening(media=[EXTERNAL | {"channels": []}]), "media_unsupported"),
        (opening(media=[EXTERNAL | {"channels": ["external"] * 2}]), "media_unsupported"),
        (opening(media=[EXTERNAL | {"channels": ["elsewhere"]}]), "media_unsupported"),
    ],
)
async def test_an_open_message_that_cannot_be_taken_starts_nothing(
    call: Call, parameters: Any, problem: str
) -> None:
    async with call.hooked() as session:
        if parameters and parameters.get("conversationId") == opening()["conversationId"]:
            parameters |= {"conversationId": call.id}
        await session.tell("open", parameters)
        parted = await session.parted()

    assert parted == {"reason": "error", "info": problem}
    assert await call.facts() == []


@pytest.mark.parametrize(
    ("told", "problem"),
    [
        ({"type": "ping"}, "open_expected"),
        ({"version": "1"}, "message_malformed"),
        ({"seq": 2}, "sequence_gap"),
        ({"seq": 0}, "sequence_gap"),
        ({"seq": -1}, "message_malformed"),
        ({"seq": "1"}, "message_malformed"),
        ({"serverseq": 1}, "serverseq_unknown"),
        ({"id": uuid_of(9)}, "session_mismatch"),
        ({"id": "30b0e395"}, "message_malformed"),
        ({"type": 7}, "message_malformed"),
        ({"position": "12"}, "duration_malformed"),
        ({"position": "PT-1S"}, "duration_malformed"),
        ({"position": f"PT{'9' * 40}S"}, "duration_malformed"),
        ({"padding": "x" * 65_536}, "message_oversized"),
    ],
)
async def test_a_first_message_that_is_none_starts_nothing(
    call: Call, told: dict[str, Any], problem: str
) -> None:
    async with call.hooked() as session:
        await session.tell("open", session.opening(), **told)
        parted = await session.parted()

    assert parted == {"reason": "error", "info": problem}
    assert await call.facts() == []


DEEP = "[" * 30_000 + "]" * 30_000


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '{"type":"open"}', "\x00", "[" * 9_999, f'{{"x":{DEEP}}}']
)
async def test_a_text_that_is_no_message_is_refused(call: Call, text: str) -> None:
    async with call.hooked() as session:
        await session.socket.send(text)
        parted = await session.parted()

    assert parted == {"reason": "error", "info": "message_malformed"}


async def test_a_configuration_that_is_nested_without_end_is_refused(call: Call) -> None:
    async with call.hooked() as session:
        session.seq = 1
        told = {"version": "2", "id": SESSION, "type": "open", "seq": 1, "serverseq": 0}
        told |= {"position": "PT0S", "parameters": session.opening(customConfig="DEEP")}
        await session.socket.send(json.dumps(told).replace('"DEEP"', DEEP))
        parted = await session.parted()

    assert parted == {"reason": "error", "info": "message_malformed"}
    assert await call.facts() == []


async def test_audio_before_the_session_is_open_is_refused(call: Call) -> None:
    async with call.hooked() as session:
        await session.send(interleaved(FRAME, FRAME))
        parted = await session.parted()

    assert parted == {"reason": "error", "info": "open_expected"}


def telling(type_: str, parameters: Any, **envelope: Any) -> Any:
    async def tell(session: Session) -> None:
        await session.tell(type_, parameters, **envelope)

    return tell


def sending(audio: bytes) -> Any:
    async def send(session: Session) -> None:
        await session.send(audio)

    return send


async def send_while_paused(session: Session) -> None:
    await session.tell("paused")
    await session.send(interleaved(FRAME, FRAME))


@pytest.mark.parametrize(
    ("misbehave", "problem"),
    [
        (sending(b""), "frame_empty"),
        (sending(bytes(3)), "frame_of_half_samples"),
        (sending(bytes(65_538)), "frame_oversized"),
        (send_while_paused, "audio_while_paused"),
        (telling("discarded", {"start": "PT0S", "discarded": "PT61S"}), "samples_in_future"),
        (telling("resumed", {"start": "PT999999999S", "discarded": "PT0S"}), "samples_in_future"),
        (telling("ping", {}, seq=2), "sequence_gap"),
        (telling("ping", {}, seq=9), "sequence_gap"),
        (telling("ping", {}, id=uuid_of(5)), "session_mismatch"),
        (telling("ping", {}, serverseq=99), "serverseq_unknown"),
        (telling("ping", []), "parameters_malformed"),
        (telling("close", {"reason": "bored"}), "parameters_malformed"),
        (telling("discarded", {"start": "PT1S"}), "parameters_malformed"),
        (telling("discarded", {"start": "PT1S", "discarded": "1S"}), "duration_malformed"),
        (telling("resumed", {"start": "PT1M", "discarded": "PT1S"}), "duration_malformed"),
        (telling("error", {"code": "x"}), "parameters_malformed"),
    ],
)
async def test_a_message_that_does_not_follow_ends_the_session_and_not_what_is_stored(
    call: Call, misbehave: Any, problem: str
) -> None:
    async with call.hooked() as session:
        await session.open()
        await session.send(interleaved(FRAME, FRAME))
        await session.ping()
        await misbehave(session)
        parted = await session.parted()

    assert parted == {"reason": "error", "info": problem}
    assert await call.heard() == HEARD
    assert "contact_ended" not in await call.kinds()


async def test_after_a_refusal_the_conversation_goes_on(call: Call) -> None:
    async with call.hooked() as session:
        await session.open()
        await session.send(interleaved(FRAME, FRAME))
        await session.send(b"x")
        await session.parted()
    async with call.hooked() as session:
        session.position = 1_600
        await session.open()
        await session.send(interleaved(FRAME, FRAME))
        await session.close()

    assert await call.heard() == {track: samples * 2 for track, samples in HEARD.items()}


async def test_nothing_personal_is_logged(call: Call) -> None:
    with capture_logs() as lines:
        async with call.hooked() as session:
            await session.open()
            await session.send(b"x")
            await session.parted()
        async with call.hooked() as session:
            await session.tell("open", session.opening(media="Jane Roe +1-555-555-9999"))
            await session.parted()

    assert {line["event"] for line in lines} >= {"audiohook_opened", "audiohook_refused"}
    for personal in ("555", "John", "Jane", "Roe"):
        assert personal not in json.dumps(lines, default=str)


async def test_a_host_that_names_no_tenant_is_refused(call: Call) -> None:
    port = int(call.urls[0].rpartition(":")[2])
    async with connect("ws://nobody.example/v1/audiohook", host="127.0.0.1", port=port) as socket:
        session = Session(socket, NULL, call.id)
        parted = await session.parted()

    assert parted == {"reason": "unauthorized", "info": "tenant_unknown"}
