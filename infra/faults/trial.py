"""Lets one fault strike while the workload runs, waits until all is done, and judges."""

import asyncio
import time
import uuid
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from ...events.base import TenantName
from ...events.subjects import audio_stream, configuration_stream, facts_stream
from ...projections.catalogue import PROJECTIONS, keyed
from ...projections.rebuilding import rebuild
from ..embedded.nats import NatsServer
from ..embedded.postgres import PostgresServer
from ..jetstream.client import Connection
from ..jetstream.connection import connected
from ..jetstream.requests import Requests
from ..parts import Parts, connect
from ..tenancy import add_tenant
from .catalogue import FAULTS, Fault
from .finishing import has_settled, is_finished
from .judging import problems_of
from .roles import FOLLOWING, Role, play
from .scene import Scene
from .strangers import stranger_problems
from .wires import Doubling, Losing, Slow, wire
from .worker import Job
from .workers import Nursery, Workers, nursery
from .workload import CONTACTS, ERASED, HALF, contacts, publish

DONE_S_MAX = 60.0  # after the fault, for everything to be caught up; a takeover takes five
LOOK_EVERY_S = 0.15  # a look asks the broker and the database, which others need
TRICKLE_EVERY_S = 0.5  # between contacts: a process that joins gets its share in three


class Verdict(Struct, frozen=True, kw_only=True):
    """What became of one fault."""

    fault: Fault
    struck: bool  # it really happened
    problems: tuple[str, ...]  # that must not be
    seconds: float

    @property
    def held(self) -> bool:
        """Whether everything is as it must be."""
        return self.struck and not self.problems


class Servers(Struct, frozen=True, kw_only=True):
    """A broker and a database of our own, and this process's connections to them."""

    nats: NatsServer
    postgres: PostgresServer
    directory: Path
    parts: Parts
    nc: Connection  # for requests of the broker itself
    nursery: Nursery


@asynccontextmanager
async def servers(directory: Path) -> AsyncGenerator[Servers]:
    """Start a broker and a database that nobody else uses."""
    async with (
        NatsServer(directory) as nats,
        PostgresServer(directory) as postgres,
        connect(nats_url=nats.url, postgres_url=postgres.url, data_dir=directory) as parts,
        connected(nats.url, name="faults") as nc,
        nursery() as workers,
    ):
        yield Servers(
            nats=nats,
            postgres=postgres,
            directory=directory,
            parts=parts,
            nc=nc,
            nursery=workers,
        )


async def try_fault(fault: Fault, on: Servers) -> Verdict:
    """Let the workload of a new tenant meet a fault, and return what became of it."""
    began = time.monotonic()
    tenant = TenantName(f"f{FAULTS.index(fault)}-{uuid.uuid4().hex[:8]}")
    await add_tenant(tenant, on.parts)
    before = Scene(parts=on.parts, tenant=tenant, home=on.directory)
    first = tuple(one.contact_id for one in contacts(tenant)[:ERASED])
    after = replace(
        before, erased=first if fault.role == "erase" else (), rotated=fault.role == "rotate"
    )
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(_going_on(before, besides=fault.role))
        await _prepare(fault.role, before)
        workers, strikes = await _set_up(fault, tenant, on, stack)
        with suppress(TimeoutError):  # the verdict says what is missing
            async with asyncio.timeout(DONE_S_MAX), asyncio.TaskGroup() as tasks:
                if fault.role != "publish":
                    tasks.create_task(_publish_around(strikes, on, tenant))
                while not (strikes() and await is_finished(after, fault.role, workers)):
                    await workers.look_after()
                    await asyncio.sleep(LOOK_EVERY_S)
        await workers.stop()
    problems = [*await stranger_problems(on.nc, tenant), *await problems_of(after)]
    await _remove_streams(tenant, on)
    return Verdict(
        fault=fault, struck=strikes(), problems=tuple(problems), seconds=time.monotonic() - began
    )


