"""What was deleted because its time was over is gone, and says so; so does whoever was erased."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from antiphon.api.app import create_app
from antiphon.events.base import ContactRef, Event
from antiphon.events.journal import Journal
from antiphon.events.register import Register
from antiphon.events.retention import expiry_id
from antiphon.events.subjects import configuration_stream, facts_stream
from antiphon.infra.memory_keys import MemoryKeys
from antiphon.infra.memory_live import MemoryLive
from antiphon.infra.memory_log import MemoryLog
from antiphon.infra.object_store.directory import DirectoryStore
from antiphon.projections import summary
from antiphon.services.playback import Playback

from ..builders import (
    CONTACT,
    contact,
    contact_ended,
    contact_erased,
    contact_started,
    draft,
    utterance_finalized,
)
from ..projections.world import TENANT
from ..recording_builders import recording_consented, recording_erased, recording_stored
from ..retention_builders import data_deleted, retention_held
from ..summary_builders import summary_written
from .test_problems import NoDatabases
from .world import Api, Registered

EXPIRED = contact_erased(erasure_id=expiry_id(CONTACT.contact_id))
RECORDED = (contact_started(), recording_consented(), recording_stored(), contact_ended())


class Player:
    """An API that plays recordings, over a log in memory."""

    def __init__(self, log: MemoryLog, http: httpx.AsyncClient, keys: MemoryKeys) -> None:
        self._journal = Journal(log, keys)
        self._http = http

    async def asked(self, *events: Event) -> tuple[int, str]:
        for event in events:
            end = await self._journal.lane_end(CONTACT, event.LANE)
            await self._journal.append(CONTACT, [draft(event)], expected=end)
        answer = await self._http.get(f"/v1/contacts/{CONTACT.contact_id}/recording")
        return answer.status_code, answer.json()["code"]


@pytest_asyncio.fixture
async def player(tmp_path: Path) -> AsyncGenerator[Player]:
    log, keys = MemoryLog(), MemoryKeys()
    for stream in (facts_stream(TENANT), configuration_stream(TENANT)):
        await log.create(stream)
    app: Any = create_app(
        journal=Journal(log, keys),
        register=Register(log, keys),
        databases=NoDatabases(),
        tenants=Registered(TENANT),
        live=MemoryLive(),
        loops=[],
        now=lambda: datetime.now(UTC),
        recordings=Playback(DirectoryStore(tmp_path), keys),
    )
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
        yield Player(log, http, keys)


async def test_a_recording_past_its_retention_is_gone_also_when_the_transcript_is(
    player: Player,
) -> None:
    original = data_deleted(kind="original")

    assert await player.asked(*RECORDED, original) == (409, "recording_in_quarantine")
    assert await player.asked(data_deleted(kind="audio")) == (410, "past_retention")
    assert await player.asked(EXPIRED, recording_erased()) == (410, "past_retention")


async def test_a_recording_that_a_hold_keeps_is_told_as_before(player: Player) -> None:
    assert await player.asked(*RECORDED, retention_held()) == (409, "recording_in_quarantine")


async def test_a_recording_of_a_person_who_was_erased_says_that(player: Player) -> None:
    assert await player.asked(*RECORDED, contact_erased()) == (410, "recording_erased")


@pytest.mark.parametrize("path", ["transcript", "summary"])
async def test_what_was_said_is_gone_with_its_retention_and_reads_as_erased_with_a_person(
    api: Api, path: str
) -> None:
    other = contact("c-2")
    for ref, erased in ((CONTACT, EXPIRED), (other, contact_erased())):
        await _call(api, ref, erased)
    for kind in ("transcript", "annotations"):
        await api.tell(data_deleted(kind=kind))
    await api.project()
    await api.world.project(summary.PROJECTION)

    gone = await api.http.get(f"/v1/contacts/{CONTACT.contact_id}/{path}")
    erased = await api.http.get(f"/v1/contacts/c-2/{path}")

    assert (gone.status_code, gone.json()["code"]) == (410, "past_retention")
    assert erased.status_code == 200
    assert "[erased]" in erased.text


async def _call(api: Api, ref: ContactRef, erased: Event) -> None:
    events = (contact_started(), utterance_finalized(), contact_ended(), summary_written(), erased)
    await api.world.tell(*events, contact=ref)
