"""A cluster of three nats-servers of the tests' own, any of which can be killed."""

import asyncio
import json
import secrets
import socket
from collections.abc import AsyncGenerator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, closing
from pathlib import Path
from signal import SIGTERM
from typing import Any, Self

import httpx
import msgspec
from antiphon.errors import AntiphonError, ServerDown
from antiphon.infra.embedded.nats import program
from antiphon.infra.embedded.process import Child, Launch, StopStep, spawn
from antiphon.infra.jetstream.connection import connected
from antiphon.infra.jetstream.requests import Requests
from nats.aio.client import Client

from .waiting import until

NODES = 3
READY_S_MAX = 30.0  # the nodes elect a leader of theirs first, which takes them some seconds
USER = "antiphon"
STOP = (StopStep(SIGTERM, 10.0),)
FORMED_TIMES = 3  # somebody else may take a port between our choice and the server's bind


class Ports(msgspec.Struct, frozen=True):
    """Where a node listens, on 127.0.0.1."""

    client: int
    route: int
    monitor: int


class Node:
    """One server of the cluster. Its name, ports and directory outlive its process."""

    def __init__(
        self, name: str, home: Path, ports: Ports, *, routes: Sequence[int], secret: str
    ) -> None:
        self.name = name
        self.ports = ports
        self.url = f"nats://{USER}:{secret}@127.0.0.1:{ports.client}"
        self._home = home
        self._routes = routes
        self._secret = secret
        self._child: Child | None = None

    @property
    def alive(self) -> bool:
        return self._child is not None and self._child.alive

    def start(self) -> None:
        """Start the process; the cluster tells when it is of use."""
        self._home.mkdir(mode=0o700, parents=True, exist_ok=True)
        config = self._home / "nats.conf"
        config.write_text(json.dumps(self._configuration()))
        config.chmod(0o600)
        self._child = spawn(
            Launch(
                argv=[str(program()), "--config", str(config)],
                cwd=self._home,
                log_file=self._home / "nats.log",
                stop_steps=STOP,
            )
        )

    async def kill(self) -> None:
        """End it as a crash would."""
        assert self._child is not None
        await self._child.kill()

    async def stop(self) -> None:
        if self._child is not None and self._child.alive:
            await self._child.stop()

    async def clients(self) -> list[str]:
        """Return the names of the clients that listen to anything there."""
        async with httpx.AsyncClient() as http:
            answer = await http.get(f"http://127.0.0.1:{self.ports.monitor}/connz")
        connections = answer.json()["connections"]
        # One without subscriptions is about to come or to go: a look whether the port answers.
        return [one.get("name", "") for one in connections if one["subscriptions"]]

    def last_words(self) -> str:
        return (self._home / "nats.log").read_text(errors="replace")[-2_000:]

    def _configuration(self) -> dict[str, Any]:
        login = {"user": USER, "password": self._secret}
        return {
            "server_name": self.name,
            "listen": f"127.0.0.1:{self.ports.client}",
            "http": f"127.0.0.1:{self.ports.monitor}",
            "authorization": login,
            "cluster": {
                "name": "tests",
                "listen": f"127.0.0.1:{self.ports.route}",
                "authorization": login,  # no server of anybody else's joins
                "routes": [
                    f"nats-route://{USER}:{self._secret}@127.0.0.1:{p}" for p in self._routes
                ],
            },
            # Three copies are what keeps an append, so the disk is forced as rarely as by default.
            "jetstream": {"store_dir": str(self._home)},
        }


