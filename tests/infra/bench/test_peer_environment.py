"""Peers are measured in environments of their own, and a figure that is not to be had is none."""

import asyncio
from pathlib import Path

import msgspec
import pytest
from antiphon.infra.bench import peer_environment
from antiphon.infra.bench.peer_environment import PEERS, PeerFailedError, python_of, run_peer
from msgspec import Struct

LOCKS = sorted(PEERS.glob("*.lock"))
SCRIPTS = sorted(path for path in PEERS.glob("*.py") if path.stem != "__init__")

ECHO = """
import json, sys
print("about to answer")
print(json.dumps({"rate": json.load(sys.stdin)["rate"] + 0.5}))
"""


class Answer(Struct):
    rate: float


@pytest.fixture(scope="module")
def environments(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the environment is made once for all tests that leave its lock alone."""
    return tmp_path_factory.mktemp("environments")


@pytest.fixture
def peers(tmp_path: Path, environments: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory of peers of the test's own: one that needs nothing, so nothing is fetched."""
    (tmp_path / "peer.lock").write_text("")
    monkeypatch.setattr(peer_environment, "PEERS", tmp_path)
    monkeypatch.setattr(peer_environment, "ENVIRONMENTS", environments)
    return tmp_path


@pytest.fixture
def locks(peers: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same, with no environment made yet."""
    monkeypatch.setattr(peer_environment, "ENVIRONMENTS", peers / "environments")
    return peers


async def test_a_script_is_told_and_answers_on_its_last_line(peers: Path) -> None:
    (peers / "echo.py").write_text(ECHO)

    answer = await run_peer("peer", "echo", {"rate": 7}, answer=Answer)

    assert answer == Answer(rate=7.5)


async def test_a_script_runs_in_an_environment_of_its_own(
    peers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(msgspec.__file__).parents[1]))
    (peers / "own.py").write_text("import sys, msgspec")

    with pytest.raises(PeerFailedError, match="No module named 'msgspec'"):
        await run_peer("peer", "own", {}, answer=Answer)


async def test_an_environment_is_made_once(locks: Path) -> None:
    at_once = (asyncio.to_thread(python_of, "peer") for _ in range(2))
    first, second = await asyncio.gather(*at_once)
    left = first.parents[1] / "left"
    left.touch()

    third = python_of("peer")

    assert first == second == third
    assert left.exists()


def test_an_environment_is_made_anew_when_its_lock_has_changed(locks: Path) -> None:
    left = python_of("peer").parents[1] / "left"
    left.touch()
    (locks / "peer.lock").write_text("# changed\n")

    python_of("peer")

    assert not left.exists()


def test_what_does_not_match_its_hash_is_not_installed(locks: Path) -> None:
    package = locks / "thing-1.0-py3-none-any.whl"
    package.write_bytes(b"not what was locked")
    wrong = f"thing @ {package.as_uri()} --hash=sha256:{'0' * 64}\n"
    (locks / "peer.lock").write_text(wrong)

    with pytest.raises(PeerFailedError, match="DO NOT MATCH THE HASHES"):
        python_of("peer")


def test_an_environment_that_could_not_be_filled_is_not_taken_for_one(locks: Path) -> None:
    (locks / "peer.lock").write_text("thing==1.0\n")  # no hash: pip will not have it

    for _ in range(2):
        with pytest.raises(PeerFailedError, match="pip could not install peer"):
            python_of("peer")


@pytest.mark.parametrize(
    ("script", "problem"),
    [
        pytest.param("raise SystemExit('3 of 4 rows were stored')", "3 of 4 rows", id="it failed"),
        pytest.param("print('fast!')", "printed", id="it says something else"),
        pytest.param("", "printed", id="it says nothing"),
        pytest.param("print('{\"rate\": null}')", "printed", id="it has no figure"),
    ],
)
async def test_what_a_script_does_not_measure_is_no_figure(
    peers: Path, script: str, problem: str
) -> None:
    (peers / "script.py").write_text(script)

    with pytest.raises(PeerFailedError, match=problem):
        await run_peer("peer", "script", {}, answer=Answer)


async def test_a_script_that_hangs_is_ended(peers: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peer_environment, "RUN_S_MAX", 0.5)
    (peers / "hang.py").write_text("import signal; signal.pause()")

    with pytest.raises(PeerFailedError, match="took longer"):
        await run_peer("peer", "hang", {}, answer=Answer)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.stem)
def test_a_lock_pins_every_package_and_names_no_index(lock: Path) -> None:
    lines = lock.read_text().splitlines()

    packages = [line for line in lines if not line.startswith(" ")]
    assert packages
    assert all("==" in line and line.endswith("\\") for line in packages)
    assert all(line.strip().startswith("--hash=sha256:") for line in lines if line not in packages)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_says_what_it_is_told_and_imports_nothing_of_ours(script: Path) -> None:
    source = script.read_text()

    assert "antiphon" not in source.lower()
    assert "Told: {" in source
    assert "Answers: {" in source
    compile(source, script.name, "exec")
    assert script.stem.partition("_")[0] in {lock.stem for lock in LOCKS}
