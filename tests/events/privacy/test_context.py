"""What one utterance says of the next: who asked for what, what is half told, what is read back."""

import pytest

from .conversation import Conversation, stored


@pytest.mark.parametrize(
    "lines",
    [
        ["a: Can you confirm your date of birth for me?", "c: August the 9th.", "a: And the year?",
         "c: two thousand and one"],
        ["a: What are the last four of your social?", "c: sure it's 1 9 1 9"],
        ["a: And your zip code?", "c: Four five four oh two."],
        ["a: Can I take your name?", "c: Xiulan Qiu."],
        ["a: could you spell your last name", "c: q i u"],
        ["a: What's the best email?", "c: hmm it's lucy at gmail"],
        ["a: May I have your phone number?", "c: five five five", "c: oh one", "c: double nine"],
        ["c: My account number is 8820", "c: 4417."],
        ["a: Please tell me your customer number first.", "c: It starts with M 4 0.",
         "a: M as in Mary, forty, yes?", "c: yes then six six one"],
        ["a: What's your address?", "c: its 77 Fenwick"],
        ["a: your pin please", "c: nineteen eighty six"],
    ],
)  # fmt: skip
def test_what_is_asked_for_is_found_in_the_answer(lines: list[str]) -> None:
    spoken = stored(lines)

    answers = [text for text, line in zip(spoken, lines, strict=True) if line[0] == "c"]
    assert all("[" in text for text in answers), answers


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("May I have your phone number?", "It costs six hundred and ninety."),
        ("And your account number?", "I have had it since 2016."),
        ("What is your name?", "Sixty."),
        ("What's your address?", "I moved two weeks ago."),
        ("What is the order number?", "it's 8 8 2 1 3 3 7 7"),
        ("How much did you pay?", "four four one seven"),
    ],
)
def test_an_answer_that_tells_something_else_stays(question: str, answer: str) -> None:
    assert stored([f"a: {question}", f"c: {answer}"]) == [question, answer]


def test_a_question_is_forgotten_after_a_while() -> None:
    conversation = Conversation()
    conversation.says("a", "what are the last four of your account number")
    conversation.waits(61_000)

    assert conversation.says("c", "forty two eighteen") == "forty two eighteen"


def test_an_answer_ends_a_question() -> None:
    conversation = Conversation()
    conversation.says("a", "your date of birth please")
    conversation.says("c", "the first of may nineteen sixty")

    assert conversation.says("c", "we came on june third") == "we came on june third"


def test_a_whole_number_is_not_gone_on_with() -> None:
    conversation = Conversation()
    conversation.says("c", "my phone number is 212 555 0187")

    assert conversation.says("c", "eleven") == "eleven"


def test_a_number_that_is_not_whole_is_gone_on_with() -> None:
    conversation = Conversation()
    conversation.says("c", "my phone number is 212 555")

    assert conversation.says("c", "eleven") == "[phone-number]"


def test_a_number_is_masked_when_it_is_read_back() -> None:
    spoken = stored(["a: the last four of your social?", "c: 6789.", "a: 6789, thank you."])

    assert spoken[1:] == ["[national-id].", "[national-id], thank you."]


def test_what_the_other_side_is_asking_at_this_moment_counts() -> None:
    conversation = Conversation()

    beside = conversation.context.situation("from_customer", at_ms=0, beside="and your zip code")

    assert beside.asked == ("postal_address",)
    assert beside.asked_by_other
