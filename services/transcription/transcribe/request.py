"""What a session is asked for, and the address that asks, signed. Pure but for the clock."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from botocore.auth import SigV4QueryAuth  # pyright: ignore[reportMissingTypeStubs]
from botocore.awsrequest import AWSRequest  # pyright: ignore[reportMissingTypeStubs]

from ....errors import LanguageUnsupported
from ....events.base import SAMPLE_RATE_HZ

PATH = "/stream-transcription-websocket"
_SERVICE = "transcribe"
_SIGNED_FOR_S = 300  # the most the vendor allows; it is used at once
_STABILITY = "medium"  # what is shown early seldom changes; high costs accuracy

# Source: the vendor's table of languages, streaming, at 8 kHz and more.
LANGUAGES = frozenset(
    [
        *("en-US", "en-GB", "en-AU", "en-IE", "en-IN", "en-NZ", "en-AB", "en-WL", "en-ZA"),
        *("es-US", "es-ES", "fr-CA", "fr-FR", "de-DE", "de-CH", "it-IT", "pt-BR", "pt-PT"),
        *("ja-JP", "ko-KR", "zh-CN", "zh-HK", "zh-TW", "hi-IN", "th-TH", "nl-NL", "sv-SE"),
        *("da-DK", "fi-FI", "no-NO", "pl-PL", "ru-RU", "uk-UA", "cs-CZ", "sk-SK", "ro-RO"),
        *("hr-HR", "el-GR", "lv-LV", "vi-VN", "id-ID", "ms-MY", "tl-PH", "ar-AE", "ar-SA"),
        *("he-IL", "fa-IR", "af-ZA", "zu-ZA", "so-SO", "ca-ES", "eu-ES", "gl-ES", "sr-RS"),
    ]
)
# For a language told without its country.
_USUAL = {"en": "en-US", "es": "es-US", "fr": "fr-FR", "de": "de-DE", "it": "it-IT", "pt": "pt-BR"}


def url_of(region: str) -> str:
    """Return the vendor's own address of a region."""
    return f"wss://transcribestreaming.{region}.amazonaws.com:8443"


def language_of(language: str, *, recognizer: str, known: frozenset[str]) -> str:
    """Return how the vendor calls a language, which is always with its country.

    Raises:
        LanguageUnsupported: it does not know it.
    """
    name = _USUAL.get(language, language)
    if name not in known:
        raise LanguageUnsupported(recognizer, language=language)
    return name


def parameters(
    *, language: str, channels: int, session_id: str, vocabulary_name: str | None
) -> dict[str, str]:
    """Return the query of a session, without who asks.

    Terms cannot be sent along: a vocabulary is made in the account before, and named.
    """
    query = {
        "language-code": language,
        "media-encoding": "pcm",
        "sample-rate": str(SAMPLE_RATE_HZ),
        "session-id": session_id,
        "enable-partial-results-stabilization": "true",
        "partial-results-stability": _STABILITY,
    }
    if channels > 1:
        query |= {"enable-channel-identification": "true", "number-of-channels": str(channels)}
    if vocabulary_name:
        query["vocabulary-name"] = vocabulary_name
    return query


def signed(url: str, query: Mapping[str, str], *, credentials: Any, region: str) -> str:
    """Return the address at `url`, `wss://…` without a path, that opens a session once.

    `credentials` are frozen ones of botocore; the current time goes in.
    """
    plain = f"{url.rstrip('/').replace('ws', 'http', 1)}{PATH}?{urlencode(query)}"
    request: Any = AWSRequest(method="GET", url=plain)  # pyright: ignore[reportUnknownVariableType]
    SigV4QueryAuth(credentials, _SERVICE, region, expires=_SIGNED_FOR_S).add_auth(request)  # pyright: ignore[reportUnknownMemberType]
    return str(request.url).replace("http", "ws", 1)
