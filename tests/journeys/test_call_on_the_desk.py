"""A recorded call, played in real time, heard and answered on the agent's page."""

import asyncio
import re
from pathlib import Path

import pytest
from antiphon.infra.client import connect
from antiphon.infra.http import listen
from antiphon.infra.runfile import RunFile
from antiphon.infra.simulate import SAMPLE_CALLS, Call, new_contact_id, place
from numpy.testing import assert_array_equal
from playwright.async_api import async_playwright, expect
from rich.console import Console

from ..services.recording.decoder import decoded
from ..waiting import until
from .antiphon import running
from .calls import samples_of, truth_of, word_errors, words

CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
CALL = "price_rise"
RECORDED_S_MAX = 30.0  # after hang-up: one part of a minute, and the whole
WORD_ERRORS_MAX = (
    0.35  # of the embedded recogniser on clear synthetic voices; it makes about a tenth
)


@pytest.mark.browser
@pytest.mark.timeout(240)
async def test_an_agent_sees_the_call_while_it_is_spoken(
    private_dir: Path, chromium: str, tmp_path: Path
) -> None:
    contact_id = new_contact_id()
    with listen(0) as listener:
        port = listener.getsockname()[1]
    async with (
        running(private_dir, port=port) as antiphon,
        async_playwright() as playwright,
    ):
        browser = await playwright.chromium.launch(
            executable_path=chromium, args=list(CHROMIUM_FLAGS)
        )
        page = await browser.new_page(viewport={"width": 1440, "height": 900})
        await page.goto(f"{antiphon.url}/desk?agent=agent-1")
        provisional = asyncio.create_task(
            expect(page.get_by_text("(still speaking)").first).to_be_visible(timeout=60_000)
        )

        found = RunFile.find(private_dir)
        assert found is not None
        assert found.simulator is not None
        call = Call(
            wav=SAMPLE_CALLS / f"{CALL}.wav", contact_id=contact_id, agent_id="agent-1", speed=1
        )
        await place(
            call, simulator_url=found.simulator, api_url=antiphon.url, console=Console(quiet=True)
        )

        await expect(page.get_by_text(re.compile("call has ended", re.IGNORECASE))).to_be_visible()
        await provisional
        async with connect(antiphon.url) as api:
            transcript = await api.transcript(contact_id)
            history = [line async for line in api.events(contact_id)]

            async def is_recorded() -> bool:
                lines = [line async for line in api.events(contact_id)]
                return any(b'"recording_stored"' in line for line in lines)

            await until(is_recorded, within_s=RECORDED_S_MAX, what="recorded")
            recording = await api.recording(contact_id)
        await page.screenshot(path=tmp_path / "desk.png")
        await browser.close()

    assert {line["speaker"] for line in transcript["lines"]} == {"customer", "agent"}
    assert any(b'"guidance_issued"' in line for line in history), "the call earned a cue"
    for track, party in (("from_customer", "customer"), ("to_customer", "agent")):
        said = words(turn["text"] for turn in truth_of(CALL)["turns"] if turn["party"] == party)
        heard = words(line["text"] for line in transcript["lines"] if line["track"] == track)
        assert word_errors(said, heard) / len(said) < WORD_ERRORS_MAX, track
    assert_array_equal(decoded(recording), samples_of(CALL))
    logged = [path.read_text() for path in private_dir.rglob("*.log")]
    assert logged
    for line in transcript["lines"]:
        assert not runs_of_words(line["text"]) & runs_of_words(*logged), "spoken words in a log"


def runs_of_words(*texts: str) -> set[tuple[str, ...]]:
    """Return every three words in a row: single ones may be words of our own."""
    found = words(texts)
    return set(zip(found, found[1:], found[2:], strict=False))
