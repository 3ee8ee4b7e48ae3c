"""`antiphon evaluate PLAYBOOK --calls …`: what it prints, and when it fails."""

import json
from pathlib import Path

import pytest
from antiphon.infra.evaluate_commands import evaluate
from typer.testing import CliRunner, Result

from ..labelled import FOLDER, OPEN

BAD_MAPPING = "bank: {intents: {bank_fee: [no_such_cue]}}"
ONE = str(OPEN / "bank-05.jsonl")


def run(*args: str) -> Result:
    return CliRunner().invoke(evaluate, list(args))


def test_a_playbook_is_played_the_calls_of_its_domain() -> None:
    result = run("bank", "--calls", ONE, "--calls", str(OPEN / "telecom-01.jsonl"), "--json")

    told = json.loads(result.stdout.splitlines()[-1])
    assert result.exit_code == 0
    assert (told["met"], told["skipped"], told["all"]["pace"]["calls"]) == (True, 1, 1)
    assert told["playbooks"]["bank"]["cues"]["found"] == 1
    assert "overdraft" not in result.stdout


def test_options_may_come_first_and_people_are_shown_tables() -> None:
    result = run("--calls", ONE, "bank")

    assert result.exit_code == 0
    assert "bank: cues, recall" in result.stdout
    assert "1 calls" in result.stdout


def test_it_fails_below_the_aim_and_shows_what_was_missed(tmp_path: Path) -> None:
    nothing = tmp_path / "mapping.yaml"
    nothing.write_text("bank: {intents: {complaint: [log_the_complaint]}}")

    result = run("bank", "--calls", ONE, "--mapping", str(nothing), "--faults")

    assert result.exit_code == 1
    assert "missed bank_fee" in result.output


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        (("collections", "--calls", ONE), "domain"),
        (("no-such-playbook", "--calls", ONE), "cannot be read"),
        (("bank", "--calls", str(FOLDER / "README.md")), "README.md"),
    ],
)
def test_what_cannot_be_evaluated_is_refused(args: tuple[str, ...], problem: str) -> None:
    result = run(*args)

    assert result.exit_code == 1
    assert problem in result.output


def test_a_mapping_to_what_is_not_there_is_refused(tmp_path: Path) -> None:
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(BAD_MAPPING)

    result = run("bank", "--calls", ONE, "--mapping", str(mapping))

    assert result.exit_code == 1
    assert "no_such_cue" in result.output


def test_stored_contacts_are_another_command() -> None:
    assert "--contacts" in run("bank", "--contacts", "c-1", "--help").stdout
    assert "--faults" in run("bank", "--calls", ONE, "--help").stdout
