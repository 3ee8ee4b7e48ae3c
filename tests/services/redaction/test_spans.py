"""Which stretches of the audio are removed, and which are left alone."""

import pytest
from antiphon.events.privacy.kinds import PersonalKind
from antiphon.events.redaction import AudioSpan
from antiphon.events.speech import CardMask, PersonalSpan
from antiphon.services.redaction.heard import SpeechStretch, heard_in
from antiphon.services.redaction.spans import WIDEN_MS, widen_ms_of
from msgspec.structs import replace

from ...builders import recorded, utterance_finalized
from .speaking import DURATION_MS, removed, said, voice, whole, words_of


def test_words_that_are_personal_are_removed_with_a_margin() -> None:
    heard = said("my card number is [card-number] thank you")

    assert removed([heard]) == words_of(heard, 4, 4, "card_number")


def test_what_is_shown_in_the_text_is_removed_from_the_audio_all_the_same() -> None:
    event = utterance_finalized(
        "it is jane doe and [card-number]",
        masked=(CardMask("card_number", 5, 16),),
        personal=(PersonalSpan("person_name", 2, 3, ("desk",)),),
    )

    [heard] = heard_in([recorded(event)])

    found = [(one.kind, one.first_word, one.last_word) for one in heard.personal]
    assert found == [("person_name", 2, 3), ("card_number", 5, 5)]


def test_calls_without_anything_personal_are_left_alone() -> None:
    agent = said("how can i help you today", track="to_customer")
    customer = said("my internet is slow since tuesday and i paid $50", at_ms=4_000)

    assert removed([agent, customer]) == ()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("my card number is 4", "card_number"),
        ("the security code is 7", "security_code"),
        ("my social security number is 123 45", "national_id"),
        ("my account number is 356-", "account_number"),
        ("the best number to reach me is five five five", "phone_number"),
        ("my pin is 12", "pin"),
        ("the account number at the top says 4.7 7.8 to 4.3", "account_number"),
        ("my card number is", "card_number"),
        ("sure my card number is um", "card_number"),
        ("it's [card-number]", "card_number"),
    ],
)
def test_too_few_digits_take_the_whole_turn(text: str, kind: PersonalKind) -> None:
    heard = said(text, digits=12)

    assert removed([heard]) == whole(heard, kind, "too_few_digits")


def test_too_few_digits_take_the_turn_to_the_end_of_its_speech() -> None:
    heard = said("my card number is 4")

    assert removed([heard], voice(heard, lasts_ms=500)) == whole(
        heard, "card_number", "too_few_digits", until_ms=heard.ended_ms + 500
    )


@pytest.mark.parametrize("question", ["what is your account number", "your account number please"])
def test_too_few_digits_in_an_answer_take_it_whole(question: str) -> None:
    agent = said(question, track="to_customer")
    customer = said("it's 4 4 1", at_ms=4_000)

    assert removed([agent, customer]) == whole(customer, "account_number", "too_few_digits")


def test_an_answer_that_has_no_digits_is_no_secret() -> None:
    agent = said("may i have your account number please", track="to_customer")
    customer = said("i don't have it with me sorry i paid $50 last month", at_ms=4_000)

    assert removed([agent, customer]) == ()


def test_digits_in_instalments_are_removed_until_there_are_enough() -> None:
    agent = said("can i have the card number please", track="to_customer")
    parts = [said("4 4 2 1", at_ms=at) for at in (4_000, 7_000, 10_000)]

    spans = removed([agent, *parts])

    assert [(one.from_ms, one.until_ms) for one in spans] == [
        (one.started_ms - 200, one.ended_ms + 200) for one in parts
    ]


def test_digits_that_no_detector_took_for_anything_are_removed_where_they_were_asked_for() -> None:
    agent = said("may i have your account number please", track="to_customer")
    customer = said("one moment it is 1-8-9-5-5-9-7 thanks", at_ms=4_000)

    assert removed([agent, customer]) == words_of(customer, 4, 4, "account_number")


@pytest.mark.parametrize(
    ("answer", "first", "last"),
    [("it's 1 2 3 4 thank you", 1, 4), ("my social security number is 1 2 3 4", 5, 8)],
)
def test_the_last_four_are_enough_where_the_last_four_were_asked_for(
    answer: str, first: int, last: int
) -> None:
    agent = said("the last four of your social please", track="to_customer")
    customer = said(answer, at_ms=4_000)

    assert removed([agent, customer]) == words_of(customer, first, last, "national_id")


