"""A stored contact is told again as it was recorded, its partials made from the words' times."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

from antiphon.events.base import Recorded
from antiphon.events.contact import GuidanceUsed
from antiphon.events.guidance import GuidanceIssued
from antiphon.events.live import UtterancePartial
from antiphon.events.speech import CardMask, UtteranceFinalized
from antiphon.infra.evaluating.player import BEGIN
from antiphon.infra.evaluating.retelling import Retold, retold
from hypothesis import given
from hypothesis import strategies as st

from ...builders import at, guidance_used, recorded, text_stream_opened, utterance_finalized
from .past import placed, stored

WORDS = "I really want to cancel my contract with you"


def partials(told: Retold) -> list[tuple[float, UtterancePartial]]:
    return [(one.at_s, one.what) for one in told.told if isinstance(one.what, UtterancePartial)]


def told_again(final: UtteranceFinalized, *, recorded_s: float = 60.0) -> Retold:
    """One final, of a contact whose clock begins with its first fact."""
    opened = recorded(text_stream_opened(clock_zero_at=at(0)), recorded_at=at(0))
    return retold([opened, recorded(final, recorded_at=at(recorded_s))])


def said(text: str = WORDS, **given: Any) -> UtteranceFinalized:
    return utterance_finalized(text, started_ms=10_000, **given)


def test_a_partial_a_second_holds_what_was_said_and_its_last_two_words_may_change() -> None:
    told = told_again(said())  # nine words, 300 ms each

    heard = [(at_s, one.text, one.stable_words, one.revision) for at_s, one in partials(told)]

    assert heard == [
        (11.0, "I really want", 1, 1),
        (12.0, "I really want to cancel my", 4, 2),
        (13.0, WORDS, 7, 3),
    ]
    last = partials(told)[-1][1]
    assert (last.started_ms, last.ended_ms, len(last.words)) == (10_000, 12_650, 9)


def test_after_the_final_no_partial_follows() -> None:
    told = told_again(said(), recorded_s=12.0)

    assert [at_s for at_s, _ in partials(told)] == [11.0]
    assert isinstance(told.told[-1].what, UtteranceFinalized)


def test_what_was_recorded_before_it_could_be_said_is_heard_whole() -> None:
    told = told_again(said(), recorded_s=2.0)

    assert (partials(told), told.finals, told.finals_whole) == ([], 1, 1)


def test_card_data_is_not_shown_before_it_is_masked() -> None:
    masked = said("my card number is [card-number]", masked=(CardMask("card_number", 4, 16),))

    assert partials(told_again(masked)) == []


def test_words_without_times_are_heard_whole() -> None:
    assert partials(told_again(said(words=(), ended_ms=14_000))) == []


def test_two_words_are_never_stable_before_the_final() -> None:
    assert partials(told_again(said("yes please"))) == []


def test_without_a_clock_nobody_knows_when_words_were_said() -> None:
    told = retold([recorded(said(), recorded_at=at(60))])

    assert (partials(told), told.clock_zero_at) == ([], None)


def test_facts_come_when_they_were_recorded_with_their_own_ids_and_instants() -> None:
    facts = stored()

    told = retold(facts)

    heard = {one.id: one for one in told.told if one.id}
    assert (told.begin, told.clock_zero_at) == (BEGIN, BEGIN)
    assert set(heard) == {one.id for one in facts if one.lane != "guidance"}
    for fact in facts:
        if fact.lane != "guidance":
            again = heard[fact.id]
            assert again.at_s == (fact.recorded_at - BEGIN).total_seconds()
            assert (again.what, again.occurred_at) == (fact.event, fact.occurred_at)
            assert again.correlation == fact.correlation


def test_what_guidance_had_answered_is_not_told_and_what_the_agent_did_is() -> None:
    facts = stored()
    facts.append(recorded(guidance_used(), recorded_at=facts[-1].recorded_at))

    kinds = {type(one.what) for one in retold(placed(facts)).told}

    assert GuidanceUsed in kinds
    assert GuidanceIssued not in kinds


@given(st.lists(st.floats(-3, 3), min_size=5, max_size=12))
def test_the_logs_order_stays_whatever_its_clock_did(steps: list[float]) -> None:
    facts, now = list[Recorded](), BEGIN
    for n, step in enumerate(steps, 1):
        now += timedelta(seconds=step)
        facts.append(recorded(guidance_used(), position=n, recorded_at=now))

    told = retold(facts).told

    assert [one.id for one in told] == [one.id for one in facts]
    assert all(before.at_s <= after.at_s for before, after in pairwise(told))


def test_what_is_heard_without_partials_is_counted() -> None:
    told = retold(stored())

    assert told.finals == 4
    assert told.finals_whole == 1  # who says `bye` says no more
