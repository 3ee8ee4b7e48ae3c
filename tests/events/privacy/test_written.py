"""What is personal in a text that somebody typed is masked; all else stands as it was typed."""

from collections.abc import Iterable, Sequence

import pytest
from antiphon.events.privacy.kinds import PersonalKind
from antiphon.events.privacy.protection import EVERYTHING, Protection, Shown, protection_of
from antiphon.events.privacy.rules import rules_of
from antiphon.events.privacy.written import (
    SHARED_WORDS_MAX,
    STRETCH_CHARS_MAX,
    STRETCH_WORDS_MAX,
    WORD_CHARS_MAX,
    without_personal,
)
from antiphon.events.privacy_policy import PersonalPattern, PrivacyPolicyPublished

LONG = 3_000  # characters: some stretches


def masked(text: str, protection: Protection = EVERYTHING) -> str:
    return without_personal(text, protection, place="summary")


class Watching:
    """Finds nothing, and remembers what it was asked of. Satisfies `PersonalRecognizer`."""

    name = "watching/1"

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def find(self, words: Sequence[str], /) -> Iterable[tuple[PersonalKind, int, int]]:
        self.asked.append(list(words))
        return ()


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (
            "Anna Brown, social security number is 123-45-6789, PIN is 4821, a.brown@example.com",
            "[person-name], social security number is [national-id], PIN is [pin], [email-address]",
        ),
        ("SSN:123-45-6789 PIN:4821", "SSN:[national-id] PIN:[pin]"),
        ("SSN=123-45-6789;PIN=4821", "SSN=[national-id];PIN=[pin]"),
        ("PIN-4821, SSN#123456789", "PIN-[pin], SSN[national-id]"),
        ("her PIN (4821)", "her PIN ([pin])"),
        ('{"pin": "4821"}', '{"pin": "[pin]"}'),
        ("**PIN: 4821**", "**PIN: [pin]**"),
        ("SSN 123‑45‑6789", "SSN [national-id]"),
        ("SSN 123\u00a045\u00a06789", "SSN [national-id]"),
        ("P\u00adI\u200bN is 48\u200b21", "P\u00adI\u200bN is [pin]"),
        ("tel.: +44 20 7946 0958.", "tel.: [phone-number]."),
        ("Tel:555-123-4567", "Tel:[phone-number]"),
        ("call (555) 123-4567 back", "call [phone-number] back"),
        ("IBAN:DE89370400440532013000", "IBAN:[account-number]"),
        ("IBAN DE89 3704 0044 0532 0130 00", "IBAN [account-number]"),
        ("dob:04/07/1985", "dob:[date-of-birth]"),
        ("born July 4, 1985", "born [date-of-birth]"),
        ("Anna <anna@example.com>", "[person-name] <[email-address]>"),
        ("(anna@example.com)", "([email-address])"),
        ("lives at 12 Oak Street, Springfield", "lives at [postal-address]"),
        ("Card:4111111111111111 exp:12/28 cvv:123",
         "Card:[card-number] exp:[expiry-date] cvv:[security-code]"),
    ],
)  # fmt: skip
def test_what_is_personal_is_masked_however_it_is_typed(typed: str, kept: str) -> None:
    once = masked(typed)

    assert once == kept
    assert masked(once) == kept


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Card 4111 1111\n1111 1111. Paid.", "Card [card-number]. Paid."),
        ("PIN:\n\n4821\nPaid.", "PIN:\n\n[pin]\nPaid."),
        ("SSN\n123-45-\n6789", "SSN\n[national-id]"),
        ("Order 88213\r\n555 123 4567\r\n", "Order 88213\r\n[phone-number]\r\n"),
        ("- a@x.org\n- b@y.org", "- [email-address]\n- [email-address]"),
    ],
)
def test_lines_part_what_is_typed_and_hide_nothing(typed: str, kept: str) -> None:
    assert masked(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " \t\r\n",
        "Roof leaks.\r\n\r\n\t- two  rooms (kitchen + bath)\n\n- quote 1,250.00 EUR \n",
        "Order 88213, ticket #99812, invoice INV-2024-0012; https://example.com/help?id=77:12",
        "Refund of £45.20 agreed on 12 May 2026, 14:30. Call back by Friday 5pm.",
        'version 10.0.19045 on 192.168.0.1; {"ref":"4821"} <b>open</b> a/c closed? `ls -l`',
        "[pin], [email-address] and [card-number]: as they were said",
        "naïve café\u00a0— 50\u200b% off\u2028done",
    ],
)
def test_what_is_not_personal_is_kept_to_the_byte(typed: str) -> None:
    assert masked(typed) == typed


