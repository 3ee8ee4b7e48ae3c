"""How fast others project: the same facts of calls, rows of the same shape, the same servers.

What they are given is ours as it stands in the log, sealed texts and all. The rows they write
are those of the transcript's lines, and those alone; our projection keeps contacts, agents and
holds as well.
"""

from urllib.parse import urlsplit, urlunsplit

import asyncpg
from msgspec import Struct

from ...events.base import Position, TenantName
from ...events.journal import Journal
from ...events.speech import UtteranceFinalized
from ...events.subjects import facts_stream
from .commands import variables_of
from .peer_environment import run_peer
from .rows import Row

FACTS = 24_000  # a multiple of every peer's batches; a second or two of work
EVENTSOURCING_EVENTS = 1_500  # one transaction an event: its pace is the same from the first on

_COLUMNS = {
    "contact_id": "text",
    "utterance_id": "text",
    "track": "text",
    "text": "text",
    "started_ms": "bigint",
    "ended_ms": "bigint",
    "confidence": "float8",
}
_TABLE = ", ".join(f"{name} {kind} NOT NULL" for name, kind in _COLUMNS.items())
SCHEMA = f"CREATE TABLE IF NOT EXISTS utterance ({_TABLE}, PRIMARY KEY (contact_id, utterance_id))"
CLEAR = "TRUNCATE utterance"
_INTO = f"INSERT INTO utterance ({', '.join(_COLUMNS)})"
_ARRAYS = ", ".join(f"${nth}::{kind}[]" for nth, kind in enumerate(_COLUMNS.values(), start=1))
_UNLESS_THERE = "ON CONFLICT (contact_id, utterance_id) DO NOTHING"
INSERT_MANY = f"{_INTO} SELECT * FROM unnest({_ARRAYS}) {_UNLESS_THERE}"  # noqa: S608 (all ours)
INSERT_ONE = f"{_INTO} VALUES ({', '.join(['%s'] * len(_COLUMNS))}) {_UNLESS_THERE}"


class PeerRate(Struct, frozen=True):
    """What a script of a projection answers."""

    rate: float  # facts a second
    configuration: str


def rows_of(rates: dict[str, PeerRate], *, ours: float) -> list[Row]:
    """Return a row a peer, with its configuration and how we compare."""
    return [
        Row(
            what=f"{peer}, the same facts",
            value=one.rate,
            unit="/s",
            beside=f"we are {ours / one.rate:.1f} times as fast; {one.configuration}",
        )
        for peer, one in rates.items()
    ]


async def peer_rates(
    *, nats_url: str, postgres_url: str, tenant: TenantName, journal: Journal
) -> dict[str, PeerRate]:
    """Return the rates of the peers, by name, on the first facts of a tenant's log.

    The log holds `FACTS` or more, those of contacts that were never called (`history.tell`).
    Their rows go to a database of their own beside that of `postgres_url`, made here.
    """
    utterances = await _utterances(journal, tenant)
    database_url = await _database(postgres_url)
    told = {
        "nats": nats_url,
        "stream": facts_stream(tenant),
        "subject": f"ev.{tenant}.>",
        "facts": FACTS,
        "rows": len(utterances),
        "type": UtteranceFinalized.TYPE,
        "postgres": database_url,
        "schema": SCHEMA,
        "insert": INSERT_MANY,
        "clear": CLEAR,
    }
    rates = {
        name: await run_peer(peer, f"{peer}_projection", told, answer=PeerRate)
        for name, peer in (
            ("nats-py `fetch`, tuned", "nats"),
            ("FastStream in batches", "faststream"),
        )
    }
    await _clear(database_url)
    rates["pyeventsourcing"] = await run_peer(
        "eventsourcing",
        "eventsourcing_projection",
        {
            "postgres": variables_of(database_url),
            "utterances": utterances[:EVENTSOURCING_EVENTS],
            "schema": SCHEMA,
            "insert": INSERT_ONE,
        },
        answer=PeerRate,
    )
    return rates


async def _utterances(journal: Journal, tenant: TenantName) -> list[list[str | int | float]]:
    """Return the rows that the first facts give, in their order."""
    found: list[list[str | int | float]] = []
    async for batch in journal.read_tenant(tenant, after=Position(0), upto=Position(FACTS)):
        for recorded in batch:
            event = recorded.event
            if isinstance(event, UtteranceFinalized):
                about = [recorded.contact.contact_id, event.utterance_id, event.track]
                times = [event.started_ms, event.ended_ms, event.confidence]
                found.append([*about, event.text.reveal(), *times])
    return found


async def _database(postgres_url: str) -> str:
    connection = await asyncpg.connect(postgres_url)
    try:
        await connection.execute("CREATE DATABASE peers")
    finally:
        await connection.close()
    return urlunsplit(urlsplit(postgres_url)._replace(path="/peers"))


async def _clear(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute(CLEAR)
    finally:
        await connection.close()
