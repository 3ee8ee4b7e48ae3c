"""The media role alone, noting when each mark came in.

Run by `media.py`: `python -m antiphon.infra.bench.media_up`.
"""

import os

import uvloop

from ...services.media.kinesis import Kinesis
from ..logs import set_up_logs
from ..main import serve
from ..settings import load
from ..wiring import Adapters
from .noting import RECEIVED_FILE, NotingSource


def main() -> None:
    """Serve until terminated."""
    settings = load(os.environ)
    set_up_logs("warning")
    with (settings.data_dir / RECEIVED_FILE).open("wb", buffering=0) as notes:
        source = NotingSource(Kinesis(endpoint=settings.kvs_endpoint), notes)
        uvloop.run(serve(settings, roles=frozenset({"media"}), adapters=Adapters(source=source)))


main()
