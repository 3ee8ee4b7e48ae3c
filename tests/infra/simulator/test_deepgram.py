"""The simulated Deepgram, spoken to in plain frames: as its documentation says it answers."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pytest
from antiphon.infra.simulator.deepgram.misbehaviour import Misbehaviour
from antiphon.infra.simulator.deepgram.query import BadQuery, query_of
from antiphon.infra.simulator.deepgram.server import DeepgramServer
from antiphon.infra.simulator.deepgram.words import NoWords
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from ...waiting import until

KEY = "k"
WAIT_S = 10.0
HZ = 8_000
GIVEN = {
    "model": "nova-3",
    "encoding": "linear16",
    "sample_rate": "8000",
    "channels": "2",
    "multichannel": "true",
    "interim_results": "true",
    "endpointing": "300",
    "utterance_end_ms": "1000",
    "vad_events": "true",
    "smart_format": "true",
}


@asynccontextmanager
async def dialled(
    server: DeepgramServer, *, key: str = KEY, **changed: str
) -> AsyncGenerator[ClientConnection]:
    address = f"{server.url}/v1/listen?{urlencode({**GIVEN, **changed})}"
    headers = {"Authorization": f"Token {key}"}
    async with connect(address, additional_headers=headers, close_timeout=0.2) as line:
        yield line


def audio(duration_s: float, *words: tuple[int, float, float, int]) -> bytes:
    """Return two channels, with words as (channel, from, to, value)."""
    samples = np.zeros((round(duration_s * HZ), 2), "<i2")
    for channel, start, end, value in words:
        samples[round(start * HZ) : round(end * HZ), channel] = value
    return samples.tobytes()


async def say(line: ClientConnection, kind: str) -> None:
    await line.send(json.dumps({"type": kind}))


async def told(line: ClientConnection) -> tuple[list[dict[str, Any]], int]:
    """Return all messages to the end, and the close code."""
    async with asyncio.timeout(WAIT_S):
        # Ends with a close as it should be.
        messages = [json.loads(message) async for message in line]
    assert line.close_code is not None
    return messages, line.close_code


def of(messages: list[dict[str, Any]], kind: str, **wanted: Any) -> list[dict[str, Any]]:
    return [
        one
        for one in messages
        if one["type"] == kind and all(one.get(key) == value for key, value in wanted.items())
    ]


def transcript(message: dict[str, Any]) -> str:
    return message["channel"]["alternatives"][0]["transcript"]


async def test_words_are_told_as_they_come_then_finally_then_the_utterance_ends() -> None:
    async with DeepgramServer(keys={KEY}) as server, dialled(server) as line:
        await line.send(audio(4.0, (1, 0.5, 0.8, 7), (1, 0.9, 1.2, 8)))
        await say(line, "CloseStream")
        messages, code = await told(line)

    own = [m for m in messages if m.get("channel_index", m.get("channel")) == [1, 2]]
    assert of(own, "SpeechStarted")[0]["timestamp"] == 0.5
    assert transcript(of(own, "Results", is_final=False)[0]) == "w7"
    (final,) = [m for m in of(own, "Results", is_final=True) if transcript(m)]
    assert (transcript(final), final["speech_final"], final["start"]) == ("w7 w8", True, 0.0)
    assert [(w["start"], w["end"]) for w in final["channel"]["alternatives"][0]["words"]] == [
        (0.5, 0.8),
        (0.9, 1.2),
    ]
    assert of(own, "UtteranceEnd")[0]["last_word_end"] == 1.2
    assert messages[-1]["type"] == "Metadata"
    assert (messages[-1]["duration"], messages[-1]["channels"], code) == (4.0, 2, 1000)


async def test_finals_of_a_channel_join_without_a_hole_or_an_overlap() -> None:
    async with DeepgramServer(keys={KEY}) as server, dialled(server) as line:
        words = [(0, at / 2, at / 2 + 0.4, at + 1) for at in range(40)]
        for frame in range(200):
            await line.send(audio(20.0, *words)[frame * 3_200 : (frame + 1) * 3_200])
        await say(line, "CloseStream")
        messages, _ = await told(line)

    finals = of(messages, "Results", is_final=True, channel_index=[0, 2])
    ends = [0.0] + [one["start"] + one["duration"] for one in finals]
    assert [one["start"] for one in finals] == pytest.approx(ends[:-1], abs=0.001)
    assert " ".join(filter(None, map(transcript, finals))).split() == [
        f"w{at + 1}" for at in range(40)
    ]


async def test_finalize_makes_final_what_is_being_said() -> None:
    async with DeepgramServer(keys={KEY}) as server, dialled(server) as line:
        await line.send(audio(0.5, (0, 0.1, 0.5, 3)))
        await say(line, "Finalize")
        async with asyncio.timeout(WAIT_S):
            while not (message := json.loads(await line.recv())).get("from_finalize"):
                pass

    assert (transcript(message), message["is_final"], message["speech_final"]) == ("w3", True, True)


async def test_each_socket_begins_at_zero() -> None:
    async with DeepgramServer(keys={KEY}) as server:
        for _ in range(2):
            async with dialled(server) as line:
                await line.send(audio(1.5, (0, 0.2, 0.6, 3)))
                await say(line, "CloseStream")
                messages, _ = await told(line)

            assert of(messages, "Results", is_final=True)[0]["start"] == 0.0


async def test_a_client_that_sends_nothing_is_closed_with_net_0001() -> None:
    async with DeepgramServer(keys={KEY}, idle_s=0.1) as server, dialled(server) as line:
        await say(line, "KeepAlive")  # a word alone does not hold what never had audio
        with pytest.raises(ConnectionClosed) as closed:
            await asyncio.wait_for(line.recv(), WAIT_S)

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1011
    assert "net0001" in closed.value.rcvd.reason


async def test_a_control_message_it_cannot_read_is_objected_to() -> None:
    async with DeepgramServer(keys={KEY}) as server, dialled(server) as line:
        await say(line, "keepalive")
        async with asyncio.timeout(WAIT_S):
            message = json.loads(await line.recv())

    assert (message["type"], message["variant"]) == ("Error", "SchemaError")


@pytest.mark.parametrize(
    ("key", "changed", "status"),
    [("wrong", {}, 401), (KEY, {"model": "nova-9"}, 400), (KEY, {"sample_rate": "8k"}, 400)],
)
async def test_a_handshake_that_is_wrong_is_refused(
    key: str, changed: dict[str, str], status: int
) -> None:
    async with DeepgramServer(keys={KEY}) as server:
        with pytest.raises(InvalidStatus) as refused:
            async with dialled(server, key=key, **changed):
                pytest.fail("it opened")

    assert refused.value.response.status_code == status


async def test_more_streams_than_a_project_has_are_refused_with_429() -> None:
    async with DeepgramServer(keys={KEY}, streams_max=1) as server, dialled(server):
        with pytest.raises(InvalidStatus) as refused:
            async with dialled(server):
                pytest.fail("it opened")

    assert refused.value.response.status_code == 429


async def test_for_load_nothing_is_heard_and_all_of_it_is_answered() -> None:
    async with DeepgramServer(keys={KEY}, finders=NoWords) as server, dialled(server) as line:
        await line.send(audio(10.0, (0, 0.1, 9.0, 3)))
        await say(line, "CloseStream")
        messages, _ = await told(line)

    results = of(messages, "Results", channel_index=[0, 2])
    assert {transcript(one) for one in results} == {""}
    assert max(one["start"] + one["duration"] for one in results) == 10.0


async def test_a_half_open_socket_answers_no_ping() -> None:
    bad = Misbehaviour(deaf_at_ms=100)
    async with (
        DeepgramServer(keys={KEY}, misbehaves=lambda _: bad) as server,
        dialled(server) as line,
    ):
        await line.send(audio(0.2))
        await until(lambda: bool(server.sockets) and server.sockets[0].heard_ms >= 100)
        pong = await line.ping()
        done, _ = await asyncio.wait([asyncio.ensure_future(pong)], timeout=0.2)

        assert not done
        server.cut()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"language": "tlh"}, "language"),
        ({"encoding": "mp3"}, "encoding"),
        ({"channels": "21"}, "channels"),
        ({"multichannel": "false"}, "multichannel"),
        ({"multichannel": "True"}, "true or false"),
        ({"interim_results": "false"}, "interim_results"),
        ({"utterance_end_ms": "500"}, "utterance_end_ms"),
        ({"endpointing": "soon"}, "endpointing"),
        ({"keywords": "router"}, "keyterm"),
        ({"keyterm": "a " * 501}, "limit"),
        ({"keyterm": "a", "model": "nova-2"}, "nova-3"),
    ],
)
def test_a_query_that_is_wrong_is_refused_by_name(changed: dict[str, str], said: str) -> None:
    query_of(urlencode(GIVEN))

    with pytest.raises(BadQuery, match=said):
        query_of(urlencode({**GIVEN, **changed}))
