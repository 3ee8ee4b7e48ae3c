"""What a supervised server's log and back-off promise, without a server."""

from pathlib import Path

import pytest
from antiphon.infra.embedded import supervisor


def test_a_log_is_cut_when_it_grows_too_long_and_one_older_file_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "LOG_BYTES_MAX", 10)
    path = tmp_path / "server.log"
    with path.open("ab") as server:
        server.write(b"0123456789 old\n")
        server.flush()

        supervisor.bound_log(path)
        server.write(b"new\n")

    assert path.read_bytes() == b"new\n"
    assert (tmp_path / "server.old.log").read_bytes() == b"0123456789 old\n"


def test_pauses_grow_to_a_bound_and_end_once_a_server_stayed_up() -> None:
    pauses = [0.0]
    for _ in range(12):
        pauses.append(supervisor.next_pause(pauses[-1], lived_s=0.1))

    assert pauses[1] == supervisor.RESTART_PAUSE_S_MIN
    assert pauses == sorted(pauses)
    assert pauses[-1] == supervisor.RESTART_PAUSE_S_MAX
    assert supervisor.next_pause(pauses[-1], lived_s=supervisor.HEALTHY_S) == 0.0
