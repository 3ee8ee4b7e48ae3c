"""`antiphon evaluate redaction`: what it finds of labelled lines, prints, and refuses."""

import json
from pathlib import Path
from typing import Any

import pytest
from antiphon.infra.evaluate_commands import evaluate
from antiphon.infra.evaluate_redaction import ENTITIES, read_lines, score_redaction
from antiphon.projections.shares import interval_95
from typer.testing import CliRunner, Result

from ..labelled import FOLDER
from ..spoken_pii import sealed_lines

TESTS = FOLDER.parent
DEVELOPMENT = TESTS / "events" / "cards" / "development.jsonl"
OTHER_HAND = TESTS / "spoken_pii" / "open.jsonl"
STRICT = ("CARD", "CVV", "SSN", "PIN")


def run(*args: str) -> Result:
    return CliRunner().invoke(evaluate, ["redaction", *args])


def lines_in(tmp_path: Path, *lines: dict[str, Any]) -> Path:
    path = tmp_path / "lines.jsonl"
    path.write_text("\n".join(json.dumps(line) for line in lines))
    return path


def line(text: str, *spans: tuple[int, int, str], **more: Any) -> dict[str, Any]:
    labels = [{"start": start, "end": end, "type": kind} for start, end, kind in spans]
    return {"id": text, "text": text, "spans": labels, **more}


def test_on_the_development_lines_nothing_is_missed_and_nothing_found_in_vain() -> None:
    score = score_redaction(read_lines(DEVELOPMENT))

    assert (score.missed, score.in_vain, score.negatives_hit.count) == ((), (), 0)
    assert score.overall.recall.of == 63
    assert score.overall.typed_recall.share == 1
    assert set(score.entities) == set(ENTITIES)


def test_on_lines_of_another_hand_hardly_anything_is_missed() -> None:
    score = score_redaction(read_lines(OTHER_HAND))

    assert score.overall.recall.share is not None
    assert score.overall.recall.share >= 0.97
    assert all(score.entities[name].recall.share == 1 for name in STRICT)
    assert (score.in_vain, score.negatives_hit.count) == ((), 0)


def test_what_is_printed_for_machines_counts_spans_kinds_and_lines(tmp_path: Path) -> None:
    path = lines_in(
        tmp_path,
        line("my pin is 4821", (10, 14, "PIN"), value="4821"),
        line("my pin is 4821", (10, 14, "ACCOUNT")),  # found, as another kind
        line("it was a nice day, Brobdingnag", (19, 30, "NAME")),  # missed
        line("thanks Denise"),  # in vain
        line("all is well"),
    )

    told = json.loads(run(str(path), "--json").stdout)

    assert told["lines"] == 5
    overall = told["overall"]
    assert (overall["recall"]["count"], overall["recall"]["of"]) == (2, 3)
    assert overall["typed_recall"]["count"] == 1
    assert (overall["precision"]["count"], overall["precision"]["of"]) == (2, 3)
    assert overall["recall"]["interval_95"] == pytest.approx(interval_95(2, 3))
    assert told["entities"]["NAME"]["recall"]["count"] == 0
    assert told["entities"]["ACCOUNT"]["recall"]["count"] == 1
    assert (told["negatives_hit"]["count"], told["negatives_hit"]["of"]) == (1, 2)
    assert told["missed"] == ["it was a nice day, Brobdingnag"]
    assert told["in_vain"] == ["thanks Denise"]


def test_a_span_is_found_where_nine_tenths_of_it_are(tmp_path: Path) -> None:
    path = lines_in(tmp_path, line("so my pin is 4821 okay", (6, 17, "PIN")))

    assert json.loads(run(str(path), "--json").stdout)["overall"]["recall"]["count"] == 0


def test_lines_of_a_group_are_turns_of_one_call(tmp_path: Path) -> None:
    asked = line("And what are the last four of your account number?", group="g", speaker="agent")
    answer = line("forty two eighteen", (0, 18, "ACCOUNT"), group="g", speaker="customer")

    together = run(str(lines_in(tmp_path, asked, answer)), "--json")
    apart = run(str(lines_in(tmp_path, asked, {**answer, "group": "h"})), "--json")

    assert json.loads(together.stdout)["overall"]["recall"]["count"] == 1
    assert json.loads(apart.stdout)["overall"]["recall"]["count"] == 0


def test_people_are_shown_a_table() -> None:
    result = run(str(DEVELOPMENT))

    assert result.exit_code == 0
    assert "typed recall" in result.stdout
    assert "63/63" in result.stdout


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        ("", "holds no line"),
        ("{", "line 1"),
        ('{"id": "a", "spans": []}', "text"),
        ('{"id": "a", "text": " ", "spans": []}', "text: says nothing"),
        ('{"id": "a", "text": "b", "spans": [{"start": 0, "end": 1, "type": "IP"}]}',
         "spans[0].type"),
        ('{"id": "a", "text": "b", "spans": [{"start": 0, "end": 2, "type": "PIN"}]}', "no place"),
        ('{"id": "a", "text": "b", "spans": [{"start": 1, "end": 1, "type": "PIN"}]}', "no place"),
        ('{"id": "a", "text": "b", "spans": [{"start": 0, "end": 1, "type": "PIN", "value": ""}]}',
         "spans[0].value"),
        ('{"id": "a", "text": "b", "spans": [], "speaker": "robot"}', "speaker"),
        ('{"id": "a", "text": "b", "spans": [{"start": "0", "end": 1, "type": "PIN"}]}', "start"),
        ("\xff", "line 1"),
    ],
)  # fmt: skip
def test_lines_that_are_none_are_refused(tmp_path: Path, raw: str, problem: str) -> None:
    path = tmp_path / "lines.jsonl"
    path.write_bytes(raw.encode("latin-1"))

    result = run(str(path))

    assert result.exit_code == 1
    assert problem in result.output


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    result = run(str(tmp_path / "none.jsonl"))

    assert result.exit_code == 1
    assert "cannot be read" in result.output


def test_on_lines_that_were_opened_once_hardly_anything_is_missed(tmp_path: Path) -> None:
    # At their opening 0.823 of the spans were found; since then they are lines to learn from.
    score = score_redaction(read_lines(lines_in(tmp_path, *sealed_lines())))

    assert score.overall.recall.of == 198
    assert score.overall.recall.share is not None
    assert score.overall.recall.share >= 0.96
    assert score.overall.precision.share is not None
    assert score.overall.precision.share >= 0.98
    assert score.negatives_hit.count <= 1
