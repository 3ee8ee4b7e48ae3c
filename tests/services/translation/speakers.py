"""The voices under test, each beside what hears it: three vendors' servers, and a program."""

import json
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from textwrap import dedent
from typing import Protocol

from antiphon.errors import VoiceFailure
from antiphon.infra.simulator.voices.aura import AuraServer
from antiphon.infra.simulator.voices.cartesia import CartesiaServer
from antiphon.infra.simulator.voices.elevenlabs import ElevenLabsServer
from antiphon.infra.simulator.voices.server import KEY, Misbehaviour, VoiceServer, speech
from antiphon.services.translation.voice import Voice
from antiphon.services.translation.voices import aura, cartesia, elevenlabs
from antiphon.services.translation.voices.espeak import EspeakVoice

from ...contracts.voice import Listener

PAGE = "text/html; charset=utf-8"

# What every vendor's answer can be like, apart from refusals in its own words.
BROKEN: Mapping[str, tuple[Misbehaviour, VoiceFailure]] = {
    "cut": (Misbehaviour(cut_after=10_000), "cut_off"),
    "odd": (Misbehaviour(odd=True), "cut_off"),
    "empty": (Misbehaviour(empty=True), "empty"),
    "page": (Misbehaviour(content_type=PAGE), "not_audio"),
    "json": (Misbehaviour(content_type="application/json"), "not_audio"),
}
HANGING: Mapping[str, Misbehaviour] = {
    "hangs": Misbehaviour(hangs=True),
    "hangs in the middle": Misbehaviour(hangs_after=6_000),
    "slow": Misbehaviour(delay_s=30.0),
}
REFUSALS: Mapping[str, tuple[tuple[int, str, VoiceFailure], ...]] = {
    "cartesia": (
        (401, "unauthorized", "unauthorized"),
        (402, "quota_exceeded", "unpaid"),
        (429, "concurrency_limited", "limited"),
        (400, "language_not_supported", "refused"),
        (500, "internal_error", "unavailable"),
    ),
    "elevenlabs": (
        (401, "invalid_api_key", "unauthorized"),
        (401, "quota_exceeded", "unpaid"),
        (402, "payment_required", "unpaid"),
        (429, "too_many_concurrent_requests", "limited"),
        (429, "system_busy", "unavailable"),
        (404, "voice_not_found", "refused"),
        (503, "service_unavailable", "unavailable"),
    ),
    "aura": (
        (401, "INVALID_AUTH", "unauthorized"),
        (402, "ASR_PAYMENT_REQUIRED", "unpaid"),
        (403, "INSUFFICIENT_PERMISSIONS", "unauthorized"),
        (413, "PAYLOAD_TOO_LARGE", "refused"),
        (429, "TOO_MANY_REQUESTS", "limited"),
        (503, "SERVICE_UNAVAILABLE", "unavailable"),
    ),
}
# What the program can be made to do, and what that means.
PROGRAM: Mapping[str, VoiceFailure] = {
    "refuses": "refused",
    "noise": "not_audio",
    "other rate": "not_audio",
    "killed": "cut_off",
    "silent": "empty",
}
VENDORS = tuple(REFUSALS)


class Closing(Voice, Protocol):
    async def aclose(self) -> None: ...


class VendorListener:
    """Hears a vendor's server."""

    def __init__(self, vendor: str, server: VoiceServer, voice: Voice) -> None:
        self._vendor = vendor
        self._server = server
        self._voice = voice

    def is_said(self, text: str, samples: bytes) -> bool:
        return samples == speech(text, rate_hz=self._voice.sample_rate_hz)

    def asked_for(self) -> tuple[str, str]:
        heard = self._server.heard[-1]
        return heard.text, heard.language or ""

    def fail(self, how: str) -> None:
        for status, code, _ in REFUSALS[self._vendor]:
            if how == f"{status} {code}":
                refused = Misbehaviour(refusal=self._server.refusal(status, code))
                self._server.misbehave(always=refused)
                return
        broken = BROKEN[how][0] if how in BROKEN else HANGING.get(how, Misbehaviour(endless=True))
        self._server.misbehave(always=broken)


@asynccontextmanager
async def vendor_of(name: str) -> AsyncGenerator[tuple[VoiceServer, Closing]]:
    """Yield a vendor's server, and our client of it."""
    server: VoiceServer
    async with {
        "cartesia": CartesiaServer,
        "elevenlabs": ElevenLabsServer,
        "aura": AuraServer,
    }[name]() as server:
        voice = voice_of(name, server.url)
        try:
            yield server, voice
        finally:
            await voice.aclose()


def voice_of(name: str, url: str, *, api_key: str = KEY) -> Closing:
    """Return our client of a vendor."""
    match name:
        case "cartesia":
            return cartesia.CartesiaVoice(cartesia.Access(api_key=api_key, url=url))
        case "elevenlabs":
            return elevenlabs.ElevenLabsVoice(elevenlabs.Access(api_key=api_key, url=url))
        case _:
            return aura.AuraVoice(aura.Access(api_key=api_key, url=url))


class ProgramListener:
    """Stands where espeak-ng would: takes what it takes, and says each byte as a click."""

    def __init__(self, directory: Path) -> None:
        self.program = directory / "espeak-ng"
        self._log = directory / "asked.jsonl"
        self._how = directory / "how"
        self.program.write_text(f"#!{sys.executable} -ISE\n{_PROGRAM}")
        self.program.chmod(0o700)

    def is_said(self, text: str, samples: bytes) -> bool:
        return samples == b"".join(bytes([one, 0]) * 100 for one in text.encode())

    def asked_for(self) -> tuple[str, str]:
        asked = json.loads(self._log.read_text().splitlines()[-1])
        return asked["text"], asked["voice"]

    def fail(self, how: str) -> None:
        self._how.write_text(how)


# Source: espeak-ng's manual; a WAV to a pipe has a length that is as good as infinite.
_PROGRAM = dedent("""\
    import json, pathlib, signal, struct, os, sys, time
    here = pathlib.Path(__file__).parent
    arguments = sys.argv[1:]
    assert arguments[:5] == ["--stdin", "--stdout", "-b", "1", "-v"], arguments
    text = sys.stdin.buffer.read().decode()
    with (here / "asked.jsonl").open("a") as log:
        log.write(json.dumps({"text": text, "voice": arguments[5]}) + "\\n")
    how = (here / "how").read_text() if (here / "how").exists() else ""
    if how == "refuses":
        sys.exit("Error: The specified espeak-ng voice does not exist.")
    if how == "hangs":
        time.sleep(60)
    rate = 16000 if how == "other rate" else 22050
    endless = 0x7FFFF000
    header = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", endless + 36, b"WAVE", b"fmt ", 16, 1, 1,
                         rate, 2 * rate, 2, 16, b"data", endless)
    out = sys.stdout.buffer
    out.write(b"not a file of sound at all" if how == "noise" else header)
    if how not in ("noise", "silent"):
        out.write(b"".join(bytes([one, 0]) * 100 for one in text.encode()))
    out.flush()
    while how == "endless":
        out.write(bytes(100_000))
    if how == "hangs in the middle":
        time.sleep(60)
    if how == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
""")


def program(directory: Path) -> tuple[Voice, Listener]:
    """Return our adapter, and the program that it starts."""
    listener = ProgramListener(directory)
    return EspeakVoice(str(listener.program)), listener
