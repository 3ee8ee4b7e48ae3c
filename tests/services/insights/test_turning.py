"""How sides sound over a contact, quarter by quarter, and when one turns bitter."""

from collections.abc import Sequence

import pytest
from antiphon.events.base import Speaker
from antiphon.events.insights import FeelingTurned
from antiphon.services.insights.dividing import divided
from antiphon.services.insights.heard import Said
from antiphon.services.insights.turning import (
    AGAIN_MS_MIN,
    TURNED_MAX,
    WINDOW_MS_MAX,
    feelings,
    turned,
)
from msgspec.structs import replace

from .call import AGENT, CUSTOMER, SYSTEM, said

ANGRY = "this is absolutely ridiculous and I am furious"
PLAIN = "it is the second of four numbers"
CONTENT = "oh that is brilliant thank you so much"


def told(*lines: tuple[Speaker, str], every_ms: int = 10_000) -> list[Said]:
    return [
        said(speaker, at * every_ms, at * every_ms + 5_000, text)
        for at, (speaker, text) in enumerate(lines)
    ]


def angry(speaker: Speaker, times: int) -> list[tuple[Speaker, str]]:
    return [(speaker, ANGRY)] * times


def felt(utterances: Sequence[Said]) -> dict[Speaker, tuple[float | None, ...]]:
    found = divided(utterances, holds=(), unheard=())
    assert found is not None
    return {one.speaker: one.quarters for one in feelings(utterances, found[0])}


def test_each_side_has_its_own_feelings_and_their_course() -> None:
    utterances = told(
        (CUSTOMER, ANGRY), (AGENT, PLAIN), (CUSTOMER, PLAIN), (CUSTOMER, CONTENT), (AGENT, PLAIN)
    )
    found = divided(utterances, holds=(), unheard=())
    assert found is not None

    customer, agent = feelings(utterances, found[0])

    assert (customer.trend, customer.utterances) == ("rising", 2)
    assert customer.quarters[0] is not None
    assert customer.quarters[0] < -1.5
    assert (agent.overall, agent.trend) == (0, "steady")


def test_a_quarter_in_which_a_side_was_silent_tells_nothing() -> None:
    quarters = felt(
        told((CUSTOMER, ANGRY), (AGENT, PLAIN), (AGENT, PLAIN), (AGENT, PLAIN), (CUSTOMER, ANGRY))
    )

    assert [score is None for score in quarters[CUSTOMER]] == [False, True, True, False]


def test_falling_is_told_from_rising() -> None:
    utterances = told((CUSTOMER, CONTENT), (AGENT, PLAIN), (AGENT, PLAIN), (CUSTOMER, ANGRY))
    found = divided(utterances, holds=(), unheard=())
    assert found is not None

    assert feelings(utterances, found[0])[0].trend == "falling"


def test_one_word_is_no_mood() -> None:
    found = divided(one := told((CUSTOMER, "terrible")), holds=(), unheard=())
    assert found is not None

    (customer,) = feelings(one, found[0])

    assert (customer.overall, customer.trend) == (None, None)


def test_a_side_that_comes_to_sound_worse_has_turned() -> None:
    utterances = told(
        (CUSTOMER, CONTENT), (AGENT, PLAIN), (CUSTOMER, ANGRY), (CUSTOMER, ANGRY), (CUSTOMER, ANGRY)
    )

    found = turned(utterances, told=())

    assert found is not None
    assert (found.speaker, found.from_ms, found.until_ms) == (CUSTOMER, 20_000, 45_000)
    assert found.score < -1.8 < found.before
    assert found.utterance_ids == tuple(one.utterance_id for one in utterances[2:])


@pytest.mark.parametrize(
    "utterances",
    [
        pytest.param([], id="nobody spoke"),
        pytest.param(told((CUSTOMER, ANGRY), (CUSTOMER, ANGRY)), id="too little"),
        pytest.param(told(*angry(CUSTOMER, 3), (CUSTOMER, PLAIN)), id="plain words"),
        pytest.param(told(*angry(CUSTOMER, 3), (CUSTOMER, CONTENT)), id="content again"),
        pytest.param(told(*angry(CUSTOMER, 3), (AGENT, ANGRY)), id="the other side"),
        pytest.param(told(*angry(SYSTEM, 4)), id="a prompt"),
        pytest.param(told(*angry(CUSTOMER, 3), every_ms=WINDOW_MS_MAX), id="long between words"),
        pytest.param(told(*angry(CUSTOMER, 9)), id="no worse than before"),
    ],
)
def test_nothing_has_turned(utterances: list[Said]) -> None:
    assert turned(utterances, told=()) is None


def test_it_is_not_told_again_soon() -> None:
    first = told(*angry(CUSTOMER, 3))
    before = turned(first, told=())
    assert before is not None

    def later(wait_ms: int) -> FeelingTurned | None:
        calm = said(CUSTOMER, 40_000, 41_000, CONTENT)
        calmer = said(CUSTOMER, 42_000, 43_000, CONTENT)
        end = before.until_ms + wait_ms
        again = [said(CUSTOMER, at, at + 500, ANGRY) for at in (end - 3_000, end - 2_000)]
        newest = said(CUSTOMER, end - 1_000, end, ANGRY)
        return turned([*first, calm, calmer, *again, newest], told=(before,))

    assert later(AGAIN_MS_MIN - 1) is None
    assert later(AGAIN_MS_MIN) is not None


def test_of_one_contact_it_is_told_a_few_times_at_most() -> None:
    utterances = told(*angry(CUSTOMER, 3))
    one = turned(utterances, told=())
    assert one is not None

    earlier = replace(one, utterance_ids=(), until_ms=-AGAIN_MS_MIN)

    assert turned(utterances, told=[earlier] * (TURNED_MAX - 1)) is not None
    assert turned(utterances, told=[earlier] * TURNED_MAX) is None
