"""The system that is soaked: an Antiphon of its own, reading streams in a role that it assumes."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import msgspec
import psutil

from ..bench.system import system
from ..embedded.simulator import SimulatorServer
from ..simulator.pool import ACCOUNT
from .memory import resident_by_name
from .soaking import Watched

ANTIPHON = "antiphon"
ROLE = {"arn": f"arn:aws:iam::{ACCOUNT}:role/antiphon-soak", "external_id": "soak"}
UP = ("antiphon", "up")


@asynccontextmanager
async def subject(
    directory: Path, *, session_s: float, arguments: Sequence[str] = UP
) -> AsyncGenerator[Watched]:
    """Run `python -m ARGUMENTS`, by default every role with servers of its own, until left.

    Credentials of its role last `session_s`.
    """
    roles_file = directory / "roles.json"
    roles_file.write_bytes(msgspec.json.encode([ROLE]))
    async with AsyncExitStack() as stack:
        simulator = await stack.enter_async_context(SimulatorServer(directory, session_s=session_s))
        environ = {
            "ANTIPHON_KVS_ROLES_FILE": str(roles_file),
            "AWS_ENDPOINT_URL_STS": simulator.url,
        }
        api_url, _ = await stack.enter_async_context(
            system(simulator.url, *arguments, environ=environ)
        )
        processes = _processes(arguments)
        yield Watched(
            simulator_url=simulator.url,
            api_url=api_url,
            memory=lambda: resident_by_name(processes),
            judged=frozenset({ANTIPHON}),
        )


def _processes(arguments: Sequence[str]) -> dict[str, psutil.Process]:
    """Return Antiphon's process and its servers', by name."""
    antiphon = next(
        one
        for one in psutil.Process().children()
        if one.cmdline()[-len(arguments) :] == list(arguments)
    )
    return {ANTIPHON: antiphon} | {child.name(): child for child in antiphon.children()}
