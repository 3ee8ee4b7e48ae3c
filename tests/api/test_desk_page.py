"""The real desk page follows the real API, under the policy that it is served with."""

import pytest
from antiphon.events.base import AgentId
from playwright.async_api import ConsoleMessage, async_playwright, expect

from ..builders import (
    agent_connected,
    at,
    audio_stream_opened,
    contact_ended,
    contact_started,
    guidance_issued,
    utterance_finalized,
)
from .world import Api


@pytest.mark.browser
async def test_the_desk_shows_a_call_as_it_is_told(api: Api, chromium: str) -> None:
    broken: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error":
            broken.append(message.text)

    async with (
        api.projecting(),
        api.serving() as url,
        async_playwright() as playwright,
    ):
        browser = await playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        page = await browser.new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: broken.append(str(error)))
        page.on("console", note)

        await page.goto(f"{url}/desk?agent=ada")
        await expect(page.get_by_label("Connection")).to_have_text("Live")
        await api.tell(
            contact_started(),
            audio_stream_opened(clock_zero_at=at(0)),
            utterance_finalized("my roof leaks"),
            agent_connected(agent_id=AgentId("ada"), connected_at=at(0)),
            guidance_issued(expires_at=at(10 * 365 * 86_400)),
        )
        await page.get_by_text("my roof leaks").first.wait_for()
        await page.get_by_text("Ask for photos").first.wait_for()
        await api.tell(contact_ended())
        await page.get_by_text("Ended").first.wait_for()
        await browser.close()

    assert broken == []
