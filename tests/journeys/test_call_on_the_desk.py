"""A recorded call, played in real time: heard, answered and summed up on the agent's page."""

import asyncio
import re
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from antiphon.events.base import SAMPLES_PER_MS
from antiphon.infra.cli import app
from antiphon.infra.client import Client, connect
from antiphon.infra.demo import publish_samples
from antiphon.infra.http import listen
from antiphon.infra.runfile import RunFile
from antiphon.infra.simulate import SAMPLE_CALLS, Call, new_contact_id, place
from numpy.testing import assert_array_equal
from numpy.typing import NDArray
from playwright.async_api import Page, async_playwright, expect
from rich.console import Console
from typer.testing import CliRunner

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
SUMMED_UP_MS_MAX = 60_000.0  # after hang-up, on a machine that does much else
MEASURED_S_MAX = 60.0
MOMENT = "00:45"  # of the call: the customer has asked, and nobody has hung up
VERIFIED_S_MAX = 120.0  # after hang-up, on a machine that does much else: both tracks heard again
CORRELATED_MAX = 0.1  # a tone and a voice
WORD_ERRORS_MAX = (
    0.35  # of the embedded recogniser on clear synthetic voices; it makes about a tenth
)


@pytest.mark.browser
@pytest.mark.timeout(300)
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
        await publish_samples(antiphon.url)
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
        cited = await cited_on(page)
        told = await told_of(contact_id, antiphon.url)
        async with connect(antiphon.url) as api:
            transcript = await api.transcript(contact_id)
            privacy = await verified(api, contact_id)
            recording = await api.recording(contact_id)
        # Before it is checked, whoever looks back is not shown its words.
        recalled = await asyncio.to_thread(recall, contact_id, private_dir)
        await page.screenshot(path=tmp_path / "desk.png")
        await browser.close()

    assert {line["speaker"] for line in transcript["lines"]} == {"customer", "agent"}
    spoken = {line["utterance_id"] for line in transcript["lines"]}
    assert_summed_up(told["summary"], spoken=spoken)
    assert "leaving-fee" in cited, "the customer asked what leaving costs"
    assert told["insights"]["measured"]["utterances"] == len(spoken)
    assert {one["moment"] for one in told["moments"]["moments"]} >= {"cancellation_intent"}
    assert told["guidance"]["pins"], "which playbooks were listened with"
    assert "They may want to leave" in recalled, "a cue stood on the desk then"
    assert "pays a leaving fee" in recalled, "and an answer"
    for track, party in (("from_customer", "customer"), ("to_customer", "agent")):
        said = words(turn["text"] for turn in truth_of(CALL)["turns"] if turn["party"] == party)
        heard = words(line["text"] for line in transcript["lines"] if line["track"] == track)
        assert word_errors(said, heard) / len(said) < WORD_ERRORS_MAX, track
    assert_redacted(decoded(recording), samples_of(CALL), privacy["audio"])
    assert_no_words_logged(private_dir, transcript)


def recall(contact_id: str, data_dir: Path) -> str:
    """Return what `antiphon replay --at` prints of a moment of the call."""
    environ = {"ANTIPHON_DATA_DIR": str(data_dir), "COLUMNS": "200"}
    result = CliRunner().invoke(app, ["replay", contact_id, "--at", MOMENT], env=environ)
    assert result.exit_code == 0, result.output
    return result.output


async def verified(api: Client, contact_id: str) -> dict[str, Any]:
    """Wait until what was removed is checked; return what was."""

    async def is_verified() -> bool:
        return (await api.privacy(contact_id))["state"] == "verified"

    await until(is_verified, within_s=VERIFIED_S_MAX, what="verified")
    return await api.privacy(contact_id)


def assert_redacted(
    played: NDArray[np.int16], spoken: NDArray[np.int16], audio: dict[str, Any]
) -> None:
    """Sample for sample it is what was said, but where the customer told a date of birth."""
    kinds = [span["kind"] for track in audio["tracks"] for span in track["spans"]]
    assert "date_of_birth" in kinds
    told = spoken.copy()
    for channel, track in enumerate(audio["tracks"]):
        for span in track["spans"]:
            covered = slice(span["from_ms"] * SAMPLES_PER_MS, span["until_ms"] * SAMPLES_PER_MS)
            correlation = np.corrcoef(played[covered, channel], spoken[covered, channel])[0, 1]
            assert abs(correlation) < CORRELATED_MAX, "a beep tells nothing of what was said"
            told[covered, channel] = played[covered, channel]
    assert_array_equal(played, told)


def assert_no_words_logged(data_dir: Path, transcript: dict[str, Any]) -> None:
    logged = [path.read_text() for path in data_dir.rglob("*.log")]
    assert logged
    for line in transcript["lines"]:
        assert not runs_of_words(line["text"]) & runs_of_words(*logged), "spoken words in a log"


async def cited_on(page: Page) -> set[str]:
    """Wait for answers, summary and checklist to be shown; return which articles are cited."""
    summary = page.get_by_role("region", name="Summary")
    await expect(summary.get_by_text("quoted from the call")).to_be_visible(
        timeout=SUMMED_UP_MS_MAX
    )
    await expect(summary.get_by_role("listitem").first).to_be_visible()
    await expect(page.get_by_text("Said that the call is recorded")).to_be_visible()
    titles = await page.get_by_role("region", name="Answers").locator("cite").all()
    sources = [await one.get_attribute("title") or "" for one in titles]
    return {source.partition(",")[0] for source in sources}


async def told_of(contact_id: str, url: str) -> dict[str, Any]:
    """Wait for a contact to be measured; return what the API makes of it, by name."""
    names = ("summary", "insights", "moments", "guidance")
    async with httpx.AsyncClient(base_url=url) as http:

        async def is_measured() -> bool:
            answer = await http.get(f"/v1/contacts/{contact_id}/insights")
            return answer.is_success and answer.json()["measured"] is not None

        await until(is_measured, within_s=MEASURED_S_MAX, what="measured")
        answers = {name: await http.get(f"/v1/contacts/{contact_id}/{name}") for name in names}
    assert {name: one.status_code for name, one in answers.items()} == dict.fromkeys(names, 200)
    return {name: one.json() for name, one in answers.items()}


def assert_summed_up(summary: dict[str, Any], *, spoken: set[str]) -> None:
    assert summary["state"] == "final"
    assert summary["sentences"]
    for sentence in summary["sentences"]:
        assert sentence["utterance_ids"], "each sentence was heard somewhere"
        assert spoken.issuperset(sentence["utterance_ids"])


def runs_of_words(*texts: str) -> set[tuple[str, ...]]:
    """Return every three words in a row: single ones may be words of our own."""
    found = words(texts)
    return set(zip(found, found[1:], found[2:], strict=False))
