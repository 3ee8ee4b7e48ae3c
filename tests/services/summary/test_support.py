"""A sentence stands only where its utterances say what it says."""

import pytest
from antiphon.services.summary.support import lacks_of


@pytest.mark.parametrize(
    ("sentence", "utterance"),
    [
        ("The customer wants to cancel the contract.", "No, I want to cancel my contract."),
        ("The customer wants to cancel the contract.", "no i want to cancel my contract"),
        ("The customer does not want to cancel.", "I don't want to cancel my contract."),
        ("The customer didn't receive the parcel.", "i haven't received my parcel"),
        ("The agent refunded $49.99.", "I've refunded the forty nine ninety nine for you."),
        ("Customer cancelled broadband.", "I am cancelling my broadband."),
        ("The router is not working.", "the router isn't working since Monday"),
        ("Agent sends a technician on Friday.", "I'm sending you a technician this Friday"),
        ("Customer: Der Router geht nicht.", "Der Router geht nicht."),
    ],
)
def test_what_was_said_stands_in_other_forms_of_the_same_words(
    sentence: str, utterance: str
) -> None:
    assert lacks_of(sentence, [utterance]) == []


@pytest.mark.parametrize(
    ("sentence", "utterance", "lack"),
    [
        ("Maria asked for a refund.", "I'd like a refund please.", "word_not_heard"),
        ("The customer is angry.", "I'd like a refund please.", "word_not_heard"),
        ("The agent refunded $59.99.", "I've refunded $49.99.", "number_not_in_sources"),
        ("Refund in 3 days.", "The refund takes five days.", "number_not_in_sources"),
        ("The customer wants to cancel.", "I don't want to cancel.", "negation_not_heard"),
        ("The customer does not want to cancel.", "I want to cancel.", "negation_not_heard"),
        ("The router is working.", "the router isn't working", "negation_not_heard"),
        ("Never pay again.", "I want to pay again.", "negation_not_heard"),
    ],
)
def test_what_nobody_said_is_found(sentence: str, utterance: str, lack: str) -> None:
    assert lack in lacks_of(sentence, [utterance])


def test_a_sentence_without_utterances_stands_on_nothing() -> None:
    assert lacks_of("The customer called.", []) == ["no_utterance"]


def test_what_is_denied_in_one_place_and_said_in_another_may_be_said() -> None:
    said = ["It isn't working.", "Ah, now it is working."]

    assert lacks_of("It is working.", said) == ["negation_not_heard"]
    assert lacks_of("It is working now, it was not working.", said) == []
