"""What a socket is asked for: language and key terms, as the model takes them. Pure."""

from collections.abc import Sequence
from typing import Any

from ....errors import LanguageUnsupported
from ....events.base import SAMPLE_RATE_HZ

# Milliseconds of silence that end a turn: people pause within sentences for less.
_ENDPOINTING_MS = 300
# The second sign, should noise hide the silence; interim results come once a second.
_UTTERANCE_END_MS = 1_000

# The vendor takes 500 tokens of key terms for a socket, and refuses the socket beyond. How it
# counts is not published: three letters a token is more than any count of ours came to.
_TERM_TOKENS_MAX = 450
_LETTERS_PER_TOKEN = 3
_TERMS_MAX = 100
_NOVA_3 = "nova-3"

# Source: the vendor's list for nova-3, live.
LANGUAGES = frozenset(
    [
        "en",
        "en-US",
        "en-AU",
        "en-GB",
        "en-IN",
        "en-NZ",
        "multi",
        "de",
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


def language_of(language: str, *, recognizer: str, known: frozenset[str]) -> str:
    """Return how the vendor calls a language: with its region, or without.

    Raises:
        LanguageUnsupported: it knows neither.
    """
    for name in (language, language.split("-", maxsplit=1)[0]):
        if name in known:
            return name
    raise LanguageUnsupported(recognizer, language=language)


def parameters(
    *, model: str, language: str, channels: int, vocabulary: Sequence[str]
) -> dict[str, Any]:
    """Return the query of a socket."""
    # Strings, as they stand in the query: the package takes booleans for strings of Python's.
    query: dict[str, Any] = {
        "model": model,
        "language": language,
        "encoding": "linear16",
        "sample_rate": str(SAMPLE_RATE_HZ),
        "channels": str(channels),
        "multichannel": "true",
        "interim_results": "true",
        "endpointing": str(_ENDPOINTING_MS),
        "utterance_end_ms": str(_UTTERANCE_END_MS),
        "vad_events": "true",
        "smart_format": "true",
    }
    terms = fitting(vocabulary)
    if terms:
        query["keyterm" if model.startswith(_NOVA_3) else "keywords"] = terms
    return query


def fitting(vocabulary: Sequence[str]) -> list[str]:
    """Return the terms, from the first on, that a socket can be given."""
    terms: list[str] = []
    tokens = 0
    for term in dict.fromkeys(" ".join(one.split()) for one in vocabulary):
        cost = sum(-(-len(word) // _LETTERS_PER_TOKEN) for word in term.split())
        if not term or tokens + cost > _TERM_TOKENS_MAX:
            continue
        tokens += cost
        terms.append(term)
    return terms[:_TERMS_MAX]
