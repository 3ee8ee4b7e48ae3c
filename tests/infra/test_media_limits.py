"""How much a process takes on comes from the settings, and else from the machine."""

from pathlib import Path
from typing import Any

import psutil
import pytest
from antiphon.infra.media_limits import limits_of, patience_of, resident_bytes
from antiphon.infra.settings import Settings
from antiphon.services.media.patience import PATIENCE

MIB = 1024 * 1024


def settings(directory: Path, **given: Any) -> Settings:
    return Settings(data_dir=directory, **given)


def test_what_is_set_counts(tmp_path: Path) -> None:
    given = settings(
        tmp_path, media_streams_max=7, media_account_streams_max=3, media_memory_mib_max=100
    )

    limits = limits_of(given)

    assert (limits.streams_max, limits.account_streams_max) == (7, 3)
    assert limits.memory_bytes_max == 100 * MIB


@pytest.mark.parametrize(
    ("allowed", "counted"),
    [("1048576\n", MIB), ("max\n", None), (f"{1 << 60}\n", None), (None, None)],
    ids=["a group's limit", "a group without one", "more than there is", "no groups"],
)
def test_else_three_quarters_of_what_there_is(
    allowed: str | None, counted: int | None, tmp_path: Path
) -> None:
    file = tmp_path / "memory.max"
    if allowed is not None:
        file.write_text(allowed)

    limits = limits_of(settings(tmp_path), cgroup_limit=file)

    assert limits.memory_bytes_max == int(0.75 * (counted or psutil.virtual_memory().total))
    assert limits.account_streams_max is None


def test_a_stream_is_asked_for_as_much_earlier_as_is_set(tmp_path: Path) -> None:
    assert patience_of(settings(tmp_path)) == PATIENCE
    assert patience_of(settings(tmp_path, media_start_margin_s=7.5)).start_margin_s == 7.5


def test_a_process_takes_up_memory() -> None:
    assert resident_bytes() > MIB
