"""Who spoke follows from the track, the agents' seats and the holds, in whatever order told."""

import itertools
from functools import reduce

import pytest
from antiphon.events.base import AgentId, Event, Position
from antiphon.events.voices import Voices, current_agent, hear, held_since, speaker_of

from ..builders import (
    agent_connected,
    at,
    audio_stream_opened,
    contact_held,
    contact_resumed,
    text_stream_opened,
)

OPENED = audio_stream_opened(clock_zero_at=at(0))
CONNECTED = agent_connected(agent_id=AgentId("a-1"), connected_at=at(10))
HELD = contact_held(held_at=at(20))
RESUMED = contact_resumed(resumed_at=at(30))


def after(*history: Event) -> Voices:
    told = enumerate(history, start=1)
    return reduce(lambda voices, one: hear(voices, one[1], Position(one[0])), told, Voices())


def test_the_customer_is_the_customer_whatever_happens() -> None:
    voices = after(OPENED, CONNECTED, HELD)

    speakers = {speaker_of(voices, "from_customer", ms) for ms in (0, 15_000, 25_000)}

    assert speakers == {"customer"}


@pytest.mark.parametrize(
    ("started_ms", "speaker"),
    [
        pytest.param(9_999, "system", id="a prompt before the agent"),
        pytest.param(10_000, "agent", id="as the agent is connected"),
        pytest.param(19_999, "agent", id="until the hold"),
        pytest.param(20_000, "system", id="music on hold"),
        pytest.param(29_999, "system", id="until the hold ends"),
        pytest.param(30_000, "agent", id="after the hold"),
    ],
)
@pytest.mark.parametrize("order", list(itertools.permutations(range(4))), ids=str)
def test_what_the_customer_hears_is_the_agent_or_the_system(
    order: tuple[int, ...], started_ms: int, speaker: str
) -> None:
    facts = [OPENED, CONNECTED, HELD, RESUMED]

    voices = after(*(facts[index] for index in order))

    assert speaker_of(voices, "to_customer", started_ms) == speaker


def test_where_only_text_came_its_clock_tells_the_agent_from_the_system() -> None:
    voices = after(text_stream_opened(clock_zero_at=at(0)), CONNECTED)

    assert speaker_of(voices, "to_customer", 9_999) == "system"
    assert speaker_of(voices, "to_customer", 10_000) == "agent"


@pytest.mark.parametrize(
    "history", [[], [OPENED], [CONNECTED]], ids=["nothing", "no agent", "no audio"]
)
def test_without_an_agent_or_a_clock_it_is_the_system(history: list[Event]) -> None:
    assert speaker_of(after(*history), "to_customer", 60_000) == "system"


def test_a_second_agent_takes_over_without_a_break() -> None:
    later = agent_connected(agent_id=AgentId("a-2"), connected_at=at(40))

    voices = after(OPENED, CONNECTED, later)

    assert speaker_of(voices, "to_customer", 45_000) == "agent"
    assert current_agent(voices) == "a-2"


def test_news_of_an_earlier_agent_does_not_take_the_contact_away() -> None:
    later = agent_connected(agent_id=AgentId("a-2"), connected_at=at(40))

    voices = after(OPENED, later, CONNECTED)

    assert current_agent(voices) == "a-2"


def test_a_hold_lasts_until_it_is_ended_in_time_not_in_order_of_news() -> None:
    assert held_since(after(OPENED, HELD)) == at(20)
    assert held_since(after(OPENED, RESUMED, HELD)) is None