def test_a_policy_says_what_stays_where() -> None:
    text = "Anna Brown, phone 555 123 4567, PIN 4821, card 4111 1111 1111 1111"
    shown = Protection(
        version="1",
        shown_in={
            "phone_number": ("summary",),
            "person_name": ("models",),
            "card_number": ("summary", "models"),  # a policy that says so is refused
        },
    )

    in_summary = without_personal(text, shown, place="summary")
    to_models = without_personal(text, shown, place="models")

    assert in_summary == "[person-name], phone 555 123 4567, PIN [pin], card [card-number]"
    assert to_models == "Anna Brown, phone [phone-number], PIN [pin], card [card-number]"


@pytest.mark.parametrize("shown_in", [{}, {"account_number": ("summary",)}])
def test_a_card_is_a_card_where_half_of_it_passes_for_something_else(shown_in: Shown) -> None:
    protection = Protection(version="1", shown_in=shown_in)

    assert masked("account 4111 1111\n1111 1111", protection) == "account [card-number]"


def test_a_tenants_patterns_and_phrases_hold_for_the_text_as_it_was_typed() -> None:
    policy = PrivacyPolicyPublished(
        version="1",
        patterns=(PersonalPattern(name="case", expression=r"CASE:\d{3}/\w+\nB\d"),),
        allowed=("help@acme.example",),
    )

    kept = masked("see CASE:777/ab\nB7, write help@acme.example", protection_of(policy))

    assert kept == "see [other], write help@acme.example"


@pytest.mark.parametrize("stop", ["", "."])
def test_nothing_escapes_between_what_is_judged_at_once(stop: str) -> None:
    words = [f"well{stop}"] * (STRETCH_WORDS_MAX + 20)
    for at in range(STRETCH_WORDS_MAX - 12, STRETCH_WORDS_MAX + 2):
        told = [*words[:at], "social", "security", "number", *"123456789"]

        kept = masked(" ".join([*told, *words[at:]]))

        assert not any(sign.isdigit() for sign in kept), at


def test_what_stands_between_two_stretches_keeps_its_name() -> None:
    told = ["order", "number", "was", "given", "as", "5551234567."]
    begins = STRETCH_WORDS_MAX - SHARED_WORDS_MAX
    for at in range(begins - 5, begins + 1):
        text = " ".join([*["well"] * at, *told, *["well"] * STRETCH_WORDS_MAX])

        assert masked(text) == text, at


def test_a_number_behind_a_word_without_end_is_seen_whole() -> None:
    for letters in range(WORD_CHARS_MAX - 14, WORD_CHARS_MAX):
        kept = masked(f"{'x' * letters}4111-1111-1111-1111")

        assert not any(sign.isdigit() for sign in kept), letters


def test_another_recogniser_is_asked_once_of_all_lines() -> None:
    watching = Watching()

    masked("roof\n" * 50, Protection(version="1", rules=rules_of(recognizers=[watching])))

    assert watching.asked == [["roof"] * 50]


@pytest.mark.parametrize(
    "unit", ["a@", "1-", "1\n", "pin\n", "x1" * 200 + " ", "roof. leaks ", "(a;"]
)
def test_a_long_text_is_judged_in_stretches(unit: str) -> None:
    watching = Watching()
    text = (unit * LONG)[:LONG]

    masked(text, Protection(version="1", rules=rules_of(recognizers=[watching])))

    chars = [sum(map(len, words)) for words in watching.asked]
    assert max(map(len, watching.asked)) <= STRETCH_WORDS_MAX
    assert max(chars) <= STRETCH_CHARS_MAX
    # Every stretch shares half of its words at most with the one before.
    assert sum(chars) <= 2 * LONG
