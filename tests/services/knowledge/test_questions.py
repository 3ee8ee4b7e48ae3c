"""What a customer says is recognised as a question, or as a need, or as neither."""

from pathlib import Path

import msgspec
import pytest
from antiphon.services.knowledge.questions import leans, query_of, question_in

HERE = Path(__file__).parent


def texts(name: str, kind: str | None = None) -> list[str]:
    lines = [msgspec.json.decode(line) for line in (HERE / name).read_bytes().splitlines()]
    return [one["text"] for one in lines if kind in (None, one["kind"])]


def words_of(text: str) -> list[str]:
    return text.split()


def form_of(text: str) -> str | None:
    question = question_in(text.split())
    return None if question is None else question.form


@pytest.mark.parametrize(
    "text",
    [
        "How do I change my plan?",
        "um so can i get a copy of my invoice",
        "yeah hi is there any way to pay later",
        "i was wondering if you could move the appointment",
        "my bill went up and i don't know why it did that",
        "can you tell me what the fee is",
        "okay and when will the technician come",
        "do you guys offer a student discount",
        "what's the deal with the activation fee",
        "Thanks. And how long does it take?",
        "any idea when it will be back",
    ],
)
def test_questions_are_recognised_with_and_without_marks(text: str) -> None:
    assert form_of(text) == "question"


@pytest.mark.parametrize(
    "text",
    [
        "my router does not turn on",
        "My new phone keeps dropping calls.",
        "i want to cancel my contract",
        "you charged me twice last month",
        "it says invalid code",
        "i lost my card on the train",
        "the picture is frozen all the time",
        "let me talk to a supervisor",
    ],
)
def test_needs_are_recognised(text: str) -> None:
    assert form_of(text) == "need"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yes",
        "okay thank you very much",
        "how are you today",
        "can you hear me",
        "could you repeat that please",
        "that's all i needed",
        "hold on let me find my glasses",
        "seven four two evergreen terrace",
        "Great, perfect.",
        "what was that",
    ],
)
def test_courtesies_and_answers_are_neither(text: str) -> None:
    assert form_of(text) is None


def test_almost_every_question_of_the_sample_is_recognised() -> None:
    questions = texts("kb_dev.jsonl")

    assert sum(form_of(text) is not None for text in questions) >= 0.95 * len(questions)


def test_fillers_and_thanks_of_the_sample_are_not() -> None:
    others = [
        *texts("out_of_scope.jsonl", "closing and thanks"),
        *texts("out_of_scope.jsonl", "filler and fragments"),
    ]

    assert sum(form_of(text) is None for text in others) >= 0.9 * len(others)


def test_of_several_questions_the_last_counts() -> None:
    words = words_of("Do you have stores? How do I return this thing?")

    question = question_in(words)

    assert question is not None
    assert words[question.first : question.last + 1] == words_of("How do I return this thing?")


def test_a_question_goes_before_what_is_told_around_it() -> None:
    words = words_of("My modem is blinking. What does the red light mean? I am at home.")

    question = question_in(words)

    assert question is not None
    assert query_of(words, question, before=[]) == "What does the red light mean?"


@pytest.mark.parametrize(
    ("text", "before", "query"),
    [
        (
            "how long does that take",
            ["i want to port my number to you"],
            "i want to port my number to you how long does that take",
        ),
        (
            "My modem is blinking red. What should I do?",
            ["something else entirely is here"],
            "My modem is blinking red. What should I do?",
        ),
        (
            "and how much is it",
            ["i need a mesh extender", "okay yes"],
            "i need a mesh extender okay yes and how much is it",
        ),
        (
            "how do i reset my account password",
            ["i need a mesh extender"],
            "how do i reset my account password",
        ),
    ],
)
def test_a_question_that_leans_takes_what_was_said_before(
    text: str, before: list[str], query: str
) -> None:
    words = text.split()
    question = question_in(words)

    assert question is not None
    assert query_of(words, question, before=before) == query


def test_a_long_turn_is_asked_by_its_end() -> None:
    words = [*["rather"] * 200, *words_of("and then my router does not start")]
    question = question_in(words)

    assert question is not None
    assert len(query_of(words, question, before=[]).split()) <= 40
    assert query_of(words, question, before=[]).endswith("my router does not start")


def test_what_says_little_leans() -> None:
    assert leans(words_of("what about it"))
    assert not leans(words_of("how do i cancel my internet service"))
