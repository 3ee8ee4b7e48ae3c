"""What tests ask models of, and where."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from antiphon.events.base import TenantName
from antiphon.services.models import Message, TextRequest
from antiphon.services.router.router import Router
from antiphon.services.router.settings import (
    EndpointSettings,
    ModelSettings,
    ModelsSettings,
    Provider,
    TenantSettings,
)

ACME = TenantName("acme")
KEY = "secret-of-the-tests"
SAID = "my name is Ada Lovelace and I moved house"  # may stand in no log

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"answer": {"type": "string"}},
    "required": ["answer"],
    "additionalProperties": False,
}


def request(**changed: Any) -> TextRequest:
    """Return a request for an answer, with two seconds to live."""
    told: dict[str, Any] = {
        "tenant": ACME,
        "task": "answer",
        "prompt": "answer-from-passages@2",
        "messages": (Message("system", "You answer."), Message("user", SAID)),
        "tokens_max": 64,
        "deadline_s": 2.0,
    }
    return TextRequest(**{**told, **changed})


def endpoint(
    url: str, *, provider: Provider = "openai", concurrency: int = 8, key: str | None = KEY
) -> EndpointSettings:
    path = "/v1" if provider == "openai" else ""
    return EndpointSettings(provider=provider, url=url + path, concurrency=concurrency, key=key)


def settings(
    *urls: str,
    concurrency: int = 8,
    tenants: Mapping[TenantName, TenantSettings] | None = None,
    **model: Any,
) -> ModelsSettings:
    """Return settings of one model, which answers and summarises, at endpoints `a`, `b`, …."""
    names = tuple("abcdef"[: len(urls)])
    endpoints = {
        name: endpoint(url, concurrency=concurrency) for name, url in zip(names, urls, strict=True)
    }
    told: dict[str, Any] = {"endpoints": names, "model": "llama", **model}
    return ModelsSettings(
        endpoints=endpoints,
        models={"writer": ModelSettings(**told)},
        tasks={"answer": "writer", "summary": "writer"},
        tenants=tenants or {},
    )


@asynccontextmanager
async def routing(told: ModelsSettings) -> AsyncGenerator[Router]:
    router = Router(lambda: told)
    try:
        yield router
    finally:
        await router.aclose()
