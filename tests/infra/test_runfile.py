"""Another terminal finds what runs on a data directory, and nothing that does not."""

import stat
import subprocess
from pathlib import Path

import msgspec
import psutil
from antiphon.infra.runfile import FILE, RunFile


def here(*, pid: int | None = None, born: float | None = None) -> RunFile:
    mine = RunFile(
        http="http://127.0.0.1:8080",
        nats="nats://antiphon:secret@127.0.0.1:4222",
        postgres="postgresql://antiphon:secret@127.0.0.1:5432/postgres",
        simulator=None,
    )
    return msgspec.structs.replace(mine, pid=pid or mine.pid, born=born or mine.born)


def test_a_running_process_is_found_while_it_runs(tmp_path: Path) -> None:
    run_file = here()

    with run_file.published(tmp_path):
        found = RunFile.find(tmp_path)

    assert found == run_file
    assert RunFile.find(tmp_path) is None


def test_it_holds_passwords_and_is_for_its_owner_only(tmp_path: Path) -> None:
    with here().published(tmp_path):
        assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600


def test_a_process_that_died_without_a_word_is_not_found(tmp_path: Path) -> None:
    process = subprocess.Popen(["sleep", "600"])
    born = psutil.Process(process.pid).create_time()
    left = here(pid=process.pid, born=born)
    (tmp_path / FILE).write_bytes(msgspec.json.encode(left))
    assert RunFile.find(tmp_path) == left

    process.kill()
    process.wait()

    assert RunFile.find(tmp_path) is None


def test_a_stranger_with_the_same_process_id_is_not_taken_for_ours(tmp_path: Path) -> None:
    stranger = here(born=psutil.Process().create_time() - 3600)

    (tmp_path / FILE).write_bytes(msgspec.json.encode(stranger))

    assert RunFile.find(tmp_path) is None


def test_nothing_is_found_where_nothing_is(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / FILE).write_text("{half a f")

    assert RunFile.find(tmp_path) is None
    assert RunFile.find(tmp_path / "missing") is None
    assert RunFile.find(tmp_path / "other") is None
