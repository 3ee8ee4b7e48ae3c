"""`antiphon replay`: a contact as its agent saw it, on a terminal."""

import json
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from io import StringIO

import pytest
import typer
from antiphon.api.ports import Limits
from antiphon.events.sealed import Sealed
from antiphon.infra.client import Client, RequestRefused, connect
from antiphon.infra.replay_commands import ms_of, play, recall
from rich.console import Console

from ..builders import (
    agent_connected,
    at,
    audio_gap,
    audio_stream_opened,
    checklist_item_ticked,
    contact_ended,
    contact_held,
    contact_started,
    guidance_issued,
    transcript_completed,
    utterance_finalized,
)
from ..knowledge_builders import answer_found, question_heard
from ..summary_builders import summary_written
from .then import Then
from .then import then as make_then


async def a_call(then: Then) -> None:
    await then.record(contact_started(), audio_stream_opened(clock_zero_at=at(0)), at_s=1)
    await then.record(agent_connected(connected_at=at(1)), at_s=2)
    await then.record(utterance_finalized("my [bold]roof[/] leaks"), audio_gap(), at_s=4)
    await then.record(guidance_issued(), checklist_item_ticked(), at_s=5)
    await then.record(contact_held(held_at=at(6)), at_s=6)
    await then.record(contact_ended(ended_at=at(20)), transcript_completed(), at_s=20)


@asynccontextmanager
async def reading(then: Then, **given: str) -> AsyncGenerator[Client]:
    async with then.serving() as url, connect(url, **given) as client:
        yield client


def terminal() -> Console:
    return Console(file=StringIO(), width=120, color_system=None)


def text_of(console: Console) -> str:
    assert isinstance(console.file, StringIO)
    return re.sub(r" +", " ", console.file.getvalue())


async def test_answers_and_the_summary_are_printed_with_their_sources(then: Then) -> None:
    await then.let_in("officer-7")
    await a_call(then)
    await then.record(question_heard(), answer_found(answer=Sealed("Fees are waived.")), at_s=21)
    await then.record(summary_written(), at_s=30)
    before, after = terminal(), terminal()

    async with reading(then, actor="officer-7") as client:
        await recall(client, "c-1", at_ms=25_000, console=before, raw=False)
        await recall(client, "c-1", at_ms=35_000, console=after, raw=False)

    used = [one.title for one in answer_found().citations if one.used]
    assert f"? Fees are waived. {', '.join(used)}" in text_of(before)
    assert "Σ" not in text_of(before)
    assert "Σ Customer: my roof leaks" in text_of(after)


async def test_the_desk_of_a_second_is_printed_for_people(then: Then) -> None:
    await then.let_in("officer-7")
    await a_call(then)
    console = terminal()

    async with reading(then, actor="officer-7") as client:
        await recall(client, "c-1", at_ms=7_000, console=console, raw=False)

    told = text_of(console)
    assert "c-1 00:07" in told
    assert "live on hold agent Ada Winter queue claims" in told
    assert "00:01 customer my [bold]roof[/] leaks" in told
    assert "00:04 from_customer audio_gap to 00:04: missing" in told
    assert "Ask for photos Photos of the damage" in told
    assert "“roof leaks”" in told
    assert "✓ Said that the call is recorded “this call is recorded”" in told


async def test_before_the_first_fact_there_is_nothing_to_print(then: Then) -> None:
    await a_call(then)
    console = terminal()

    async with reading(then) as client:
        await recall(client, "c-1", at_ms=0, console=console, raw=False)

    assert "Nothing of it had been recorded yet." in text_of(console)


async def test_the_desk_of_a_second_is_json_for_machines(then: Then) -> None:
    await a_call(then)
    console = terminal()

    async with reading(then) as client:
        await recall(client, "c-1", at_ms=5_000, console=console, raw=True)

    told = json.loads(text_of(console))
    assert told == (await then.get("/v1/contacts/c-1/desk", at_ms=5_000)).json()


async def test_a_contact_is_played_line_by_line(then: Then) -> None:
    await then.let_in("officer-7")
    await a_call(then)
    console = terminal()

    async with reading(then, actor="officer-7") as client:
        played = client.replay("c-1", speed=100, from_ms=None, silence_ms_max=None)
        async for event, told in played:
            play(event, told, console=console, raw=False)

    lines = text_of(console).splitlines()
    assert lines[0] == "Partials were never stored: whole utterances only."
    assert "00:01 customer my [bold]roof[/] leaks" in lines
    assert [line for line in lines if "Ask for photos" in line]
    assert lines[-1] == "10 facts, the end"


async def test_a_replay_that_is_cut_is_gone_on_with(postgres_url: str) -> None:
    async with make_then(postgres_url, limits=Limits(lifetime_s=0.1)) as then:
        await a_call(then)
        async with reading(then) as client:
            played = client.replay("c-1", speed=50, from_ms=None, silence_ms_max=None)
            heard = [event async for event, _ in played]

    assert heard.count("replay_started") > 1
    assert [event for event in heard if event in {"contact_started", "contact_ended"}] == [
        "contact_started",
        "contact_ended",
    ]
    assert heard[-2:] == ["replay_completed", "stream_closed"]


async def test_who_reads_and_why_is_passed_on(then: Then) -> None:
    await a_call(then)

    async with reading(then, actor="ada", reason="Prüfung 7") as client:
        await client.desk_at("c-1", at_ms=0)

    (access,) = await then.accesses()
    assert (access["actor"], access["reason"].reveal()) == ("reader:ada", "Prüfung 7")


async def test_an_unknown_contact_is_refused(then: Then) -> None:
    async with reading(then) as client:
        with pytest.raises(RequestRefused, match="404"):
            await client.desk_at("never", at_ms=0)
        with pytest.raises(RequestRefused, match="404"):
            await anext(client.replay("never", speed=1, from_ms=None, silence_ms_max=None))


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("03:12", 192_000),
        ("1:03:12", 3_792_000),
        ("192", 192_000),
        ("0:00.5", 500),
        ("7.25", 7_250),
    ],
)
def test_a_moment_is_written_as_on_a_clock(text: str, ms: int) -> None:
    assert ms_of(text, option="--at") == ms


@pytest.mark.parametrize("text", ["", "3x", "-1", "1:2:3:4", "03:12Z", "٣", "1e3", "00:00.1234"])
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="--at"):
        ms_of(text, option="--at")
