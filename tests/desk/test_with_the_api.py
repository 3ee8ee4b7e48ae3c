"""The page and our own API understand each other: what scenes promise holds for the real feed."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from antiphon.events.base import AgentId, GuidanceId
from playwright.async_api import Page, expect

from .. import builders
from ..api.world import Api
from ..api.world import api as make_api
from .scene import served

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

AGENT = AgentId("agent-1")


@pytest_asyncio.fixture(loop_scope="session")
async def api(postgres_url: str) -> AsyncGenerator[Api]:
    async with make_api(postgres_url) as made, made.projecting():
        yield made


def soon() -> datetime:
    return datetime.now(UTC) + timedelta(minutes=1)


async def test_a_call_appears_is_answered_and_ends(page: Page, api: Api) -> None:
    async with served(api.app, lifespan="on") as url:
        await page.goto(f"{url}/desk?agent={AGENT}")
        connection = page.get_by_role("status", name="Connection")
        await expect(connection).to_have_text("Live")
        await expect(page.get_by_text("No contact on this desk.")).to_be_visible()

        await api.tell(
            builders.contact_started(queue="claims", initiated_at=datetime.now(UTC)),
            builders.agent_connected(agent_id=AGENT, connected_at=datetime.now(UTC)),
        )
        header = page.get_by_role("banner")
        await expect(header).to_contain_text("On the line")
        await expect(header).to_contain_text("claims")

        transcript = page.get_by_role("region", name="Transcript")
        await api.live.publish(builders.CONTACT, builders.utterance_partial("my roof"))
        await expect(transcript).to_contain_text("my roof (still speaking)")
        await api.tell(
            builders.utterance_finalized("my roof leaks"),
            builders.audio_gap(track="from_customer", from_ms=9_000, until_ms=12_000),
            builders.guidance_issued(expires_at=soon()),
            builders.checklist_item_ticked(),
        )
        await expect(transcript).to_contain_text("Customer my roof leaks")
        await expect(transcript).to_contain_text("No audio on the customer’s line, 0:09 to 0:12")
        await expect(page.get_by_role("region", name="Checklist")).to_contain_text("1 done")
        cue = page.get_by_role("article", name="Ask for photos")
        await expect(cue).to_contain_text("heard: roof leaks")

        await cue.get_by_role("button", name="Use").click()
        await expect(cue).to_have_count(0)
        await expect(page.get_by_role("region", name="Earlier")).to_contain_text("Used")

        await api.tell(builders.contact_ended(), builders.transcript_completed())
        banner = page.get_by_role("status", name="Call")
        await expect(banner).to_contain_text("The call has ended. The transcript is complete.")

    kinds = [type(fact.event).__name__ for fact in await api.facts()]
    assert kinds.count("GuidanceUsed") == 1
    assert kinds.count("GuidanceShown") <= 1


async def test_a_page_opened_late_sees_what_was_and_is_told_of_what_comes(
    page: Page, api: Api
) -> None:
    await api.tell(
        builders.contact_started(),
        builders.agent_connected(agent_id=AGENT),
        builders.utterance_finalized("said before"),
        builders.guidance_issued(expires_at=soon()),
    )
    await api.project()

    async with served(api.app, lifespan="on") as url:
        await page.goto(f"{url}/desk?agent={AGENT}")
        await expect(page.get_by_text("said before")).to_be_visible()
        await expect(page.get_by_role("article", name="Ask for photos")).to_be_visible()
        await api.tell(
            builders.guidance_expired(guidance_id=GuidanceId("g-1")), builders.contact_held()
        )
        await expect(page.get_by_role("region", name="Earlier")).to_contain_text("Expired")
        await expect(page.get_by_role("banner")).to_contain_text("On hold")


async def test_one_finished_contact_is_shown_and_its_stream_is_over(page: Page, api: Api) -> None:
    await api.tell(
        builders.contact_started(),
        builders.utterance_finalized("all that was said"),
        builders.contact_ended(),
        builders.transcript_completed(),
    )
    await api.project()

    async with served(api.app, lifespan="on") as url:
        await page.goto(f"{url}/desk?contact={builders.CONTACT.contact_id}")
        await expect(page.get_by_text("all that was said")).to_be_visible()
        await expect(page.get_by_role("status", name="Connection")).to_have_text("Over")


async def test_an_unknown_contact_is_refused_in_words(page: Page, api: Api) -> None:
    async with served(api.app, lifespan="on") as url:
        await page.goto(f"{url}/desk?contact=nobody")

        await expect(page.get_by_text("(no contact nobody has started)")).to_be_visible()
