"""What a client asks for, read and checked as the documentation lists it. Pure."""

from collections.abc import Mapping

from msgspec import Struct

_RATES_HZ = range(8_000, 48_001)
_STABILITIES = ("low", "medium", "high")
_LANGUAGES = (
    "en-US",
    "en-GB",
    "en-AU",
    "es-US",
    "es-ES",
    "fr-FR",
    "fr-CA",
    "de-DE",
    "it-IT",
    "pt-BR",
)


class BadQuery(Exception):
    """Answered with BadRequestException; the text says why."""


class Query(Struct, frozen=True, kw_only=True):
    given: Mapping[str, str]  # as it came, for a test to look at
    language: str
    sample_rate_hz: int
    channels: int
    is_stabilized: bool
    session_id: str


def query_of(given: Mapping[str, str], *, vocabularies: frozenset[str]) -> Query:
    """Read the parameters of a session.

    Raises:
        BadQuery: one is missing or wrong, or two contradict each other.
    """
    language = given.get("language-code", "")
    if language not in _LANGUAGES:
        raise BadQuery("The language code you specified isn't valid or isn't supported.")
    if given.get("media-encoding") != "pcm":
        raise BadQuery("The media encoding you specified isn't supported here.")
    rate = given.get("sample-rate", "")
    if not rate.isdigit() or int(rate) not in _RATES_HZ:
        raise BadQuery("The sample rate must be from 8000 to 48000.")
    identified = given.get("enable-channel-identification") == "true"
    channels = given.get("number-of-channels", "1")
    if identified != (channels == "2") or (identified and "show-speaker-label" in given):
        raise BadQuery("Channel identification needs two channels and no speaker label.")
    if given.get("partial-results-stability", "high") not in _STABILITIES:
        raise BadQuery("The stability must be low, medium or high.")
    vocabulary = given.get("vocabulary-name")
    if vocabulary is not None and vocabulary not in vocabularies:
        raise BadQuery("The custom vocabulary you specified doesn't exist.")
    return Query(
        given=given,
        language=language,
        sample_rate_hz=int(rate),
        channels=int(channels),
        is_stabilized=given.get("enable-partial-results-stabilization") == "true",
        session_id=given.get("session-id", ""),
    )