@pytest.mark.parametrize("text", ["my card number is [card-number]", "my email address is jane"])
def test_a_voice_that_goes_on_after_the_last_word_takes_the_whole_turn(text: str) -> None:
    heard = said(text)
    kind = heard.personal[0].kind if heard.personal else "email_address"

    assert removed([heard], voice(heard, lasts_ms=600)) != whole(heard, kind, "uncovered_speech")
    assert removed([heard], voice(heard, lasts_ms=601)) == whole(
        heard, kind, "uncovered_speech", until_ms=heard.ended_ms + 601
    )


def test_a_voice_without_words_before_or_among_them_does_as_well() -> None:
    heard = said("my card number is [card-number]", at_ms=3_000)
    early = [SpeechStretch(heard.track, 2_300, heard.ended_ms)]
    times = (*heard.times[:4], replace(heard.times[4], started_ms=heard.times[4].started_ms + 700))
    sparse = replace(heard, times=times)

    assert removed([heard], early)[0].ground == "uncovered_speech"
    assert removed([sparse], voice(heard))[0].ground == "uncovered_speech"


def test_a_last_word_longer_than_anybody_says_one_takes_the_whole_turn() -> None:
    heard = said("my email address is the usual")
    last = replace(heard.times[-1], ended_ms=heard.times[-1].started_ms + 1_201)
    overlong = replace(heard, times=(*heard.times[:-1], last), ended_ms=last.ended_ms)

    assert removed([heard]) == ()
    assert removed([overlong]) == whole(overlong, "email_address", "overlong_word")


def test_a_mask_may_last_as_long_as_its_digits_take() -> None:
    slow = said("it's [phone-number]", word_ms=600)

    assert removed([slow]) == words_of(slow, 1, 1, "phone_number")


def test_words_outside_of_all_speech_take_the_whole_turn() -> None:
    heard = said("my card number is [card-number]")
    elsewhere = [SpeechStretch(heard.track, heard.started_ms, heard.times[3].ended_ms - 500)]

    spans = removed([heard], elsewhere)

    assert spans == whole(heard, "card_number", "implausible_times")


def test_a_turn_far_too_long_for_its_words_is_removed_whatever_their_times() -> None:
    heard = said("my card number is [card-number]", digits=13, word_ms=100)
    stretched = [
        replace(time, started_ms=1_000 + n * 2_500, ended_ms=3_500 + n * 2_500)
        for n, time in enumerate(heard.times)
    ]
    heard = replace(heard, times=tuple(stretched), ended_ms=stretched[-1].ended_ms)

    assert removed([heard]) == whole(heard, "card_number", "uncovered_speech")


def test_the_same_doubts_are_none_where_nothing_personal_is_to_be_expected() -> None:
    heard = said("my internet is slow")

    assert removed([heard], voice(heard, lasts_ms=1_400)) == ()


def test_speech_of_which_nobody_heard_a_word_is_removed() -> None:
    heard = said("hello")
    unheard = SpeechStretch("to_customer", 5_000, 6_501)
    short = SpeechStretch("from_customer", 5_000, 6_400)

    spans = removed([heard], [*voice(heard), unheard, short])

    assert spans == (AudioSpan("to_customer", 4_700, 6_801, "other", "uncovered_speech"),)


def test_where_it_may_be_an_answer_less_of_it_is_enough() -> None:
    agent = said("what is your pin", track="to_customer")
    grunt = SpeechStretch("from_customer", 4_000, 4_301)

    spans = removed([agent], [*voice(agent), grunt])

    assert spans == (AudioSpan("from_customer", 3_700, 4_601, "pin", "uncovered_speech"),)


def test_without_any_words_everything_that_is_said_is_removed() -> None:
    spans = removed([], [SpeechStretch("from_customer", 0, 60_000)])

    assert [(one.from_ms, one.until_ms) for one in spans] == [(0, 60_300)]


def test_a_question_is_forgotten_after_a_while() -> None:
    agent = said("what is your account number", track="to_customer")
    late = said("i will be back in 12 or 13", at_ms=agent.ended_ms + 45_001)

    assert removed([agent, late]) == ()


def test_a_question_is_forgotten_after_a_few_turns() -> None:
    agent = said("what is your account number", track="to_customer")
    turns = [said("one second please", at_ms=4_000 + 2_000 * n) for n in range(4)]
    last = said("well 3 3", at_ms=20_000)

    assert removed([agent, *turns[:3], last]) != ()
    assert removed([agent, *turns, last]) == ()


