"""An API that erases, over a log in memory and real read models; two persons who decide."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
from antiphon.api.app import create_app
from antiphon.commands.eraser import Eraser
from antiphon.commands.erasure_ports import Signer
from antiphon.commands.erasures import Erasures
from antiphon.events.base import TenantName
from antiphon.events.erasure import INDEX_HOLDER
from antiphon.events.sealed import Sealed
from antiphon.infra.archive_key import Ed25519Signer
from antiphon.infra.memory_live import MemoryLive
from antiphon.projections import endpoint_index

from ..builders import contact, contact_started, utterance_finalized
from ..erasing import Word
from ..projections.world import TENANT
from .world import QUICK, Api, OneDatabase, Registered
from .world import api as make_api

NUMBER = "+49 30 90182-0"


class Erasing:
    """An API that can erase, over the world of another."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.word = Word()
        self.now = datetime.now(UTC)

        async def signer(_: TenantName) -> Signer:
            return Ed25519Signer(bytes(32))

        self.eraser = Eraser(
            journal=api.journal,
            erasures=Erasures(api.register, now=lambda: self.now),
            keys=api.world.keys,
            now=lambda: self.now,
            signers=signer,
            holds=self.word,
        )
        app: Any = create_app(
            journal=api.journal,
            register=api.register,
            databases=OneDatabase(api.world.pool),
            tenants=Registered(TENANT),
            live=MemoryLive(),
            loops=(),
            now=lambda: self.now,
            limits=QUICK,
            eraser=self.eraser,
        )
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://localhost"
        )

    async def ask(
        self, *, key: str | None = None, who: str | None = "ann", **body: Any
    ) -> httpx.Response:
        headers = {"Idempotency-Key": key, "Antiphon-Actor": who}
        return await self.http.post(
            "/v1/erasures",
            json={"reason": "asked for it", "identity_proof": "ticket 4711"} | body,
            headers={name: value for name, value in headers.items() if value is not None},
        )

    async def decide(
        self, asked: httpx.Response, what: str, *, who: str = "bob", **body: Any
    ) -> httpx.Response:
        path = f"/v1/erasures/{asked.json()['erasure_id']}/{what}"
        return await self.http.post(path, json=body, headers={"Antiphon-Actor": who})

    async def erase(self, **given: Any) -> httpx.Response:
        asked = await self.ask(**given)
        assert asked.status_code in {200, 201}, asked.text
        return await self.decide(asked, "approve")

    async def show(self) -> None:
        """Let the read models show everything, the index too."""

        async def index_key(tenant: TenantName) -> bytes:
            return (await self.api.world.keys.obtain(tenant, INDEX_HOLDER)).secret

        await self.api.project()
        await self.api.world.project(endpoint_index.MODEL.keyed(index_key))


@asynccontextmanager
async def erasing_over(postgres_url: str) -> AsyncGenerator[Erasing]:
    async with make_api(postgres_url) as api:
        made = Erasing(api)
        async with made.http:
            yield made


async def call_of(erasing: Erasing, contact_id: str, endpoint: str = NUMBER) -> None:
    await erasing.api.tell(
        contact_started(customer_endpoint=Sealed(endpoint)),
        utterance_finalized(),
        contact=contact(contact_id),
    )
