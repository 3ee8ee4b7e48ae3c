"""A pool of endpoints that answer as a test tells them to."""

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Any

from antiphon.services.models import TextRequest, Vector
from antiphon.services.router.load import Load
from antiphon.services.router.pool import Answered, Asking, Endpoint, Pool
from antiphon.services.router.provider import Failure, Provider, Written
from antiphon.services.router.settings import EndpointSettings, ModelSettings
from antiphon.services.router.waiting import WaitingRoom

from ...infra.simulator.clocks import MovableClock
from .endpoints import request

WRITTEN = Written(text="yes")
DOWN = Failure(reason="unavailable")
LIMITED = Failure(reason="limited", retry="later", wait_s=0.02)
GARBLED = Failure(reason="malformed", blame="answer")
TOO_LARGE = Failure(reason="refused", blame="request")
UNKNOWN = Failure(reason="refused", blame="model")

Outcome = Written | Failure | asyncio.Event


class Scripted:
    """An endpoint that answers as it is told; an event it waits for, and then answers well."""

    def __init__(self) -> None:
        self.outcomes: deque[Outcome] = deque()
        self.asked = 0
        self.cancelled = 0

    async def write(
        self, request: TextRequest, *, model: str, temperature: float | None
    ) -> Written | Failure:
        self.asked += 1
        outcome = self.outcomes.popleft() if self.outcomes else WRITTEN
        if not isinstance(outcome, asyncio.Event):
            return outcome
        try:
            await outcome.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return WRITTEN

    async def scores(
        self, text: str, *, model: str, labels: Sequence[str]
    ) -> dict[str, float] | Failure:
        raise NotImplementedError

    async def vectors(self, texts: Sequence[str], *, model: str) -> list[Vector] | Failure:
        raise NotImplementedError

    async def is_well(self) -> bool:
        return True

    async def aclose(self) -> None:
        return None


class World:
    """A pool of scripted endpoints `a`, `b`, …, and a clock of their circuits."""

    def __init__(self, *limits: int, **model: Any) -> None:
        self.clock = MovableClock(skips=False)
        self.providers = {name: Scripted() for name, _ in zip("abc", limits, strict=False)}
        settings = EndpointSettings(provider="openai", url="http://x")
        endpoints = [
            Endpoint(
                name=name,
                settings=settings,
                provider=provider,
                load=Load(name, limit=limit, now=self.clock.monotonic),
            )
            for (name, provider), limit in zip(self.providers.items(), limits, strict=True)
        ]
        self.loads = {one.name: one.load for one in endpoints}
        told: dict[str, Any] = {"endpoints": tuple(self.providers), "model": "m", **model}
        self.pool = Pool("writer", ModelSettings(**told), endpoints, waiting=WaitingRoom())

    def __getitem__(self, name: str) -> Scripted:
        return self.providers[name]

    async def ask(self, *, within_s: float = 5.0, live: bool = True) -> Answered[Written] | Failure:
        async def call(provider: Provider) -> Written | Failure:
            return await provider.write(request(), model="m", temperature=None)

        by = asyncio.get_running_loop().time() + within_s
        return await self.pool.ask(Asking(call=call, until=by, live=live))

    async def endpoint(self, **given: Any) -> str:
        answered = await self.ask(**given)
        assert isinstance(answered, Answered), answered
        return answered.endpoint

    async def reason(self, **given: Any) -> str:
        failure = await self.ask(**given)
        assert isinstance(failure, Failure), failure
        return failure.reason

    @property
    def asked(self) -> list[int]:
        return [one.asked for one in self.providers.values()]

    @property
    def idle(self) -> bool:
        return not any(load.under_way for load in self.loads.values())
