"""The same through the real router and a server that speaks the models' protocol."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from antiphon.infra.simulator.models.misbehaviour import Misbehaviour
from antiphon.infra.simulator.models.server import ModelServer
from antiphon.services.router.router import Router
from antiphon.services.summary.extractive import GENERATOR
from antiphon.services.summary.generated import PROMPT

from ..router.endpoints import settings
from .desk import TWICE_CHARGED, Desk, sentence, sentences_of

REASON = sentence("reason", "Customer was charged twice for internet this month.", "u-1")
ANSWER = {"resolution": "resolved", "sentences": [REASON]}


@asynccontextmanager
async def summed_up_by(
    desk: Desk, *ways: Misbehaviour, deadline_s: float = 2.0
) -> AsyncGenerator[ModelServer]:
    async with ModelServer(keys=()) as server:
        server.script.says(PROMPT, ANSWER)
        for way in ways:
            server.always = way
        made = settings(server.url)
        router = Router(lambda: made)
        try:
            await desk.answered()
            await desk.say(TWICE_CHARGED)
            await desk.hang_up()
            await desk.summed_up(router.texts, deadline_s=deadline_s)
            yield server
        finally:
            await router.aclose()


async def test_what_a_server_answers_is_the_summary(desk: Desk) -> None:
    async with summed_up_by(desk) as server:
        asked = server.asked[-1]

    written = await desk.summary()
    assert (written.fell_back, written.prompt) == (None, PROMPT)
    assert written.generator not in ("", GENERATOR)
    assert sentences_of(written) == [REASON["text"]]
    assert asked.prompt == PROMPT
    assert "[u-1] customer:" in asked.messages[-1][1]


@pytest.mark.parametrize(
    "way",
    [
        pytest.param(Misbehaviour(hangs=True), id="hangs"),
        pytest.param(Misbehaviour(status=503), id="down"),
        pytest.param(Misbehaviour(status=429, retry_after="60"), id="rate-limited"),
        pytest.param(Misbehaviour(text="My card is 4111 1111 1111 1111."), id="leaks"),
        pytest.param(Misbehaviour(body="<html>oops</html>"), id="garbage"),
        pytest.param(Misbehaviour(finish="length", text='{"sentences": ['), id="cut short"),
    ],
)
async def test_whatever_it_does_wrong_there_is_a_summary_in_time_and_nothing_leaks(
    desk: Desk, way: Misbehaviour
) -> None:
    async with summed_up_by(desk, way, deadline_s=0.3):
        pass

    written = await desk.summary()
    assert written.generator == GENERATOR
    assert written.fell_back is not None
    assert not any("4111" in text.reveal() for text in written.texts.values())
