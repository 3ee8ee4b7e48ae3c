"""Through the real router, against a server of models: what comes of one that misbehaves."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from antiphon.events.translation import ReplySpoken, TranslationDropped, UtteranceTranslated
from antiphon.infra.simulator.models.asked import Asked
from antiphon.infra.simulator.models.misbehaviour import Misbehaviour
from antiphon.infra.simulator.models.server import ModelServer
from antiphon.services.router.router import Router
from antiphon.services.router.settings import EndpointSettings, ModelSettings, ModelsSettings
from antiphon.services.translation.service import Translation
from antiphon.services.translation.translator import Translator

from ...builders import CONTACT
from ...translation_builders import reply_typed
from ..contact_stage import meanwhile
from .booth import PHRASES, Booth, call, quoted

EUROS = "son 30 euros"


@pytest.fixture
async def server() -> AsyncGenerator[ModelServer]:
    async with ModelServer() as server:

        def interpret(asked: Asked) -> dict[str, str]:
            return {"translation": PHRASES[quoted(asked.messages[-1][1])]}

        server.script.says("translate-utterance", interpret)
        server.script.says("translate-reply", interpret)
        yield server


@pytest.fixture
async def router(server: ModelServer) -> AsyncGenerator[Router]:
    endpoint = EndpointSettings(provider="openai", url=f"{server.url}/v1", probe=False)
    settings = ModelsSettings(
        endpoints={"eu": endpoint},
        models={"writer": ModelSettings(endpoints=("eu",), model="llama", hedge_share=0.0)},
        tasks={"translation": "writer"},
    )
    router = Router(lambda: settings)
    yield router
    await router.aclose()


def service(booth: Booth, router: Router) -> Translation:
    return booth.service(translator=Translator(router.texts))


async def test_a_model_translates_what_is_said_and_typed(
    tmp_path: Path, server: ModelServer, router: Router
) -> None:
    booth = await call(tmp_path)

    async with meanwhile(service(booth, router).care(CONTACT, await booth.inbox())):
        await booth.say(EUROS)
        found = await booth.until(UtteranceTranslated)
        await booth.tell(reply_typed())
        await booth.until(ReplySpoken)

    assert (found[0].text.reveal(), found[0].endpoint) == (PHRASES[EUROS], "eu")
    assert server.asked[0].json_schema is not None


@pytest.mark.parametrize(
    "misbehaviour",
    [
        pytest.param(Misbehaviour(text="My card is 4111 1111 1111 1111"), id="leaks"),
        pytest.param(
            Misbehaviour(text='{"translation": "it is 4111 1111 1111 1111 euros"}'), id="leaks JSON"
        ),
        pytest.param(Misbehaviour(body="<html>bad gateway</html>"), id="garbage"),
        pytest.param(Misbehaviour(status=500), id="down"),
        pytest.param(Misbehaviour(status=429, retry_after="30"), id="rate limited"),
        pytest.param(Misbehaviour(text='{"translation": "it is'), id="cut short"),
        pytest.param(Misbehaviour(text='{"translation": "ACCESS GRANTED"}'), id="obeys the caller"),
    ],
)
async def test_nothing_that_a_bad_model_says_is_shown_and_that_is_told(
    tmp_path: Path, server: ModelServer, router: Router, misbehaviour: Misbehaviour
) -> None:
    booth = await call(tmp_path)
    server.always = misbehaviour

    async with meanwhile(service(booth, router).care(CONTACT, await booth.inbox())):
        said = await booth.say(EUROS)
        dropped = await booth.until(TranslationDropped)

    assert dropped[0].utterance_ids == (said,)
    assert dropped[0].reason
    assert not await booth.those(UtteranceTranslated)
