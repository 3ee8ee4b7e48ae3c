"""`antiphon playbook …`, as a person types it."""

import asyncio
import json
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
from antiphon.infra.cli import app
from antiphon.services.guidance.playbook import BUILT_IN, playbook_schema
from antiphon.services.guidance.policy_file import policy_schema
from typer.testing import CliRunner, Result

from ..api.test_playbooks import Site
from ..services.guidance.press import playbook_text
from .running import running_on

KEEP = playbook_text("keep")
POLICY = 'policy: "1"\nbindings:\n  everybody: {playbooks: [keep]}\n'
CALL = """\
turns:
  - {at: 1, speaker: customer, text: keep everything, expect: [keep]}
"""


def typed(*words: object) -> Result:
    return CliRunner().invoke(app, ["playbook", *map(str, words)])


def file_of(content: str, folder: Path, name: str) -> Path:
    path = folder / name
    path.write_text(content)
    return path


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")


# lint


def test_what_is_right_is_summed_up(tmp_path: Path) -> None:
    keep = file_of(KEEP, tmp_path, "keep.yaml")
    policy = file_of(POLICY, tmp_path, "policy.yaml")

    linted = typed("lint", policy, keep)

    assert linted.exit_code == 0
    assert "keep.yaml: playbook keep, version 1+" in linted.output
    assert "1 moments, 1 cues, 0 items" in linted.output
    assert "policy.yaml: policy, version 1+" in linted.output
    assert "?" not in linted.output


def test_every_file_that_is_wrong_is_named_with_its_line(tmp_path: Path) -> None:
    broken = file_of(KEEP.replace("hint", "shout"), tmp_path, "broken.yaml")
    policy = file_of(POLICY.replace("keep", "keeep"), tmp_path, "policy.yaml")
    keep = file_of(KEEP, tmp_path, "keep.yaml")

    linted = typed("lint", policy, broken, keep, tmp_path / "none.yaml")

    assert linted.exit_code == 1
    assert "✗ broken.yaml, line 7, cues.keep.kind: must be" in linted.output
    assert "✗ policy.yaml, line 3, bindings.everybody.playbooks[0]: is no" in linted.output
    assert "✗ none.yaml, line 1, (document): cannot be read" in linted.output
    assert "✓ keep.yaml" in linted.output


def test_what_is_doubtful_is_told_and_refused_by_who_is_strict(tmp_path: Path) -> None:
    moment = "  idle: {track: from_customer, heard: [hello]}\ncues:"
    idle = file_of(KEEP.replace("cues:", moment, 1), tmp_path, "idle.yaml")
    policy = 'policy: "1"\nteams: {red: [a-1]}\nbindings:\n  none: {}\n'
    empty = file_of(policy, tmp_path, "empty.yaml")

    linted, strictly = typed("lint", idle, empty), typed("lint", "--strict", idle, empty)

    assert (linted.exit_code, strictly.exit_code) == (0, 1)
    for doubt in (
        "idle.yaml, moments.idle: is recorded, and nothing depends on it",
        "empty.yaml, teams.red: no binding is for it",
        "empty.yaml, bindings.none: says nothing",
        "empty.yaml, bindings: no contact gets any playbook",
    ):
        assert f"? {doubt}" in linted.output


def test_what_comes_with_antiphon_is_right() -> None:
    linted = typed("lint", *sorted(BUILT_IN.glob("*.yaml")))

    assert (linted.exit_code, linted.output.count("✓")) == (0, 3)


# diff


def test_a_diff_tells_what_changed_by_what_it_is_about(tmp_path: Path) -> None:
    before = file_of(KEEP, tmp_path, "before.yaml")
    after = file_of(
        KEEP.replace("[keep everything]", "[keep everything, keep all]").replace("Do it.", "Ask."),
        tmp_path,
        "after.yaml",
    )

    told, same = typed("diff", before, after), typed("diff", before, before)

    assert [line.strip() for line in told.output.splitlines()] == [
        "moments", "~ keep", "heard: + keep all", "cues", "~ keep", "body: Do it. → Ask.",
    ]  # fmt: skip
    assert same.output.strip() == "they say the same"


def test_a_playbook_is_not_held_against_a_policy(tmp_path: Path) -> None:
    keep, policy = file_of(KEEP, tmp_path, "k.yaml"), file_of(POLICY, tmp_path, "p.yaml")

    assert typed("diff", keep, policy).exit_code == 1


# test


