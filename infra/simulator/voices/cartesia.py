"""Cartesia's `POST /tts/bytes`. Source: docs.cartesia.ai, API version 2026-03-01."""

import uuid

from ..wire import Answer, Request
from .server import KEY, Heard, VoiceServer, body_of

_VERSIONS = {"2024-06-10", "2024-11-13", "2025-04-16", "2026-03-01"}
_RATES_HZ = {8_000, 16_000, 22_050, 24_000, 44_100, 48_000}
_LANGUAGES = {"en", "fr", "de", "es", "pt", "zh", "ja", "hi", "it", "ko", "nl", "pl", "ru", "sv"}


class CartesiaServer(VoiceServer):
    """Knows one key and any voice."""

    content_type = "application/octet-stream"

    def refusal(self, status: int, code: str, **headers: str) -> Answer:
        """See `VoiceServer`."""
        told = {
            "error_code": code,
            "title": code.replace("_", " ").capitalize(),
            "message": "See the documentation.",
            "request_id": str(uuid.uuid4()),
        }
        return Answer(status, told, _header_names(headers))

    def understand(self, request: Request) -> Heard | Answer:
        """See `VoiceServer`."""
        key = request.headers.get("x-api-key") or request.headers.get(
            "authorization", ""
        ).removeprefix("Bearer ")
        if key != KEY:
            return self.refusal(401, "unauthorized")
        if request.headers.get("cartesia-version") not in _VERSIONS:
            return self.refusal(400, "invalid_version")
        if (request.method, request.path) != ("POST", "/tts/bytes"):
            return self.refusal(404, "not_found")
        match body_of(request):
            case {
                "model_id": str(model),
                "transcript": str(text),
                "voice": {"mode": "id", "id": str(voice)},
                "output_format": {
                    "container": "raw",
                    "encoding": "pcm_s16le",
                    "sample_rate": int(rate_hz),
                },
                "language": str(language),
            } if model.startswith("sonic") and text and rate_hz in _RATES_HZ:
                if language not in _LANGUAGES:
                    return self.refusal(400, "language_not_supported")
                return Heard(text=text, voice=voice, language=language, rate_hz=rate_hz)
            case _:
                return self.refusal(400, "invalid_request")


def _header_names(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
