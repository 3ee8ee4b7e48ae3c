"""Deepgram Aura behind the Voice port.

Source: developers.deepgram.com, `POST /v1/speak`, "Voices and Languages" and "Errors", read in
November 2026. A voice is a model, and a model speaks one language, which ends its name.
"""

from collections.abc import AsyncGenerator, Mapping

import msgspec
from msgspec import Struct

from ....errors import VoiceFailed
from .streaming import Asked, client, meaning_of, stream

_VERSION = "1"  # of this adapter
URL = "https://api.deepgram.com"
RATE_HZ = 16_000

# One of the vendor's own a language.
MODELS: Mapping[str, str] = {
    "en": "aura-2-thalia-en",
    "es": "aura-2-celeste-es",
    "de": "aura-2-viktoria-de",
    "fr": "aura-2-agathe-fr",
    "nl": "aura-2-rhea-nl",
    "it": "aura-2-livia-it",
    "ja": "aura-2-izanami-ja",
}


class Access(Struct, frozen=True, kw_only=True):
    """Where and as whom it is asked. Shows no key."""

    api_key: str
    url: str = URL

    def __repr__(self) -> str:
        return f"Access(url={self.url!r})"


class AuraVoice:
    """Satisfies `Voice`."""

    name = f"deepgram-aura-2/{_VERSION}"
    sample_rate_hz = RATE_HZ

    def __init__(self, access: Access) -> None:
        self._http = client(access.url, {"Authorization": f"Token {access.api_key}"})

    async def aclose(self) -> None:
        """Close what is open."""
        await self._http.aclose()

    def speaks(self, language: str) -> bool:
        """See `Voice`."""
        return language in MODELS

    def synthesise(
        self, text: str, *, language: str, voice: str | None, deadline_s: float
    ) -> AsyncGenerator[bytes]:
        """See `Voice`."""
        asked = Asked(
            path="/v1/speak",
            query={
                "model": voice or MODELS.get(language, MODELS["en"]),
                "encoding": "linear16",
                "container": "none",
                "sample_rate": RATE_HZ,
            },
            body={"text": text},
        )
        return stream(self._http, asked, refusal=_refusal, deadline_s=deadline_s)


class _Error(Struct):
    err_code: str | None = None


def _refusal(status: int, body: bytes) -> VoiceFailed:
    try:
        code = msgspec.json.decode(body, type=_Error).err_code
    except msgspec.MsgspecError:
        code = None
    match code:
        case "ASR_PAYMENT_REQUIRED" | "PAYMENT_REQUIRED":
            return VoiceFailed("unpaid", retry="never")
        case "TOO_MANY_REQUESTS":
            return VoiceFailed("limited", retry="later")
        case _:
            return meaning_of(status)
