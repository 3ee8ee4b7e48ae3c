"""What is named: money, dates, durations, numbers, addresses, products."""

import time

import pytest
from antiphon.events.sealed import Sealed
from antiphon.services.insights.entities import ENTITIES_MAX, digits_in, entities, named_in

from .call import CUSTOMER, said


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("it's thirty one pounds a month", "money: thirty one pounds"),
        ("$49.99 each time, then £3", "money: $49.99; money: £3"),
        ("a fifteen dollar late fee", "money: fifteen dollar"),
        ("four pounds thirty", "money: four pounds thirty"),
        (
            "two hundred and six dollars and ten cents",
            "money: two hundred and six dollars and ten cents",
        ),
        (
            "the twenty second of July ninety three",
            "date: the twenty second of July ninety three",
        ),
        ("born March 3rd, 1990", "date: March 3rd, 1990"),
        ("next Tuesday the eighth", "date: next Tuesday the eighth"),
        ("it goes out on the first", "date: the first"),
        ("within three to five business days", "duration: three to five business days"),
        ("a 24-month plan", "duration: 24-month"),
        ("call 555 0168", "phone: 555 0168"),
        (
            "oh seven seven double oh nine hundred one two six",
            "phone: oh seven seven double oh nine hundred one two six",
        ),
        ("the reference is four four nine one two", "reference: four four nine one two"),
        ("your order number is KF 0022916", "reference: KF 0022916"),
        ("ruth.a@example.org", "email: ruth.a@example.org"),
        ("ruth dot a at example dot co dot uk", "email: ruth dot a at example dot co dot uk"),
    ],
)
def test_it_is_found_in_the_words_that_were_said(text: str, named: str) -> None:
    assert "; ".join(f"{one.kind}: {one.text}" for one in named_in(text)) == named


@pytest.mark.parametrize(
    "text",
    [
        "one or two of them",
        "I have a question",
        "just a second",
        "it may be",
        "[card-number] and [security-code]",
        "my order is late",
        "this is the fifth time",
        "two for one",
        "",
    ],
)
def test_nothing_is_found_where_nothing_is_named(text: str) -> None:
    assert named_in(text) == []


@pytest.mark.parametrize(
    ("text", "digits"),
    [("five five five", 3), ("double five", 2), ("triple oh 12", 5), ("nine hundred", 3), ("x", 0)],
)
def test_digits_are_counted_as_they_are_said(text: str, digits: int) -> None:
    assert digits_in(text) == digits


def test_what_is_named_twice_is_one_with_both_utterances_and_its_value_sealed() -> None:
    utterances = [
        said(CUSTOMER, 0, 1, "it is fifty pounds"),
        said(CUSTOMER, 2, 3, "yes, Fifty pounds, for the fibre 500"),
    ]

    found, values = entities(utterances, products=("Fibre 500",))

    money, product = found
    assert (money.kind, money.count) == ("money", 2)
    assert money.utterance_ids == ("customer-0", "customer-2")
    assert values[money.name] == Sealed("fifty pounds")
    assert (product.kind, values[product.name].reveal()) == ("product", "fibre 500")


def test_a_list_read_out_is_cut() -> None:
    text = ", ".join(f"{number} pounds." for number in range(1, ENTITIES_MAX * 2))

    found, values = entities([said(CUSTOMER, 0, 1, text)], products=())

    assert len(found) == len(values) == ENTITIES_MAX


@pytest.mark.parametrize("word", ["one", "1", "A", "twenty", "double", "at", "dot", "the first "])
def test_no_monologue_takes_long_to_read(word: str) -> None:
    text = f"order {' '.join([word] * 2_000)} x"
    began = time.process_time()

    named_in(text)
    named_in(text.replace(" ", ""))

    assert time.process_time() - began < 1
