"""What the router adds to a request to a model, and what a vector costs.

One server, in a process of its own, that answers at once. The bare client of the `openai` package
asks it, then the router does, in turns; no requests overlap. The embedder is the local one.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx2
import openai
import uvloop

from ...events.base import TenantName
from ...services.models import Message, TextRequest
from ...services.router.minilm import MiniLm
from ...services.router.router import Router
from ...services.router.settings import EndpointSettings, ModelSettings, ModelsSettings
from .rows import Row, quantile

_REQUESTS = 300
_WARM = 20
_QUERIES = 100
_BULK = 32
_ADDED_MS_MAX = 1.0  # unnoticed beside a model's hundreds of milliseconds
_QUERY_MS_MAX = 15.0  # a tenth of what an answer from articles may take
_SYSTEM, _ASKED = "You answer callers of a telephone company.", "why is my bill higher this month"
_ARTICLE = "Restart the router: unplug it, wait for half a minute, and plug it in again. " * 3


def run() -> list[Row]:
    """Return milliseconds of the bare client, of the router, and of vectors."""
    return uvloop.run(_measure())


async def _measure() -> list[Row]:
    async with _server() as url:
        bare, routed = await _asked(url)
    queries, bulk = await _embedded()
    added_ms = quantile(routed, 0.5) - quantile(bare, 0.5)
    query_ms = quantile(queries, 0.95)
    return [
        Row(what="openai package alone, p50", value=quantile(bare, 0.5), unit="ms"),
        Row(
            what="router, p50",
            value=quantile(routed, 0.5),
            unit="ms",
            aim=f"at most {_ADDED_MS_MAX:.0f} ms more",
            met=added_ms <= _ADDED_MS_MAX,
        ),
        Row(what="openai package alone, p99", value=quantile(bare, 0.99), unit="ms"),
        Row(what="router, p99", value=quantile(routed, 0.99), unit="ms"),
        Row(what="a question's vector, p50", value=quantile(queries, 0.5), unit="ms"),
        Row(
            what="a question's vector, p95",
            value=query_ms,
            unit="ms",
            aim=f"under {_QUERY_MS_MAX:.0f} ms",
            met=query_ms < _QUERY_MS_MAX,
        ),
        Row(what=f"vectors of {_BULK} passages, p50", value=quantile(bulk, 0.5), unit="ms"),
    ]


async def _asked(url: str) -> tuple[list[float], list[float]]:
    settings = ModelsSettings(
        endpoints={"one": EndpointSettings(provider="openai", url=f"{url}/v1", probe=False)},
        models={"writer": ModelSettings(endpoints=("one",), model="llama")},
        tasks={"answer": "writer"},
    )
    request = TextRequest(
        tenant=TenantName("acme"),
        task="answer",
        prompt="answer@1",
        messages=(Message("system", _SYSTEM), Message("user", _ASKED)),
        tokens_max=64,
        deadline_s=10.0,
    )
    router = Router(lambda: settings)
    async with openai.AsyncOpenAI(
        api_key="none",
        base_url=f"{url}/v1",
        max_retries=0,
        http_client=httpx2.AsyncClient(timeout=10.0),
    ) as client:

        async def bare() -> object:
            return await client.chat.completions.create(
                model="llama",
                messages=[
                    {"role": "system", "content": _SYSTEM},
                    {"role": "user", "content": _ASKED},
                ],
                max_tokens=64,
            )

        async def routed() -> object:
            return await router.texts.write(request)

        taken: tuple[list[float], list[float]] = ([], [])
        for number in range(_WARM + _REQUESTS):
            for ask, times in zip((bare, routed), taken, strict=True):
                took_ms = await _ms_of(ask)
                if number >= _WARM:
                    times.append(took_ms)
        await router.aclose()
    return taken


async def _embedded() -> tuple[list[float], list[float]]:
    embedder = MiniLm()
    passages = [f"{_ARTICLE} {number}" for number in range(_BULK)]
    try:
        await embedder.embed([_ASKED], deadline_s=60.0)  # loads it
        queries = [
            await _ms_of(lambda n=n: embedder.embed([f"{_ASKED} {n}"], deadline_s=60.0))
            for n in range(_QUERIES)
        ]
        bulk = [await _ms_of(lambda: embedder.embed(passages, deadline_s=60.0)) for _ in range(5)]
    finally:
        embedder.close()
    return queries, bulk


async def _ms_of(do: Callable[[], Awaitable[object]]) -> float:
    began = time.perf_counter()
    await do()
    return (time.perf_counter() - began) * 1_000


@asynccontextmanager
async def _server() -> AsyncGenerator[str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "antiphon.infra.simulator.models", stdout=subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        yield json.loads(await process.stdout.readline())["url"]
    finally:
        process.terminate()
        await process.wait()
