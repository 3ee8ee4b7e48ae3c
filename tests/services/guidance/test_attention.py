"""An agent's attention is spent on what matters most, once a cause, and never all at once."""

from typing import Any

import pytest
from antiphon.events.base import Event, GuidanceId, UtteranceId
from antiphon.events.guidance import CueKind
from antiphon.events.sealed import Sealed
from antiphon.services.guidance.attention import (
    HOLD_S_MAX,
    PAUSE_S,
    AgentVoice,
    Attended,
    Attention,
    Card,
    Show,
    Withhold,
    attend,
    next_release,
    released,
    weigh,
)

from ...builders import (
    at,
    guidance_dismissed,
    guidance_expired,
    guidance_issued,
    guidance_used,
    guidance_withheld,
    heard,
    moment_detected,
    stage_entered,
)

ATTENTION = Attention(cues_per_minute=3, open_max=3)
AGENT = UtteranceId("to_customer-1")


def after(*history: tuple[float, Event]) -> Attended:
    attended = Attended()
    for seconds, event in history:
        attended = attend(attended, event, cause=None, occurred_at=at(seconds))
    return attended


def issued(id_: str, *, kind: CueKind = "hint", utterance: str = "1", **words: Any) -> Event:
    spoken = heard(utterance_id=UtteranceId(f"from_customer-{utterance}"), **words)
    return guidance_issued(
        guidance_id=GuidanceId(id_), cue=id_, kind=kind, heard=spoken, evidence=Sealed("roof leaks")
    )


def card(
    kind: CueKind = "hint",
    *,
    now: float = 0,
    evidence: str = "x",
    utterance: str = "9",
    **words: Any,
) -> Card:
    spoken = heard(utterance_id=UtteranceId(f"from_customer-{utterance}"), **words)
    return Card(
        guidance_id=GuidanceId("new"),
        kind=kind,
        heard=spoken,
        evidence=evidence,
        shown_at=at(now),
    )


def weighed(
    wanted: Card, attended: Attended, *, agent_since_ms: int | None = None, waited: bool = False
) -> Show | Withhold:
    return weigh(wanted, attended, ATTENTION, agent_since_ms=agent_since_ms, waited=waited)


# Quiet


def test_a_hint_waits_while_the_agent_talks_and_a_warning_does_not() -> None:
    until = at(5 + HOLD_S_MAX)

    assert weighed(card(now=5), Attended(), agent_since_ms=0) == Withhold("agent_talking", until)
    assert weighed(card("next_action", now=5), Attended(), agent_since_ms=0) == Withhold(
        "agent_talking", until
    )
    assert weighed(card("warning"), Attended(), agent_since_ms=0) == Show()
    assert weighed(card(), Attended(), agent_since_ms=0, waited=True) == Show()
    unspoken = Card(
        guidance_id=GuidanceId("new"), kind="hint", heard=None, evidence="", shown_at=at(5)
    )
    assert weighed(unspoken, Attended(), agent_since_ms=0) == Withhold("agent_talking", until)
    loud = Attention(quiet_while_agent_talks=False)
    assert weigh(card(), Attended(), loud, agent_since_ms=0) == Show()


def test_nothing_waits_for_an_answer_to_the_same_words_nor_for_the_agents_own() -> None:
    answered = card(started_ms=1_000, ended_ms=2_000)
    own = card(track="to_customer")

    assert weighed(answered, Attended(), agent_since_ms=1_001) == Show()
    assert isinstance(weighed(answered, Attended(), agent_since_ms=1_000), Withhold)
    assert weighed(own, Attended(), agent_since_ms=0) == Show()


def test_the_agent_talks_until_a_final_or_a_pause() -> None:
    voice = AgentVoice().heard(AGENT, began_ms=0, now=at(0))

    assert voice.talks(at(PAUSE_S - 0.1))
    assert voice.since_ms(at(PAUSE_S - 0.1)) == 0
    assert voice.since_ms(at(PAUSE_S)) is None
    assert not voice.talks(at(PAUSE_S))
    assert not voice.finished(AGENT).talks(at(0))
    assert voice.finished(UtteranceId("to_customer-0")).talks(at(0))
    assert not AgentVoice().talks(at(0))


def test_what_waits_is_released_when_the_agent_stops_or_it_has_waited_long_enough() -> None:
    withheld = guidance_withheld(until=at(8))
    attended = after((0, withheld), (0, moment_detected(moment=withheld.moment)))
    talking = AgentVoice().heard(AGENT, began_ms=0, now=at(7))

    assert released(attended, talking, now=at(7.5)) == ()
    assert released(attended, talking, now=at(8)) == attended.waiting
    assert released(attended, talking.finished(AGENT), now=at(7.5)) == attended.waiting
    assert next_release(attended, talking) == at(8)
    assert next_release(attended, AgentVoice().heard(AGENT, began_ms=0, now=at(1))) == at(
        1 + PAUSE_S
    )
    assert next_release(Attended(), talking) is None


def test_what_waits_is_not_released_before_the_log_shows_what_earned_it() -> None:
    withheld = guidance_withheld(until=at(8))
    other = moment_detected(
        moment=withheld.moment, heard=heard(utterance_id=UtteranceId("from_customer-2"))
    )

    assert released(after((0, withheld)), AgentVoice(), now=at(9)) == ()
    assert released(after((0, withheld), (1, other)), AgentVoice(), now=at(9)) == ()


