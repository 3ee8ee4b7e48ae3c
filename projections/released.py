"""Whose words may be let out, and what of them nobody is to read: asked of the read model.

`events/quarantine.py` decides; this looks up what it decided, for many contacts at once.
"""

from collections.abc import Collection

import msgspec

from ..events.base import ContactId, Epoch, Position
from ..events.quarantine import State
from ..events.redaction import TextMask
from ..events.untold import Untold, by_utterance
from .projection import Checkpoint, checkpoint_of
from .redaction import PROJECTION
from .retention import PROJECTION as RETENTION
from .store import Connection

_IS_BUILT = f"SELECT to_regclass('{PROJECTION.checkpoints}') IS NOT NULL"

# A parked contact's row is older than what happened to it.
_RELEASED = f"""
SELECT contact_id, masks, past FROM redaction_contact AS contact
 WHERE contact_id = ANY($1::text[]) AND state = 'verified'
   AND EXISTS (SELECT FROM {PROJECTION.checkpoints} WHERE epoch = $2 AND position >= $3)
   AND NOT EXISTS (SELECT FROM {PROJECTION.parked} AS parked
                    WHERE parked.contact_id = contact.contact_id)
"""
_IS_COUNTED = f"SELECT to_regclass('{RETENTION.checkpoints}') IS NOT NULL"
_UNCOUNTED = """
SELECT contact_id FROM retention_contact
 WHERE contact_id = ANY($1::text[]) AND deleted @> ARRAY['analytics']
"""
_STATE = f"""
SELECT contact.state,
       checkpoint.position >= $2 AND NOT EXISTS (
           SELECT FROM {PROJECTION.parked} WHERE contact_id = $1) AS is_sure
  FROM {PROJECTION.checkpoints} AS checkpoint
  LEFT JOIN redaction_contact AS contact ON contact.contact_id = $1
"""

_masks = msgspec.json.Decoder(tuple[TextMask, ...])


async def redaction_shown_upto(connection: Connection) -> Checkpoint | None:
    """Return how far it is known where contacts stand; None: the read model was never built."""
    if not await connection.fetchval(_IS_BUILT):
        return None
    return await checkpoint_of(connection, PROJECTION)


async def released_among(
    connection: Connection, contact_ids: Collection[ContactId], *, epoch: Epoch, upto: Position
) -> dict[ContactId, Untold]:
    """Return those contacts that every check passed, each with what is not to be told of it.

    None of them where the read model does not know everything up to `upto`. It has to be built.
    """
    rows = await connection.fetch(_RELEASED, list(contact_ids), epoch, upto)
    return {
        ContactId(row["contact_id"]): Untold(
            masks=by_utterance(_masks.decode(row["masks"])), is_past=row["past"]
        )
        for row in rows
    }


async def uncounted_among(
    connection: Connection, contact_ids: Collection[ContactId]
) -> set[ContactId]:
    """Return those contacts whose numbers were deleted, as far as the read model knows.

    None where it was never built: it is what retention finds them by.
    """
    if not await connection.fetchval(_IS_COUNTED):
        return set()
    return {row["contact_id"] for row in await connection.fetch(_UNCOUNTED, list(contact_ids))}


async def redaction_state(
    connection: Connection, contact_id: ContactId, *, shown_upto: Position
) -> State:
    """Return where a contact stands of which facts are shown up to a position.

    `verified` only where all of them are known to be; what nobody can tell is in quarantine.
    """
    if not await connection.fetchval(_IS_BUILT):
        return "in_quarantine"
    row = await connection.fetchrow(_STATE, contact_id, shown_upto)
    if row is None:
        return "in_quarantine"
    if row["state"] is None:
        return "under_way" if row["is_sure"] else "in_quarantine"
    state: State = row["state"]
    return "in_quarantine" if state == "verified" and not row["is_sure"] else state
