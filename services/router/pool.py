"""One model at its endpoints: which is asked, when a second one is, and what is tried again.

All that is asked here may be asked twice: a model's answer changes nothing anywhere.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar, cast

from msgspec import Struct

from .allowance import ExtraShare
from .figures import HEDGES_WON, SECOND_REQUESTS, UNDER_WAY
from .load import Load, Times, choose
from .provider import Failure, Provider
from .settings import EndpointSettings, ModelSettings
from .waiting import WaitingRoom

Answer = TypeVar("Answer")

ATTEMPTS_MAX = 3  # one after the other
_BACKOFF_S = 0.05  # doubles; half of it is chance, or many would come back at once
_HEDGE_AFTER_S_MIN = 0.01  # a second request sooner than that helps nobody
_PAUSE_S = 1.0  # where a server says that it is asked too often, and not for how long


class Endpoint(Struct, frozen=True, kw_only=True):
    """A server of models, shared by all the models that it serves."""

    name: str
    settings: EndpointSettings
    provider: Provider
    load: Load


class Asking(Struct, Generic[Answer], frozen=True, kw_only=True):
    """One request, whatever it is."""

    call: Callable[[Provider], Awaitable[Answer | Failure]]
    until: float  # of the loop's clock
    live: bool = True
    sticky: str | None = None  # what has the same goes to the same endpoint, where that is as well


class Answered(Struct, Generic[Answer], frozen=True):
    """What came of it, and whose it is."""

    answer: Answer
    endpoint: str


class Pool:
    """The endpoints of one model. Lives on the loop."""

    def __init__(
        self,
        name: str,
        settings: ModelSettings,
        endpoints: Sequence[Endpoint],
        *,
        waiting: WaitingRoom,
    ) -> None:
        self.name = name
        self.settings = settings
        self._endpoints = {one.name: one for one in endpoints}
        self._waiting = waiting
        self._times = Times()
        self._extra = ExtraShare(settings.hedge_share)

    def is_of(self, settings: ModelSettings, endpoints: Sequence[Endpoint]) -> bool:
        """Tell whether it is what the settings say, at these very endpoints."""
        mine = [id(one) for one in self._endpoints.values()]
        return self.settings == settings and mine == [id(one) for one in endpoints]

    async def ask(self, asking: Asking[Answer]) -> Answered[Answer] | Failure:
        """Return the first good answer, or why there is none; by the deadline in any case."""
        self._extra.earn()
        failure: Failure | None = None
        tried: set[str] = set()
        for attempt in range(ATTEMPTS_MAX):
            if failure is not None:
                if not await self._may_retry(failure, attempt, asking.until, tried=tried):
                    return failure
                SECOND_REQUESTS.labels(self.name, "retry").inc()
            first = await self._placed(asking, without=frozenset(tried))
            if isinstance(first, Failure):
                return failure or first
            outcome = await self._raced(first, asking, tried)
            if not isinstance(outcome, Failure):
                return outcome
            failure = outcome
        assert failure is not None
        return failure

    async def _placed(
        self, asking: Asking[Answer], *, without: frozenset[str]
    ) -> Endpoint | Failure:
        """Return an endpoint whose place is taken, or why there is none."""
        loads = [one.load for one in self._endpoints.values()]
        while True:
            load = choose(loads, live=asking.live, sticky=asking.sticky, without=without)
            if load is not None:
                UNDER_WAY.labels(load.name).set(load.under_way)
                return self._endpoints[load.name]
            others = [one for one in loads if one.name not in without]
            states = {one.state(live=asking.live) for one in others}
            if "full" in states or "free" in states:
                if not await self._waiting.wait(live=asking.live, until=asking.until):
                    return Failure(reason="busy")
                continue
            paused_s = min((one.paused_s() for one in others if one.paused_s()), default=None)
            if paused_s is None:
                return Failure(reason="unavailable")
            if _left_s(asking.until) <= paused_s:
                return Failure(reason="limited")
            # Chance, or all who wait come back in the same instant.
            await asyncio.sleep(paused_s * random.uniform(1.0, 1.1))  # noqa: S311

    async def _raced(
        self, first: Endpoint, asking: Asking[Answer], tried: set[str]
    ) -> Answered[Answer] | Failure:
        """Ask; where it is slow, ask another one as well, and take who is first."""
        # Whoever finds out whether it is back is not to pay for it if it is not.
        is_trial = first.load.circuit.is_open
        asked = {asyncio.create_task(self._once(first, asking)): first}
        tried.add(first.name)
        try:
            hedge_s = self._hedge_s(asking, is_trial=is_trial)
            if hedge_s is not None:
                await asyncio.wait(asked, timeout=hedge_s)
                if not any(task.done() for task in asked):
                    self._hedge(asked, asking, tried, is_trial=is_trial)
            return await self._first_good(asked, first)
        finally:
            for task in asked:
                task.cancel()
            await asyncio.gather(*asked, return_exceptions=True)

    async def _first_good(
        self,
        asked: "dict[asyncio.Task[Answer | Failure], Endpoint]",
        first: Endpoint,
    ) -> Answered[Answer] | Failure:
        failure: Failure | None = None
        under_way = set(asked)
        while under_way:
            done, under_way = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                outcome = task.result()
                if not isinstance(outcome, Failure):
                    if asked[task] is not first:
                        HEDGES_WON.labels(self.name).inc()
                    return Answered(cast("Answer", outcome), asked[task].name)
                failure = outcome
        assert failure is not None
        return failure

    def _hedge_s(self, asking: Asking[Answer], *, is_trial: bool) -> float | None:
        """Return after what time another endpoint is asked as well; None: it is not."""
        if not asking.live or len(self._endpoints) == 1:
            return None
        if is_trial:
            return max(2 * self._times.usual_s(), _HEDGE_AFTER_S_MIN)
        if not self.settings.hedge_share:
            return None
        told_ms = self.settings.hedge_after_ms
        after_s = self._times.slow_s() if told_ms is None else told_ms / 1_000
        return None if after_s is None else max(after_s, _HEDGE_AFTER_S_MIN)

    def _hedge(
        self,
        asked: "dict[asyncio.Task[Answer | Failure], Endpoint]",
        asking: Asking[Answer],
        tried: set[str],
        *,
        is_trial: bool,
    ) -> None:
        if not is_trial and not self._extra.is_earned:
            return
        loads = [one.load for one in self._endpoints.values()]
        # Only where it is idle enough to take bulk: what is slow may be slow for being busy.
        second = choose(loads, live=False, sticky=None, without=frozenset(tried))
        if second is None:
            return
        if not is_trial:
            self._extra.take()
        SECOND_REQUESTS.labels(self.name, "hedge").inc()
        tried.add(second.name)
        endpoint = self._endpoints[second.name]
        asked[asyncio.create_task(self._once(endpoint, asking))] = endpoint

    async def _once(self, endpoint: Endpoint, asking: Asking[Answer]) -> Answer | Failure:
        """Ask an endpoint whose place is taken, and learn from how it went."""
        loop, load = asyncio.get_running_loop(), endpoint.load
        began = loop.time()
        outcome: Answer | Failure | None = None
        try:
            async with asyncio.timeout_at(asking.until):
                outcome = await asking.call(endpoint.provider)
        except TimeoutError:
            outcome = Failure(reason="late")
        finally:
            if outcome is None:  # whoever asked has gone, or a bug
                load.circuit.left()
            # One that fails fast is not fast. One that was given up on was at least that slow.
            if not isinstance(outcome, Failure) or outcome.reason == "late":
                for times in (self._times, load.times):
                    times.took(loop.time() - began)
            load.end()
            UNDER_WAY.labels(load.name).set(load.under_way)
            self._waiting.call()
        assert outcome is not None
        _learn(load, outcome if isinstance(outcome, Failure) else None)
        return outcome

    async def _may_retry(
        self, failure: Failure, attempt: int, until: float, *, tried: set[str]
    ) -> bool:
        """Tell whether to ask again, once the time for that has come."""
        if failure.blame == "request" or failure.reason == "late":
            return False
        if failure.blame == "answer" and not self._extra.take():
            return False
        wait_s = 0.0
        if set(self._endpoints) <= tried:
            if failure.blame == "model":
                return False  # nobody knows it
            tried.clear()
            if failure.reason != "limited":  # else whoever looks for a place waits as was told
                wait_s = _BACKOFF_S * 2**attempt * random.uniform(0.5, 1.0)  # noqa: S311
        if _left_s(until) <= wait_s:
            return False
        await asyncio.sleep(wait_s)
        return True


def _learn(load: Load, failure: Failure | None) -> None:
    """Note what an endpoint's answer, or the lack of one, says about the endpoint."""
    if failure is None or failure.blame in ("answer", "request"):
        load.circuit.opened()
        load.circuit.heard()
        return
    if failure.reason == "limited" or failure.wait_s:
        load.pause(failure.wait_s or _PAUSE_S)
    if failure.reason == "limited" or failure.blame == "model":
        load.circuit.left()
        return
    load.circuit.failed(failure.retry)


def _left_s(until: float) -> float:
    return until - asyncio.get_running_loop().time()
