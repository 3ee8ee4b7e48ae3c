"""A function as Lambda runs it, and an Antiphon for it to reach."""

from collections.abc import AsyncGenerator, Callable, Iterator
from datetime import datetime

import pytest
import pytest_asyncio
from antiphon.infra.aws.functions.connect import deployed

from ...api.world import Api
from ...api.world import api as make_api
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


class Clock:
    """The clock of the API, set by hand."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest_asyncio.fixture
async def api(postgres_url: str, clock: Clock) -> AsyncGenerator[Api]:
    async with make_api(postgres_url, now=clock) as made:
        yield made


@pytest_asyncio.fixture
async def url(api: Api, deploy: Deploy) -> AsyncGenerator[str]:
    """A served API, with the functions deployed to reach it."""
    async with api.serving() as made:
        deploy(made)
        yield made
