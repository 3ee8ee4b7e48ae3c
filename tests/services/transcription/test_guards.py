"""A reading that the model made up is not believed; what people really say is."""

import pytest
from antiphon.services.transcription.whisper.guards import (
    before_loop,
    is_looped,
    is_unfounded,
    loop_start,
)
from antiphon.services.transcription.whisper.reader import Reading, Word


def reading(
    text: str,
    *,
    probability: float = 0.9,
    log_probability: float = -0.3,
    no_speech: float = 0.1,
    at_limit: bool = False,
) -> Reading:
    words = text.split()
    return Reading(
        words=tuple(
            Word(word, n * 0.3, n * 0.3 + 0.3, probability) for n, word in enumerate(words)
        ),
        at_token_limit=at_limit,
        mean_log_probability=log_probability,
        no_speech_probability=no_speech,
    )


@pytest.mark.parametrize(
    "text",
    [
        "It's the 9th of March 1984. It's the 9th of March 1984. It's the 9th of March 1984.",
        "Great. Great. Great. Great. Great. Great. Great. Great.",
        "and can I get those and can I get those and can I get those and can I",
    ],
    ids=["a sentence", "a word", "a phrase"],
)
def test_loops_are_recognised(text: str) -> None:
    assert is_looped(reading(text))


@pytest.mark.parametrize(
    "text",
    [
        "No, no, no, no, that is not what I said.",
        "My number is 1 1 1 1 4 4 2 2.",
        "Yes, yes. Thank you. Thank you.",
        "I said I said I want to cancel.",
        "",
    ],
)
def test_people_who_repeat_themselves_are_believed(text: str) -> None:
    assert not is_looped(reading(text))


def test_a_reading_that_ran_out_of_tokens_is_a_loop() -> None:
    assert is_looped(reading("nothing strange", at_limit=True))


def test_a_loop_is_cut_after_its_first_round() -> None:
    looped = reading("well I want to go I want to go I want to go I want to go")

    assert [word.text for word in before_loop(looped)] == ["well", "I", "want", "to", "go"]
    assert loop_start(["a", "b", "c"]) is None


@pytest.mark.parametrize(
    ("made_up", "why"),
    [
        (reading(""), "no words"),
        (reading(". ..."), "no letters"),
        (reading("so the", no_speech=0.9, log_probability=-1.2), "no speech likely"),
        (reading("so the", log_probability=-2.4), "a guess"),
        (reading("Thank you for watching.", probability=0.5), "the end of a video"),
        (reading("Brightline, router, contract."), "the prompt"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_words_that_nobody_said_are_recognised(made_up: Reading, why: str) -> None:
    assert is_unfounded(made_up, vocabulary=("Brightline", "router", "contract", "refund"))


@pytest.mark.parametrize(
    "said",
    [
        reading("Thank you."),
        reading("You?", probability=0.9),
        reading("the router", no_speech=0.7, log_probability=-0.4),
        reading("my contract and my router"),
        reading("router contract", probability=0.8),
    ],
)
def test_words_that_somebody_said_are_believed(said: Reading) -> None:
    assert not is_unfounded(said, vocabulary=("Brightline", "router", "contract", "refund"))
