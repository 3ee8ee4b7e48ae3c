"""A real Chromium, one page a test, and a scene for it to follow."""

from collections.abc import AsyncGenerator
from typing import Any

import pytest_asyncio
from playwright.async_api import Browser, Page, ViewportSize, async_playwright

from .scene import Scene, serving

# No sandbox: the tests may run as root. The rest keeps a browser from talking to its maker.
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDE = ViewportSize(width=1440, height=900)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(chromium: str) -> AsyncGenerator[Browser]:
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield running
        await running.close()


@pytest_asyncio.fixture(loop_scope="session")
async def scene() -> AsyncGenerator[Scene]:
    async with serving(Scene()) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser) -> AsyncGenerator[Page]:
    """A page of which any script error, refused script or console error fails the test."""
    context = await browser.new_context(viewport=WIDE, reduced_motion="reduce")
    opened = await context.new_page()
    opened.set_default_timeout(10_000)
    broken: list[str] = []
    opened.on("pageerror", lambda error: broken.append(str(error)))
    opened.on("console", lambda message: broken.append(message.text) if _is_ours(message) else None)
    yield opened
    await context.close()
    assert broken == []


def _is_ours(message: Any) -> bool:
    # The browser itself reports refused and cut connections, which scenes do on purpose.
    return (
        message.type == "error"
        and "Failed to load resource" not in message.text
        and ("net::ERR_" not in message.text)
    )
