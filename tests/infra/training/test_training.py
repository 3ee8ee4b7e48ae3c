"""How examples become heads: read, weighted, fitted, and held out."""

from pathlib import Path

import numpy as np
import pytest
from antiphon.infra.training.examples import read_examples, variants_of
from antiphon.infra.training.heads import fitted
from antiphon.infra.training.rows import labels_in, rows_of_call, rows_of_example
from antiphon.services.router.intents import HEADS, NAMES, Heads

from ...labelled import open_calls


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


@pytest.mark.parametrize("name", NAMES)
def test_heads_know_the_labels_that_examples_name(name: str) -> None:
    labels = labels_in(read_examples(), name.removesuffix("-intents"))

    assert Heads(HEADS / f"{name}.npz").told.labels == labels


def test_a_turn_earns_its_label_and_says_nothing_of_what_may_be_shown() -> None:
    call = next(one for one in open_calls() if one.labels.must and one.labels.may)
    must, may = call.labels.must[0], call.labels.may[0]

    rows = list(rows_of_call(call, (must.intent, may.intent)))

    earning = [row for row in rows if row.holds[0]]
    turn = call.turns[call.place(must.turn)]
    assert [row.text for row in earning] == [turn.text]
    assert {row.call for row in rows} == {call.labels.id}
    allowed = call.turns[call.place(may.turn)]
    assert [row.weights[1] for row in rows if row.text == allowed.text] == [0.0]


def test_heads_tell_apart_what_they_were_shown() -> None:
    examples = [one for one in read_examples() if one.label == "wants_to_leave"][:4]
    rows = [rows_of_example(one, ("wants_to_leave", "complaint")) for one in examples]
    points = np.array([[1, 0], [0.9, 0.1], [0, 1], [0.1, 0.9]] * 20, np.float32)
    holds = np.array([[1], [1], [0], [0]] * 20, np.float32)

    heads, bias = fitted(points, holds, np.ones_like(holds))

    assert [row.holds for row in rows] == [(1.0, 0.0)] * 4
    assert [row.weights for row in rows] == [(1.0, 0.3)] * 4
    assert ((points @ heads + bias > 0) == (holds > 0)).all()
