"""Who spoke how much, how fast, in how many turns, and who cut whom short."""

import pytest
from antiphon.services.insights.heard import SIDES, Said
from antiphon.services.insights.speaking import interruptions, speakers_measured

from .call import AGENT, CUSTOMER, SYSTEM, said, spoken

BOTH = frozenset(SIDES)


def test_talk_is_shared_out_in_time_words_and_turns() -> None:
    utterances = [
        said(AGENT, 0, 6_000, "hello there how can I help you today then please"),
        said(CUSTOMER, 6_500, 8_000, "my bill"),
        said(CUSTOMER, 8_500, 9_000, "is wrong"),
        said(AGENT, 9_500, 10_000, "oh dear"),
    ]

    customer, agent = speakers_measured(utterances, sides_heard=BOTH)

    assert (customer.talk_ms, customer.turns, customer.words) == (2_000, 1, 4)
    assert (agent.talk_ms, agent.turns, agent.words) == (6_500, 2, 12)
    assert (customer.talk_share, agent.talk_share) == (0.235, 0.765)
    assert customer.longest_turn_ms == 2_500  # with the pause in it
    assert customer.words_per_minute is None  # two seconds tell nothing
    assert agent.words_per_minute == 110.8


def test_what_was_said_twice_at_once_is_talked_once() -> None:
    """Two finals of one track may overlap."""
    (customer,) = speakers_measured(
        [said(CUSTOMER, 0, 2_000), said(CUSTOMER, 1_000, 3_000)], sides_heard=BOTH
    )

    assert customer.talk_ms == 3_000


def test_of_a_side_that_was_not_heard_there_is_no_share() -> None:
    (customer,) = speakers_measured([said(CUSTOMER, 0, 2_000)], sides_heard={CUSTOMER})

    assert customer.talk_share is None


def test_a_side_that_was_heard_and_said_nothing_leaves_the_other_everything() -> None:
    (customer,) = speakers_measured([said(CUSTOMER, 0, 2_000)], sides_heard=BOTH)

    assert customer.talk_share == 1


def test_prompts_are_nobodys_talk() -> None:
    assert speakers_measured([said(SYSTEM, 0, 2_000)], sides_heard=BOTH) == ()


def test_who_begins_while_the_other_speaks_and_goes_on_interrupts() -> None:
    found = interruptions([said(CUSTOMER, 0, 3_000), said(AGENT, 2_400, 5_000)])

    (one,) = found
    assert (one.by, one.over, one.at_ms, one.overlap_ms) == (AGENT, CUSTOMER, 2_400, 600)
    assert (one.utterance_id, one.over_utterance_id) == ("agent-2400", "customer-0")


@pytest.mark.parametrize(
    "utterances",
    [
        pytest.param([said(CUSTOMER, 0, 3_000), said(AGENT, 2_800, 5_000)], id="in step"),
        pytest.param([said(CUSTOMER, 0, 3_000), said(AGENT, 1_000, 2_000)], id="gives up"),
        pytest.param([said(CUSTOMER, 0, 3_000), said(AGENT, 2_000, 5_000, "uh huh")], id="listens"),
        pytest.param([said(CUSTOMER, 0, 3_000), said(AGENT, 100, 5_000)], id="both begin"),
        pytest.param([said(CUSTOMER, 0, 3_000), said(CUSTOMER, 1_000, 5_000)], id="themselves"),
        pytest.param([said(CUSTOMER, 0, 3_000), said(SYSTEM, 1_000, 5_000)], id="a prompt"),
        pytest.param(
            [spoken(CUSTOMER, (0, 1_000), (4_000, 5_000)), said(AGENT, 2_000, 6_000)], id="a pause"
        ),
    ],
)
def test_turns_that_meet_are_no_interruptions(utterances: list[Said]) -> None:
    assert interruptions(utterances) == []


def test_one_who_was_cut_short_twice_over_was_so_once() -> None:
    utterances = [
        said(CUSTOMER, 0, 3_000),
        said(AGENT, 1_000, 3_500),
        said(AGENT, 1_500, 4_000),
        said(CUSTOMER, 3_800, 6_000),
    ]

    assert [one.over_utterance_id for one in interruptions(utterances)] == ["customer-0"]
