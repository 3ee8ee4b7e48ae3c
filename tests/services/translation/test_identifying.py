"""Which language is spoken is told after several utterances, and not after one word."""

from collections.abc import AsyncGenerator, Sequence

import pytest
from antiphon.events.base import UtteranceId
from antiphon.services.translation.identifying import (
    CONFIDENCE_MIN,
    UTTERANCES_MAX,
    Identified,
    Judged,
    bare,
    identified,
)
from antiphon.services.translation.langid import LangId

AMONG = ("en", "es", "de", "fr", "it", "pt", "nl", "pl")

SPANISH = ("hola buenos días", "quería saber por qué mi factura es más alta este mes", "sí claro")
CALLS = {
    "en": ("hi there", "i have been without internet since tuesday", "yes that is my number"),
    "es": SPANISH,
    "de": ("guten tag", "mein router blinkt seit gestern abend nur noch rot", "ja genau"),
    "fr": ("bonjour madame", "je voudrais annuler mon rendez-vous de demain", "oui c'est ça"),
    "it": ("buongiorno", "vorrei sapere quando arriva il mio pacco", "sì grazie mille"),
    "pt": ("bom dia", "queria mudar a morada da minha fatura", "sim está correto"),
    "nl": ("goedemorgen", "ik wil graag mijn abonnement opzeggen", "ja dat klopt"),
    "pl": ("dzień dobry", "chciałbym zmienić termin mojej wizyty", "tak zgadza się"),
}


def judged(number: int, words: int = 5, **likelihoods: float) -> Judged:
    return Judged(UtteranceId(f"from_customer-{number}"), words, likelihoods)


def test_one_utterance_is_never_enough() -> None:
    assert identified([judged(1, 20, es=0.0, en=-500.0)], among=("en", "es"), assumed="en") is None


def test_two_that_agree_are() -> None:
    heard = [judged(1, es=-10.0, en=-40.0), judged(2, es=-10.0, en=-40.0)]

    found = identified(heard, among=("en", "es"), assumed="en")

    assert found is not None
    assert found.language == "es"
    assert found.confidence >= CONFIDENCE_MIN
    assert found.utterance_ids == ("from_customer-1", "from_customer-2")


def test_a_few_short_words_are_not() -> None:
    heard = [judged(one, 1, es=-1.0, en=-50.0) for one in range(4)]

    assert identified(heard, among=("en", "es"), assumed="en") is None


def test_what_is_assumed_takes_less_to_be_believed() -> None:
    heard = [judged(1, es=-10.0, en=-14.0), judged(2, es=-10.0, en=-14.0)]

    assert identified(heard, among=("en", "es"), assumed="en") is None
    assert identified(heard, among=("en", "es"), assumed="es") is not None


def test_a_language_that_is_not_the_tenants_is_not_found() -> None:
    heard = [judged(1, es=-90.0, en=-40.0, ca=0.0), judged(2, es=-90.0, en=-40.0, ca=0.0)]

    assert identified(heard, among=("en", "es"), assumed="en") == Identified(
        "en", 1.0, (UtteranceId("from_customer-1"), UtteranceId("from_customer-2"))
    )


def test_who_changes_the_language_is_followed() -> None:
    english = [judged(one, es=-60.0, en=-10.0) for one in range(UTTERANCES_MAX)]
    spanish = [judged(10 + one, es=-10.0, en=-60.0) for one in range(UTTERANCES_MAX)]

    found = [
        identified([*english, *spanish[:said]], among=("en", "es"), assumed="en")
        for said in range(UTTERANCES_MAX + 1)
    ]

    languages = [one and one.language for one in found]
    assert languages[0] == languages[1] == "en"
    assert languages[-1] == "es"
    assert languages == sorted(languages, key=["en", None, "es"].index), "once, and not to and fro"


def test_utterances_that_say_nothing_of_a_language_count_for_nothing() -> None:
    heard = [judged(1, es=-10.0, en=-90.0), judged(2), judged(3)]

    assert identified(heard, among=("en", "es"), assumed="en") is None


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("my card is [card-number] thanks", "my card is thanks"),
        ("at 10:30 on 3/4", "at on"),
        ("5 5 5", ""),
        ("[security-code]", ""),
    ],
)
def test_masks_and_digits_are_of_no_language(text: str, left: str) -> None:
    assert bare(text) == left


@pytest.fixture(scope="module")
def langid() -> LangId:
    return LangId()


async def heard(langid: LangId, texts: Sequence[str]) -> AsyncGenerator[Judged]:
    for number, text in enumerate(texts):
        likelihoods = await langid.likelihoods(bare(text))
        yield Judged(UtteranceId(str(number)), len(text.split()), likelihoods)


@pytest.mark.parametrize("language", CALLS)
@pytest.mark.parametrize("told", ["en", "es"])
async def test_the_first_turns_of_a_call_are_enough(
    langid: LangId, language: str, told: str
) -> None:
    those = [one async for one in heard(langid, CALLS[language])]

    found = identified(those, among=AMONG, assumed=told)

    assert found is not None
    assert found.language == language


@pytest.mark.parametrize("told", ["en", "de"])
@pytest.mark.parametrize(
    "texts", [("hola", "ok", "sí"), ("okay", "hello", "hm"), ("ja", "okay", "nein"), ("5 5 5", "7")]
)
async def test_small_talk_in_any_language_proves_no_other(
    langid: LangId, texts: Sequence[str], told: str
) -> None:
    those = [one async for one in heard(langid, texts)]

    found = identified(those, among=AMONG, assumed=told)

    assert found is None or found.language == told
