"""How examples and calls become what a classifier is trained on."""

from pathlib import Path

import pytest
from antiphon.infra.training.examples import read_examples, variants_of
from antiphon.infra.training.rows import (
    all_labels,
    labels_by_domain,
    rows_of_call,
    rows_of_example,
)
from antiphon.infra.training.taught import read_taught, taught_of
from antiphon.services.router.intents import HEADS
from antiphon.services.router.tuning import Tuning

from ...labelled import calls_of

DOMAINS = {"shop": ("leaving", "agent_threat"), "bank": ("leaving", "loan")}
LABELS = all_labels(DOMAINS)
CALL = """=== shop-01 | trigger | He leaves
A Hello.
C I might go. ## may leaving
..4
C~ I go! ## must leaving 2
C I said I go.
A Then get lost. ## warn agent_threat ## said farewell
"""


def test_each_wording_of_a_choice_stands_in_one_sentence() -> None:
    assert variants_of("I (want|need) to (go|leave|stop)!") == [
        "I want to go!",
        "I need to leave!",
        "I want to stop!",
    ]
    assert variants_of("Off (with you|), then.") == ["Off with you, then.", "Off, then."]


def test_a_line_that_is_no_example_is_refused_where_it_stands(tmp_path: Path) -> None:
    (tmp_path / "shop.txt").write_text("# leaving\n+ I go.\nI stay.\n")

    with pytest.raises(ValueError, match=r"shop\.txt, line 3"):
        list(read_examples(tmp_path))


def test_an_example_tells_of_its_own_label_and_weakly_of_the_others(tmp_path: Path) -> None:
    (tmp_path / "bank.txt").write_text("# leaving\n+ [loan] I go, and lend me.\n- I stay.\n")

    both, neither = (rows_of_example(one, DOMAINS, LABELS) for one in read_examples(tmp_path))

    assert LABELS == ("leaving", "agent_threat", "loan")
    assert (both.text, both.holds, both.weights) == ("I go, and lend me.", (1, 0, 1), (1, 0, 1))
    assert (neither.holds, neither.weights) == ((0, 0, 0), (1, 0, 0.3))


def test_a_turn_behind_what_it_answers_earns_its_label_once_and_tells_nothing_of_a_may(
    tmp_path: Path,
) -> None:
    (tmp_path / "somebody").mkdir()
    (tmp_path / "somebody" / "shop.txt").write_text(CALL)

    [call] = read_taught(tmp_path)
    rows = list(rows_of_call(call, DOMAINS, LABELS))

    told = {row.text: (row.holds, row.weights) for row in rows}
    assert told == {
        "Hello.": ((0, 0, 0), (0, 0.7, 0)),
        "Hello. [SEP] I go!": ((1, 0, 0), (1.5, 0, 0)),
        "I said I go. [SEP] Then get lost.": ((0, 1, 0), (0, 1.5, 0)),
    }


def test_a_line_that_is_no_turn_is_refused_where_it_stands(tmp_path: Path) -> None:
    (tmp_path / "somebody").mkdir()
    (tmp_path / "somebody" / "shop.txt").write_text("A Hello.\nB Who is B?\n")

    with pytest.raises(ValueError, match=r"somebody/shop\.txt, line 2"):
        list(read_taught(tmp_path))


def test_labelled_calls_teach_what_they_are_labelled_with() -> None:
    call = next(one for one in calls_of("open") if one.labels.must and one.labels.may)
    must, may = call.labels.must[0], call.labels.may[0]

    turns = taught_of(call).turns

    assert must.intent in turns[call.place(must.turn)].earns
    assert may.intent in turns[call.place(may.turn)].allows
    assert [one.text for one in turns] == [one.text for one in call.turns]


def test_what_is_served_knows_the_labels_that_examples_name() -> None:
    domains = labels_by_domain(read_examples())

    told = Tuning(HEADS).told

    assert told.labels == all_labels(domains)
    assert told.served == {f"{domain}-intents": labels for domain, labels in domains.items()}
