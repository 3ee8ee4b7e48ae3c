"""One word stands for what was found; times, stable words and spans keep in step."""

from itertools import pairwise

from antiphon.events.privacy.judging import FoundPersonal, judge_personal
from antiphon.events.privacy.masking import EVERYWHERE, masked_personal
from antiphon.events.privacy.situation import NOTHING_SAID
from antiphon.events.speech import CardMask, PersonalSpan, WordTime
from hypothesis import given
from hypothesis import strategies as st

from .conversation import judged

SAID = "I'm Ann Lee, card 4111 1111 1111 1111, call 212 555 0187 now."


def times(count: int) -> tuple[WordTime, ...]:
    return tuple(WordTime(at * 100, at * 100 + 80, 0.9) for at in range(count))


def test_a_mask_spans_the_words_it_stands_for() -> None:
    safe = masked_personal(
        SAID, times(len(SAID.split())), judged(SAID).found, stable_words=len(SAID.split())
    )

    assert safe.text == "I'm [person-name], card [card-number], call [phone-number] now."
    assert safe.masks == (CardMask("card_number", 3, 16),)
    assert safe.personal == (
        PersonalSpan("person_name", 1, 1), PersonalSpan("phone_number", 5, 5, (), 10),
    )  # fmt: skip
    assert (safe.words[3].started_ms, safe.words[3].ended_ms) == (400, 780)
    assert safe.stable_words == len(safe.words) == len(safe.text.split())


def test_a_mask_is_stable_once_all_its_words_are() -> None:
    found = judged(SAID).found

    stable = [masked_personal(SAID, (), found, stable_words=at).stable_words for at in range(9)]

    assert stable == [0, 1, 1, 2, 3, 3, 3, 3, 4]


def test_a_mask_is_not_found_again() -> None:
    assert judged("my name is [person-name], card [card-number].").found == ()


def test_what_may_be_shown_stays_and_its_span_says_where() -> None:
    safe = masked_personal(SAID, (), judged(SAID).found, shown_in={"person_name": ("desk",)})

    assert safe.text == "I'm Ann Lee, card [card-number], call [phone-number] now."
    assert safe.personal[0] == PersonalSpan("person_name", 1, 2, ("desk",))
    assert safe.personal[1].first_word == 6


def test_card_data_stays_nowhere() -> None:
    safe = masked_personal(SAID, (), judged(SAID).found, shown_in=EVERYWHERE)

    assert safe.text == "I'm Ann Lee, card [card-number], call 212 555 0187 now."
    assert [span.kind for span in safe.personal] == ["person_name", "phone_number"]


def test_times_that_do_not_match_the_text_are_dropped() -> None:
    assert masked_personal(SAID, times(3), judged(SAID).found).words == ()


def test_nothing_found_changes_nothing() -> None:
    safe = masked_personal("all  is well", times(3), ())

    assert (safe.text, safe.words, safe.personal) == ("all  is well", times(3), ())


_WORDS = st.sampled_from(
    ["four", "one", "4111", "1111", "name", "is", "ann", "Ann", "at", "gmail", "dot", "com", "my",
     "phone", "march", "1986", "12", "oak", "Street,", "the", "double", "a", "b", "card", "social",
     "6789.", "uh", "and", "for", "born", "HX-4429817", "£5", "+44", "P-R-I-Y-A", "", "…", "of"]
)  # fmt: skip


@given(st.lists(_WORDS, max_size=14), st.integers(0, 14))
def test_words_times_and_spans_keep_in_step_whatever_is_said(words: list[str], stable: int) -> None:
    text = " ".join(words)
    said = text.split()

    found = judge_personal(said, NOTHING_SAID).found
    safe = masked_personal(text, times(len(said)), found, stable_words=min(stable, len(said)))

    kept = safe.text.split()
    marks = sorted([mask.word for mask in safe.masks] + [one.first_word for one in safe.personal])
    assert len(safe.words) == len(kept)
    assert safe.stable_words <= len(kept)
    assert all(before.ended_ms <= after.started_ms for before, after in pairwise(safe.words))
    assert marks == [at for at, word in enumerate(kept) if word.startswith("[")]
    assert len(marks) == len(found)
    assert all(one.last_word < other.first_word for one, other in pairwise(found))


@given(st.lists(_WORDS, max_size=14))
def test_what_is_masked_stays_as_it_is_when_judged_again(words: list[str]) -> None:
    first = masked_personal(
        " ".join(words), (), judge_personal(" ".join(words).split(), NOTHING_SAID).found
    )

    again = [
        one
        for one in judge_personal(first.text.split(), NOTHING_SAID).found
        if any("[" in word for word in first.text.split()[one.first_word : one.last_word + 1])
    ]

    assert again == []


@given(st.text(max_size=80))
def test_no_text_breaks_the_detectors(text: str) -> None:
    found = judge_personal(text.split(), NOTHING_SAID).found

    assert all(0 <= one.first_word <= one.last_word < len(text.split()) for one in found)


def test_a_stretch_beyond_the_text_is_cut_there() -> None:
    found = (FoundPersonal("pin", 1, 9),)

    assert masked_personal("pin 1 2", (), found).text == "pin [pin]"
