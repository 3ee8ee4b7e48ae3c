"""Codes and numbers of which hardly a word was heard right."""

import pytest

from .speaking import removed, said, whole


@pytest.mark.parametrize(
    "text",
    [
        "security, go this free 5-8.",
        "security go to 895",
        "the c v is 58",
        "so that code um 4 7",
        "you can reach me until 97346 or go 6 in the evening",
    ],
)
def test_half_a_name_and_digits_at_the_end_take_the_whole_turn(text: str) -> None:
    heard = said(text)

    assert removed([heard]) == whole(heard, "security_code", "too_few_digits")


@pytest.mark.parametrize("answer", ["yes, it's free when won't.", "one moment, okay, 937s."])
@pytest.mark.parametrize(
    "question",
    ["what is the security code", "and what is the security put on the back of the card?"],
)
def test_what_may_be_digits_misheard_is_removed_where_a_code_was_asked_for(
    question: str, answer: str
) -> None:
    agent = said(question, track="to_customer")
    customer = said(answer, at_ms=4_000)

    assert removed([agent, customer]) == whole(customer, "security_code", "too_few_digits")


@pytest.mark.parametrize("answer", ["sure 5.5 till 9.0 5.4 3.2 that's it", "yes it's 99635241.06"])
def test_digits_that_arrived_as_quantities_are_removed_where_a_number_was_asked_for(
    answer: str,
) -> None:
    agent = said("what is the best phone number to reach you", track="to_customer")
    customer = said(answer, at_ms=4_000)

    assert removed([agent, customer]) == whole(customer, "phone_number", "too_few_digits")


def test_a_number_longer_than_any_amount_is_removed_unasked() -> None:
    heard = said("well it's 99635241.06")

    assert removed([heard]) == whole(heard, "security_code", "too_few_digits")


def test_an_amount_stays_where_nothing_was_asked_for() -> None:
    assert removed([said("i paid 35.50 and then 19.99 in may")]) == ()


def test_an_answer_without_anything_like_a_digit_stays_where_a_code_was_asked_for() -> None:
    agent = said("what is the security code on the back of the card", track="to_customer")
    customer = said("sorry my husband has the card with him", at_ms=4_000)

    assert removed([agent, customer]) == ()
