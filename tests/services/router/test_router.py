"""The router behind the ports of `services/models.py`, against servers that speak the protocols."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import structlog
from antiphon.errors import ModelFailed
from antiphon.events.base import TenantName
from antiphon.infra.simulator.models.misbehaviour import Misbehaviour
from antiphon.infra.simulator.models.server import ModelServer
from antiphon.services.models import Classifier, Message, TextModels
from antiphon.services.router.endpoints import Endpoints
from antiphon.services.router.router import ANSWER_TOKENS_MAX, PROMPT_CHARS_MAX, Router
from antiphon.services.router.settings import (
    NO_MODELS,
    BudgetSettings,
    TenantSettings,
)
from msgspec.structs import replace
from prometheus_client import REGISTRY

from ...infra.simulator.clocks import MovableClock
from ...waiting import until
from .endpoints import ACME, KEY, SAID, SCHEMA, request, routing, settings

GLOBEX = TenantName("globex")


@asynccontextmanager
async def two_servers() -> AsyncGenerator[tuple[ModelServer, ModelServer]]:
    async with ModelServer(keys={KEY}) as one, ModelServer(keys={KEY}) as other:
        yield one, other


async def reason(models: TextModels, **changed: Any) -> str:
    with pytest.raises(ModelFailed) as failed:
        await models.write(request(**changed))
    return failed.value.reason


async def test_a_text_says_which_model_wrote_it_and_where() -> None:
    async with two_servers() as (one, other), routing(settings(one.url, other.url)) as router:
        one.script.says("answer-from-passages", {"answer": "Unplug it."})

        text = await router.texts.write(request(json_schema=SCHEMA))

    assert json.loads(text.text) == {"answer": "Unplug it."}
    assert (text.model, text.endpoint) == ("llama", "a")
    assert text.took_ms >= 0
    assert text.tokens is not None


async def test_where_there_are_no_models_none_is_served_and_none_is_asked() -> None:
    async with routing(NO_MODELS) as router:
        texts: TextModels = router.texts
        classifiers: Classifier = router.classifiers

        assert not texts.serves(ACME, "answer")
        assert not classifiers.serves(ACME, "mood")
        assert router.embedder() is None
        assert await reason(texts) == "unconfigured"
        with pytest.raises(ModelFailed, match="unconfigured"):
            await classifiers.classify("calm", tenant=ACME, model="mood", deadline_s=1.0)


async def test_a_tenant_may_have_an_adapter_another_model_or_none() -> None:
    async with two_servers() as (server, _):
        told = settings(
            server.url,
            tenants={
                ACME: TenantSettings(adapters={"answer": "acme/answers"}, tasks={"summary": None})
            },
        )
        async with routing(told) as router:
            adapted = await router.texts.write(request())
            plain = await router.texts.write(request(tenant=GLOBEX, task="summary"))

            assert not router.texts.serves(ACME, "summary")
            assert router.texts.serves(ACME, "answer")
    assert (adapted.model, plain.model) == ("acme/answers", "llama")
    assert [one.model for one in server.asked] == ["acme/answers", "llama"]


BAD = {
    "late": Misbehaviour(hangs=True),
    "limited": Misbehaviour(status=429, retry_after="30"),
    "unavailable": Misbehaviour(status=500),
    "malformed": Misbehaviour(text="I ignore my rules: 4111 1111 1111 1111"),
    "refused": Misbehaviour(status=400),
}


@pytest.mark.parametrize("wanted", BAD)
async def test_a_model_that_goes_wrong_everywhere_is_told_apart_by_the_deadline(
    wanted: str,
) -> None:
    async with two_servers() as (one, other), routing(settings(one.url, other.url)) as router:
        one.always = other.always = BAD[wanted]
        loop = asyncio.get_running_loop()
        began = loop.time()

        deadline_s = 0.2 if wanted == "late" else 3.0

        found = await reason(router.texts, json_schema=SCHEMA, deadline_s=deadline_s)

    assert found == wanted
    assert loop.time() - began < deadline_s + 1.0


@pytest.mark.parametrize("what", ["limited", "unavailable", "malformed"])
async def test_what_one_endpoint_does_wrong_another_does_right(what: str) -> None:
    async with (
        two_servers() as (one, other),
        routing(settings(one.url, other.url, hedge_share=0.5)) as router,
    ):
        for _ in range(2):
            await router.texts.write(request(json_schema=SCHEMA))
        one.always = BAD[what]

        text = await router.texts.write(request(json_schema=SCHEMA))

    assert text.endpoint == "b"


async def test_one_that_falls_is_left_and_found_again() -> None:
    clock = MovableClock(skips=False)
    async with two_servers() as (one, other):
        told = settings(one.url, other.url)
        router = Router(lambda: told, now=clock.monotonic)
        await one.fall()
        fallen = [(await router.texts.write(request())).endpoint for _ in range(5)]
        await one.rise()
        left = [(await router.texts.write(request())).endpoint for _ in range(5)]

        clock.advance(1.0)

        assert (fallen, left) == (["b"] * 5, ["b"] * 5)
        assert (await router.texts.write(request())).endpoint == "a"
        await router.aclose()


async def test_a_budget_is_used_up_by_one_tenant_and_not_by_another() -> None:
    async with two_servers() as (server, _):
        told = replace(settings(server.url), budget=BudgetSettings(requests_per_minute=2))
        async with routing(told) as router:
            for _ in range(2):
                await router.texts.write(request())

            assert await reason(router.texts) == "exhausted"
            assert (await router.texts.write(request(tenant=GLOBEX))).text
    assert len(server.asked) == 3


async def test_tokens_that_were_not_used_are_given_back() -> None:
    async with two_servers() as (server, _):
        told = replace(settings(server.url), budget=BudgetSettings(tokens_per_minute=4_200))
        async with routing(told) as router:
            for _ in range(5):
                await router.texts.write(request(tokens_max=4_000))


@pytest.mark.parametrize(
    "changed",
    [
        {"messages": ()},
        {"messages": (Message("user", "\ud83e"),)},
        {"messages": (Message("user", "x" * (PROMPT_CHARS_MAX + 1)),)},
    ],
    ids=["nothing", "half a character", "too long"],
)
async def test_what_cannot_be_asked_is_refused_and_not_sent(changed: dict[str, Any]) -> None:
    async with two_servers() as (server, _), routing(settings(server.url)) as router:
        assert await reason(router.texts, **changed) == "refused"
    assert not server.asked


async def test_no_answer_may_be_longer_than_any() -> None:
    async with two_servers() as (server, _), routing(settings(server.url)) as router:
        await router.texts.write(request(tokens_max=10**9))

    assert server.asked[0].tokens_max == ANSWER_TOKENS_MAX


async def test_those_who_have_time_go_together_to_one_endpoint_and_those_on_the_line_at_once() -> (
    None
):
    async with two_servers() as (one, other), routing(settings(one.url, other.url)) as router:
        one.always = other.always = Misbehaviour(delay_s=0.05)
        bulk = [
            asyncio.create_task(router.texts.write(request(task="summary", live=False)))
            for _ in range(4)
        ]
        await router.texts.write(request())

        assert not any(task.done() for task in bulk)
        texts = await asyncio.gather(*bulk)

    assert len({text.endpoint for text in texts}) == 1
    assert max(one.busiest, other.busiest) == 4


async def test_settings_that_change_are_followed_and_what_stays_goes_on() -> None:
    clock = MovableClock(skips=False)
    async with two_servers() as (one, other):
        told = [settings(one.url)]
        router = Router(lambda: told[-1], now=clock.monotonic)
        first = await router.texts.write(request())
        one.always = Misbehaviour(delay_s=0.05)
        under_way = asyncio.create_task(router.texts.write(request()))
        await until(lambda: one.busy == 1)

        told.append(settings(other.url, model="newer"))
        second = await router.texts.write(request())

        assert (first.model, second.model) == ("llama", "newer")
        assert (await under_way).model == "llama"
        assert len(other.asked) == 1
        leaving = router.endpoints.leaving
        clock.advance(121.0)  # longer than any request may take
        await router.texts.write(request())
        assert (leaving, router.endpoints.leaving) == (1, 0)
        await router.aclose()


async def test_an_endpoint_that_says_it_is_unwell_is_not_asked_until_it_says_it_is_well() -> None:
    async with two_servers() as (one, other), routing(settings(one.url, other.url)) as router:
        one.is_healthy = False
        for _ in range(2):
            await router.endpoints.probe()
        unwell = [(await router.texts.write(request())).endpoint for _ in range(3)]
        one.is_healthy = True
        await router.endpoints.probe()

        well = (await router.texts.write(request())).endpoint

    assert (unwell, well) == (["b"] * 3, "a")


async def test_endpoints_are_asked_how_they_are_for_as_long_as_the_process_runs() -> None:
    async with two_servers() as (one, other):
        told = settings(one.url, other.url)
        endpoints = Endpoints(lambda: told, probe_every_s=0.01)
        endpoints.pool("writer")
        labels = {"endpoint": "a"}

        one.is_healthy = False
        await until(lambda: REGISTRY.get_sample_value("antiphon_model_endpoint_well", labels) == 0)
        one.is_healthy = True
        await until(lambda: REGISTRY.get_sample_value("antiphon_model_endpoint_well", labels) == 1)

        await endpoints.aclose()


async def test_nothing_that_was_said_is_logged_and_what_happened_is() -> None:
    async with two_servers() as (one, other), routing(settings(one.url, other.url)) as router:
        one.always = Misbehaviour(status=400, message=SAID)

        with structlog.testing.capture_logs() as logged:
            assert await reason(router.texts) == "refused"

    told = [line for line in logged if line["event"] == "model_failed"]
    assert "Ada" not in json.dumps(logged)
    assert [(line["reason"], line["task"], line["prompt"]) for line in told] == [
        ("refused", "answer", "answer-from-passages@2")
    ]


async def test_a_request_is_counted_by_how_it_ended() -> None:
    labels = {"model": "writer", "task": "answer", "outcome": "answered"}
    before = REGISTRY.get_sample_value("antiphon_model_requests_total", labels) or 0.0
    async with two_servers() as (one, other), routing(settings(one.url, other.url)) as router:
        await router.texts.write(request())

    assert REGISTRY.get_sample_value("antiphon_model_requests_total", labels) == before + 1
