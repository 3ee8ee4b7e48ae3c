"""`antiphon verify` and `antiphon archive`, as an operator and as an auditor types them."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from antiphon.infra.archive_commands import EXIT_FLAWED, EXIT_REFUSED, archive, verify_command
from antiphon.services.archive.statements import key_id
from typer.testing import CliRunner, Result

from ..services.archive.world import World, files_of, flip, world_in

Command = Callable[..., Result]

app = typer.Typer()
app.command("verify")(verify_command)
app.add_typer(archive, name="archive")


@pytest.fixture
def world(tmp_path: Path) -> World:
    """An archive of three segments where an installation would keep it."""
    return asyncio.run(world_in(tmp_path / "archive", facts=30, archived=30))


@pytest.fixture
def public_key(world: World, tmp_path: Path) -> str:
    path = tmp_path / "auditor.pub"
    path.write_text(world.signer.public_key.hex() + "\n")
    return str(path)


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    for name in ("ANTIPHON_NATS_URL", "ANTIPHON_POSTGRES_URL", "ANTIPHON_ARCHIVE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ANTIPHON_DATA_DIR", str(tmp_path))
    return lambda *words: CliRunner().invoke(app, words)


def test_a_whole_archive_ends_with_0_and_says_what_was_proven(
    command: Command, world: World, public_key: str
) -> None:
    told = command("verify", "--offline", "--public-key", public_key)

    assert told.exit_code == 0, told.output
    assert "positions 1 to 30, 3 of 3 segments proven" in told.output
    assert "1 signed heads" in told.output
    assert key_id(world.signer.public_key) in told.output


def test_a_flipped_byte_ends_with_1_and_is_named_with_what_to_do(
    command: Command, world: World, public_key: str, tmp_path: Path
) -> None:
    key = asyncio.run(world.segments())[1]
    flip(tmp_path / "archive" / key, 321)

    told = command("verify", "--offline", "--public-key", public_key)

    assert told.exit_code == EXIT_FLAWED
    assert f"{key}: byte 321 is 0x" in told.output
    assert "what to do: put back the object" in told.output


def test_an_archive_that_cannot_be_looked_at_ends_with_2(
    command: Command, public_key: str, tmp_path: Path
) -> None:
    (tmp_path / "no.pub").write_text("no key")

    without_key = command("verify", "--offline")
    without_log = command("verify", "--public-key", public_key)
    with_another = command("verify", "--offline", "--public-key", str(tmp_path / "no.pub"))

    assert [without_key.exit_code, without_log.exit_code, with_another.exit_code] == [
        EXIT_REFUSED
    ] * 3
    assert "--public-key" in without_key.output
    assert "or say --offline" in without_log.output
    assert "cannot be read as a public key" in with_another.output


def test_a_head_kept_elsewhere_is_what_a_shortened_archive_is_held_against(
    command: Command, world: World, public_key: str, tmp_path: Path
) -> None:
    kept = command("archive", "head", "--public-key", public_key)
    head = tmp_path / "kept.json"
    head.write_text(kept.stdout)
    shortened = max((tmp_path / "archive").glob("EV_DEMO/*/manifest/*"))
    for path in (shortened, *(tmp_path / "archive").glob("EV_DEMO/*/heads/*")):
        path.unlink()
    max((tmp_path / "archive").glob("EV_DEMO/*/segments/*")).unlink()

    alone = command("verify", "--offline", "--public-key", public_key)
    held_against = command("verify", "--offline", "--public-key", public_key, "--head", str(head))

    assert alone.exit_code == 0
    assert held_against.exit_code == EXIT_FLAWED
    assert f"{shortened.relative_to(tmp_path / 'archive')}: is missing" in held_against.output


def test_of_nothing_there_is_nothing_to_prove(
    command: Command, public_key: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ANTIPHON_ARCHIVE_URL", f"file://{tmp_path}/elsewhere")

    told = command("verify", "--offline", "--public-key", public_key)

    assert told.exit_code == 0
    assert "nothing is archived yet" in told.output


def test_an_archive_that_has_begun_and_holds_nothing_yet_says_so(
    command: Command, world: World, public_key: str, tmp_path: Path
) -> None:
    folder = tmp_path / "archive"
    for path in [path for path in files_of(folder) if "/epochs/" not in str(path)]:
        path.unlink()

    told = command("verify", "--offline", "--public-key", public_key)

    assert told.exit_code == 0, told.output
    assert "no segment is archived yet" in told.output
    assert "positions 0" not in told.output
