"""The committed documents are those of the events, and break no release: what CI runs."""

from pathlib import Path

import msgspec
import pytest
from antiphon import __version__
from antiphon.events.catalogue import CATALOGUE
from antiphon.events.schemas import catalogue_document
from antiphon.infra.catalogue_commands import (
    DOCUMENTS,
    broken,
    catalogue,
    last_release,
    stale,
)
from typer.testing import CliRunner

HELD = "schemas/contact_held_v1.schema.json"


def run(*arguments: str, to: Path) -> tuple[int, str]:
    done = CliRunner().invoke(catalogue, [*arguments, "--to", str(to)])
    return done.exit_code, " ".join(done.output.split())


@pytest.fixture
def written(tmp_path: Path) -> Path:
    assert run("write", to=tmp_path)[0] == 0
    return tmp_path


def test_the_committed_documents_are_what_the_events_say() -> None:
    assert stale(DOCUMENTS) == [], "run `antiphon catalogue write` and commit what it writes"


def test_nothing_that_the_last_release_stored_has_become_unreadable() -> None:
    assert last_release(DOCUMENTS) is not None
    assert broken(DOCUMENTS) == []


def test_every_event_has_a_document_and_a_line(written: Path) -> None:
    readme = (written / "README.md").read_text()

    for event in CATALOGUE:
        name = f"{event.TYPE}_v{event.VERSION}"
        assert msgspec.json.decode((written / f"schemas/{name}.schema.json").read_bytes())
        assert f"schemas/{name}.schema.json" in readme


@pytest.mark.parametrize("name", ["README.md", "asyncapi.json", "envelope.schema.json", HELD])
def test_a_document_that_differs_is_found_and_mended(written: Path, name: str) -> None:
    content = (written / name).read_bytes()
    (written / name).write_bytes(content.replace(b"e", b"3", 1))

    code, told = run("check", to=written)
    mended, wrote = run("write", to=written)

    assert code == 1
    assert f"{name} is not what the events say: run `antiphon catalogue write`" in told
    assert (mended, wrote) == (0, f"wrote {name}")
    assert (written / name).read_bytes() == content
    assert run("check", to=written)[0] == 0


def test_a_document_that_is_missing_or_too_many_is_found_and_mended(written: Path) -> None:
    (written / HELD).rename(written / "schemas" / "of_nobody_v1.schema.json")

    code, told = run("check", to=written)
    _, wrote = run("write", to=written)

    assert code == 1
    assert HELD in told
    assert "schemas/of_nobody_v1.schema.json is not" in told
    assert wrote == f"wrote {HELD} removed schemas/of_nobody_v1.schema.json"
    assert stale(written) == []


def test_a_release_is_frozen_and_held_against_what_comes(written: Path) -> None:
    assert run("release", to=written)[0] == 0
    frozen = written / "released" / f"{__version__}.json"
    kept = frozen.read_bytes()
    again, _ = run("release", to=written)

    assert again == 0
    assert msgspec.json.decode(kept) == catalogue_document()
    assert run("check", to=written)[0] == 0
    assert (run("write", to=written)[0], frozen.read_bytes()) == (0, kept)


def test_what_a_release_stored_and_nobody_could_read_is_refused(written: Path) -> None:
    _release(written, "9.9.9", catalogue_document(), seen="seen")

    code, told = run("check", to=written)
    frozen, refused = run("release", to=written)

    assert code == frozen == 1
    assert "breaks release 9.9.9: seen_v1: is gone, or renamed; put it back" in told
    assert "breaks release 9.9.9" in refused
    assert not (written / "released" / f"{__version__}.json").exists()


def test_a_frozen_release_is_not_written_over(written: Path) -> None:
    path = _release(written, __version__, {**catalogue_document(), "description": "before"})
    before = path.read_bytes()

    code, told = run("release", to=written)

    assert code == 1
    assert "raise the version first" in told
    assert path.read_bytes() == before


def test_the_last_release_is_the_newest_and_not_the_last_by_name(written: Path) -> None:
    for version in ("0.9.0", "0.10.0", "0.2.11"):
        _release(written, version, catalogue_document())

    last = last_release(written)

    assert last is not None
    assert last.stem == "0.10.0"


@pytest.mark.parametrize("command", ["write", "check", "release"])
def test_without_a_checkout_the_commands_say_so(tmp_path: Path, command: str) -> None:
    code, told = run(command, to=tmp_path / "nowhere")

    assert code == 1
    assert "works in a checkout" in told


def _release(to: Path, version: str, document: dict[str, object], *, seen: str = "") -> Path:
    """Freeze a catalogue as that of a version, with a further event where one is `seen`."""
    events = [*catalogue_document()["events"]]
    if seen:
        events.append({**events[-1], "type": seen})
    path = to / "released" / f"{version}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(msgspec.json.encode({**document, "events": events}))
    return path
