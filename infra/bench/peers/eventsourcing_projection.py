# pyright: basic, reportMissingImports=false
"""pyeventsourcing's projection runner projects utterances into a view in PostgreSQL.

As its documentation has it: the POSTGRES_… variables, a `ProjectionRunner` that subscribes to the
application, a view on `PostgresTrackingRecorder` that writes an event's row and its tracking in
one transaction. Its events are in its own store, in the same PostgreSQL.

Told: {"postgres": {"POSTGRES_…": …}, "utterances": [[…], …], "schema", "insert"}.
Answers: {"rate": events a second, "configuration": text}.
"""

import json
import sys
import time
from importlib.metadata import version
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.dispatch import singledispatchmethod
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import Tracking
from eventsourcing.postgres import PostgresTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner
from eventsourcing.utils import get_topic

EVENTS_A_SAVE = 50
PROJECT_S_MAX = 60.0
SETTINGS = {"POSTGRES_POOL_SIZE": "5", "POSTGRES_MAX_OVERFLOW": "10"}  # its defaults


class Contact(Aggregate):
    @event("UtteranceFinalized")
    def finalize(self, utterance: list) -> None:  # noqa: ARG002 (stored)
        self.utterances = getattr(self, "utterances", 0) + 1


class Contacts(Application[UUID]):
    pass


class Transcript(PostgresTrackingRecorder):
    """The rows, and how far they go."""

    schema = ""
    insert = ""

    def create_table(self) -> None:
        super().create_table()
        with self.datastore.transaction(commit=True) as cursor:
            cursor.execute(self.schema)

    def add(self, utterance: list, tracking: Tracking) -> None:
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            cursor.execute(self.insert, utterance, prepare=True)


class TranscriptProjection(Projection[Transcript]):
    name = "transcript"
    topics = (get_topic(Contact.UtteranceFinalized),)

    @singledispatchmethod
    def process_event(self, domain_event: object, tracking: Tracking) -> None:  # noqa: ARG002
        raise AssertionError(f"{domain_event} was not asked for")

    @process_event.register
    def _(self, domain_event: Contact.UtteranceFinalized, tracking: Tracking) -> None:
        self.view.add(domain_event.utterance, tracking)


def main(told: dict) -> dict:
    env = {"PERSISTENCE_MODULE": "eventsourcing.postgres", **told["postgres"], **SETTINGS}
    Transcript.schema, Transcript.insert = told["schema"], told["insert"]
    last = store(env, told["utterances"])
    began = time.perf_counter()
    with ProjectionRunner(
        application_class=Contacts,
        projection_class=TranscriptProjection,
        view_class=Transcript,
        env=env,
    ) as runner:
        runner.wait(last, timeout=PROJECT_S_MAX)
        elapsed_s = time.perf_counter() - began
        with runner.view.datastore.transaction(commit=False) as cursor:
            stored = cursor.execute("SELECT count(*) FROM utterance").fetchone()["count"]
    if stored != len(told["utterances"]):
        raise SystemExit(f"{stored} of {len(told['utterances'])} events were stored")
    name = f"eventsourcing {version('eventsourcing')}, psycopg {version('psycopg-binary')} (C)"
    settings = ", ".join(f"{key} {value}" for key, value in SETTINGS.items())
    return {"rate": stored / elapsed_s, "configuration": f"{name}; ProjectionRunner, {settings}"}


def store(env: dict[str, str], utterances: list[list]) -> int:
    """Put the events into its store and return the last one's notification id."""
    app = Contacts(env=env)
    try:
        contacts: dict[str, Contact] = {}
        last = 0
        for at in range(0, len(utterances), EVENTS_A_SAVE):
            touched: dict[str, Contact] = {}
            for utterance in utterances[at : at + EVENTS_A_SAVE]:
                contact = contacts.setdefault(utterance[0], Contact())
                contact.finalize(utterance)
                touched[utterance[0]] = contact
            last = app.save(*touched.values())[-1].notification.id
        return last
    finally:
        app.close()


sys.stdout.write(json.dumps(main(json.load(sys.stdin))))
