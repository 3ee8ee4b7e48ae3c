"""Cartesia behind the Voice port.

Source: docs.cartesia.ai, `POST /tts/bytes` and "API errors", read in November 2026 for API
version 2026-03-01: from that one on, errors are objects with `error_code`.
"""

from collections.abc import AsyncGenerator

import msgspec
from msgspec import Struct

from ....errors import VoiceFailed
from .streaming import Asked, client, meaning_of, stream

_VERSION = "1"  # of this adapter
API_VERSION = "2026-03-01"
URL = "https://api.cartesia.ai"
MODEL = "sonic-3"
RATE_HZ = 16_000
# One of the vendor's own, which it names in its documentation; speaks every language.
VOICE = "694f9389-aac1-45b6-b726-9d9369183238"

# Of sonic-3.
_OF_SONIC_3 = (
    "en fr de es pt zh ja hi it ko nl pl ru sv tr tl bg ro ar cs el fi hr ms sk da ta uk hu "
    "no vi bn th he ka id te gu kn ml mr pa"
)
LANGUAGES = frozenset(_OF_SONIC_3.split())


class Access(Struct, frozen=True, kw_only=True):
    """Where and as whom it is asked. Shows no key."""

    api_key: str
    url: str = URL
    model: str = MODEL
    voice: str = VOICE

    def __repr__(self) -> str:
        return f"Access(url={self.url!r}, model={self.model!r})"


class CartesiaVoice:
    """Satisfies `Voice`."""

    sample_rate_hz = RATE_HZ

    def __init__(self, access: Access) -> None:
        self.name = f"cartesia-{access.model}/{_VERSION}"
        self._access = access
        headers = {"X-API-Key": access.api_key, "Cartesia-Version": API_VERSION}
        self._http = client(access.url, headers)

    async def aclose(self) -> None:
        """Close what is open."""
        await self._http.aclose()

    def speaks(self, language: str) -> bool:
        """See `Voice`."""
        return language in LANGUAGES

    def synthesise(
        self, text: str, *, language: str, voice: str | None, deadline_s: float
    ) -> AsyncGenerator[bytes]:
        """See `Voice`."""
        access = self._access
        body = {
            "model_id": access.model,
            "transcript": text,
            "voice": {"mode": "id", "id": voice or access.voice},
            "language": language,
            "output_format": {
                "container": "raw",
                "encoding": "pcm_s16le",
                "sample_rate": RATE_HZ,
            },
        }
        asked = Asked(path="/tts/bytes", body=body)
        return stream(self._http, asked, refusal=_refusal, deadline_s=deadline_s)


class _Error(Struct):
    error_code: str | None = None


def _refusal(status: int, body: bytes) -> VoiceFailed:
    try:
        code = msgspec.json.decode(body, type=_Error).error_code
    except msgspec.MsgspecError:
        code = None  # a proxy's page, or an older version's plain text
    match code:
        case "quota_exceeded" | "plan_upgrade_required":
            return VoiceFailed("unpaid", retry="never")
        case "concurrency_limited":
            return VoiceFailed("limited", retry="later")
        case _:
            return meaning_of(status)
