"""`python -m antiphon.infra.simulator [--port N] [--session-s S]`: a process of its own.

It prints one line of JSON, `{"url": …}`, once it answers, and ends on SIGTERM, on SIGINT, or when
the process that started it is no more.
"""

import argparse
import asyncio
import json
import os
import signal
import sys

from .simulator import Simulator

PARENT_CHECK_S = 0.5  # how long an orphan may linger


async def serve(*, host: str, port: int, session_s: float | None) -> None:
    """Run until a signal comes or the parent has gone."""
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    orphaned = asyncio.create_task(_orphaned(os.getppid()))
    orphaned.add_done_callback(lambda _: stopping.set())
    async with Simulator(host=host, port=port, session_s=session_s) as simulator:
        sys.stdout.write(json.dumps({"url": simulator.url}) + "\n")
        sys.stdout.flush()
        await stopping.wait()
    orphaned.cancel()


async def _orphaned(parent: int) -> None:
    """Return when another process than `parent` has become this one's parent."""
    while os.getppid() == parent:  # noqa: ASYNC110  # no event tells of a parent's end everywhere
        await asyncio.sleep(PARENT_CHECK_S)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m antiphon.infra.simulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0: a free one")
    parser.add_argument("--session-s", type=float, help="take only sessions of its own STS")
    asked = parser.parse_args()
    asyncio.run(serve(host=asked.host, port=asked.port, session_s=asked.session_s))


if __name__ == "__main__":
    main()
