"""Every recogniser is down and thirty calls wait: how often they ask, how soon they are heard."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from itertools import pairwise

import pytest
from antiphon.errors import RecognizerFailed
from antiphon.events.base import Track
from antiphon.infra.virtual_time import VirtualTimeLoop
from antiphon.services.circuit import Pacing
from antiphon.services.transcription.chain import Chain
from antiphon.services.transcription.limits import Limits
from antiphon.services.transcription.port import Recognition, RecognitionRequest

from ...builders import contact_started
from . import stage as stage_module
from .scripted import Samples, ScriptedRecognizer, speech
from .stage import Stage, new_stage, said

CALLS = 30
FLOWS_S_MAX = 3.0  # from when a recogniser is back; the goal
HANDSHAKE_S = 0.3
ARRIVES_EVERY_S = 0.037  # calls wait at different times, as they came
NEVER_S = 1e9
KNOWN_DOWN_S = CALLS * ARRIVES_EVERY_S + Pacing().open_s
ONE_WORD: dict[Track, Samples] = {"from_customer": speech(1_500, at_500=(1,))}


class Away:
    """Refuses, or never answers, who begins while it is down; then it opens sessions."""

    def __init__(self, name: str, *, back_s: float, hangs: bool) -> None:
        self.name = name
        self.asked_s: list[float] = []
        self._back_s = back_s
        self._hangs = hangs
        self._well = ScriptedRecognizer(name=name)

    @asynccontextmanager
    async def open(self, request: RecognitionRequest) -> AsyncGenerator[Recognition]:
        now = asyncio.get_running_loop().time()
        self.asked_s.append(now)
        if now < self._back_s:
            if self._hangs:
                await asyncio.Event().wait()
            raise RecognizerFailed("refused")
        await _passed(HANDSHAKE_S)
        async with self._well.open(request) as session:
            yield session


async def _passed(seconds: float) -> None:
    """Return so much later, by the loop's clock: what a network and arrivals take."""
    loop = asyncio.get_running_loop()
    passed = loop.create_future()
    loop.call_later(seconds, passed.set_result, None)
    await passed


async def _heard_after_s(stage: Stage, chain: Chain, *, number: int, back_s: float) -> float:
    """Return how long after a recogniser is back a call has its words."""
    loop = asyncio.get_running_loop()
    await _passed(number * ARRIVES_EVERY_S)
    async with stage.caring(chain, limits=Limits()) as care:
        await stage.until(lambda events: bool(said(events)))
        heard_s = loop.time()
        care.cancel()
    return heard_s - back_s


async def _outage(back_s: float, first: Away, second: Away) -> list[float]:
    chain = Chain(lambda _: (first, second), now=asyncio.get_running_loop().time)
    stages = [await new_stage() for _ in range(CALLS)]
    for stage in stages:
        await stage.tell(contact_started())
        await stage.opened()
        await stage.play(ONE_WORD)
    heard = (
        _heard_after_s(stage, chain, number=number, back_s=back_s)
        for number, stage in enumerate(stages)
    )
    return await asyncio.gather(*heard)


@pytest.mark.parametrize(
    ("preferred_s", "other_s", "hangs"),
    [
        pytest.param(18.5, NEVER_S, False, id="both refuse"),
        # A trial is under way that has three seconds, as every sixteenth.
        pytest.param(27.1, NEVER_S, True, id="both hang and one is waited for longer"),
        pytest.param(NEVER_S, 19.7, True, id="the other is back"),
    ],
)
def test_thirty_calls_are_heard_in_three_seconds_and_asked_once_a_second_before(
    monkeypatch: pytest.MonkeyPatch, preferred_s: float, other_s: float, *, hangs: bool
) -> None:
    monkeypatch.setattr(stage_module, "WAIT_S", 600.0)
    both = Away("a/1", back_s=preferred_s, hangs=hangs), Away("b/1", back_s=other_s, hangs=hangs)
    back_s = min(preferred_s, other_s)

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        heard_s = runner.run(_outage(back_s, *both))

    assert len(heard_s) == CALLS
    assert max(heard_s) < FLOWS_S_MAX
    for each in both:
        # Who asked before it was known to be down asked at once.
        asked_s = [one for one in each.asked_s if KNOWN_DOWN_S < one < back_s]
        pauses_s = [after - before for before, after in pairwise(asked_s)]
        assert len(pauses_s) > (back_s - KNOWN_DOWN_S) / 2, "it is asked"
        assert min(pauses_s) > Pacing().urgent_s - 1e-6, "once a second, not once a call"
