"""The index from customer endpoints to contacts: who has to be erased together.

No number stands in it, only what a key of the tenant makes of one (`endpoint_token`). Like
every read model it can be built anew from the log, with the same key. A contact leaves it
when it is erased.
"""

from collections.abc import Awaitable, Callable, Sequence

import msgspec

from ..events.base import ContactId, Position, Recorded, TenantName
from ..events.codec import Reading
from ..events.contact import ContactErased, ContactStarted
from ..events.erasure import endpoint_token
from .projection import Projection, ReadModel, checkpoint_of
from .store import Connection, write_rows

IndexKey = Callable[[TenantName], Awaitable[bytes]]

SCHEMA = """
CREATE TABLE IF NOT EXISTS endpoint_contact (
    contact_id text  PRIMARY KEY,
    token      bytea NOT NULL
);
CREATE INDEX IF NOT EXISTS endpoint_contact_token ON endpoint_contact (token);
CREATE TABLE IF NOT EXISTS endpoint_erased (
    contact_id text PRIMARY KEY
);
"""

_INSERT = """
INSERT INTO endpoint_contact (contact_id, token) SELECT * FROM unnest($1::text[], $2::bytea[])
ON CONFLICT (contact_id) DO NOTHING
"""

_ERASED = """
INSERT INTO endpoint_erased (contact_id) SELECT * FROM unnest($1::text[]) ON CONFLICT DO NOTHING
"""

# A fact that is told again after the erasure, by a reader whose key was not forgotten yet, must
# not bring the contact back.
_DELETE = """
DELETE FROM endpoint_contact
 WHERE contact_id = ANY($1::text[]) AND contact_id IN
       (SELECT contact_id FROM endpoint_erased WHERE contact_id = ANY($1::text[]))
"""

_READS: Reading = frozenset((ContactErased, ContactStarted))

_SELECT = "SELECT contact_id FROM endpoint_contact WHERE token = $1 ORDER BY contact_id LIMIT $2"

# Whoever called with a number calls with it again: nobody has to keep it to find the next call.
_SELECT_SAME = """
SELECT contact_id FROM endpoint_contact
 WHERE token IN (SELECT token FROM endpoint_contact WHERE contact_id = ANY($1::text[]))
 ORDER BY contact_id LIMIT $2
"""


async def shows(connection: Connection, position: Position) -> bool:
    """Tell whether the index shows the log up to a position."""
    checkpoint = await checkpoint_of(connection, MODEL)
    return checkpoint is not None and checkpoint.position >= position


async def contacts_of(
    connection: Connection, token: bytes, *, contacts_max: int
) -> list[ContactId]:
    """Return the contacts of a customer that are not erased, `contacts_max` at most."""
    rows = await connection.fetch(_SELECT, token, contacts_max)
    return [ContactId(row["contact_id"]) for row in rows]


async def contacts_of_same(
    connection: Connection, contact_ids: Sequence[ContactId], *, contacts_max: int
) -> list[ContactId]:
    """Return the contacts of the customers that these contacts were with, erased ones apart."""
    rows = await connection.fetch(_SELECT_SAME, list(contact_ids), contacts_max)
    return [ContactId(row["contact_id"]) for row in rows]


class NeedsKey(ReadModel, frozen=True, kw_only=True):
    """A read model that can be read and not be run: its fold takes a key of the tenant."""

    def keyed(self, index_key: IndexKey) -> Projection:
        """Return what runs: with the way to the key that makes tokens."""
        return _keyed(self, index_key)


MODEL = NeedsKey(
    name="endpoint_index",
    version=1,
    tables=("endpoint_contact", "endpoint_erased"),
    schema=SCHEMA,
)


def _keyed(model: ReadModel, index_key: IndexKey) -> Projection:
    keys: dict[TenantName, bytes] = {}  # one never changes

    async def project(connection: Connection, batch: Sequence[Recorded]) -> None:
        tokens: dict[ContactId, bytes] = {}
        erased: list[ContactId] = []
        for fact in batch:
            match fact.event:
                case ContactStarted(customer_endpoint=endpoint):
                    if endpoint is None or endpoint.cipher is not None:
                        continue  # it has none, or was erased already
                    tenant = fact.contact.tenant
                    if tenant not in keys:
                        keys[tenant] = await index_key(tenant)
                    token = endpoint_token(keys[tenant], endpoint.reveal())
                    tokens.setdefault(fact.contact.contact_id, token)
                case ContactErased():
                    erased.append(fact.contact.contact_id)
                case _:
                    pass  # tells of no endpoint
        await write_rows(connection, _INSERT, list(tokens.items()))
        await write_rows(connection, _ERASED, [(one,) for one in erased])
        if touched := [*tokens, *erased]:
            await connection.execute(_DELETE, touched)

    return Projection(
        **msgspec.structs.asdict(model), project=project, reads=_READS, skips_unread=True
    )
