"""The sample calls are what their sheets say."""

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from antiphon.infra.simulator.recording import recording_of

CALLS = Path(__file__).parents[3] / "infra" / "simulator" / "calls"
SHEETS = sorted(CALLS.glob("*.json"))
AUDIBLE = 200  # int16 steps


def test_there_are_two() -> None:
    assert [sheet.stem for sheet in SHEETS] == ["internet_down", "price_rise"]


@pytest.mark.parametrize("path", SHEETS, ids=lambda path: path.stem)
def test_each_party_is_heard_when_the_sheet_says_so_and_only_then(path: Path) -> None:
    sheet = json.loads(path.read_text())
    recording = recording_of(CALLS / sheet["wav"])
    tracks = [np.frombuffer(track, dtype="<i2").copy() for track in recording.tracks]

    for turn in sheet["turns"]:
        track = tracks[0 if turn["party"] == "customer" else 1]
        spoken = track[turn["started_ms"] * 8 : turn["ended_ms"] * 8]
        assert abs(int(spoken[0])) > AUDIBLE
        assert np.abs(spoken[-8:].astype(np.int32)).max() > AUDIBLE
        spoken[:] = 0

    assert not any(track.any() for track in tracks)
    assert recording.duration_ms == sheet["duration_ms"]
    assert 35_000 <= recording.duration_ms <= 55_000


@pytest.mark.parametrize("path", SHEETS, ids=lambda path: path.stem)
def test_the_parties_take_turns_and_talk_over_each_other_once(path: Path) -> None:
    turns = json.loads(path.read_text())["turns"]

    overlaps = [later["started_ms"] < earlier["ended_ms"] for earlier, later in pairwise(turns)]

    assert sum(overlaps) == 1
    assert all(earlier["party"] != later["party"] for earlier, later in pairwise(turns))
