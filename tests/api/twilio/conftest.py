"""Processes for the many streams that each say little: every call is a contact of its own."""

from collections.abc import AsyncGenerator, Mapping, Sequence

import pytest_asyncio
from antiphon.events.base import TenantName

from ...projections.world import TENANT
from ..ingest.world import Shared
from ..ingest.world import cell as make_cell
from .vendor import ACCOUNT, TOKEN


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def shared() -> AsyncGenerator[Shared]:
    async with make_cell() as made, made.serving() as url:
        yield Shared(made, url)


class OneAccount:
    """The tenant's account, of which a second token is to follow the first."""

    def accounts_of(self, tenant: TenantName, /) -> Mapping[str, Sequence[str]]:
        return {ACCOUNT: ["f" * 32, TOKEN]} if tenant == TENANT else {}


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def signed() -> AsyncGenerator[Shared]:
    """A process whose tenant has told its account."""
    async with make_cell(twilio_accounts=OneAccount()) as made, made.serving() as url:
        yield Shared(made, url)
