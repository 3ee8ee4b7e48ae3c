"""Ordinary calls: what is masked in them is personal, and nothing else is taken away.

`labelled_calls.txt` names the turns in which something is masked, a call each line; a person has
read all of them. In the one marked with `!`, what is masked is nobody's: prices, one after another.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from antiphon.events.base import Track
from antiphon.events.cards.context import CardContext
from antiphon.events.cards.judging import judge
from antiphon.events.cards.masking import folded_words, masked
from antiphon.events.privacy.context import PersonalContext
from antiphon.events.privacy.judging import judge_personal
from antiphon.events.privacy.masking import masked_personal
from antiphon.infra.evaluating.calls import LabelledCall, Turn

from ...labelled import calls_of

NEEDLESS_MAX = 0.002  # of all turns
_READ = Path(__file__).parent / "labelled_calls.txt"


def test_only_turns_with_personal_data_are_masked() -> None:
    read = dict(_read())

    masked_in = {call.labels.id: list(_masked_turns(call)) for call in _calls()}

    assert {name: " ".join(turns) for name, turns in masked_in.items() if turns} == {
        name: turns.replace("!", "") for name, turns in read.items()
    }


def test_hardly_any_turn_is_masked_in_vain() -> None:
    turns = sum(len(call.turns) for call in _calls())
    in_vain = sum(line.count("!") for _, line in _read())

    assert 0 < in_vain / turns <= NEEDLESS_MAX


def test_no_amount_and_no_count_is_taken_for_card_data_not_even_in_partials() -> None:
    found = [
        (call.labels.id, turn.id)
        for call in _calls()
        for turn, text, context, at_ms in _said(call)
        if judge(folded_words(text), context.situation(_track(turn.speaker), at_ms=at_ms)).found
    ]

    assert found == []


@cache
def _calls() -> tuple[LabelledCall, ...]:
    return (*calls_of("open"), *calls_of("sealed"))


def _read() -> Iterator[tuple[str, str]]:
    for line in _READ.read_text(encoding="utf-8").splitlines():
        name, _, turns = line.partition(": ")
        yield name, turns


def _track(speaker: str) -> Track:
    return "from_customer" if speaker == "customer" else "to_customer"


def _masked_turns(call: LabelledCall) -> Iterator[str]:
    context = PersonalContext()
    for turn in call.turns:
        track = _track(turn.speaker)
        situation = context.situation(track, at_ms=turn.start_ms)
        found = judge_personal(turn.text.split(), situation).found
        safe = masked_personal(turn.text, (), found)
        context.take(
            track,
            safe.text,
            safe.masks,
            safe.personal,
            started_ms=turn.start_ms,
            ended_ms=turn.end_ms,
        )
        if found:
            yield turn.id


def _said(call: LabelledCall) -> Iterator[tuple[Turn, str, CardContext, int]]:
    """Yield every partial and every final of a call, with what was said before."""
    context = CardContext()
    for turn in call.turns:
        track = _track(turn.speaker)
        for text in (*(partial.text for partial in turn.partials), turn.text):
            yield turn, text, context, turn.start_ms
        found = judge(folded_words(turn.text), context.situation(track, at_ms=turn.start_ms)).found
        safe = masked(turn.text, (), found)
        context.take(track, safe.text, safe.masks, started_ms=turn.start_ms, ended_ms=turn.end_ms)
