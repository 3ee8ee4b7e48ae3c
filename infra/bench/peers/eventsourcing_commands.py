# pyright: basic, reportMissingImports=false
"""pyeventsourcing decides and saves: aggregates on PostgreSQL, one event a save.

As its documentation has it: the POSTGRES_… variables, a connection pool, statements prepared by
the library, aggregates taken from `app.repository` and given to `app.save`, from a pool of
threads. Both of its ways to insert, its cache of aggregates on and off, and several numbers of
threads can be tried: without `settings` the fastest is found, and named in the answer.

Told: {"postgres": {"POSTGRES_…": …}, "contacts": n, "commands": how many for each contact,
"settings": those of an earlier answer, or {}}.
Answers: {"rate": commands a second, "settings": {…}, "configuration": text}.
"""

import itertools
import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from importlib.metadata import version
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event

CANDIDATES = [
    {"POSTGRES_POOL_SIZE": threads, "POSTGRES_ENABLE_DB_FUNCTIONS": functions, **cache}
    for functions, cache, threads in [
        ("no", {}, "4"),
        *itertools.product(["yes"], [{}, {"AGGREGATE_CACHE_MAXSIZE": "200"}], ["2", "4", "8"]),
    ]
]


class Contact(Aggregate):
    """As much of our contact as the benchmark needs."""

    @event("Started")
    def __init__(self, instance_arn: str) -> None:
        self.instance_arn = instance_arn
        self.agent_id = ""
        self.agent_name = ""

    def connect_agent(self, agent_id: str, agent_name: str) -> None:
        if agent_id != self.agent_id:
            self._agent_connected(agent_id, agent_name, datetime.now(UTC).isoformat())

    @event("AgentConnected")
    def _agent_connected(
        self,
        agent_id: str,
        agent_name: str,
        connected_at: str,  # noqa: ARG002 (stored)
    ) -> None:
        self.agent_id = agent_id
        self.agent_name = agent_name


def main(told: dict) -> dict:
    candidates = [told["settings"]] if told["settings"] else CANDIDATES
    found = [(measure(told, settings), nth) for nth, settings in enumerate(candidates)]
    rate, nth = max(found)
    name = f"eventsourcing {version('eventsourcing')}, psycopg {version('psycopg-binary')} (C)"
    chosen = ", ".join(f"{key} {value}" for key, value in candidates[nth].items())
    return {
        "rate": rate,
        "settings": candidates[nth],
        "configuration": f"{name}, a thread a connection, {chosen}",
    }


def measure(told: dict, settings: dict[str, str]) -> float:
    """Return commands a second: each contact is given its commands one after the other."""
    module = {"PERSISTENCE_MODULE": "eventsourcing.postgres"}
    app = Application[UUID](env={**module, **told["postgres"], **settings})
    threads = int(settings["POSTGRES_POOL_SIZE"])
    try:
        contacts = [
            Contact("arn:aws:connect:us-east-1:1:instance/1") for _ in range(told["contacts"])
        ]
        app.save(*contacts)
        ids = [contact.id for contact in contacts]
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(app.repository.get, ids))  # every thread and connection is there
            began = time.perf_counter()
            for nth in range(told["commands"]):
                list(pool.map(lambda id_, nth=nth: command(app, id_, nth), ids))
            elapsed_s = time.perf_counter() - began
        saved = sum(app.repository.get(id_).version - 1 for id_ in ids)
    finally:
        app.close()
    expected = len(ids) * told["commands"]
    if saved != expected:
        raise SystemExit(f"{saved} of {expected} events were saved")
    return expected / elapsed_s


def command(app: "Application[UUID]", contact_id: UUID, nth: int) -> None:
    contact: Contact = app.repository.get(contact_id)
    contact.connect_agent(f"agent-{nth % 2}", "Ann Agent")
    app.save(contact)


sys.stdout.write(json.dumps(main(json.load(sys.stdin))))
