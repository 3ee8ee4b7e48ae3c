"""ElevenLabs behind the Voice port.

Source: elevenlabs.io/docs, `POST /v1/text-to-speech/{voice_id}/stream` and "Errors", read in
November 2026. The path carries the API's version. A used-up quota is answered with 401.
"""

from collections.abc import AsyncGenerator
from urllib.parse import quote

import msgspec
from msgspec import Struct

from ....errors import VoiceFailed
from .streaming import Asked, client, meaning_of, stream

_VERSION = "1"  # of this adapter
URL = "https://api.elevenlabs.io"
MODEL = "eleven_flash_v2_5"
RATE_HZ = 16_000  # `pcm_44100` takes a dearer plan
VOICE = "21m00Tcm4TlvDq8ikWAM"  # one of the vendor's own; speaks every language

# Of the Flash v2.5 model.
_OF_FLASH = (
    "en ja zh de hi fr ko pt it es id nl tr tl pl sv bg ro ar cs el fi hr ms sk da ta uk ru "
    "hu no vi"
)
LANGUAGES = frozenset(_OF_FLASH.split())


class Access(Struct, frozen=True, kw_only=True):
    """Where and as whom it is asked. Shows no key."""

    api_key: str
    url: str = URL
    model: str = MODEL
    voice: str = VOICE

    def __repr__(self) -> str:
        return f"Access(url={self.url!r}, model={self.model!r})"


class ElevenLabsVoice:
    """Satisfies `Voice`."""

    sample_rate_hz = RATE_HZ

    def __init__(self, access: Access) -> None:
        self.name = f"elevenlabs-{access.model}/{_VERSION}"
        self._access = access
        self._http = client(access.url, {"xi-api-key": access.api_key})

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
        asked = Asked(
            path=f"/v1/text-to-speech/{quote(voice or access.voice, safe='')}/stream",
            query={"output_format": f"pcm_{RATE_HZ}"},
            body={"text": text, "model_id": access.model, "language_code": language},
        )
        return stream(self._http, asked, refusal=_refusal, deadline_s=deadline_s)


class _Detail(Struct):
    code: str | None = None
    status: str | None = None  # what older answers call the code


class _Error(Struct):
    detail: _Detail


def _refusal(status: int, body: bytes) -> VoiceFailed:
    try:
        detail = msgspec.json.decode(body, type=_Error).detail
        code = detail.code or detail.status
    except msgspec.MsgspecError:
        code = None  # of a wrong request it is a list; of a proxy a page
    match code:
        case "quota_exceeded" | "insufficient_credits" | "payment_required":
            return VoiceFailed("unpaid", retry="never")
        case "too_many_concurrent_requests" | "concurrent_limit_exceeded" | "rate_limit_exceeded":
            return VoiceFailed("limited", retry="later")
        case "system_busy":
            return VoiceFailed("unavailable", retry="later")
        case _:
            return meaning_of(status)
