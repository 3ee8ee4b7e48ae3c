"""Whatever is killed in mid-call, the call's audio is whole and its transcript completes."""

import itertools
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest
from antiphon.infra.client import Client, connect
from antiphon.infra.http import listen
from antiphon.infra.simulate import INSTANCE_ARN, new_contact_id
from antiphon.infra.simulator.simulator import Playing, Simulator

from ..waiting import until
from .antiphon import Antiphon, running
from .calls import hashes_of, samples_of, stored_hashes

CALL_S = 14.0  # a turn before the fault, two after it
UTTERED_S_MAX = 60.0  # until the first final: it follows the first turn
COMPLETED_S_MAX = 60.0
SUMMED_UP_S_MAX = 60.0


def free_port() -> int:
    with listen(0) as listener:
        return listener.getsockname()[1]


async def place(simulator: Simulator, api: Client, contact_id: str) -> Playing:
    playing = simulator.play(samples_of("price_rise", seconds=CALL_S), contact_id=contact_id)
    media = {
        "stream_arn": playing.media.stream_arn,
        "start_fragment_number": playing.media.start_fragment_number,
        "started_at": playing.media.started_at.isoformat(),
    }
    await api.start_contact(contact_id, instance_arn=INSTANCE_ARN, media=media)
    await api.connect_agent(contact_id, agent_id="agent-1", at=media["started_at"])
    return playing


async def line_count(antiphon: Antiphon, contact_id: str) -> int:
    async with connect(antiphon.url) as api:
        return len((await api.transcript(contact_id))["lines"])


async def hang_up_and_wait(antiphon: Antiphon, playing: Playing) -> list[dict[str, Any]]:
    async with connect(antiphon.url) as api:
        await playing.finished()
        ended_at = playing.media.started_at + timedelta(milliseconds=playing.duration_ms)
        await api.end_contact(playing.contact_id, at=ended_at)

        async def is_completed() -> bool:
            return (await api.transcript(playing.contact_id))["state"] == "completed"

        await until(is_completed, within_s=COMPLETED_S_MAX, what="a complete transcript")
        return (await api.transcript(playing.contact_id))["lines"]


def assert_nothing_twice(lines: list[dict[str, Any]]) -> None:
    ids = [line["utterance_id"] for line in lines]
    assert ids, "somebody spoke"
    assert len(ids) == len(set(ids))
    for track in ("from_customer", "to_customer"):
        spans = [(line["started_ms"], line["ended_ms"]) for line in lines if line["track"] == track]
        for (_, earlier_end), (later_start, _) in itertools.pairwise(spans):
            assert later_start >= earlier_end, "two finals of one track overlap"


async def assert_advised_and_summed_up_once(antiphon: Antiphon, contact_id: str) -> None:
    history: list[dict[str, Any]] = []

    async def is_summed_up() -> bool:
        async with connect(antiphon.url) as api:
            history[:] = [json.loads(line) async for line in api.events(contact_id)]
        # What is measured of a call comes with the summary; a second one of either would, too.
        return {"summary_written", "contact_measured"} <= {one["type"] for one in history}

    await until(is_summed_up, within_s=SUMMED_UP_S_MAX, what="summed up")
    kinds = [one["data"]["kind"] for one in history if one["type"] == "summary_written"]
    assert kinds == ["final"]
    # Whether there was still time for a cue is the machine's matter: after the end it is no help.
    moments = {one["data"]["moment"] for one in history if one["type"] == "moment_detected"}
    assert "cancellation_intent" in moments, "the customer wants to leave"
    cues = [one["data"]["cue"] for one in history if one["type"] == "guidance_issued"]
    assert len(cues) == len(set(cues)), "each cue has a cool-down longer than this call"


async def test_a_call_outlives_kill_9_of_the_whole_process(private_dir: Path) -> None:
    contact_id = new_contact_id()
    async with Simulator() as simulator:
        antiphon = Antiphon(private_dir, port=free_port(), kvs_endpoint=simulator.url)
        await antiphon.start()
        try:
            async with connect(antiphon.url) as api:
                playing = await place(simulator, api, contact_id)

            async def has_uttered() -> bool:
                return await line_count(antiphon, contact_id) > 0

            await until(has_uttered, within_s=UTTERED_S_MAX, what="uttered")
            before = await line_count(antiphon, contact_id)

            await antiphon.kill()
            await antiphon.start()

            lines = await hang_up_and_wait(antiphon, playing)
            assert len(lines) > before
            assert_nothing_twice(lines)
            await assert_advised_and_summed_up_once(antiphon, contact_id)
            expected = hashes_of(samples_of("price_rise", seconds=CALL_S))
            assert await stored_hashes(private_dir, contact_id) == expected
        finally:
            assert await antiphon.stop() == 0


@pytest.mark.parametrize("server", ["nats-server", "postgres"])
async def test_a_call_outlives_the_death_of_a_server(server: str, private_dir: Path) -> None:
    contact_id = new_contact_id()
    async with (
        Simulator() as simulator,
        running(private_dir, port=free_port(), kvs_endpoint=simulator.url) as antiphon,
    ):
        async with connect(antiphon.url) as api:
            playing = await place(simulator, api, contact_id)

        async def has_uttered() -> bool:
            return await line_count(antiphon, contact_id) > 0

        await until(has_uttered, within_s=UTTERED_S_MAX, what="uttered")

        kill_child(antiphon, server)

        lines = await hang_up_and_wait(antiphon, playing)
        assert_nothing_twice(lines)
        expected = hashes_of(samples_of("price_rise", seconds=CALL_S))
        assert await stored_hashes(private_dir, contact_id) == expected


def kill_child(antiphon: Antiphon, server: str) -> None:
    (child,) = [one for one in psutil.Process(antiphon.pid).children() if one.name() == server]
    child.kill()
