"""The second detectors see digits, dates, addresses and names by their form, and little else."""

import pytest
from antiphon.services.redaction.second_look import asked_in, look


def seen(text: str, *, names: bool = True) -> list[tuple[str, str]]:
    words = text.split()
    return [
        (one.kind, " ".join(words[one.first_word : one.last_word + 1]))
        for one in look(words, names=names)
    ]


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("it's 4421-8096-7929-0814 okay", "card_number", "4421-8096-7929-0814"),
        ("my card is four four two one", "card_number", "four four two one"),
        ("for 111, 111, 111", "national_id", "111, 111, 111"),
        ("triple five oh one four two", "account_number", "five oh one four two"),
        ("forty two um forty two please", "account_number", "forty two um forty two"),
        ("reach me at 555 0142 then", "phone_number", "555 0142"),
        ("the code on the back of the card is 614", "security_code", "614"),
        ("the pin is four two oh nine", "pin", "four two oh nine"),
        ("it expires oh nine twenty eight", "expiry_date", "oh nine twenty eight"),
        ("born on March 14, 1986 in Kent", "date_of_birth", "14, 1986"),
        ("the ninth of March nineteen eighty four", "date_of_birth", "March nineteen eighty four"),
        ("that is 9/3/84 I think", "date_of_birth", "9/3/84"),
        ("write to ada at gmail dot com", "email_address", "write to ada at gmail dot com"),
        ("ada@example.com works", "email_address", "ada@example.com"),
        ("I live at 12 Mill Lane in Leeds", "postal_address", "12 Mill Lane"),
        ("the postcode is SW1A 1AA", "postal_address", "SW1A 1AA"),
        ("hello my name is Ada Winter and", "person_name", "Ada Winter"),
        ("this is robert o'connell calling about it", "person_name", "robert o'connell"),
        ("H A L E thanks", "person_name", "H A L E"),
        ("it's P-R-I-Y-A.", "person_name", "P-R-I-Y-A."),
    ],
)
def test_what_looks_like_personal_data_is_seen(text: str, kind: str, words: str) -> None:
    assert (kind, words) in seen(text)


@pytest.mark.parametrize(
    "text",
    [
        "I called 3 times in the last 2 weeks about this.",
        "The total on the bill was $142.37 and last month it was $98.10.",
        "my bill was one hundred forty two dollars and thirty seven cents",
        "Our hours are 9 to 5 Monday through Friday.",
        "The tracking shows it left the warehouse on 10/12.",
        "there were one two three four people ahead of me in the queue",
        "Our toll free line is open twenty four seven.",
        "your ticket is INC 004471",
        "the appointment is at 10:30 on March 14, 2026",
        "I bought it in twenty nineteen",
        "can i have your credit card number please",
        "my name is [person-name] and my card is [card-number] it expires [expiry-date]",
        "my name is not on the bill",
        "forty one thousand two hundred and six",
        "",
    ],
)
def test_what_calls_are_full_of_is_not(text: str) -> None:
    assert seen(text) == []


def test_a_short_number_is_an_answer_to_a_question() -> None:
    asked = asked_in(["and", "the", "three", "digits", "on", "the", "back", "of", "your", "card"])
    answer = ["five", "five", "oh"]

    assert asked == "security_code"
    assert [one.kind for one in look(answer, asked=asked)] == ["security_code"]
    assert look(answer) == ()


def test_the_last_thing_that_was_asked_for_counts() -> None:
    several = words_of("not the card number but your date of birth")

    assert asked_in(several) == "date_of_birth"
    assert asked_in(words_of("how can I help")) is None


def words_of(text: str) -> list[str]:
    return text.split()


def test_agents_may_say_their_names() -> None:
    assert seen("my name is Priya", names=False) == []
