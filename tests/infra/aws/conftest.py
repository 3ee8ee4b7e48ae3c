"""A function as Lambda runs it, and an Antiphon for it to reach."""

from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import pytest
import pytest_asyncio
from antiphon.events.subjects import configuration_stream
from antiphon.infra.aws.functions.connect import deployed

from ...api.world import Api
from ...projections.world import STREAM, TENANT, World
from . import template_reading
from .samples import INSTANCE_ARN, NOW

Deploy = Callable[..., None]


@pytest.fixture
def deploy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Deploy]:
    """Deploy the functions: `deploy(url, NAME=value…)`; None takes a variable away."""

    def to(url: str, **variables: str | None) -> None:
        deployed.forget()
        given = {"ANTIPHON_URL": url, "ANTIPHON_INSTANCE_ARNS": INSTANCE_ARN} | variables
        for name, value in given.items():
            if value is None:
                monkeypatch.delenv(name, raising=False)
            else:
                monkeypatch.setenv(name, value)

    yield to
    deployed.forget()


@pytest.fixture(scope="session")
def template() -> Any:
    return template_reading.read()


class Clock:
    """The clock of the API, set by hand."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


class NoDatabase:
    """In place of a pool: whoever asks it for anything fails. Commands read no read model."""


@asynccontextmanager
async def api_without_database(**given: Any) -> AsyncGenerator[Api]:
    """Yield an API that takes commands and shows nothing."""
    world = World(NoDatabase())
    await world.log.create(STREAM)
    await world.log.create(configuration_stream(TENANT))
    made = Api(world, **given)
    async with made.http:
        yield made


@pytest_asyncio.fixture
async def api(clock: Clock) -> AsyncGenerator[Api]:
    async with api_without_database(now=clock) as made:
        yield made


@pytest_asyncio.fixture
async def url(api: Api, deploy: Deploy) -> AsyncGenerator[str]:
    """A served API, with the functions deployed to reach it."""
    async with api.serving() as made:
        deploy(made)
        yield made
