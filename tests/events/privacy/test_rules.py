"""What a tenant adds: patterns of its own, and what is never masked."""

import re

from antiphon.events.privacy.rules import rules_of

from .conversation import masked_alone


def test_a_pattern_finds_what_no_detector_knows() -> None:
    rules = rules_of([("loyalty", re.compile(r"LX\d+"))])

    assert masked_alone("take LX4429, please", rules=rules) == "take [other], please"
    assert masked_alone("take LX4429, please") == "take LX4429, please"


def test_a_pattern_called_like_a_kind_finds_that_kind() -> None:
    rules = rules_of([("account_number", re.compile(r"\bblue \w+"))])

    assert masked_alone("my code is blue heron", rules=rules) == "my code is [account-number]"


def test_what_is_allowed_stays() -> None:
    rules = rules_of(allowed=["212 555 0100", "Tamika"])

    said = "Tamika here, call 212 555 0100, not 212 555 0187"
    assert masked_alone(said, rules=rules) == "Tamika here, call 212 555 0100, not [phone-number]"


def test_card_data_is_masked_even_where_it_is_allowed() -> None:
    rules = rules_of(allowed=["4111 1111 1111 1111"])

    assert masked_alone("card 4111 1111 1111 1111", rules=rules) == "card [card-number]"


def test_an_empty_phrase_allows_nothing() -> None:
    assert masked_alone("ask for Denise", rules=rules_of(allowed=["", " "])) == (
        "ask for [person-name]"
    )
