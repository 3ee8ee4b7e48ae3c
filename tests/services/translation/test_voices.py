"""The voice contract, for three vendors and a program; and what only vendors do."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import httpx
import pytest
from antiphon.errors import VoiceFailed, VoiceFailure
from antiphon.infra.simulator.voices.server import KEY, Heard, Misbehaviour
from antiphon.services.translation.voice import Voice
from antiphon.services.translation.voices.espeak import EspeakVoice

from ...contracts.voice import TEXT, Listener, VoiceContract, spoken
from .speakers import (
    BROKEN,
    HANGING,
    PROGRAM,
    REFUSALS,
    VENDORS,
    VendorListener,
    program,
    vendor_of,
    voice_of,
)

Pair = tuple[Voice, Listener]


def failures_of(vendor: str) -> list[Any]:
    refused = [
        pytest.param((f"{status} {code}", reason), id=f"{status} {code}")
        for status, code, reason in REFUSALS[vendor]
    ]
    broken = [pytest.param((how, reason), id=how) for how, (_, reason) in BROKEN.items()]
    return refused + broken


class OfVendor(VoiceContract):
    vendor: str

    @pytest.fixture
    async def pair(self) -> AsyncGenerator[Pair]:
        async with vendor_of(self.vendor) as (server, voice):
            yield voice, VendorListener(self.vendor, server, voice)

    @pytest.fixture
    def voice(self, pair: Pair) -> Voice:
        return pair[0]

    @pytest.fixture
    def listener(self, pair: Pair) -> Listener:
        return pair[1]

    @pytest.fixture(params=list(HANGING))
    def hanging(self, request: pytest.FixtureRequest) -> str:
        return request.param


class TestCartesia(OfVendor):
    vendor = "cartesia"

    @pytest.fixture(params=failures_of("cartesia"))
    def failure(self, request: pytest.FixtureRequest) -> tuple[str, VoiceFailure]:
        return request.param


class TestElevenLabs(OfVendor):
    vendor = "elevenlabs"

    @pytest.fixture(params=failures_of("elevenlabs"))
    def failure(self, request: pytest.FixtureRequest) -> tuple[str, VoiceFailure]:
        return request.param


class TestAura(OfVendor):
    vendor = "aura"

    @pytest.fixture(params=failures_of("aura"))
    def failure(self, request: pytest.FixtureRequest) -> tuple[str, VoiceFailure]:
        return request.param


class TestProgram(VoiceContract):
    @pytest.fixture
    def pair(self, tmp_path: Path) -> Pair:
        return program(tmp_path)

    @pytest.fixture
    def voice(self, pair: Pair) -> Voice:
        return pair[0]

    @pytest.fixture
    def listener(self, pair: Pair) -> Listener:
        return pair[1]

    @pytest.fixture(params=["hangs", "hangs in the middle"])
    def hanging(self, request: pytest.FixtureRequest) -> str:
        return request.param

    @pytest.fixture(params=list(PROGRAM.items()), ids=list(PROGRAM))
    def failure(self, request: pytest.FixtureRequest) -> tuple[str, VoiceFailure]:
        return request.param


@pytest.mark.parametrize("vendor", VENDORS)
async def test_a_vendor_that_stumbles_once_is_asked_again(vendor: str) -> None:
    async with vendor_of(vendor) as (server, voice):
        server.misbehave(Misbehaviour(refusal=server.refusal(503, "unavailable")))

        pieces = await spoken(voice, TEXT, language="es")

    assert server.requests == 2
    assert pieces


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize(("status", "code"), [(401, "unauthorized"), (402, "payment_required")])
async def test_who_is_refused_for_good_is_not_asked_again(
    vendor: str, status: int, code: str
) -> None:
    async with vendor_of(vendor) as (server, voice):
        server.misbehave(always=Misbehaviour(refusal=server.refusal(status, code)))

        with pytest.raises(VoiceFailed) as failed:
            await spoken(voice, TEXT, language="es")

    assert (server.requests, failed.value.retry) == (1, "never")


async def test_a_vendor_that_says_when_is_asked_then_and_not_much_later() -> None:
    async with vendor_of("cartesia") as (server, voice):
        code = "concurrency_limited"
        server.misbehave(Misbehaviour(refusal=server.refusal(429, code, Retry_After="0")))
        await spoken(voice, TEXT, language="es")
        server.misbehave(always=Misbehaviour(refusal=server.refusal(429, code, Retry_After="30")))
        with pytest.raises(VoiceFailed) as failed:
            await spoken(voice, TEXT, language="es")

    assert server.requests == 3
    assert (failed.value.reason, failed.value.retry) == ("limited", "later")


@pytest.mark.parametrize("vendor", VENDORS)
async def test_audio_that_broke_off_is_not_asked_for_again(vendor: str) -> None:
    async with vendor_of(vendor) as (server, voice):
        server.misbehave(Misbehaviour(cut_after=10_000))

        with pytest.raises(VoiceFailed):
            await spoken(voice, TEXT, language="es")

    assert server.requests == 1, "its beginning had been handed on"


@pytest.mark.parametrize("vendor", VENDORS)
async def test_the_voice_that_is_named_is_the_one_that_speaks(vendor: str) -> None:
    named = {"aura": "aura-2-estrella-es"}.get(vendor, "another1")
    async with vendor_of(vendor) as (server, voice):
        speaking = voice.synthesise(TEXT, language="es", voice=named, deadline_s=5.0)
        async with aclosing(speaking) as pieces:
            _ = [piece async for piece in pieces]

    assert server.heard == [Heard(text=TEXT, voice=named, language="es", rate_hz=16_000)]


@pytest.mark.parametrize("vendor", VENDORS)
async def test_a_vendor_that_is_not_there_is_said_to_be_away(vendor: str) -> None:
    voice = voice_of(vendor, "http://127.0.0.1:1")

    with pytest.raises(VoiceFailed) as failed:
        await spoken(voice, TEXT, language="es")
    await voice.aclose()

    assert failed.value.reason == "unavailable"


@pytest.mark.parametrize("vendor", VENDORS)
async def test_a_key_is_shown_to_its_vendor_and_nobody_else(vendor: str) -> None:
    async with vendor_of(vendor) as (server, _):
        wrong = voice_of(vendor, server.url, api_key="another")
        with pytest.raises(VoiceFailed) as failed:
            await spoken(wrong, TEXT, language="es")
        await wrong.aclose()

    assert failed.value.reason == "unauthorized"
    assert KEY not in repr(failed.value)
    assert "another" not in repr(vars(wrong).get("_access"))


async def test_a_server_refuses_what_its_documentation_does_not_know() -> None:
    async with vendor_of("cartesia") as (server, _), httpx.AsyncClient() as http:
        headers = {"X-API-Key": KEY, "Cartesia-Version": "2019-01-01"}
        answer = await http.post(f"{server.url}/tts/bytes", headers=headers, json={})
        headers["Cartesia-Version"] = "2026-03-01"
        without = await http.post(f"{server.url}/tts/bytes", headers=headers, json={})

    assert (answer.status_code, answer.json()["error_code"]) == (400, "invalid_version")
    assert (without.status_code, without.json()["error_code"]) == (400, "invalid_request")


@pytest.mark.parametrize("named", ["--help", "en; rm -rf", "../voices", "EN", "-w"])
async def test_no_voice_that_is_an_option_or_a_path_is_handed_to_the_program(
    tmp_path: Path, named: str
) -> None:
    voice, _ = program(tmp_path)

    with pytest.raises(VoiceFailed) as failed:
        await anext(voice.synthesise("hello", language="en", voice=named, deadline_s=5.0))

    assert failed.value.reason == "refused"
    assert not (tmp_path / "asked.jsonl").exists()


async def test_a_program_that_is_gone_is_no_voice(tmp_path: Path) -> None:
    voice = EspeakVoice(str(tmp_path / "espeak-ng"))

    with pytest.raises(VoiceFailed) as failed:
        await spoken(voice, "hello", language="en")

    assert (failed.value.reason, failed.value.retry) == ("unavailable", "never")
