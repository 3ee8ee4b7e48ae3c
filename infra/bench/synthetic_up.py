"""`antiphon up` with a recogniser that takes no time, noting when each mark came in.

Run by `latency.py`: `python -m antiphon.infra.bench.synthetic_up`.
"""

import os

import uvloop

from ...services.guidance.playbook import parse_playbook
from ...services.media.kinesis import Kinesis
from ..kvs_roles import roles_in
from ..logs import set_up_logs
from ..main import ROLES, serve
from ..settings import load
from ..wiring import Adapters
from .noting import RECEIVED_FILE, NotingSource
from .synthetic import SyntheticRecognizer

# One rule that every mark earns anew.
PLAYBOOK = """
playbook: bench
version: "1"
language: en
moments:
  cancellation:
    track: from_customer
    heard: [want to cancel]
cues:
  retention:
    on: cancellation
    kind: hint
    title: They may want to leave
    body: Ask why.
    cooldown_s: 0
    lasts_s: 1
attention: {cues_per_minute: 600}
"""


def main() -> None:
    """Serve until terminated."""
    settings = load(os.environ)
    set_up_logs("warning")
    with (settings.data_dir / RECEIVED_FILE).open("wb", buffering=0) as notes:
        adapters = Adapters(
            recognizer=SyntheticRecognizer(),
            source=NotingSource(
                Kinesis(endpoint=settings.kvs_endpoint, roles=roles_in(settings.kvs_roles_file)),
                notes,
            ),
            playbook=parse_playbook(PLAYBOOK, file="bench.yaml"),
        )
        uvloop.run(serve(settings, roles=frozenset(ROLES), adapters=adapters))


main()
