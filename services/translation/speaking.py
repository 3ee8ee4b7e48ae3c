"""A text spoken by the first of a tenant's voices that can, within a time."""

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import aclosing

import structlog
from msgspec import Struct

from ...errors import VoiceFailed
from ...events.base import TenantName
from .voice import Voice, Voices, wav

SPEECH_DEADLINE_S = 20.0  # of all voices together: the agent waits for it
VOICE_DEADLINE_S = 10.0  # of one of them

# Who failed is passed over for so long, where another can speak.
_REST_S: Mapping[str, float] = {"now": 0.0, "later": 20.0, "never": 300.0}

log = structlog.get_logger()


class Spoken(Struct, frozen=True, kw_only=True):
    """A text as a WAV file."""

    audio: bytes
    voice: str  # name and version
    sample_rate_hz: int
    duration_ms: int
    took_ms: int


class Speaker:
    """Asks a tenant's voices in their order; who is resting comes last."""

    def __init__(self, voices: Voices, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._voices = voices
        self._clock = clock
        self._resting: dict[int, float] = {}  # by voice: until when

    async def speak(
        self, text: str, *, tenant: TenantName, language: str, named: Mapping[str, str]
    ) -> Spoken:
        """Return the text spoken; `named` says by vendor which of its voices speaks.

        Raises:
            VoiceFailed: none spoke it; says why the last one did not.
        """
        began, failure = self._clock(), VoiceFailed("unconfigured", retry="never")
        for vendor, voice in self._in_order(tenant, language):
            left_s = SPEECH_DEADLINE_S - (self._clock() - began)
            if left_s <= 0:
                break
            try:
                samples = await _samples_of(
                    voice, text, language=language, named=named.get(vendor), within_s=left_s
                )
            except VoiceFailed as error:
                failure = error
                self._resting[id(voice)] = self._clock() + _REST_S[error.retry]
                log.warning("voice_failed", voice=voice.name, tenant=tenant, reason=error.reason)
                continue
            self._resting.pop(id(voice), None)
            return _spoken(samples, voice, took_s=self._clock() - began)
        raise failure

    def _in_order(self, tenant: TenantName, language: str) -> list[tuple[str, Voice]]:
        now = self._clock()
        able = [one for one in self._voices.of(tenant) if one[1].speaks(language)]
        # `sorted` is stable: among those that rest, and among the others, the order stays.
        return sorted(able, key=lambda one: self._resting.get(id(one[1]), 0.0) > now)


async def _samples_of(
    voice: Voice, text: str, *, language: str, named: str | None, within_s: float
) -> bytes:
    deadline_s = min(VOICE_DEADLINE_S, within_s)
    speaking = voice.synthesise(text, language=language, voice=named, deadline_s=deadline_s)
    pieces = bytearray()
    try:
        # A voice keeps its own deadline; this one is for one that does not.
        async with asyncio.timeout(within_s), aclosing(speaking):
            async for piece in speaking:
                pieces += piece
    except TimeoutError:
        raise VoiceFailed("late") from None
    return bytes(pieces)


def _spoken(samples: bytes, voice: Voice, *, took_s: float) -> Spoken:
    rate_hz = voice.sample_rate_hz
    return Spoken(
        audio=wav(samples, rate_hz=rate_hz),
        voice=voice.name,
        sample_rate_hz=rate_hz,
        duration_ms=len(samples) * 500 // rate_hz,
        took_ms=round(took_s * 1_000),
    )
