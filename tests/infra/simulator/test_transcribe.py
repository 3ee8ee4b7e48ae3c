"""The simulated Transcribe, spoken to in plain frames: as its documentation says it answers."""

import asyncio
import binascii
import hashlib
import hmac
import json
import struct
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
from antiphon.infra.simulator.transcribe.eventstream import Damaged, decoded
from antiphon.infra.simulator.transcribe.server import TranscribeServer
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

KEY, SECRET = "AKID", "secret"
HZ = 8_000
WAIT_S = 10.0
GIVEN = {
    "language-code": "en-US",
    "media-encoding": "pcm",
    "sample-rate": "8000",
    "enable-channel-identification": "true",
    "number-of-channels": "2",
    "enable-partial-results-stabilization": "true",
}
# Of the vendor's guide to event stream encoding: a message with no headers and no payload.
EMPTY = bytes.fromhex("000000100000000005c248eb7d98c8ff")


@asynccontextmanager
async def dialled(
    server: TranscribeServer, *, secret: str = SECRET, **changed: str
) -> AsyncGenerator[ClientConnection]:
    given = {**GIVEN, **{name.replace("_", "-"): value for name, value in changed.items()}}
    async with connect(address(server, given, secret=secret), close_timeout=0.2) as line:
        yield line


def address(server: TranscribeServer, given: dict[str, str], *, secret: str) -> str:
    at = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    scope = f"{at[:8]}/eu-central-1/transcribe/aws4_request"
    asked = given | {
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Credential": f"{KEY}/{scope}",
        "X-Amz-Date": at,
        "X-Amz-Expires": "300",
        "X-Amz-SignedHeaders": "host",
    }
    query = "&".join(f"{quote(k, safe='')}={quote(v, safe='')}" for k, v in sorted(asked.items()))
    path, host = "/stream-transcription-websocket", server.url.removeprefix("ws://")
    nothing = hashlib.sha256().hexdigest()
    canonical = f"GET\n{path}\n{query}\nhost:{host}\n\nhost\n{nothing}"
    text = f"AWS4-HMAC-SHA256\n{at}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = f"AWS4{secret}".encode()
    for part in (*scope.split("/"), text):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return f"{server.url}{path}?{query}&X-Amz-Signature={key.hex()}"


def framed(samples: bytes, *, kind: str = "AudioEvent") -> bytes:
    headers = b""
    for name, value in ((":message-type", "event"), (":event-type", kind)):
        headers += (
            bytes([len(name)])
            + name.encode()
            + b"\7"
            + struct.pack("!H", len(value))
            + value.encode()
        )
    prelude = struct.pack("!II", 16 + len(headers) + len(samples), len(headers))
    body = prelude + struct.pack("!I", binascii.crc32(prelude)) + headers + samples
    return body + struct.pack("!I", binascii.crc32(body))


def audio(duration_s: float, *words: tuple[int, float, float, int]) -> bytes:
    """Return two channels, with words as (channel, from, to, value)."""
    samples = np.zeros((round(duration_s * HZ), 2), "<i2")
    for channel, start, end, value in words:
        samples[round(start * HZ) : round(end * HZ), channel] = value
    return samples.tobytes()


async def told(line: ClientConnection) -> tuple[list[dict[str, Any]], str | None]:
    """Return all results to the end, and the name of the exception that ended it, if one did."""
    results: list[dict[str, Any]] = []
    exception = None
    async with asyncio.timeout(WAIT_S):
        async for raw in line:
            assert isinstance(raw, bytes)
            message = decoded(raw)
            payload = json.loads(message.payload)
            if message.headers[":message-type"] == "exception":
                exception = message.headers[":exception-type"]
                assert payload["Message"]
            else:
                results += payload["Transcript"]["Results"]
    return results, exception


def transcript(result: dict[str, Any]) -> str:
    return result["Alternatives"][0]["Transcript"]