class Cluster:
    """Three nodes that keep three copies of a stream."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self.nodes = nodes

    @classmethod
    def plan(cls, home: Path) -> Self:
        """Choose free ports, names and directories for the nodes."""
        ports, secret = _free_ports(), secrets.token_hex(16)
        routes = [one.route for one in ports]
        return cls(
            [
                Node(f"n{n}", home / f"n{n}", one, routes=routes, secret=secret)
                for n, one in enumerate(ports, start=1)
            ]
        )

    @property
    def url(self) -> str:
        """The addresses of all nodes, as a client of a cluster is given them."""
        return ",".join(node.url for node in self.nodes)

    async def start(self) -> None:
        """Start the nodes that do not run; return when all do and three copies can be made.

        Raises:
            ServerDown: a node ended, or they did not find together in time.
        """
        for node in self.nodes:
            if not node.alive:
                node.start()
        try:
            async with asyncio.timeout(READY_S_MAX):
                await self._whole()
        except TimeoutError as error:
            raise ServerDown("cluster", self.nodes[0].last_words()) from error

    async def stop(self) -> None:
        await asyncio.gather(*(node.stop() for node in self.nodes))

    async def leader_of(self, stream: str) -> Node:
        """Return the node that leads a stream; wait while none does."""
        leader = ""

        async def elected() -> bool:
            nonlocal leader
            leader = await self._leader_of(stream)
            return bool(leader)

        await until(elected, within_s=READY_S_MAX, what=f"a leader of {stream}")
        return next(node for node in self.nodes if node.name == leader)

    async def strangers(self, known: AbstractSet[str]) -> set[str]:
        """Return the names of clients that listen on running nodes and are none of these.

        A crash test's figures are its own only while nobody else reads or writes there.
        """
        found = [await node.clients() for node in self.nodes if node.alive]
        return {name for names in found for name in names} - known - {_OURS}

    async def _whole(self) -> None:
        await self._all_listen()
        async with connected(self.url, name=_OURS) as nc:
            await until(lambda: _three_copies(nc), within_s=READY_S_MAX, what="three copies")

    async def _all_listen(self) -> None:
        async def listening(node: Node) -> bool:
            if not node.alive:
                raise ServerDown(node.name, node.last_words())
            return await _listens(node.ports.client)

        for node in self.nodes:
            await until(lambda node=node: listening(node), within_s=READY_S_MAX, what=node.name)

    async def _leader_of(self, stream: str) -> str:
        alive = [node for node in self.nodes if node.alive]
        async with connected(",".join(node.url for node in alive), name=_OURS) as nc:
            try:
                answer = await nc.request(f"$JS.API.STREAM.INFO.{stream}", timeout=1)
            except TimeoutError:
                return ""  # nobody leads it, so nobody answers
        told = msgspec.json.decode(answer.data).get("cluster", {}).get("leader", "")
        return told if told in {node.name for node in alive} else ""


_OURS = "cluster"  # the name of the connections made here


@asynccontextmanager
async def running_cluster(home: Path) -> AsyncGenerator[Cluster]:
    """Start three nodes under a directory, and stop them at the end."""
    async with AsyncExitStack() as stack:
        yield await _formed(home, stack)


async def _formed(home: Path, stack: AsyncExitStack) -> Cluster:
    for attempt in range(1, FORMED_TIMES + 1):
        cluster = Cluster.plan(home / f"{attempt}")
        try:
            await cluster.start()
        except ServerDown:
            await cluster.stop()
            if attempt == FORMED_TIMES:
                raise
        else:
            stack.push_async_callback(cluster.stop)
            return cluster
    raise AssertionError("the loop returns or raises")


async def _three_copies(nc: Client) -> bool:
    """Tell whether a stream of three copies can be made: it takes a leader and its followers."""
    requests, name = Requests(nc), "READINESS"
    wanted = {"name": name, "subjects": ["readiness"], "num_replicas": NODES, "storage": "memory"}
    try:
        made = await requests.try_ask(f"STREAM.CREATE.{name}", wanted)
    except AntiphonError:
        return False
    if made.error is not None:
        return False
    await requests.ask(f"STREAM.DELETE.{name}", {}, stream=name)
    return True


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True


def _free_ports() -> list[Ports]:
    """Return ports that nobody had, all different since all were held at once."""
    with ExitStack() as stack:
        held = [stack.enter_context(closing(socket.socket())) for _ in range(3 * NODES)]
        for one in held:
            one.bind(("127.0.0.1", 0))
        ports = [one.getsockname()[1] for one in held]
    return [Ports(*ports[n : n + 3]) for n in range(0, len(ports), 3)]
