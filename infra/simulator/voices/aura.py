"""Deepgram's `POST /v1/speak`. Source: developers.deepgram.com, "Single Text Request", "Errors"."""

import re
import uuid

from ..wire import Answer, Request
from .server import KEY, Heard, VoiceServer, body_of, query_of

_MODEL = re.compile(r"aura(?:-2)?-[a-z]+-(en|es|de|fr|nl|it|ja)")
_RATES_HZ = {8_000, 16_000, 24_000, 32_000, 48_000}
_CHARACTERS_MAX = 2_000


class AuraServer(VoiceServer):
    """Knows one key, and every model that is named as Aura's are."""

    content_type = "audio/l16;rate=16000;channels=1"

    def refusal(self, status: int, code: str, **headers: str) -> Answer:
        """See `VoiceServer`."""
        told = {
            "err_code": code,
            "err_msg": "See the documentation.",
            "request_id": str(uuid.uuid4()),
        }
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return Answer(status, told, named)

    def understand(self, request: Request) -> Heard | Answer:  # noqa: PLR0911 (one a refusal)
        """See `VoiceServer`."""
        if request.headers.get("authorization") != f"Token {KEY}":
            return self.refusal(401, "INVALID_AUTH")
        if (request.method, request.path) != ("POST", "/v1/speak"):
            return self.refusal(404, "NOT_FOUND")
        asked = query_of(request)
        model = _MODEL.fullmatch(asked.get("model", ""))
        if model is None:
            return self.refusal(400, "INVALID_QUERY_PARAMETER")
        rate = asked.get("sample_rate", "24000")
        is_raw = asked.get("encoding") == "linear16" and asked.get("container") == "none"
        if not is_raw or not rate.isdecimal() or int(rate) not in _RATES_HZ:
            return self.refusal(400, "UNSUPPORTED_AUDIO_FORMAT")
        match body_of(request):
            case {"text": str(text)} if len(text) > _CHARACTERS_MAX:
                return self.refusal(413, "PAYLOAD_TOO_LARGE")
            case {"text": str(text)} if text:
                return Heard(text=text, voice=model[0], language=model[1], rate_hz=int(rate))
            case _:
                return self.refusal(400, "INPUT_TEXT_EMPTY")
