"""A call that is measured: what was said when, on a log in memory."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from typing import Any, Final

from antiphon.errors import ModelFailed, ModelFailure
from antiphon.events.base import START, Event, Recorded, Speaker, TenantName, Track, UtteranceId
from antiphon.events.insights import ContactMeasured
from antiphon.events.topics import TopicsPublished
from antiphon.services.insights.heard import Said, Stretch
from antiphon.services.insights.service import Insights
from antiphon.services.models import Embedder, Vector

from ...builders import CONTACT, NOON, utterance_finalized
from ..contact_stage import ContactStage

CUSTOMER: Final[Speaker] = "customer"
AGENT: Final[Speaker] = "agent"
SYSTEM: Final[Speaker] = "system"


def said(
    speaker: Speaker, start_ms: int, end_ms: int, text: str = "", *, number: int | None = None
) -> Said:
    """Return what a speaker says without a breath; three words unless `text` says otherwise."""
    return Said(
        utterance_id=UtteranceId(f"{speaker}-{start_ms if number is None else number}"),
        speaker=speaker,
        text=text or "one two three",
        started_ms=start_ms,
        ended_ms=end_ms,
        stretches=((start_ms, end_ms),),
    )


def spoken(speaker: Speaker, *stretches: Stretch, text: str = "one two three") -> Said:
    """Return one utterance with breaths in it."""
    one = said(speaker, stretches[0][0], stretches[-1][1], text)
    return Said(
        utterance_id=one.utterance_id,
        speaker=speaker,
        text=text,
        started_ms=one.started_ms,
        ended_ms=one.ended_ms,
        stretches=stretches,
    )


def final(track: Track, start_ms: int, text: str) -> Event:
    """Return a final; its words take 300 ms each."""
    return utterance_finalized(
        text, utterance_id=UtteranceId(f"{track}-{start_ms}"), track=track, started_ms=start_ms
    )


def customer(start_ms: int, text: str) -> Event:
    return final("from_customer", start_ms, text)


def agent(start_ms: int, text: str) -> Event:
    return final("to_customer", start_ms, text)


class Call(ContactStage):
    """One contact, and the service that measures it."""

    def __init__(self) -> None:
        super().__init__(lane="insights", lanes=Insights.lanes)

    def service(
        self,
        *,
        embedder: Embedder | None = None,
        topics: Callable[[TenantName], Awaitable[TopicsPublished | None]] | None = None,
    ) -> Insights:
        return Insights(self.journal, now=lambda: NOON, embedder=embedder, topics=topics)

    async def cared_for(self, **given: Any) -> None:
        """Let the service do what is to be done, until it has done with the contact."""
        async with asyncio.timeout(10):
            await self.service(**given).care(CONTACT, await self.inbox())

    async def newest(self, *, count: int) -> Recorded:
        """Wait until the service has stated so many facts; return the last of them."""
        facts = self.journal.follow(
            CONTACT.tenant, lanes=("insights",), contact_id=CONTACT.contact_id, after=START
        )
        async with asyncio.timeout(10), aclosing(facts):
            async for batch in facts:
                count -= len(batch)
                if count <= 0:
                    return batch[count - 1]
        raise AssertionError("a log is followed for ever")

    async def measured(self) -> list[ContactMeasured]:
        """Return every measuring, the oldest first."""
        return [
            fact.event for fact in await self.facts() if isinstance(fact.event, ContactMeasured)
        ]

    async def only(self) -> ContactMeasured:
        """Return the one measuring there is."""
        (one,) = await self.measured()
        return one


class Meaning:
    """An embedder that knows two directions: what is about faults, and everything else."""

    name = "two-ways/1"
    dimensions = 2

    def __init__(self, *, fails: ModelFailure | None = None) -> None:
        self.asked: list[list[str]] = []
        self._fails: ModelFailure | None = fails

    async def embed(self, texts: Sequence[str], *, deadline_s: float) -> Sequence[Vector]:
        self.asked.append(list(texts))
        if self._fails is not None:
            raise ModelFailed(self._fails, task="embedding")
        return [(1.0, 0.0) if "broken" in text else (0.0, 1.0) for text in texts]


def causes_of(facts: Sequence[Recorded]) -> list[int]:
    """Return the positions of what made the service state each fact."""
    return [fact.causation.position for fact in facts if fact.causation is not None]
