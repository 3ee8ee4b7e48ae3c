"""What a client asks for when it opens a socket, checked as Deepgram checks it. Pure.

Source: Deepgram's documentation of live audio, and the parameters its own clients send. The
wording of refusals is approximate; their status and shape are not.
"""

from collections.abc import Mapping, Sequence
from urllib.parse import parse_qs

from msgspec import Struct

SAMPLE_RATES_HZ = range(8_000, 48_001)
CHANNELS_MAX = 20
UTTERANCE_END_MS_MIN = 1_000  # interim results come about once a second
ENDPOINTING_MS = 10  # where a client says nothing
KEYTERM_TOKENS_MAX = 500

_ENCODINGS = frozenset(
    [
        "linear16",
        "linear32",
        "flac",
        "alaw",
        "mulaw",
        "amr-nb",
        "amr-wb",
        "opus",
        "ogg-opus",
        "speex",
        "g729",
    ]
)
_MODELS = (
    *("nova-3", "nova-3-general", "nova-3-medical", "nova-2", "nova-2-general", "nova-2-meeting"),
    *("nova-2-finance", "nova-2-voicemail", "nova-2-medical", "nova-2-phonecall", "nova"),
    *("nova-general", "nova-phonecall", "enhanced", "enhanced-phonecall", "base", "phonecall"),
)
_LANGUAGES = frozenset(
    [
        "en",
        "en-US",
        "en-AU",
        "en-GB",
        "en-IN",
        "en-NZ",
        "multi",
        "de",
        "de-CH",
        "nl",
        "sv",
        "sv-SE",
        "da",
        "da-DK",
        "es",
        "es-419",
        "fr",
        "fr-CA",
        "pt",
        "pt-BR",
        "pt-PT",
        "it",
        "ja",
        "hi",
        "no",
        "pl",
        "tr",
        "ru",
        "fi",
    ]
)


class BadQuery(Exception):
    """The request is refused with 400; the message says why."""


class Query(Struct, frozen=True, kw_only=True):
    """What was asked for. `given` holds every parameter as it came, for a test to look at."""

    given: Mapping[str, Sequence[str]]
    model: str
    language: str
    sample_rate_hz: int
    channels: int  # as they lie interleaved in the audio
    interim_results: bool
    endpointing_ms: int | None  # None: off
    utterance_end_ms: int | None
    vad_events: bool
    smart_format: bool
    keyterms: tuple[str, ...]


def query_of(text: str) -> Query:
    """Read the part of the address after the question mark.

    Raises:
        BadQuery: a parameter is wrong, or two contradict each other.
    """
    given = parse_qs(text, keep_blank_values=True)
    model = _one(given, "model", "base")
    language = _one(given, "language", "en")
    if model not in _MODELS or language not in _LANGUAGES:
        raise BadQuery("No such model/language/tier combination found.")
    encoding = _one(given, "encoding", "")
    if encoding not in _ENCODINGS:
        raise BadQuery(f"Invalid encoding: {encoding}")
    if encoding != "linear16":
        raise BadQuery("This simulator decodes linear16 and nothing else")
    channels = _number(given, "channels", 1, range(1, CHANNELS_MAX + 1))
    if channels > 1 and not _flag(given, "multichannel"):
        raise BadQuery("More than one channel needs multichannel=true")
    return Query(
        given=given,
        model=model,
        language=language,
        sample_rate_hz=_number(given, "sample_rate", None, SAMPLE_RATES_HZ),
        channels=channels,
        interim_results=_flag(given, "interim_results"),
        endpointing_ms=_endpointing(given),
        utterance_end_ms=_utterance_end(given),
        vad_events=_flag(given, "vad_events"),
        smart_format=_flag(given, "smart_format"),
        keyterms=_keyterms(given, model),
    )


def _one(given: Mapping[str, Sequence[str]], name: str, default: str) -> str:
    values = given.get(name, (default,))
    if len(values) != 1:
        raise BadQuery(f"{name} was given more than once")
    return values[0]


def _flag(given: Mapping[str, Sequence[str]], name: str) -> bool:
    value = _one(given, name, "false")
    if value not in ("true", "false"):
        raise BadQuery(f"{name} must be true or false")
    return value == "true"


def _number(
    given: Mapping[str, Sequence[str]], name: str, default: int | None, allowed: range
) -> int:
    value = _one(given, name, "" if default is None else str(default))
    if not value.isascii() or not value.isdigit() or int(value) not in allowed:
        raise BadQuery(f"{name} must be from {allowed[0]} to {allowed[-1]}")
    return int(value)


def _endpointing(given: Mapping[str, Sequence[str]]) -> int | None:
    value = _one(given, "endpointing", str(ENDPOINTING_MS))
    match value:
        case "false":
            return None
        case "true":
            return ENDPOINTING_MS
        case _:
            return _number(given, "endpointing", ENDPOINTING_MS, range(60_001))


def _utterance_end(given: Mapping[str, Sequence[str]]) -> int | None:
    if "utterance_end_ms" not in given:
        return None
    if not _flag(given, "interim_results"):
        raise BadQuery("utterance_end_ms needs interim_results=true")
    return _number(given, "utterance_end_ms", None, range(UTTERANCE_END_MS_MIN, 60_001))


def _keyterms(given: Mapping[str, Sequence[str]], model: str) -> tuple[str, ...]:
    terms = tuple(given.get("keyterm", ()))
    if terms and not model.startswith("nova-3"):
        raise BadQuery("keyterm needs nova-3")
    if "keywords" in given and model.startswith("nova-3"):
        raise BadQuery("Keywords are not supported with nova-3; use keyterm")
    if sum(len(term.split()) for term in terms) > KEYTERM_TOKENS_MAX:
        raise BadQuery(f"Keyterm limit exceeded: {KEYTERM_TOKENS_MAX} tokens")
    return terms
