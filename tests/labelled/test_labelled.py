"""The labelled calls are what their README says: counted, consistent, in the words it defines."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import combinations

import pytest
from msgspec.structs import replace

from . import (
    PARTS,
    LabelledCall,
    May,
    Must,
    Part,
    Partial,
    Said,
    Warned,
    calls_of,
    vocabulary,
)

CALLS_MIN = {"telecom": 11, "bank": 11, "collections": 10}  # in each part
QUIET = ("routine", "near_miss")
TURNS = range(8, 41)

EACH_PART = pytest.mark.parametrize("part", PARTS)

KNOWN = {(word.kind, word.name, domain) for word in vocabulary() for domain in word.domains}


@EACH_PART
def test_each_part_holds_enough_calls_of_each_domain(part: Part) -> None:
    counted = Counter(call.labels.domain for call in calls_of(part))

    assert {
        domain: counted[domain] >= least for domain, least in CALLS_MIN.items()
    } == dict.fromkeys(CALLS_MIN, True)


@EACH_PART
def test_in_a_third_of_the_calls_of_each_part_nothing_is_to_be_shown(part: Part) -> None:
    quiet = [call.labels.shape in QUIET for call in calls_of(part)]

    assert sum(quiet) * 3 >= len(quiet)


@EACH_PART
def test_every_call_is_consistent(part: Part) -> None:
    assert [problem for call in calls_of(part) for problem in problems(call)] == []


def test_no_two_calls_have_one_id_or_one_sentence_of_some_length_in_common() -> None:
    """No part is another one again."""
    parts = [list(calls_of(part)) for part in PARTS]
    ids = [call.labels.id for calls in parts for call in calls]
    said = [{_plain(turn.text) for call in calls for turn in call.turns} for calls in parts]

    shared = [words for one, other in combinations(said, 2) for words in one & other]

    assert len(set(ids)) == len(ids)
    assert [len(words) for words in shared if len(words) > LONG_WORDS] == []


@pytest.mark.parametrize("parts", [PARTS[:2], *((part,) for part in PARTS[2:])])
def test_every_word_defined_is_earned_in_some_call(parts: tuple[Part, ...]) -> None:
    """The first two are halves of one."""
    calls = [call for part in parts for call in calls_of(part)]

    used = {name for call in calls for _, name, _ in _labelled(call)}

    assert used == {word.name for word in vocabulary()}


LONG_WORDS = 7  # courtesies are shorter


def _plain(text: str) -> tuple[str, ...]:
    return tuple(text.lower().replace(",", "").replace(".", "").split())


def problems(call: LabelledCall) -> Iterator[str]:
    """Yield what is wrong with a call: ids and names, never words of it."""
    name = call.labels.id
    ids = [turn.id for turn in call.turns]
    if len(ids) not in TURNS:
        yield f"{name}: {len(ids)} turns"
    if ids != [f"t{n}" for n in range(1, len(ids) + 1)]:
        yield f"{name}: turn ids"
    for kind, word, turns in _labelled(call):
        if (kind, word, call.labels.domain) not in KNOWN:
            yield f"{name}: {word} is defined for no {call.labels.domain}"
        if not set(turns) <= set(ids):
            yield f"{name}: {word} names a turn that is not there"
        elif list(turns) != sorted(turns, key=ids.index):
            yield f"{name}: {word} must be there before it is earned"
    yield from (f"{name}: {what}" for what in _of_the_shape(call))
    yield from (f"{name}: {what}" for what in _of_the_times(call))


def _labelled(call: LabelledCall) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    labels = call.labels
    warnings = {word.name for word in vocabulary() if word.kind == "warning"}
    yield from (("intent", must.intent, (must.turn, must.by)) for must in labels.must)
    for may in labels.may:
        yield ("warning" if may.intent in warnings else "intent", may.intent, (may.turn,))
    yield from (("warning", one.warning, (one.turn, one.by)) for one in labels.warnings)
    yield from (("item", said.item, (said.turn,)) for said in labels.said)


def _of_the_shape(call: LabelledCall) -> Iterable[str]:
    labels = call.labels
    speakers = {turn.id: turn.speaker for turn in call.turns}
    expected = bool(labels.must or labels.warnings)
    if expected == (labels.shape in QUIET):
        yield f"{labels.shape}, and something is expected: {expected}"
    if any(speakers.get(must.turn) != "customer" for must in labels.must):
        yield "an intent that no customer speaks"
    if any(speakers.get(one.turn) != "agent" for one in labels.warnings):
        yield "a warning about somebody else than the agent"
    if any(speakers.get(said.turn) == "system" for said in labels.said):
        yield "an item that a prompt says"
    for listed in ([must.intent for must in labels.must], [said.item for said in labels.said]):
        if len(set(listed)) < len(listed):
            yield "something is expected twice"


def _of_the_times(call: LabelledCall) -> Iterable[str]:
    began = -1
    for turn in call.turns:
        if not began < turn.start_ms < turn.end_ms:
            yield f"{turn.id} begins or ends out of order"
        began = turn.start_ms
        at = [partial.at_ms for partial in turn.partials]
        if at != sorted(set(at)) or (at and at[0] <= turn.start_ms):
            yield f"the partials of {turn.id} are out of order"
        for partial in turn.partials:
            if not 0 <= partial.stable <= len(partial.text.split()):
                yield f"a partial of {turn.id} has more stable words than words"
        if not turn.text.strip() or turn.text != turn.text.strip():
            yield f"{turn.id} is blank or begins or ends so"


def _a_call() -> LabelledCall:
    return next(call for call in calls_of("open") if call.labels.id == "telecom-02")


def _labels(call: LabelledCall, **given: object) -> LabelledCall:
    return replace(call, labels=replace(call.labels, **given))


def _turn(call: LabelledCall, **given: object) -> LabelledCall:
    first, *rest = call.turns
    return replace(call, turns=(replace(first, **given), *rest))


Break = Callable[[LabelledCall], LabelledCall]

BROKEN: list[tuple[Break, str]] = [
    (lambda call: replace(call, turns=call.turns[:5]), "5 turns"),
    (lambda call: _turn(call, id="t9"), "turn ids"),
    (
        lambda call: _labels(call, must=(Must("hunger", "t3", "t4"),)),
        "hunger is defined for no",
    ),
    (
        lambda call: _labels(call, must=(Must("hardship", "t3", "t4"),)),
        "hardship is defined for",
    ),
    (
        lambda call: _labels(call, may=(May("wants_to_leave", "t99"),)),
        "a turn that is not there",
    ),
    (
        lambda call: _labels(call, must=(Must("wants_to_leave", "t3", "t2"),)),
        "before it is earned",
    ),
    (lambda call: _labels(call, must=()), "something is expected: False"),
    (lambda call: _labels(call, shape="routine"), "something is expected: True"),
    (
        lambda call: _labels(call, must=(Must("wants_to_leave", "t1", "t4"),)),
        "no customer speaks",
    ),
    (
        lambda call: _labels(call, warnings=(Warned("agent_threat", "t2", "t4"),)),
        "than the agent",
    ),
    (lambda call: _turn(call, speaker="system"), "a prompt says"),
    (lambda call: _labels(call, said=(Said("recording_told", "t1"),) * 2), "expected twice"),
    (lambda call: _turn(call, end_ms=0), "t1 begins or ends out of order"),
    (
        lambda call: _turn(call, start_ms=90_000, end_ms=91_000),
        "t2 begins or ends out of order",
    ),
    (lambda call: _turn(call, partials=call.turns[0].partials[::-1]), "of t1 are out of order"),
    (lambda call: _turn(call, partials=(Partial(9_000, "two words", 3),)), "more stable words"),
    (lambda call: _turn(call, text=" "), "t1 is blank"),
]


@pytest.mark.parametrize(("broken", "what"), BROKEN)
def test_an_inconsistent_call_is_found(broken: Break, what: str) -> None:
    assert any(what in problem for problem in problems(broken(_a_call())))