async def test_words_are_told_as_they_come_get_stable_and_then_are_final() -> None:
    words = [(1, 0.5 + at / 2, 0.9 + at / 2, 7 + at) for at in range(4)]
    async with TranscribeServer(secrets={KEY: SECRET}) as server, dialled(server) as line:
        await line.send(framed(audio(4.0, *words)))
        await line.send(framed(b""))
        results, exception = await told(line)

    assert exception is None
    assert {one["ChannelId"] for one in results} == {"ch_1"}
    assert len({one["ResultId"] for one in results}) == 1
    *partials, final = results
    assert all(one["IsPartial"] for one in partials)
    assert not final["IsPartial"]
    assert transcript(final) == "w7 w8 w9 w10"
    assert (final["StartTime"], final["EndTime"]) == (0.5, 2.4)
    stable = [item["Stable"] for item in partials[-1]["Alternatives"][0]["Items"]]
    assert stable == sorted(stable, reverse=True)
    assert len(set(stable)) == 2


async def test_of_silence_nothing_is_said() -> None:
    async with TranscribeServer(secrets={KEY: SECRET}) as server, dialled(server) as line:
        await line.send(framed(audio(5.0)))
        await line.send(framed(b""))

        assert await told(line) == ([], None)


async def test_what_is_being_said_at_the_end_is_made_final() -> None:
    async with TranscribeServer(secrets={KEY: SECRET}) as server, dialled(server) as line:
        await line.send(framed(audio(0.5, (0, 0.1, 0.5, 3))))
        await line.send(framed(b""))
        results, _ = await told(line)

    assert [(transcript(one), one["IsPartial"]) for one in results] == [("w3", False)]


async def test_a_client_that_sends_no_audio_is_told_that_it_timed_out() -> None:
    async with (
        TranscribeServer(secrets={KEY: SECRET}, idle_s=0.05) as server,
        dialled(server) as line,
    ):
        assert await told(line) == ([], "BadRequestException")


@pytest.mark.parametrize(
    "frame", ["text", b"", framed(b"", kind="ConfigurationEvent"), framed(b"odd"), EMPTY]
)
async def test_a_frame_that_is_no_audio_event_ends_the_session(frame: str | bytes) -> None:
    async with TranscribeServer(secrets={KEY: SECRET}) as server, dialled(server) as line:
        await line.send(frame)

        assert await told(line) == ([], "BadRequestException")


@pytest.mark.parametrize(
    "changed",
    [
        {"language_code": "tlh"},
        {"sample_rate": "8k"},
        {"number_of_channels": "1"},
        {"show_speaker_label": "true"},
        {"vocabulary_name": "nobodys"},
    ],
)
async def test_a_wrong_parameter_is_told_in_the_open_session(changed: dict[str, str]) -> None:
    async with (
        TranscribeServer(secrets={KEY: SECRET}) as server,
        dialled(server, **changed) as line,
    ):
        assert await told(line) == ([], "BadRequestException")


async def test_more_streams_or_longer_ones_than_are_allowed_are_ended() -> None:
    async with (
        TranscribeServer(secrets={KEY: SECRET}, streams_max=1, audio_s_max=1.0) as server,
        dialled(server) as line,
    ):
        await line.send(framed(audio(0.5)))
        async with dialled(server) as second:
            assert await told(second) == ([], "LimitExceededException")
        await line.send(framed(audio(1.0)))

        assert await told(line) == ([], "LimitExceededException")


async def test_a_signature_by_another_secret_is_refused_in_the_handshake() -> None:
    async with TranscribeServer(secrets={KEY: SECRET}) as server:
        with pytest.raises(InvalidStatus) as refused:
            async with dialled(server, secret="another"):
                pytest.fail("it opened")

    response = refused.value.response
    assert response.status_code == 403
    assert response.headers["x-amzn-ErrorType"].startswith("InvalidSignatureException")


def test_the_message_of_the_vendors_guide_is_read_and_a_changed_one_is_not() -> None:
    assert (decoded(EMPTY).headers, decoded(EMPTY).payload) == ({}, b"")

    for at in range(len(EMPTY)):
        changed = bytearray(EMPTY)
        changed[at] ^= 1
        with pytest.raises(Damaged):
            decoded(bytes(changed))