@pytest.mark.parametrize("then", ["shown", "withheld"])
def test_what_was_decided_waits_no_longer(then: str) -> None:
    waiting = guidance_withheld(until=at(8))
    final = (
        issued(waiting.guidance_id)
        if then == "shown"
        else guidance_withheld(until=None, reason="too_late")
    )

    attended = after((0, waiting), (0, waiting), (3, final), (0, waiting))

    assert attended.waiting == ()


# The cap


def test_hints_come_so_many_times_a_minute() -> None:
    history = [(n, issued(f"g{n}", utterance=str(n))) for n in range(3)]
    used = [(n, guidance_used(guidance_id=GuidanceId(f"g{n}"))) for n in range(3)]
    attended = after(*history, *used)

    assert weighed(card(now=59), attended) == Withhold("too_many_a_minute")
    assert weighed(card(now=60), attended) == Show()
    assert weighed(card("warning", now=59), attended) == Show()


def test_warnings_use_up_nothing_of_the_minute() -> None:
    attended = after(
        *((n, issued(f"g{n}", kind="warning", utterance=str(n))) for n in range(3)),
        *((n, guidance_dismissed(guidance_id=GuidanceId(f"g{n}"))) for n in range(3)),
    )

    assert weighed(card(now=5), attended) == Show()


# The desk


def test_a_full_desk_makes_room_by_its_lowest_and_oldest() -> None:
    attended = after(
        (0, issued("warning", kind="warning", utterance="0")),
        (1, issued("older", utterance="1")),
        (2, issued("newer", utterance="2")),
    )

    for kind in ("hint", "warning"):
        assert weighed(card(kind, now=100), attended) == Show(((GuidanceId("older"), "displaced"),))


def test_a_hint_finds_no_room_among_warnings_and_a_warning_does() -> None:
    attended = after(*((n, issued(f"w{n}", kind="warning", utterance=str(n))) for n in range(3)))

    assert weighed(card(now=100), attended) == Withhold("desk_full")
    assert weighed(card("warning", now=100), attended) == Show(((GuidanceId("w0"), "displaced"),))


@pytest.mark.parametrize("answer", [guidance_used, guidance_dismissed, guidance_expired])
def test_what_was_answered_or_expired_takes_no_room(answer: Any) -> None:
    attended = after(
        *((n, issued(f"g{n}", utterance=str(n))) for n in range(3)),
        (4, answer(guidance_id=GuidanceId("g0"))),
    )

    assert weighed(card(now=100), attended) == Show()


def test_one_next_action_is_open_at_a_time() -> None:
    attended = after((0, issued("first", kind="next_action", utterance="0")))

    verdict = weighed(card("next_action", now=100), attended)

    assert verdict == Show(((GuidanceId("first"), "superseded"),))


# One cause


@pytest.mark.parametrize(
    ("words", "same"),
    [
        pytest.param({"started_ms": 1_000, "ended_ms": 2_000}, True, id="around it"),
        pytest.param(
            {"started_ms": 1_000, "ended_ms": 2_000, "evidence": "want to leave"},
            False,
            id="timed as all of it, other words",
        ),
        pytest.param({"started_ms": 1_800, "ended_ms": 2_500}, False, id="a word in common"),
        pytest.param({"started_ms": 2_000, "ended_ms": 2_500}, False, id="after it"),
        pytest.param({"utterance": "2"}, False, id="another utterance"),
        pytest.param({"evidence": "my roof leaks"}, True, id="without times, the same words"),
        pytest.param({"evidence": "very expensive"}, False, id="without times, other words"),
    ],
)
def test_one_stretch_of_words_earns_one_card(words: dict[str, Any], same: bool) -> None:  # noqa: FBT001
    attended = after((0, issued("first")))
    given: dict[str, Any] = {"utterance": "1", "evidence": "roof leaks"} | words

    verdict = weighed(card(**given), attended)

    assert verdict == (Withhold("same_cause") if same else Show())


def test_a_warning_takes_the_place_of_a_hint_of_one_cause() -> None:
    attended = after((0, issued("first")))

    warning = card("warning", utterance="1", evidence="roof leaks")

    assert weighed(warning, attended) == Show(((GuidanceId("first"), "displaced"),))
    answered = attend(
        attended, guidance_used(guidance_id=GuidanceId("first")), cause=None, occurred_at=at(1)
    )
    assert weighed(warning, answered) == Show()


def test_a_next_action_stands_beside_what_the_same_words_earned() -> None:
    attended = after((0, issued("first", kind="warning")))

    assert weighed(card("next_action", utterance="1", evidence="roof leaks"), attended) == Show()


def test_meeting_a_fact_again_changes_nothing() -> None:
    story = [
        (0.0, issued("a")),
        (1.0, guidance_withheld(until=at(9))),
        (2.0, stage_entered()),
        (3.0, guidance_withheld(guidance_id=GuidanceId("b"), until=None, reason="desk_full")),
    ]

    assert after(*story, *story) == after(*story)
    assert after(*story).stage == "closing"
    assert after(*story).lately[0].shown_at == at(0)
