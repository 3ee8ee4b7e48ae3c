"""What is shown of an utterance in one place and masked in another."""

from typing import Any

from antiphon.events.privacy.places import shown_in
from antiphon.events.sealed import Sealed
from antiphon.events.speech import CardMask, PersonalSpan, UtteranceFinalized, WordTime
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ...builders import utterance_finalized

TEXT = "Hi, this is Ada Lovelace, my card is [card-number] and my phone is 555 0142."
NAME = PersonalSpan("person_name", 3, 4, ("desk",))
PHONE = PersonalSpan("phone_number", 13, 14, ("desk", "models"))
CARD = CardMask("card_number", 8, 16)


def final(text: str = TEXT, **given: Any) -> UtteranceFinalized:
    words = tuple(WordTime(100 * n, 100 * n + 80, 0.9) for n in range(len(text.split())))
    fields: dict[str, Any] = {"words": words, "masked": (CARD,), "personal": (NAME, PHONE)}
    return utterance_finalized(text, **(fields | given))


def test_where_everything_may_be_shown_the_fact_is_as_it_was() -> None:
    said = final()

    assert shown_in("desk", said) is said


def test_what_may_not_be_shown_there_is_one_mask_and_the_rest_stays() -> None:
    shown = shown_in("models", final())

    assert shown.text.reveal() == (
        "Hi, this is [person-name], my card is [card-number] and my phone is 555 0142."
    )


def test_words_masks_and_spans_stand_where_the_shorter_text_has_them() -> None:
    shown = shown_in("transcript", final())

    words = shown.text.reveal().split()
    assert len(shown.words) == len(words)
    assert words[shown.masked[0].word] == "[card-number]"
    assert [words[span.first_word] for span in shown.personal] == [
        "[person-name],",
        "[phone-number].",
    ]
    assert [span.shown_in for span in shown.personal] == [(), ()]
    assert (shown.words[3].started_ms, shown.words[3].ended_ms) == (300, 480)


def test_what_was_masked_everywhere_before_it_was_stored_stays_so() -> None:
    said = final("I am [person-name].", masked=(), personal=(PersonalSpan("person_name", 2, 2),))

    assert shown_in("desk", said) is said


def test_the_text_of_an_erased_contact_is_passed_on_as_it_is() -> None:
    said = final(text=TEXT)
    closed = replace(said, text=Sealed.closed("AAAA", key_id="k-1"))

    assert shown_in("models", closed) is closed


def test_without_times_of_words_none_are_made_up() -> None:
    assert shown_in("models", final(words=())).words == ()


@given(st.lists(st.booleans(), min_size=1, max_size=12))
def test_no_hidden_word_is_left_and_no_other_is_lost(hides: list[bool]) -> None:
    kept = [f"w{n}" for n, hidden in enumerate(hides) if not hidden]
    text = " ".join(f"w{n}" for n in range(len(hides)))
    spans = tuple(
        PersonalSpan("person_name", n, n, ("desk",)) for n, hidden in enumerate(hides) if hidden
    )

    shown = shown_in("transcript", final(text, masked=(), personal=spans))

    assert [word for word in shown.text.reveal().split() if word.startswith("w")] == kept
    assert len(shown.words) == len(shown.text.reveal().split())
