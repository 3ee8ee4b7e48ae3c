"""Tests write to memory where that is as good as a disk, and else where temporary files lie."""

import os
from pathlib import Path

import pytest

from ..scratch import place


def test_memory_with_room_is_taken(tmp_path: Path) -> None:
    assert place({}, memory=tmp_path, free_bytes_min=1) == tmp_path


@pytest.mark.parametrize(
    ("environ", "memory", "free_bytes_min"),
    [
        pytest.param({"TMPDIR": "/elsewhere"}, ".", 1, id="a place was named"),
        pytest.param({}, "none", 1, id="no such memory"),
        pytest.param({}, ".", 2**62, id="too little room"),
    ],
)
def test_else_everything_stays_where_it_is(
    tmp_path: Path, environ: dict[str, str], memory: str, free_bytes_min: int
) -> None:
    assert place(environ, memory=tmp_path / memory, free_bytes_min=free_bytes_min) is None


def test_memory_from_which_nothing_can_be_run_is_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounted = os.statvfs(tmp_path)
    flags = mounted.f_flag | os.ST_NOEXEC
    not_to_run = os.statvfs_result((*mounted[:8], flags, mounted[9]))

    def told(path: object) -> os.statvfs_result:
        return not_to_run

    monkeypatch.setattr(os, "statvfs", told)

    assert place({}, memory=tmp_path, free_bytes_min=1) is None
