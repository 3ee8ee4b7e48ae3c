"""A call that is summed up, on a log in memory, and models that answer as a test says."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from antiphon.errors import ModelFailed
from antiphon.events.base import TenantName, Track, UtteranceId
from antiphon.events.summary import SummaryFailed, SummaryWritten
from antiphon.services.models import Task, Text, TextModels, TextRequest
from antiphon.services.summary.service import Summarising
from antiphon.services.summary.turns import Turn

from ...builders import (
    CONTACT,
    NOON,
    agent_connected,
    at,
    audio_stream_opened,
    contact_ended,
    contact_started,
    transcript_completed,
    utterance_finalized,
)
from ..contact_stage import ContactStage

TURN_MS = 3_000

TWICE_CHARGED = """
A: Thank you for calling Northwind, my name is Dana, how can I help you today?
C: Hi, um, I was charged twice for my internet this month, forty nine ninety nine each time.
A: I'm sorry to hear that. Let me take a look at your account.
C: Okay, thanks.
A: I can see it. I've gone ahead and reversed the second payment of $49.99.
C: Oh great, when will I see that?
A: You'll see the refund within three to five business days.
C: Perfect, that works. Thank you so much.
"""


def turns_of(script: str) -> list[Turn]:
    """Return the turns of `C: …` and `A: …` lines, three seconds each; `S: …` is a prompt."""
    speakers: dict[str, Any] = {"C": "customer", "A": "agent", "S": "system"}
    turns: list[Turn] = []
    for number, line in enumerate(filter(None, script.splitlines())):
        who, _, text = line.strip().partition(": ")
        turns.append(
            Turn(
                utterance_id=UtteranceId(f"u-{number}"),
                speaker=speakers[who],
                text=text,
                started_ms=number * TURN_MS,
                ended_ms=number * TURN_MS + TURN_MS - 500,
            )
        )
    return turns


class Desk(ContactStage):
    """A contact with an agent from the start."""

    def __init__(self) -> None:
        super().__init__(lane="summary", lanes=Summarising.lanes)

    async def answered(self, *, connected_s: float = 0) -> None:
        await self.tell(
            contact_started(),
            audio_stream_opened(clock_zero_at=at(0)),
            agent_connected(connected_at=at(connected_s)),
        )

    async def say(self, script: str, *, after: int = 0) -> None:
        for turn in turns_of(script):
            track: Track = "from_customer" if turn.speaker == "customer" else "to_customer"
            number = int(turn.utterance_id[2:]) + after
            await self.tell(
                utterance_finalized(
                    turn.text,
                    utterance_id=UtteranceId(f"u-{number}"),
                    track=track,
                    started_ms=number * TURN_MS,
                )
            )

    async def hang_up(self) -> None:
        await self.tell(contact_ended(), transcript_completed())

    def service(self, models: TextModels | None = None, **given: Any) -> Summarising:
        return Summarising(self.journal, models=models, now=lambda: NOON, **given)

    async def summed_up(self, models: TextModels | None = None, **given: Any) -> None:
        """Let the service do what is to be done, until it has done with the contact."""
        async with asyncio.timeout(10):
            await self.service(models, **given).care(CONTACT, await self.inbox())

    async def summary(self) -> SummaryWritten:
        """Return the one summary there is."""
        (fact,) = await self.facts()
        assert isinstance(fact.event, SummaryWritten), fact.event
        return fact.event

    async def failure(self) -> SummaryFailed:
        (fact,) = await self.facts()
        assert isinstance(fact.event, SummaryFailed), fact.event
        return fact.event


def sentences_of(event: SummaryWritten) -> list[str]:
    """Return the sentences as they are read."""
    return [event.texts[part.name].reveal() for part in event.parts if part.in_text]


class Models:
    """Models that write what they are told to."""

    def __init__(self, write: Callable[[TextRequest], Awaitable[str]]) -> None:
        self.asked: list[TextRequest] = []
        self._write = write

    def serves(self, tenant: TenantName, task: Task) -> bool:
        return task == "summary"

    async def write(self, request: TextRequest) -> Text:
        self.asked.append(request)
        text = await self._write(request)
        return Text(text=text, model="big-1", endpoint="pool-a", took_ms=5)


def writing(*sentences: dict[str, Any], resolution: str = "resolved") -> Models:
    async def write(_: TextRequest) -> str:
        return msgspec.json.encode({"sentences": sentences, "resolution": resolution}).decode()

    return Models(write)


def answering(text: str) -> Models:
    async def write(_: TextRequest) -> str:
        return text

    return Models(write)


def failing() -> Models:
    async def write(_: TextRequest) -> str:
        raise ModelFailed("unavailable", task="summary")

    return Models(write)


def hanging() -> Models:
    async def write(_: TextRequest) -> str:
        await asyncio.Event().wait()
        return ""

    return Models(write)


def sentence(field: str, text: str, *ids: str, **given: Any) -> dict[str, Any]:
    return {"field": field, "text": text, "utterance_ids": ids, "owner": None, "due": None} | given
