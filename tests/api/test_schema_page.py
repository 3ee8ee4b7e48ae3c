"""The API's documentation draws itself in a browser, with nothing from elsewhere."""

import pytest
from playwright.async_api import async_playwright

from .world import Api


@pytest.mark.browser
async def test_the_schema_page_lists_every_endpoint_without_a_network(
    api: Api, chromium: str
) -> None:
    asked: list[str] = []
    broken: list[str] = []
    async with api.serving() as url, async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        page = await browser.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: broken.append(str(error)))

        await page.goto(f"{url}/schema")
        await page.get_by_text("/v1/agents/{agent_id}/stream").wait_for(timeout=10_000)
        await page.get_by_text("/v1/contacts", exact=True).click()
        await page.get_by_text("media.start_fragment_number").wait_for(timeout=10_000)
        await browser.close()

    assert [one for one in asked if not one.startswith(url)] == []
    assert broken == []