def test_what_was_told_is_asked_for_no_longer() -> None:
    agent = said("what is your account number", track="to_customer")
    told = said("it's [account-number]", at_ms=4_000)
    later = said("i will call back in 3 or 4", at_ms=9_000)

    assert removed([agent, told, later]) == words_of(told, 1, 1, "account_number")


def test_without_word_times_the_whole_turn_is_removed() -> None:
    heard = said("my phone number is [phone-number] okay", times=())

    assert removed([heard]) == whole(heard, "phone_number", "words")


def test_a_span_of_words_that_are_not_there_takes_the_whole_turn() -> None:
    heard = said("my phone number is [phone-number]")
    torn = replace(heard, personal=(replace(heard.personal[0], first_word=9, last_word=9),))

    [span] = removed([torn])

    assert (span.from_ms, span.until_ms) == (800, heard.ended_ms + 200)


def test_a_policy_says_what_stays_but_never_of_cards() -> None:
    heard = [
        said("[person-name] it is [phone-number]"),
        said("[card-number] [security-code] [expiry-date]", at_ms=20_000),
    ]

    spans = removed(heard, kinds=frozenset({"phone_number"}))

    assert {one.kind for one in spans} == {"phone_number", "card_number"}
    assert spans[-1].until_ms == heard[1].ended_ms + 200


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("the ceiling is 366 i think", 3, 3),
        ("i think it's three six six", 3, 5),
        ("well 415 555 0132 okay", 1, 3),
        ("the ceiling is free 5 8", 3, 5),
    ],
)
def test_a_number_that_may_be_anything_is_removed_though_nothing_names_it(
    text: str, first: int, last: int
) -> None:
    heard = said(text)

    assert removed([heard]) == words_of(heard, first, last, "other")


@pytest.mark.parametrize(
    "text",
    [
        "your order number is 88412",
        "the flight is 447 at noon",
        "that was in 2019",
        "we are here from nine to eleven",
        "come by at 9 30",
        "it's 50 dollars for 200 minutes",
        "i read 366 somewhere in it",
        "the security deposit was 58",
        "we pay for security since 2019",
        "the discount code is 20",
        "for security i changed it twice",
    ],
)
def test_a_number_that_is_said_to_be_harmless_is_left(text: str) -> None:
    assert removed([said(text)]) == ()


def test_what_a_check_found_takes_its_turn_and_what_a_person_marked_is_taken_as_it_is() -> None:
    heard = said("this and that and so on")
    found = AudioSpan("from_customer", 2_000, 2_100, "national_id", "found_again")
    marked = replace(found, ground="review")

    assert removed([heard], extra=[found]) == whole(heard, "national_id", "found_again")
    assert removed([heard], extra=[marked]) == (marked,)
    assert removed([heard], extra=[marked], kinds=frozenset()) == (marked,)


def test_a_voice_without_words_takes_its_turn_only_where_something_was_asked_for() -> None:
    heard = said("this and that and so on")
    asked = AudioSpan("from_customer", 1_800, 2_500, "pin", "uncovered_speech")
    laugh = replace(asked, kind="other")

    assert removed([heard], extra=[asked]) == whole(heard, "pin", "uncovered_speech")
    assert removed([heard], extra=[laugh]) == (replace(laugh, from_ms=1_600, until_ms=2_700),)


def test_what_a_check_found_where_nobody_speaks_is_removed_too() -> None:
    found = AudioSpan("from_customer", 50_000, 51_000, "pin", "found_again")

    assert removed([said("hello")], extra=[found]) == (
        replace(found, from_ms=49_800, until_ms=51_200),
    )


def test_stretches_that_touch_are_one_by_the_name_of_the_gravest() -> None:
    heard = said("[phone-number] [card-number] [person-name]")

    assert removed([heard]) == (
        AudioSpan("from_customer", 800, heard.ended_ms + 200, "card_number", "words"),
    )


def test_each_attempt_widens_more_up_to_a_second() -> None:
    widths = [widen_ms_of(attempt) for attempt in (1, 2, 3, 4, 40)]

    assert widths == [WIDEN_MS, 400, 800, 1_000, 1_000]


def test_what_is_planned_ends_with_the_audio() -> None:
    heard = said("my card number is [card-number]", at_ms=100)

    [span] = removed([heard], duration_ms=heard.ended_ms - 50)

    assert span.until_ms == heard.ended_ms - 50
    assert removed([said("[pin]", at_ms=DURATION_MS + 1_000)]) == ()
