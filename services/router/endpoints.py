"""The endpoints and models of the settings as they are now, and whether endpoints are well."""

import asyncio
import random
import time
from collections.abc import Callable

import structlog

from .figures import UNDER_WAY, WELL
from .load import Load
from .pool import Endpoint, Pool
from .provider import Provider
from .settings import EndpointSettings, ModelsSettings
from .telling import DEADLINE_S_MAX
from .waiting import WaitingRoom

PROBE_EVERY_S = 10.0
_PROBE_S = 2.0  # one that takes longer to say that it is well is not

log = structlog.get_logger()


class Endpoints:
    """Follows the settings: what did not change goes on as it was. Lives on the loop."""

    def __init__(
        self,
        settings: Callable[[], ModelsSettings],
        *,
        now: Callable[[], float] = time.monotonic,
        probe_every_s: float = PROBE_EVERY_S,
    ) -> None:
        """`settings` is asked at every request: what it returns may change.

        What the endpoints of the start need is loaded here: for `openai`, almost a second.
        """
        self._settings = settings
        self._now = now
        self._probe_every_s = probe_every_s
        self._followed: ModelsSettings | None = None
        self._endpoints: dict[str, Endpoint] = {}
        self._pools: dict[str, Pool] = {}
        self._waiting = WaitingRoom()
        self._leaving: list[tuple[float, Endpoint]] = []  # since when
        self._closing: set[asyncio.Task[None]] = set()
        self._probing: asyncio.Task[None] | None = None
        self._follow(settings())

    @property
    def settings(self) -> ModelsSettings:
        """The settings as they are now; pools are of these."""
        settings = self._settings()
        if settings is not self._followed:
            self._follow(settings)
        return settings

    @property
    def leaving(self) -> int:
        """How many are kept for requests under way, though the settings name them no more."""
        return len(self._leaving)

    def pool(self, model: str) -> Pool:
        """Return a model that the settings named when last asked. The first starts the probing."""
        if self._probing is None:
            self._probing = asyncio.create_task(self._probe_for_ever())
        elif self._probing.done():
            self._probing.result()  # a bug, and it is to be seen
        if self._leaving:
            self._let_go()
        return self._pools[model]

    async def aclose(self) -> None:
        """Stop asking how endpoints are, and let go of all connections."""
        if self._probing is not None:
            self._probing.cancel()
            await asyncio.gather(self._probing, return_exceptions=True)
        await asyncio.gather(*self._closing, return_exceptions=True)
        for endpoint in (*self._endpoints.values(), *(one for _, one in self._leaving)):
            await endpoint.provider.aclose()
        self._endpoints, self._pools, self._leaving, self._followed = {}, {}, [], None

    async def probe(self) -> None:
        """Ask all endpoints once how they are."""
        probed = [one for one in self._endpoints.values() if one.settings.probe]
        async with asyncio.TaskGroup() as group:
            for endpoint in probed:
                group.create_task(_probe(endpoint))
        self._waiting.call()

    def _follow(self, settings: ModelsSettings) -> None:
        before = self._endpoints
        self._endpoints = {
            name: before[name]
            if name in before and before[name].settings == told
            else self._made(name, told)
            for name, told in settings.endpoints.items()
        }
        pools: dict[str, Pool] = {}
        for name, told in settings.models.items():
            endpoints = [self._endpoints[one] for one in told.endpoints]
            known = self._pools.get(name)
            if known is None or not known.is_of(told, endpoints):
                known = Pool(name, told, endpoints, waiting=self._waiting)
            pools[name] = known
        self._pools, self._followed = pools, settings
        kept = {id(one) for one in self._endpoints.values()}
        gone = [one for one in before.values() if id(one) not in kept]
        self._leaving += [(self._now(), one) for one in gone]
        if pools or before:
            log.info("models_followed", models=len(pools), endpoints=len(self._endpoints))

    def _made(self, name: str, settings: EndpointSettings) -> Endpoint:
        WELL.labels(name).set(1)
        UNDER_WAY.labels(name).set(0)
        return Endpoint(
            name=name,
            settings=settings,
            provider=_class_of(settings)(settings),
            load=Load(name, limit=settings.concurrency, now=self._now),
        )

    def _let_go(self) -> None:
        """Close what the settings named no more before the oldest request began."""
        left_by = self._now() - DEADLINE_S_MAX
        old = [endpoint for at, endpoint in self._leaving if at < left_by]
        self._leaving = [(at, endpoint) for at, endpoint in self._leaving if at >= left_by]
        for endpoint in old:
            closing = asyncio.create_task(endpoint.provider.aclose())
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)

    async def _probe_for_ever(self) -> None:
        while True:
            # Not all processes at once.
            await asyncio.sleep(self._probe_every_s * random.uniform(0.8, 1.2))  # noqa: S311
            await self.probe()
            self._let_go()


async def _probe(endpoint: Endpoint) -> None:
    load, was_well = endpoint.load, endpoint.load.is_well
    try:
        async with asyncio.timeout(_PROBE_S):
            well = await endpoint.provider.is_well()
    except TimeoutError:
        well = False
    load.probed(well=well)
    if load.is_well != was_well:
        WELL.labels(endpoint.name).set(int(load.is_well))
        log.warning("model_endpoint_turned", endpoint=endpoint.name, well=load.is_well)


def _class_of(settings: EndpointSettings) -> Callable[[EndpointSettings], Provider]:
    """Return what asks such an endpoint; its library is loaded where there is one."""
    match settings.provider:
        case "openai":
            from .openai_provider import OpenAiProvider as Chosen  # noqa: PLC0415
        case "kserve":
            from .predictors import KServeProvider as Chosen  # noqa: PLC0415
        case "torchserve":
            from .predictors import TorchServeProvider as Chosen  # noqa: PLC0415
    return Chosen
