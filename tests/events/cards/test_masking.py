"""One word stands for card data, and everything that counts words stays in step."""

import pytest
from antiphon.events.cards.judging import Found
from antiphon.events.cards.masking import mask_value, masked
from antiphon.events.speech import CardMask, WordTime

TIMES = tuple(WordTime(100 * n, 100 * n + 90, n / 10) for n in range(1, 6))


def test_a_mask_joins_words_and_their_times() -> None:
    safe = masked("card 4111 1111, and more", TIMES, [Found("card_number", 1, 2, 8)])

    assert safe.text == "card [card-number], and more"
    assert safe.words == (TIMES[0], WordTime(200, 390, 0.25), TIMES[3], TIMES[4])
    assert safe.masks == (CardMask("card_number", 1, 8),)


@pytest.mark.parametrize(("stable", "left"), [(0, 0), (1, 1), (2, 1), (3, 2), (4, 3), (5, 4)])
def test_a_mask_is_stable_once_all_its_words_are(stable: int, left: int) -> None:
    found = [Found("card_number", 1, 2, 8)]

    safe = masked("card 4111 1111 and more", TIMES, found, stable_words=stable)

    assert safe.stable_words == left


def test_nothing_found_leaves_everything_as_it_is() -> None:
    safe = masked("no  card here", TIMES[:3], [], stable_words=2)

    assert (safe.text, safe.words, safe.stable_words) == ("no  card here", TIMES[:3], 2)


def test_times_that_do_not_match_the_words_are_dropped_with_the_digits() -> None:
    safe = masked("card 4111 1111", TIMES, [Found("card_number", 1, 2, 8)])

    assert safe.words == ()


@pytest.mark.parametrize(
    ("name", "value", "left"),
    [
        ("note", "card 4111 1111 1111 1111 please", "card [card-number] please"),
        ("paymentReference", "4111111111111111", "[card-number]"),
        ("cardNumber", "4111 1111", "[card-number]"),
        ("card_cvv", "731", "[security-code]"),
        ("card-expiry", "10/28", "[expiry-date]"),
    ],
)
def test_card_data_that_was_typed_is_masked(name: str, value: str, left: str) -> None:
    assert mask_value(value, name=name) == left


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("mood", "worried"),
        ("claim", "5512 3456 7890"),
        ("startedAt", "1700000000000"),
        ("order_id", "4532 1144 8890 2213"),
        ("customer", "9f1c2f4e-4111-4222-8333-944455556666"),
        ("phone", "+14155550132"),
        ("recording_consent", "true"),
        ("contact flow", "12"),
    ],
)
def test_ids_and_other_values_that_were_typed_stay(name: str, value: str) -> None:
    assert mask_value(value, name=name) == value