@asynccontextmanager
async def _going_on(scene: Scene, *, besides: Role) -> AsyncGenerator[None]:
    """Play what follows the log in this process, undisturbed, while the block runs."""
    async with asyncio.TaskGroup() as tasks:
        playing = [
            tasks.create_task(
                play(
                    role,
                    tenant=scene.tenant,
                    owner=str(uuid.uuid4()),
                    parts=scene.parts,
                    home=scene.home,
                )
            )
            for role in FOLLOWING
            if role != besides
        ]
        try:
            yield
        finally:
            for one in playing:
                one.cancel()


async def _remove_streams(tenant: TenantName, on: Servers) -> None:
    """Give back the room that a tenant's streams reserve on the disk."""
    for name in (facts_stream, configuration_stream, audio_stream):
        stream = name(tenant)
        await Requests(on.nc).ask(f"STREAM.DELETE.{stream}", {}, stream=stream)


async def _prepare(role: Role, scene: Scene) -> None:
    """Bring about what a role needs to find."""
    journal, tenant = scene.parts.journal, scene.tenant
    if role == "rotate":
        await publish(journal, tenant, share=slice(HALF))  # keys to wrap anew
    if role == "erase":
        await publish(journal, tenant)
        async with asyncio.timeout(DONE_S_MAX):
            while not await has_settled(scene):  # noqa: ASYNC110 (it asks servers)
                await asyncio.sleep(LOOK_EVERY_S)
        for projection in PROJECTIONS:  # so that there is a generation which rests, words and all
            await rebuild(
                keyed(projection, scene.parts.index_key),
                tenant=tenant,
                history=journal,
                pool=await scene.parts.databases.pool(tenant),
            )


async def _set_up(
    fault: Fault, tenant: TenantName, on: Servers, stack: AsyncExitStack
) -> tuple[Workers, Callable[[], bool]]:
    """Start the workers; return them, and what tells whether the fault has struck."""
    job = Job(
        role=fault.role,
        tenant=tenant,
        nats_url=on.nats.url,
        postgres_url=on.postgres.url,
        directory=on.directory,
        owner=str(uuid.uuid4()),
        strikes_at=fault.point,
        nth=fault.nth,
    )
    workers = Workers(on.nursery, log_file=on.directory / f"{tenant}.log")
    stack.push_async_callback(workers.stop)
    strikes: Callable[[], bool] = lambda: workers.killed > 0  # noqa: E731 (one of several)
    match fault.trouble:
        case "acks_lost":
            losing = Losing(marker=b'{"stream":"EV_', after=40, lost_s=0.3, times=3)
            url = await stack.enter_async_context(wire(on.nats.url, from_server=losing))
            job, strikes = replace(job, nats_url=url), lambda: losing.lost > 0
        case "delivered_twice":
            doubling = Doubling(every=7, times=12)
            url = await stack.enter_async_context(wire(on.nats.url, from_server=doubling))
            job, strikes = replace(job, nats_url=url), lambda: doubling.doubled > 0
        case "database_slow":
            slow = Slow(delay_s=0.02)
            url = await stack.enter_async_context(wire(on.postgres.url, from_server=slow))
            job, strikes = replace(job, postgres_url=url), lambda: slow.pieces > 0
        case "two_at_once":
            await workers.start(replace(job, owner=str(uuid.uuid4()), strikes_at=None))
            strikes = (lambda: workers.killed > 0) if fault.point else (lambda: True)
        case "broker_killed":
            broker = on.nats.pid
            job, strikes = replace(job, victim=broker), lambda: on.nats.pid not in {broker, None}
        case "killed":
            pass
    await workers.start(job)
    return workers, strikes


async def _publish_around(strikes: Callable[[], bool], on: Servers, tenant: TenantName) -> None:
    """Publish half of the facts, then contact by contact until the fault strikes, then all."""
    await publish(on.parts.journal, tenant, share=slice(HALF))
    begun = HALF
    while not strikes() and begun < CONTACTS:
        await asyncio.sleep(TRICKLE_EVERY_S)
        await publish(on.parts.journal, tenant, share=slice(begun, begun + 1))
        begun += 1
    await publish(on.parts.journal, tenant, share=slice(HALF, None))
