"""Presidio beside our detectors: what it says becomes words and kinds; without it, what to do."""

import sys
from collections.abc import Sequence

import pytest
from antiphon.errors import SettingWrong
from antiphon.events.privacy.judging import judge_personal
from antiphon.events.privacy.rules import rules_of
from antiphon.events.privacy.situation import NOTHING_SAID
from antiphon.infra.presidio import TEXT_CHARS_MAX, PresidioRecognizer, presidio_recognizer
from msgspec import Struct

SAID = "the brobdingnag q. lilliput, of chicago"


class Result(Struct, frozen=True):
    """As `presidio_analyzer.RecognizerResult` tells it."""

    entity_type: str
    start: int
    end: int
    score: float


class Engine:
    """Answers as Presidio answered to `SAID`, of other texts with nothing."""

    def analyze(self, text: str, *, language: str, entities: list[str]) -> Sequence[Result]:
        assert language == "en"
        assert "LOCATION" not in entities
        found = (
            Result("PERSON", 4, 27, 0.85),
            Result("PERSON", 29, 31, 0.2),  # hardly sure
            Result("LOCATION", 32, 39, 0.85),  # nobody asked
        )
        return found if text == SAID else ()


def test_characters_become_words_and_its_names_ours() -> None:
    recognizer = PresidioRecognizer(Engine(), name="presidio-2.2.366")

    assert list(recognizer.find(SAID.split())) == [("person_name", 1, 3)]
    assert list(recognizer.find([])) == []


def test_it_adds_to_what_our_detectors_find() -> None:
    rules = rules_of(recognizers=[PresidioRecognizer(Engine(), name="presidio-2.2.366")])

    found = judge_personal(SAID.split(), NOTHING_SAID, rules=rules).found

    assert judge_personal(SAID.split(), NOTHING_SAID).found != found
    assert [(one.kind, one.first_word, one.last_word) for one in found] == [("person_name", 1, 3)]


def test_what_is_too_long_to_be_said_is_not_looked_at() -> None:
    recognizer = PresidioRecognizer(Engine(), name="presidio-2.2.366")

    assert list(recognizer.find(["a" * TEXT_CHARS_MAX, *SAID.split()])) == []


def test_without_it_one_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "presidio_analyzer", None)

    with pytest.raises(SettingWrong, match=r"antiphon\[presidio\]"):
        presidio_recognizer()
