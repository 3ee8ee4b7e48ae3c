"""A fleet is placed through public ways alone, and whatever is lost of it is told."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from antiphon.infra.bench.system import system
from antiphon.infra.client import Client, connect
from antiphon.infra.fleet.board import Board
from antiphon.infra.fleet.driver import run_fleet
from antiphon.infra.fleet.plan import Hold, PlannedCall
from antiphon.infra.fleet.voices import Voice, synthetic_voices
from antiphon.infra.simulator.faults import NO_FAULTS, Faults, Network
from antiphon.infra.simulator.simulator import Simulator

from ..waiting import until

CALL_S = 3.2
FAR_AND_SLOW = Faults(network=Network(latency_ms=150, jitter_ms=80, bytes_a_second=36_000))
CUT = Faults(cut_at_fragment=1)
HOLED = Faults(missing_blocks=frozenset({(1, 4)}))


def call(ordinal: int, **given: Any) -> PlannedCall:
    """A call of three fragments and a bit with nothing remarkable, but for what is given."""
    ordinary: dict[str, Any] = {
        "ordinal": ordinal,
        "start_s": 0.0,
        "parts_s": (CALL_S,),
        "voice": 0,
        "offset": ordinal / 10,
        "ending": "pause",
        "holds": (),
        "transfer_of": None,
        "stream_of": None,
        "faults": NO_FAULTS,
    }
    return PlannedCall(**ordinary | given)


@asynccontextmanager
async def placing(
    calls: Sequence[PlannedCall], voices: Sequence[Voice], stopping: asyncio.Event
) -> AsyncGenerator[tuple[Board, asyncio.Task[None], Client]]:
    """A fleet that is being placed into a system of its own."""
    board = Board(len(calls))
    async with (
        Simulator() as simulator,
        system(simulator.url, "antiphon.infra.bench.synthetic_up") as (url, _),
        connect(url) as api,
    ):
        fleet = run_fleet(
            calls,
            voices,
            simulator_url=simulator.url,
            api_url=url,
            board=board,
            stopping=stopping,
            patience_s=40,
        )
        placed = asyncio.create_task(fleet)
        try:
            yield board, placed, api
        finally:
            placed.cancel()
            await asyncio.gather(placed, return_exceptions=True)


async def facts_of(api: Client, contact_id: str) -> list[dict[str, Any]]:
    return [msgspec.json.decode(line) async for line in api.events(contact_id)]


async def test_transfers_holds_cuts_and_reused_streams_lose_nothing_and_what_is_lost_is_told(
    tmp_path: Path,
) -> None:
    (voice,) = synthetic_voices(1, seed=3, directory=tmp_path)
    voices = [voice, Voice(tmp_path / "gone.wav", voice.samples)]
    calls = [
        call(0, ending="mid_word"),
        call(1, holds=(Hold(0.5, 1.4),), faults=FAR_AND_SLOW),
        call(2, faults=CUT),
        call(3, parts_s=(1.9, 1.6)),
        call(4, transfer_of=0),
        call(5, stream_of=2),
        call(6, faults=HOLED),
        call(7, voice=1),
    ]

    async with placing(calls, voices, asyncio.Event()) as (board, placed, api):
        await placed

        outcomes = sorted(board.outcomes, key=lambda one: one.ordinal)
        facts = [await facts_of(api, one.contact_id) for one in outcomes[:7]]
    assert [(one.verdict, one.detail) for one in outcomes[:6]] == [("whole", "")] * 6
    assert outcomes[6].verdict == "audio_lost"
    assert outcomes[6].detail.startswith("64 ms of")
    assert all(2_000 < one.sent_ms <= 3_500 for one in outcomes[:7])
    assert outcomes[7].verdict == "refused"
    assert "gone.wav" in outcomes[7].detail
    told = [[fact["type"] for fact in history] for history in facts]
    assert {"contact_held", "contact_resumed"} <= set(told[1])
    assert told[3].count("audio_stream_opened") == 2
    first, second = (_started(facts[0]), _started(facts[4]))
    assert second["initial_contact_id"] == first["initial_contact_id"] == outcomes[0].contact_id
    assert _ended(facts[0])["reason"] == "transfer"
    assert _started(facts[5])["media"]["stream_arn"] == _started(facts[2])["media"]["stream_arn"]


@pytest.mark.timeout(90)
async def test_stopping_hangs_up_what_is_under_way_and_leaves_the_rest_out(tmp_path: Path) -> None:
    voices, stopping = synthetic_voices(1, seed=4, directory=tmp_path), asyncio.Event()
    calls = [call(0, parts_s=(600.0,)), call(1, start_s=500.0)]

    async with placing(calls, voices, stopping) as (board, placed, api):
        await until(lambda: board.stages.get("under_way") == 1, what="under way")
        stopping.set()
        await placed

        outcomes = {one.ordinal: one for one in board.outcomes}
        facts = await facts_of(api, outcomes[0].contact_id)
    assert outcomes[0].verdict == "whole", outcomes[0].detail
    assert 0 < outcomes[0].sent_ms < 20_000
    assert "transcript_completed" in [fact["type"] for fact in facts]
    assert outcomes[1].verdict == "not_placed"


def _started(history: list[dict[str, Any]]) -> dict[str, Any]:
    return next(fact["data"] for fact in history if fact["type"] == "contact_started")


def _ended(history: list[dict[str, Any]]) -> dict[str, Any]:
    return next(fact["data"] for fact in history if fact["type"] == "contact_ended")
