"""Readiness fails when a consumer stops, and names it; figures name no person."""

import asyncio

import httpx
from antiphon.api.ports import Limits
from antiphon.events.base import Position
from antiphon.projections import transcript

from ..builders import contact_started, utterance_finalized
from ..projections.world import IDLE_S, Watched
from .world import Api
from .world import api as make_api

STUCK_S = 10 * IDLE_S
WAIT_S = 15.0
LOCK = "SELECT * FROM transcript_checkpoint FOR UPDATE"


async def readiness(api: Api, wanted: int) -> httpx.Response:
    """Ask until the answer has the wanted status."""
    async with asyncio.timeout(WAIT_S):
        while (answer := await api.http.get("/readyz")).status_code != wanted:
            await api.world.pool.fetchval("SELECT 1")
    return answer


async def test_it_is_alive(api: Api) -> None:
    assert (await api.http.get("/livez")).json() == {"status": "alive"}


async def test_readiness_fails_while_a_consumer_is_stuck_and_names_it(postgres_url: str) -> None:
    progress = Watched("projection_transcript")
    async with make_api(postgres_url, limits=Limits(unfinished_s=STUCK_S), loops=[progress]) as api:
        await api.tell(contact_started())
        async with api.world.running(transcript.PROJECTION, progress=progress):
            await progress.until(Position(1))
            before = await readiness(api, 200)

            # Somebody holds the row that the consumer needs.
            async with api.world.pool.acquire() as other, other.transaction():
                await other.fetch(LOCK)
                await api.tell(utterance_finalized())
                stalled = await readiness(api, 503)
            await progress.until(Position(2))
            after = await readiness(api, 200)

    assert [loop["loop"] for loop in before.json()["loops"]] == ["projection_transcript"]
    assert stalled.headers["content-type"] == "application/problem+json"
    assert stalled.json()["code"] == "stalled"
    (loop,) = stalled.json()["stalled"]
    assert (loop["loop"], loop["tenant"], loop["position"]) == ("projection_transcript", "demo", 1)
    assert loop["oldest_unfinished_s"] >= STUCK_S
    assert after.json()["loops"][0]["position"] == 2


async def test_readiness_fails_when_a_consumer_is_gone(postgres_url: str) -> None:
    progress = Watched("projection_transcript")
    async with make_api(postgres_url, limits=Limits(silent_s=STUCK_S), loops=[progress]) as api:
        async with api.world.running(transcript.PROJECTION, progress=progress):
            await readiness(api, 200)

        stalled = await readiness(api, 503)

    assert stalled.json()["stalled"][0]["silent_s"] >= STUCK_S


async def test_figures_tell_of_loops_streams_and_parked_contacts(postgres_url: str) -> None:
    progress = Watched("projection_transcript")
    async with make_api(postgres_url, loops=[progress]) as api:
        await api.tell(contact_started(), utterance_finalized("a \x00 no text can hold"))
        async with api.world.running(transcript.PROJECTION, progress=progress):
            await progress.until(Position(2))
            await api.http.get("/v1/contacts/c-1/transcript")
            text = (await api.http.get("/metrics")).text

    labels = '{loop="projection_transcript",tenant="demo"}'
    assert f"antiphon_loop_position{labels} 2.0" in text
    assert f"antiphon_loop_lag_positions{labels} 0.0" in text
    assert 'antiphon_log_position{tenant="demo"} 2.0' in text
    assert 'antiphon_projection_parked_contacts{projection="transcript",tenant="demo"} 1.0' in text
    assert 'route="/v1/contacts/{contact_id}/transcript",status="200"' in text
    assert "c-1" not in text


async def test_figures_are_given_while_the_log_and_the_store_are_away(api: Api) -> None:
    answer = await api.http.get("/metrics")

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