def test_calls_are_played_and_what_came_is_told(tmp_path: Path) -> None:
    keep = file_of(KEEP, tmp_path, "keep.yaml")
    folder = tmp_path / "calls"
    folder.mkdir()
    file_of(CALL, folder, "one.yaml")
    file_of('{"turns": [{"at": 1, "speaker": "agent", "text": "Hello"}]}', folder, "two.json")
    file_of("no call", folder, "notes.txt")

    tried = typed("test", keep, "--calls", folder)

    assert tried.exit_code == 0
    assert "00:01.0 customer keep everything" in tried.output
    assert "cue    keep  keep 1: Do it." in tried.output
    assert "2 calls, 0 expectations missed" in tried.output


def test_an_expectation_that_is_missed_fails(tmp_path: Path) -> None:
    keep = file_of(KEEP, tmp_path, "keep.yaml")
    call = file_of(CALL.replace("keep everything", "goodbye"), tmp_path, "call.yaml")

    tried = typed("test", keep, "--calls", call)
    piped = typed("test", keep, "--calls", call, "--json")

    assert (tried.exit_code, piped.exit_code) == (1, 1)
    assert "✗ keep was expected, and did not come" in tried.output
    line = json.loads(piped.output)
    assert line["rehearsal"]["came"] == []
    assert [one["name"] for one in line["rehearsal"]["missed"]] == ["keep"]


def test_what_is_built_in_can_be_tried_by_its_name(tmp_path: Path) -> None:
    call = file_of(CALL.replace(", expect: [keep]", ""), tmp_path, "call.yaml")

    assert typed("test", "telecom", "--calls", call).exit_code == 0
    assert typed("test", "no-such", "--calls", call).exit_code == 1
    assert typed("test", "telecom", "--calls", tmp_path / "none.yaml").exit_code == 1
    (tmp_path / "empty").mkdir()
    assert typed("test", "telecom", "--calls", tmp_path / "empty").exit_code == 1


def test_the_schemas_are_printed() -> None:
    assert json.loads(typed("schema").output) == playbook_schema()
    assert json.loads(typed("schema", "--policy").output) == policy_schema()


# What runs


@pytest.fixture
async def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Site]:
    """An API that a data directory says is running."""
    async with running_on(tmp_path, monkeypatch, Site(), "demo", "acme") as site:
        yield site


async def asked(*words: object) -> Result:
    # Commands run a loop of their own.
    return await asyncio.to_thread(typed, *words)


async def test_a_playbook_is_published_listed_and_rolled_back(
    running: Site, tmp_path: Path
) -> None:
    first = file_of(KEEP, tmp_path, "keep.yaml")
    second = file_of(playbook_text("keep", version="2"), tmp_path, "keep2.yaml")
    policy = file_of(POLICY, tmp_path, "policy.yaml")

    nothing = await asked("list")
    published = await asked("publish", first)
    again = await asked("publish", first)
    await asked("publish", second)
    ruled = await asked("publish", policy)
    version = published.output.split()[1]
    back = await asked("rollback", "keep", version)
    listed, versions = await asked("list"), await asked("list", "keep")
    elsewhere = await asked("list", "--tenant", "acme")

    assert "the one that is built in holds" in nothing.output
    assert published.output.startswith("keep 1+")
    assert "is published" in published.output
    assert "was so already" in again.output
    assert ruled.output.startswith("policy 1+")
    assert f"keep {version} holds again" in back.output
    assert version in listed.output
    assert "policy: 1+" in listed.output
    assert "2+" in versions.output
    assert "holds" in next(line for line in versions.output.splitlines() if version in line)
    assert "the one that is built in holds" in elsewhere.output


async def test_what_is_refused_is_told_with_its_line(running: Site, tmp_path: Path) -> None:
    broken = file_of(KEEP.replace("hint", "shout"), tmp_path, "broken.yaml")
    unbound = file_of(POLICY, tmp_path, "policy.yaml")

    here = await asked("publish", broken)
    there = await asked("publish", unbound)
    unknown = await asked("rollback", "keep", "9")

    assert [one.exit_code for one in (here, there, unknown)] == [1, 1, 1]
    assert "broken.yaml, line 7, cues.keep.kind" in here.output
    assert "policy.yaml, line 3, bindings.everybody.playbooks[0]" in there.output
    assert "404" in unknown.output


def test_who_runs_nothing_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTIPHON_DATA_DIR", str(tmp_path))

    listed: Any = typed("list")

    assert listed.exit_code == 1
    assert "no Antiphon is running" in listed.output
