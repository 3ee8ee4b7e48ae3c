"""What was said before anything was masked: for whom the policy names, and noted each time."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from typing import Any

import httpx
import msgspec
import pytest
from antiphon.api.app import create_app
from antiphon.commands.privacy import PrivacyPolicies
from antiphon.events.access import OriginalsRead
from antiphon.events.base import START, Event, TenantName
from antiphon.events.journal import Journal
from antiphon.events.register import Register
from antiphon.events.speech import PersonalSpan, UtteranceOriginal
from antiphon.events.subjects import configuration_stream, facts_stream
from antiphon.infra.memory_keys import MemoryKeys
from antiphon.infra.memory_live import MemoryLive
from antiphon.infra.memory_log import MemoryLog

from ..builders import CONTACT, contact_started, draft, utterance_finalized
from ..redaction_builders import utterance_original
from .test_problems import NoDatabases
from .world import Registered

TENANT = TenantName("demo")
PATH = f"/v1/contacts/{CONTACT.contact_id}/originals"
OFFICER = {"Antiphon-Actor": "officer-7", "Antiphon-Reason": "ticket 4711"}
SAID = "call me on 555 0142"


class Scene:
    """One contact of which something was masked, and a policy that names one reader."""

    def __init__(self) -> None:
        self.log, self.keys = MemoryLog(), MemoryKeys()
        self.journal = Journal(self.log, self.keys)
        self.register = Register(self.log, self.keys)
        app: Any = create_app(
            journal=self.journal,
            register=self.register,
            databases=NoDatabases(),
            tenants=Registered(TENANT),
            live=MemoryLive(),
            loops=[],
            now=lambda: datetime.now(UTC),
            privacy_policies=PrivacyPolicies(self.register, now=lambda: datetime.now(UTC)),
        )
        transport = httpx.ASGITransport(app)
        self.http = httpx.AsyncClient(transport=transport, base_url="http://localhost")

    async def tell(self, *events: Event) -> None:
        for event in events:
            end = await self.journal.lane_end(CONTACT, event.LANE)
            await self.journal.append(CONTACT, [draft(event)], expected=end)

    async def readings(self) -> list[tuple[str, str]]:
        facts = self.register.read(TENANT, kind=OriginalsRead.KIND)
        return [
            (fact.actor, fact.event.contact_id)
            async for fact in facts
            if isinstance(fact.event, OriginalsRead)
        ]


@pytest.fixture
async def scene() -> AsyncGenerator[Scene]:
    scene = Scene()
    for stream in (facts_stream(TENANT), configuration_stream(TENANT)):
        await scene.log.create(stream)
    await scene.tell(
        contact_started(),
        utterance_original(SAID),
        utterance_finalized(
            "call me on [phone-number]", personal=(PersonalSpan("phone_number", 3, 3),)
        ),
    )
    await scene.http.put("/v1/privacy", json={"original_readers": ["officer-7"]})
    yield scene
    await scene.http.aclose()


async def test_who_the_policy_names_reads_what_was_said_and_that_is_recorded(scene: Scene) -> None:
    answer = await scene.http.get(PATH, headers=OFFICER)

    assert answer.status_code == 200
    assert answer.json()["utterances"] == [
        {
            "utterance_id": "from_customer-1",
            "text": SAID,
            "spans": [{"kind": "phone_number", "first_word": 3, "last_word": 4}],
        }
    ]
    assert await scene.readings() == [("reader:officer-7", CONTACT.contact_id)]


@pytest.mark.parametrize("headers", [{}, {"Antiphon-Actor": "agent-1"}])
async def test_nobody_else_does_and_nothing_is_recorded_as_read(
    scene: Scene, headers: dict[str, str]
) -> None:
    answer = await scene.http.get(PATH, headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (403, "originals_forbidden")
    assert "555" not in answer.text
    assert await scene.readings() == []


async def test_once_the_key_of_originals_is_destroyed_they_are_gone(scene: Scene) -> None:
    await scene.keys.destroy(TENANT, f"original/{CONTACT.contact_id}")

    answer = await scene.http.get(PATH, headers=OFFICER)

    assert (answer.status_code, answer.json()["code"]) == (410, "originals_gone")


async def test_a_contact_that_never_started_has_none(scene: Scene) -> None:
    answer = await scene.http.get("/v1/contacts/c-unknown/originals", headers=OFFICER)

    assert (answer.status_code, answer.json()["code"]) == (404, "contact_unknown")


async def test_whoever_reads_the_log_finds_originals_closed(scene: Scene) -> None:
    told = [fact.event async for fact in scene.journal.read(CONTACT, after=START)]

    [original] = [event for event in told if isinstance(event, UtteranceOriginal)]
    assert original.text.reveal_or("closed") == "closed"


async def test_the_history_tells_originals_only_as_they_are_stored(scene: Scene) -> None:
    answer = await scene.http.get(f"/v1/contacts/{CONTACT.contact_id}/events")

    lines = [msgspec.json.decode(line) for line in answer.text.splitlines()]
    [original] = [line for line in lines if line["type"] == UtteranceOriginal.TYPE]
    assert "555" not in answer.text
    assert original["key_id"]
