"""`python -m antiphon.infra.simulator.models [--port N] [--key KEY]`: a process of its own.

It prints one line of JSON, `{"url": …}`, once it answers, and ends on SIGTERM or SIGINT.
"""

import argparse
import asyncio
import json
import signal
import sys

from .server import ModelServer


async def serve(*, port: int, keys: list[str]) -> None:
    """Run until a signal comes."""
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    async with ModelServer(port=port, keys=keys) as server:
        sys.stdout.write(json.dumps({"url": server.url}) + "\n")
        sys.stdout.flush()
        await stopping.wait()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m antiphon.infra.simulator.models")
    parser.add_argument("--port", type=int, default=0, help="0: a free one")
    parser.add_argument("--key", action="append", default=[], help="who may ask; none: everybody")
    asked = parser.parse_args()
    asyncio.run(serve(port=asked.port, keys=asked.key))


if __name__ == "__main__":
    main()
