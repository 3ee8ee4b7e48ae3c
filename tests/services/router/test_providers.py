"""Providers against servers that keep to their protocol, and against servers that do not."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from math import isclose
from typing import Any

import pytest
from antiphon.infra.simulator.models.misbehaviour import Misbehaviour
from antiphon.infra.simulator.models.server import ModelServer
from antiphon.services.models import TextRequest
from antiphon.services.router.openai_provider import OpenAiProvider
from antiphon.services.router.predictors import KServeProvider, TorchServeProvider
from antiphon.services.router.provider import Failure, Provider, Written
from antiphon.services.router.settings import EndpointSettings
from antiphon.services.router.settings import Provider as ProviderName

from .endpoints import KEY, SCHEMA, endpoint, request

LABELS = ("angry", "calm", "happy")
HUNG_S = 0.15  # a deadline that a hung server outlasts
BY_NAME: Mapping[ProviderName, Callable[[EndpointSettings], Provider]] = {
    "openai": OpenAiProvider,
    "kserve": KServeProvider,
    "torchserve": TorchServeProvider,
}

# What any server may do, and what is said of it: the reason, who is to blame, and the wait.
MISBEHAVIOURS: dict[str, tuple[Misbehaviour, tuple[str, str, float]]] = {
    "reset": (Misbehaviour(resets=True), ("unavailable", "endpoint", 0.0)),
    "cut": (Misbehaviour(cut=True), ("unavailable", "endpoint", 0.0)),
    "endless": (Misbehaviour(endless=True), ("unavailable", "endpoint", 0.0)),
    "500": (Misbehaviour(status=500), ("unavailable", "endpoint", 0.0)),
    "503": (Misbehaviour(status=503, retry_after="7"), ("unavailable", "endpoint", 7.0)),
    "429": (Misbehaviour(status=429), ("limited", "endpoint", 0.0)),
    "429, wait": (Misbehaviour(status=429, retry_after="2.5"), ("limited", "endpoint", 2.5)),
    "429, a day": (Misbehaviour(status=429, retry_after="86400"), ("limited", "endpoint", 60.0)),
    "429, odd": (Misbehaviour(status=429, retry_after="soon"), ("limited", "endpoint", 0.0)),
    "403": (Misbehaviour(status=403), ("refused", "endpoint", 0.0)),
    "404": (Misbehaviour(status=404), ("refused", "model", 0.0)),
    "400": (Misbehaviour(status=400), ("refused", "request", 0.0)),
    "413": (Misbehaviour(status=413), ("refused", "request", 0.0)),
    "no JSON": (Misbehaviour(body="<html>"), ("malformed", "endpoint", 0.0)),
    "no text": (Misbehaviour(body='"\udcff"'), ("malformed", "endpoint", 0.0)),
    "no end": (Misbehaviour(body='{"choices": ['), ("malformed", "endpoint", 0.0)),
    "bottomless": (Misbehaviour(body="[" * 99_999), ("malformed", "endpoint", 0.0)),
    "of another type": (
        Misbehaviour(content_type="text/html"),
        ("malformed", "endpoint", 0.0),
    ),
}


@asynccontextmanager
async def serving(
    name: ProviderName, *, key: str | None = KEY, refuses: Collection[str] = (), width: int = 8
) -> AsyncGenerator[tuple[ModelServer, Provider]]:
    async with ModelServer(
        keys={KEY}, classifiers={"*": LABELS}, refuses=refuses, dimensions=width
    ) as server:
        provider = BY_NAME[name](endpoint(server.url, provider=name, key=key))
        try:
            yield server, provider
        finally:
            await provider.aclose()


async def asked_of(provider: Provider, name: ProviderName) -> object:
    """Ask a provider for what its protocol is for."""
    if name == "openai":
        return await provider.write(request(), model="llama", temperature=None)
    return await provider.scores("I am calm", model="mood", labels=LABELS)


def outcome_of(answer: object) -> tuple[str, str, float]:
    assert isinstance(answer, Failure), answer
    return answer.reason, answer.blame, answer.wait_s


@pytest.mark.parametrize("name", BY_NAME)
async def test_each_way_to_go_wrong_is_told_apart_and_the_next_answer_is_good(
    name: ProviderName,
) -> None:
    async with serving(name) as (server, provider):
        for what, (bad, wanted) in MISBEHAVIOURS.items():
            server.misbehaves(bad)

            async with asyncio.timeout(5):
                found = outcome_of(await asked_of(provider, name))

            assert found == wanted, what
        assert not isinstance(await asked_of(provider, name), Failure)


@pytest.mark.parametrize("name", BY_NAME)
async def test_a_deadline_holds_however_slow_the_server_and_the_server_is_told(
    name: ProviderName,
) -> None:
    async with serving(name) as (server, provider):
        for bad in (Misbehaviour(hangs=True), Misbehaviour(drip_s=0.05)):
            server.misbehaves(bad)

            with pytest.raises(TimeoutError):
                async with asyncio.timeout(HUNG_S):
                    await asked_of(provider, name)

        assert not isinstance(await asked_of(provider, name), Failure)
        assert server.abandoned == 1


@pytest.mark.parametrize("name", BY_NAME)
async def test_a_server_that_is_not_there_is_unavailable_and_asked_again_when_it_is(
    name: ProviderName,
) -> None:
    async with serving(name) as (server, provider):
        await server.fall()
        down = outcome_of(await asked_of(provider, name)), await provider.is_well()
        await server.rise()

        assert down == (("unavailable", "endpoint", 0.0), False)
        assert await provider.is_well()
        assert not isinstance(await asked_of(provider, name), Failure)


@pytest.mark.parametrize("name", BY_NAME)
async def test_a_wrong_key_is_refused_and_a_server_may_say_that_it_is_unwell(
    name: ProviderName,
) -> None:
    async with serving(name, key="another") as (server, provider):
        refused = outcome_of(await asked_of(provider, name))
        unwell = await provider.is_well()
    async with serving(name) as (server, provider):
        server.is_healthy = False
        down = await provider.is_well()

    assert refused == ("refused", "endpoint", 0.0)
    assert not unwell
    assert not down


async def test_a_text_is_asked_for_as_the_api_takes_it() -> None:
    async with serving("openai") as (server, provider):
        server.script.says("answer-from-passages", "Unplug it.")

        written = await provider.write(request(), model="llama/acme-lora", temperature=0.2)

    [asked] = server.asked
    assert isinstance(written, Written)
    assert written.text == "Unplug it."
    assert written.tokens is not None
    assert written.tokens > 3
    assert asked.model == "llama/acme-lora"
    assert asked.prompt == "answer-from-passages@2"
    assert asked.messages == tuple((one.role, one.text) for one in request().messages)
    assert (asked.tokens_max, asked.body["temperature"]) == (64, 0.2)
    assert "response_format" not in asked.body
    # Whose account a developer's environment names is nobody else's business.
    names = {name for name, _ in asked.headers}
    assert not names & {"openai-organization", "openai-project"}


async def write(provider: Provider, **changed: Any) -> Written | Failure:
    return await provider.write(request(**changed), model="llama", temperature=None)


async def test_json_comes_as_the_schema_that_was_sent() -> None:
    open_schema = {**SCHEMA, "additionalProperties": True}
    async with serving("openai") as (server, provider):
        server.script.says("*", {"answer": "Unplug it."})

        strict = await write(provider, json_schema=SCHEMA)
        loose = await write(provider, json_schema=open_schema)

    sent = [one.body["response_format"]["json_schema"] for one in server.asked]
    assert [one.text for one in (strict, loose) if isinstance(one, Written)] == [
        '{"answer": "Unplug it."}'
    ] * 2
    assert [(one["strict"], one["schema"]) for one in sent] == [
        (True, SCHEMA), (False, open_schema)
    ]  # fmt: skip
    assert sent[0]["name"] == "answer-from-passages-2"


@pytest.mark.parametrize(
    ("refuses", "then"),
    [
        ({"json_schema"}, {"json_object"}),
        ({"json_schema", "json_object"}, {None}),
        ({"response_format"}, {None}),
    ],
    ids=["a schema", "a schema and JSON", "any format"],
)
async def test_a_format_that_the_endpoint_refuses_is_not_sent_again(
    refuses: set[str], then: set[str | None]
) -> None:
    async with serving("openai", refuses=refuses) as (server, provider):
        server.script.says("*", '```json\n{"answer": "Unplug it."}\n```')

        first = await write(provider, json_schema=SCHEMA)
        second = await write(provider, json_schema=SCHEMA)

    kinds = {one.body.get("response_format", {"type": None})["type"] for one in server.asked}
    assert isinstance(first, Written)
    assert isinstance(second, Written)
    assert len(server.asked) == 2  # what was refused was no request to a model
    assert kinds == then


async def test_the_newer_name_of_the_limit_is_learned() -> None:
    async with serving("openai", refuses={"max_tokens"}) as (server, provider):
        answers = [await write(provider), await write(provider)]

    assert all(isinstance(one, Written) for one in answers)
    assert [one.tokens_max for one in server.asked] == [64, 64]
    assert "max_completion_tokens" in server.asked[0].body


@pytest.mark.parametrize(
    ("bad", "changed", "wanted"),
    [
        (Misbehaviour(choices=0), {}, ("malformed", "endpoint")),
        (Misbehaviour(silent=True), {}, ("malformed", "answer")),
        (Misbehaviour(text="  \n"), {}, ("malformed", "answer")),
        (Misbehaviour(text="a\0b"), {}, ("malformed", "answer")),
        (Misbehaviour(finish="tool_calls"), {}, ("malformed", "answer")),
        (Misbehaviour(finish="content_filter"), {}, ("refused", "request")),
        (Misbehaviour(text="I will not."), {"json_schema": SCHEMA}, ("malformed", "answer")),
        (Misbehaviour(text='{"answer": 1}'), {"json_schema": SCHEMA}, ("malformed", "answer")),
        (Misbehaviour(finish="length"), {"json_schema": SCHEMA}, ("malformed", "answer")),
        (Misbehaviour(body='{"choices": [{"message": 7}]}'), {}, ("malformed", "endpoint")),
    ],
    ids=[
        "no choice", "no content", "blank", "nul", "tool calls", "filtered", "not JSON",
        "not of the schema", "cut JSON", "another shape",
    ],
)  # fmt: skip
async def test_an_answer_that_is_not_what_was_asked_for_is_none(
    bad: Misbehaviour, changed: dict[str, Any], wanted: tuple[str, str]
) -> None:
    async with serving("openai") as (server, provider):
        server.misbehaves(bad)

        found = await write(provider, **changed)

    assert outcome_of(found)[:2] == wanted


async def test_a_plain_text_may_end_at_its_limit_but_not_go_beyond_what_tokens_hold() -> None:
    async with serving("openai") as (server, provider):
        server.misbehaves(Misbehaviour(text="word " * 1_000))
        cut = await write(provider)
        body = '{"choices": [{"message": {"content": "' + "x" * 3_000 + '"}}]}'
        server.misbehaves(Misbehaviour(body=body))
        beyond = await write(provider)

    assert isinstance(cut, Written)
    assert len(cut.text) == 64 * 4
    assert outcome_of(beyond)[0] == "malformed"


async def test_nothing_that_is_said_reaches_a_log(caplog: pytest.LogCaptureFixture) -> None:
    async with serving("openai") as (server, provider):
        server.misbehaves(Misbehaviour(status=400, message="Ada Lovelace is not allowed"))
        with caplog.at_level(logging.DEBUG):
            await write(provider)
            await write(provider)

    assert "Ada" not in caplog.text


@pytest.mark.parametrize("name", BY_NAME)
async def test_vectors_come_in_their_order_and_of_length_one(name: ProviderName) -> None:
    async with serving(name, width=8) as (_, provider):
        texts = [f"text number {number}" for number in range(20)]

        vectors = await provider.vectors(texts, model="embed-small")
        [again] = await one_vector(provider, texts[7])

    assert isinstance(vectors, list)
    assert [len(one) for one in vectors] == [8] * 20
    assert vectors[7] == again
    assert all(isclose(sum(value * value for value in one), 1.0) for one in vectors)


async def one_vector(provider: Provider, text: str) -> list[Any]:
    found = await provider.vectors([text], model="embed-small")
    assert isinstance(found, list)
    return list(found)


@pytest.mark.parametrize("bad", [Misbehaviour(drops=1), Misbehaviour(not_numbers=True)])
@pytest.mark.parametrize("name", ["openai", "kserve"])
async def test_vectors_that_are_missing_or_no_numbers_are_none(
    name: ProviderName, bad: Misbehaviour
) -> None:
    async with serving(name) as (server, provider):
        server.misbehaves(bad)

        found = await provider.vectors(["a", "b"], model="embed-small")

    assert outcome_of(found)[0] == "malformed"


@pytest.mark.parametrize(
    ("name", "model"), [("kserve", "mood"), ("kserve", "mood-json"), ("torchserve", "mood")]
)
async def test_scores_come_by_label(name: ProviderName, model: str) -> None:
    async with serving(name) as (_, provider):
        scores = await provider.scores("I am calm", model=model, labels=LABELS)

    assert isinstance(scores, dict)
    assert max(scores, key=lambda label: scores[label]) == "calm"
    assert set(scores) == set(LABELS)


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("kserve", '{"outputs": [{"datatype": "FP32", "shape": [1, 2], "data": [0.5, 0.5]}]}'),
        ("kserve", '{"outputs": [{"datatype": "FP32", "shape": [1, 3], "data": [0.5, 9, 0]}]}'),
        ("kserve", '{"outputs": [{"datatype": "FP32", "shape": [1, 3], "data": ["a", "b", 1]}]}'),
        ("kserve", '{"outputs": [{"datatype": "BYTES", "shape": [1], "data": ["[]"]}]}'),
        ("kserve", '{"outputs": [{"datatype": "BYTES", "shape": [1], "data": ["[1, {}]"]}]}'),
        ("kserve", '{"outputs": []}'),
        ("torchserve", '{"angry": true}'),
        ("torchserve", "[0.1]"),
        ("torchserve", f'{{"angry": {10**400}}}'),
        ("torchserve", "{}"),
        ("torchserve", '"calm"'),
    ],
)
async def test_scores_that_are_none_are_not_taken(name: ProviderName, body: str) -> None:
    async with serving(name) as (server, provider):
        server.misbehaves(Misbehaviour(body=body))

        found = await provider.scores("I am calm", model="mood", labels=LABELS)

    assert outcome_of(found)[0] == "malformed"


@pytest.mark.parametrize("name", ["kserve", "torchserve"])
async def test_who_cannot_write_says_so(name: ProviderName) -> None:
    async with serving(name) as (_, provider):
        asked: TextRequest = request()

        assert outcome_of(await provider.write(asked, model="m", temperature=None)) == (
            "refused", "request", 0.0
        )  # fmt: skip
