"""A contact's history is told a line a fact, whatever the fact holds."""

from collections.abc import AsyncGenerator
from typing import Any

import msgspec
import pytest
from antiphon.infra.story import tell
from rich.console import Console


async def told(data: Any = None, /, **given: Any) -> str:
    event = {"position": 7, "recorded_at": "2026-03-02T12:00:00.000000Z", "type": "thing_heard"}

    async def lines() -> AsyncGenerator[bytes]:
        yield msgspec.json.encode(event | {"lane": "guidance", "data": data} | given)

    console = Console(width=200, record=True)
    assert await tell(lines(), console=console, raw=False) == 1
    return console.export_text()


@pytest.mark.parametrize(
    "data",
    [
        {"started_ms": 2_500},
        {"heard": {"started_ms": 2_500}},
        {"heard": [{"started_ms": 2_500}, {"started_ms": 9_000}]},
    ],
    ids=["its own", "of an utterance", "of several"],
)
async def test_a_line_says_when_it_was_heard(data: dict[str, Any]) -> None:
    line = await told(data)

    assert "2.50 s" in line
    assert "thing_heard" in line


@pytest.mark.parametrize("heard", [None, [], ["from_customer-1"]])
async def test_a_line_without_an_instant_is_told_without(heard: Any) -> None:
    line = await told({"heard": heard})

    assert "thing_heard" in line
    assert " s " not in line


@pytest.mark.parametrize("data", [{"text": "c2VhbGVk", "started_ms": 2_500}, None])
async def test_what_is_withheld_is_told_with_the_reason_and_without_its_cipher(data: Any) -> None:
    line = await told(data, withheld="in_quarantine")

    assert "[withheld: in_quarantine]" in line
    assert "c2VhbGVk" not in line
