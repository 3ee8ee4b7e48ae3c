"""ElevenLabs's `POST /v1/text-to-speech/{voice_id}/stream`. Source: elevenlabs.io/docs."""

import re
import uuid

from ..wire import Answer, Request
from .server import KEY, Heard, VoiceServer, body_of, query_of

_PATH = re.compile(r"/v1/text-to-speech/([A-Za-z0-9]+)/stream")
_FORMAT = re.compile(r"pcm_(8000|16000|22050|24000|44100|48000)")
_CHARACTERS_MAX = 40_000  # of the Flash v2.5 model


class ElevenLabsServer(VoiceServer):
    """Knows one key, and voices whose ids are letters and digits."""

    content_type = "audio/pcm"

    def refusal(self, status: int, code: str, **headers: str) -> Answer:
        """See `VoiceServer`."""
        detail = {
            "type": "error",
            "code": code,
            "status": code,
            "message": "See the documentation.",
            "request_id": uuid.uuid4().hex,
        }
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return Answer(status, {"detail": detail}, named)

    def understand(self, request: Request) -> Heard | Answer:
        """See `VoiceServer`."""
        if request.headers.get("xi-api-key") != KEY:
            return self.refusal(401, "invalid_api_key")
        path = _PATH.fullmatch(request.path)
        if path is None:
            return self.refusal(404, "voice_not_found")
        asked = _FORMAT.fullmatch(query_of(request).get("output_format", "mp3_44100_128"))
        if request.method != "POST" or asked is None:
            return self.refusal(400, "invalid_output_format")
        match body_of(request):
            case {"text": str(text), "model_id": str(), "language_code": str(language)} if text:
                if len(text) > _CHARACTERS_MAX:
                    return self.refusal(400, "max_character_limit_exceeded")
                return Heard(text=text, voice=path[1], language=language, rate_hz=int(asked[1]))
            case _:
                # Of a wrong body the detail is a list.
                return Answer(422, {"detail": [{"loc": ["body"], "msg": "Field required"}]})
