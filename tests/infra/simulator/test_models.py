"""The official client of OpenAI's API knows the server of models, its answers and its errors."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import httpx2
import openai
import pytest
from antiphon.infra.simulator.models.misbehaviour import Misbehaviour
from antiphon.infra.simulator.models.script import UNSCRIPTED, least_of
from antiphon.infra.simulator.models.server import ModelServer
from jsonschema import Draft202012Validator

from ...waiting import until

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "mood": {"enum": ["angry", "calm"]},
        "sure": {"type": "number", "minimum": 1},
        "said": {"type": "array", "minItems": 2, "items": {"type": "string", "minLength": 3}},
        "more": {"anyOf": [{"type": "null"}, {"type": "string"}]},
        "kind": {"const": "x"},
        "open": {"type": ["boolean", "null"]},
    },
    "required": ["mood", "sure", "said", "more", "kind", "open"],
    "additionalProperties": False,
}


@asynccontextmanager
async def client_of(
    server: ModelServer, *, key: str = "secret"
) -> AsyncGenerator[openai.AsyncOpenAI]:
    # Reading the system's certificates takes longer than any of these tests.
    plain = httpx2.AsyncClient(verify=False)
    base = f"{server.url}/v1"
    async with openai.AsyncOpenAI(
        api_key=key, base_url=base, max_retries=0, http_client=plain
    ) as client:
        yield client


async def say(client: openai.AsyncOpenAI, text: str = "hello", **asked: Any) -> Any:
    messages = [{"role": "user", "content": text}]
    told: dict[str, Any] = {"model": "llama", "messages": messages, **asked}
    create: Any = client.chat.completions.create
    return await create(**told)


async def test_the_official_client_reads_texts_vectors_and_the_list_of_models() -> None:
    async with (
        ModelServer(keys={"secret"}, models=("llama", "embed")) as server,
        client_of(server) as client,
    ):
        server.script.says("greeting", lambda asked: f"hello to {asked.messages[0][1]}")

        said = await say(client, "Ada", extra_headers={"X-Prompt": "greeting@7"})
        plain = await say(client)
        vectors = await client.embeddings.create(model="embed", input=["one two", "two one", "x"])
        listed = [one.id async for one in client.models.list()]

    assert said.choices[0].message.content == "hello to Ada"
    assert plain.choices[0].message.content == UNSCRIPTED
    assert said.usage.total_tokens == said.usage.prompt_tokens + said.usage.completion_tokens
    one, same, other = (entry.embedding for entry in vectors.data)
    assert one == same != other
    assert listed == ["llama", "embed"]
    assert server.asked[0].prompt == "greeting@7"


async def test_a_schema_has_its_least_instance_and_a_strict_one_has_to_be_closed() -> None:
    form = {"type": "json_schema", "json_schema": {"name": "m", "schema": SCHEMA, "strict": True}}
    async with ModelServer() as server, client_of(server) as client:
        said = await say(client, response_format=form)
        loose = json.loads(json.dumps(form).replace('"additionalProperties": false', '"x": 1'))

        with pytest.raises(openai.BadRequestError, match="Invalid schema"):
            await say(client, response_format=loose)

    told = json.loads(said.choices[0].message.content)
    Draft202012Validator(SCHEMA).validate(told)  # pyright: ignore[reportUnknownMemberType]
    assert least_of(SCHEMA) == told


async def test_a_text_beyond_the_limit_is_cut_and_says_so() -> None:
    async with ModelServer() as server, client_of(server) as client:
        server.script.says("*", "word " * 100)

        said = await say(client, max_tokens=5)

    assert said.choices[0].finish_reason == "length"
    assert len(said.choices[0].message.content) == 20


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"model": "gpt"}, openai.NotFoundError),
        ({"messages": []}, openai.BadRequestError),
        ({"messages": [{"role": "poet", "content": "x"}]}, openai.BadRequestError),
        ({"messages": [{"role": "user", "content": 7}]}, openai.BadRequestError),
        ({"max_tokens": 0}, openai.BadRequestError),
        ({"max_tokens": 10**6}, openai.BadRequestError),
        ({"response_format": {"type": "xml"}}, openai.BadRequestError),
        ({"stream": True}, openai.BadRequestError),
    ],
)
async def test_what_the_api_refuses_is_refused(
    asked: dict[str, Any], error: type[Exception]
) -> None:
    async with ModelServer(models=("llama",)) as server, client_of(server) as client:
        with pytest.raises(error):
            await say(client, **asked)

    assert not server.asked


async def test_each_misbehaviour_is_seen_by_the_client_once_and_in_order() -> None:
    async with ModelServer(keys={"secret"}) as server, client_of(server) as client:
        server.misbehaves(
            Misbehaviour(status=429, retry_after="2", code="rate_limit_exceeded"),
            Misbehaviour(status=503),
            Misbehaviour(resets=True),
            Misbehaviour(cut=True),
            Misbehaviour(text="4111", finish="length"),
        )

        with pytest.raises(openai.RateLimitError) as limited:
            await say(client)
        with pytest.raises(openai.InternalServerError):
            await say(client)
        for _ in range(2):
            with pytest.raises(openai.APIConnectionError):
                await say(client)
        odd, good = await say(client), await say(client)

    assert limited.value.response.headers["retry-after"] == "2"
    assert limited.value.code == "rate_limit_exceeded"
    assert (odd.choices[0].message.content, odd.choices[0].finish_reason) == ("4111", "length")
    assert good.choices[0].message.content == UNSCRIPTED


async def test_a_wrong_key_and_a_server_that_fell_are_refused() -> None:
    async with ModelServer(keys={"secret"}) as server, client_of(server, key="no") as client:
        with pytest.raises(openai.AuthenticationError):
            await say(client)
        await server.fall()
        with pytest.raises(openai.APIConnectionError):
            await say(client)


async def test_a_client_that_leaves_is_noticed() -> None:
    async with ModelServer() as server, client_of(server) as client:
        server.misbehaves(Misbehaviour(hangs=True))
        asking = asyncio.create_task(say(client))
        await until(lambda: server.busy == 1)

        asking.cancel()

        await until(lambda: server.abandoned == 1)
        assert server.busy == 0


async def test_predictors_answer_as_kserve_and_torchserve_do() -> None:
    async with (
        ModelServer(classifiers={"mood": ("angry", "calm")}) as server,
        httpx.AsyncClient(base_url=server.url, verify=False) as client,
    ):
        one = {"name": "input", "shape": [2], "datatype": "BYTES", "data": ["calm", "angry"]}
        inferred = await client.post("/v2/models/mood/infer", json={"id": "7", "inputs": [one]})
        wrong = await client.post("/v2/models/mood/infer", json={"inputs": [{**one, "shape": [3]}]})
        unknown = await client.post("/v2/models/lost/infer", json={"inputs": [one]})
        predicted = await client.post("/predictions/mood", content=b"so calm")
        missing = await client.post("/predictions/lost", content=b"so calm")
        states = [
            (await client.get(path)).status_code
            for path in ("/ping", "/v2/health/ready", "/v2/models/mood/ready", "/v2/nothing")
        ]
        server.is_healthy = False
        states.append((await client.get("/ping")).status_code)

    [output] = inferred.json()["outputs"]
    assert (output["shape"], inferred.json()["id"]) == ([2, 2], "7")
    assert output["data"][1] > output["data"][0]
    assert (wrong.status_code, unknown.status_code, missing.status_code) == (400, 404, 404)
    assert "error" in unknown.json()
    assert missing.json()["type"] == "ModelNotFoundException"
    assert predicted.json()["calm"] == 0.9
    assert states == [200, 200, 200, 404, 503]


async def test_another_process_scripts_it_over_http() -> None:
    async with (
        ModelServer() as server,
        client_of(server) as client,
        httpx.AsyncClient(base_url=f"{server.url}/control", verify=False) as control,
    ):
        await control.post("/answers", json={"prompt": "*", "answer": {"a": 1}})
        scripted = await say(client)
        await control.post("/misbehaviour", json={"next": [{"status": 500}]})
        with pytest.raises(openai.InternalServerError):
            await say(client)
        await control.post("/health", json={"healthy": False})
        asked = (await control.get("/asked")).json()
        wrong = await control.post("/misbehaviour", json={"next": [{"explodes": True}]})

    assert scripted.choices[0].message.content == '{"a": 1}'
    assert not server.is_healthy
    assert [one["model"] for one in asked] == ["llama", "llama"]
    assert wrong.status_code == 422
