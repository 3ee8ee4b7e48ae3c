"""An article is cut where its author cut it, and every piece knows where it stands."""

import pytest
from antiphon.services.knowledge.pieces import (
    PASSAGE_CHARS_MAX,
    PIECES_MAX,
    QUOTE_CHARS_MAX,
    Span,
    pieces_of,
    quote_around,
    sentences_in,
)
from hypothesis import given
from hypothesis import strategies as st

GUIDE = """\
Everything about moving house.

## Before the day

Tell us ten days ahead. We check the new address, e.g. wires.

## Fees

- A move costs 20 dollars.
- A second one within a year is free."""


def test_passages_stand_under_their_headings_and_sentences_by_themselves() -> None:
    pieces = pieces_of("Moving", GUIDE)

    assert [(one.kind, one.text) for one in pieces] == [
        ("title", "Moving"),
        ("passage", "Moving. Everything about moving house."),
        (
            "passage",
            "Moving, Before the day. Tell us ten days ahead. We check the new address, e.g. wires.",
        ),
        (
            "passage",
            "Moving, Fees. - A move costs 20 dollars. - A second one within a year is free.",
        ),
        ("sentence", "Moving: Everything about moving house."),
        ("sentence", "Moving, Before the day: Tell us ten days ahead."),
        ("sentence", "Moving, Before the day: We check the new address, e.g. wires."),
        ("sentence", "Moving, Fees: - A move costs 20 dollars."),
        ("sentence", "Moving, Fees: - A second one within a year is free."),
    ]


def test_a_long_paragraph_is_cut_between_sentences() -> None:
    body = "This sentence is one of a great many that stand here. " * 60

    passages = [one.span for one in pieces_of("T", body) if one.kind == "passage"]

    assert len(passages) > 2
    for span in passages:
        assert span.ends - span.starts <= PASSAGE_CHARS_MAX
        assert body[span.starts : span.ends].startswith("This sentence")
        assert body[span.starts : span.ends].endswith("here.")


def test_there_are_no_more_pieces_than_may_be() -> None:
    assert len(pieces_of("T", "Another sentence of a book. " * 1_000)) == PIECES_MAX


def test_a_quote_is_whole_sentences_around_what_was_found() -> None:
    body = "\n\n".join(["One thing is here. Another thing follows. " * 12] * 2)
    found = pieces_of("T", body)[-1].span

    span = quote_around(body, found)

    assert span.starts <= found.starts < found.ends <= span.ends
    assert span.ends - span.starts <= QUOTE_CHARS_MAX
    assert body[span.starts : span.ends].startswith(("One", "Another"))
    assert body[span.starts : span.ends].endswith(".")


def test_a_sentence_without_an_end_is_cut_at_a_word() -> None:
    body = "word " * 500

    span = quote_around(body, Span(0, 20))

    assert 0 < span.ends - span.starts <= QUOTE_CHARS_MAX
    assert body[span.starts : span.ends].endswith("word")


@pytest.mark.parametrize(
    "text", ["Call Dr. Smith at 5 p.m. today.", "It costs 5.50 dollars.", "See No. 7 below."]
)
def test_an_abbreviation_ends_no_sentence(text: str) -> None:
    assert list(sentences_in(text, Span(0, len(text)))) == [Span(0, len(text))]


@given(st.text(alphabet="ab.!? \n#-é1", max_size=3_000))
def test_whatever_the_text_every_piece_lies_within_it(body: str) -> None:
    for piece in pieces_of("T", body):
        if piece.kind == "title":
            continue
        assert 0 <= piece.span.starts < piece.span.ends <= len(body)
        assert piece.span.ends - piece.span.starts <= PASSAGE_CHARS_MAX
        quote = quote_around(body, piece.span)
        assert 0 <= quote.starts < quote.ends <= len(body)
        assert quote.ends - quote.starts <= QUOTE_CHARS_MAX
        assert body[quote.starts : quote.ends].strip()
