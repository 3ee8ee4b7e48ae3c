"""A soak of seconds into a whole system: what is well is told, and what grows, or is lost."""

import io
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import httpx
import msgspec
import pytest
from antiphon.infra.client import Client
from antiphon.infra.fleet.board import Board, Outcome
from antiphon.infra.fleet.voices import synthetic_voices
from antiphon.infra.soak.findings import Findings, Sessions, Told, show, told_of
from antiphon.infra.soak.memory import Growth
from antiphon.infra.soak.plan import Soak, planned, silence
from antiphon.infra.soak.soaking import soak
from antiphon.infra.soak.subject import ANTIPHON, subject
from msgspec.structs import replace
from rich.console import Console

SOAK = Soak(minutes=0.07, beside=1)
LEAKY = "leaky"
SYSTEM = ("antiphon.infra.bench.synthetic_up",)
WELL = Findings(
    growths=[Growth(process=ANTIPHON, before=100, after=105, most=120)],
    growth_max=0.1,
    judged=frozenset({ANTIPHON}),
    told=Told(),
    sessions=Sessions(sessions=2, expired=1),
)


def shown(findings: Findings, *outcomes: Outcome) -> tuple[bool, str]:
    board = Board(len(outcomes))
    for outcome in outcomes:
        board.settle(outcome)
    console = Console(file=io.StringIO(), width=200)
    is_well = show(findings, board, console)
    assert isinstance(console.file, io.StringIO)
    return is_well, console.file.getvalue()


@pytest.mark.timeout(120)
async def test_a_soak_of_seconds_renews_credentials_loses_nothing_and_finds_the_process_that_leaks(
    tmp_path: Path,
) -> None:
    tmp_path.chmod(0o711)
    voices = synthetic_voices(1, seed=5, directory=tmp_path)
    calls, held = planned(SOAK, voices=1), [100]
    board = Board(len(calls))

    async with subject(tmp_path, session_s=SOAK.session_s, arguments=SYSTEM) as watched:

        def read() -> Mapping[str, int]:
            held[0] = held[0] * 11 // 10
            return {**watched.memory(), LEAKY: held[0]}

        findings = await soak(
            calls,
            [*voices, silence(tmp_path)],
            replace(watched, memory=read, judged=frozenset({ANTIPHON, LEAKY})),
            seconds=SOAK.seconds,
            every_s=0.1,
            board=board,
            console=Console(file=io.StringIO()),
            growth_max=1.0,
        )

    assert [one.verdict for one in board.outcomes] == ["whole"] * len(calls)
    assert findings.told == Told()
    assert findings.sessions is not None
    assert findings.sessions.sessions >= 2
    assert [one.process for one in findings.grown] == [LEAKY]
    assert not shown(findings, *board.outcomes)[0]
    assert shown(replace(findings, judged=frozenset({ANTIPHON})), *board.outcomes)[0]


async def test_what_the_facts_say_is_the_matter_is_counted_over_all_contacts() -> None:
    histories = {
        "c-1": ["audio_gap", "utterance_finalized/a", "utterance_finalized/b"],
        "c-2": ["utterance_finalized/a", "utterance_finalized/a", "audio_gap"],
        "c-3": ["speech_gap/no_progress", "speech_gap/no_line", "speech_gap/no_progress"],
        "c-4": [],
    }

    def answer(request: httpx.Request) -> httpx.Response:
        facts = histories[request.url.path.split("/")[3]]
        lines = [
            {"type": kind, "data": {"utterance_id": said, "reason": said}}
            for kind, _, said in (fact.partition("/") for fact in facts)
        ]
        return httpx.Response(200, content=b"\n".join(map(msgspec.json.encode, lines)))

    transport = httpx.MockTransport(answer)
    async with httpx.AsyncClient(transport=transport, base_url="http://antiphon") as http:
        told = await told_of(Client(http), histories)

    unheard = Counter({"no_progress": 2, "no_line": 1})
    assert told == Told(audio_gaps=2, speech_gaps=3, unheard=unheard, doubled=1, unread=1)


def test_a_soak_in_which_all_was_well_says_so() -> None:
    is_well, text = shown(WELL)

    assert is_well
    assert "+5.0%" in text


@pytest.mark.parametrize(
    ("findings", "why"),
    [
        pytest.param(replace(WELL, growth_max=0.04), "antiphon grew by 5.0%", id="it grew"),
        pytest.param(replace(WELL, told=Told(audio_gaps=2)), "2 gaps of audio", id="audio gap"),
        pytest.param(
            replace(WELL, told=Told(speech_gaps=1, unheard=Counter({"no_line": 1}))),
            "1 gaps of speech: 1 no_line",
            id="speech gap",
        ),
        pytest.param(replace(WELL, told=Told(doubled=3)), "3 utterances", id="doubled"),
        pytest.param(replace(WELL, told=Told(unread=1)), "without facts", id="no facts"),
        pytest.param(replace(WELL, sessions=Sessions(1, 0)), "never renewed", id="one token"),
        pytest.param(replace(WELL, unmeasured="too short"), "too short", id="not measured"),
    ],
)
def test_a_soak_in_which_something_was_not_says_what(findings: Findings, why: str) -> None:
    is_well, text = shown(findings)

    assert not is_well
    assert why in text


def test_a_call_that_lost_audio_is_not_well() -> None:
    lost = Outcome(ordinal=0, contact_id="c-1", verdict="audio_lost", detail="64 ms of 100 ms")

    is_well, text = shown(WELL, lost)

    assert not is_well
    assert "64 ms of 100 ms" in text
