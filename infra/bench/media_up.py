"""Roles that hear calls, noting when each mark came in and when a recogniser was given it.

Run by the benchmarks: `python -m antiphon.infra.bench.media_up ROLE…`. The recogniser, where
`transcription` is among the roles, costs nothing.
"""

import os
import sys

import uvloop

from ...services.media.kinesis import Kinesis
from ..logs import set_up_logs
from ..main import ROLES, Role, serve
from ..settings import load
from ..wiring import Adapters
from .noting import HEARD_FILE, RECEIVED_FILE, NotingSource
from .zero_cost import ZeroCostRecognizer


def main(names: list[str]) -> None:
    """Serve until terminated."""
    settings = load(os.environ)
    set_up_logs("warning")
    with (
        (settings.data_dir / RECEIVED_FILE).open("wb", buffering=0) as received,
        (settings.data_dir / HEARD_FILE).open("wb", buffering=0) as heard,
    ):
        adapters = Adapters(
            source=NotingSource(Kinesis(endpoint=settings.kvs_endpoint), received),
            recognizer=ZeroCostRecognizer(heard),
        )
        roles: frozenset[Role] = frozenset(role for role in ROLES if role in names)
        uvloop.run(serve(settings, roles=roles, adapters=adapters))


main(sys.argv[1:])
