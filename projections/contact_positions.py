"""Where in the log the facts of each contact stand: so that they are fetched and not searched for.

Holds positions, which say nothing of anybody: an erasure changes nothing here, and a fact that
this version cannot read stands somewhere all the same.
"""

from collections.abc import Collection, Sequence

from msgspec import Struct

from ..events.base import ContactId, Epoch, Position, Recorded
from .generations import read_together
from .projection import Projection
from .store import Connection

# A fact that is added rewrites its row, so a row must be small: half a kilobyte, of which many
# versions fit on a page.
PART_FACTS = 64

SCHEMA = """
CREATE TABLE IF NOT EXISTS contact_positions (
    contact_id text     NOT NULL,
    lane       text     NOT NULL,
    part       bigint   NOT NULL,
    positions  bigint[] NOT NULL,
    PRIMARY KEY (contact_id, lane, part)
) WITH (fillfactor = 70);
"""

# A part is full before the next begins, however facts are cut into batches. What a lane knows
# already is left out.
_ADD = f"""
WITH fact AS (
    SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[]) AS fact (contact_id, lane, position)
), known AS (
    SELECT lane.contact_id, lane.lane, newest.part, newest.positions
      FROM (SELECT DISTINCT contact_id, lane FROM fact) AS lane
     CROSS JOIN LATERAL (
        SELECT part, positions FROM contact_positions
         WHERE contact_id = lane.contact_id AND lane = lane.lane
         ORDER BY part DESC LIMIT 1) AS newest
), added AS (
    SELECT contact_id, lane, position,
           coalesce(part * {PART_FACTS} + cardinality(positions), 0) - 1
           + row_number() OVER (PARTITION BY contact_id, lane ORDER BY position) AS nth
      FROM fact LEFT JOIN known USING (contact_id, lane)
     WHERE position > coalesce(positions[cardinality(positions)], 0)
)
INSERT INTO contact_positions (contact_id, lane, part, positions)
SELECT contact_id, lane, nth / {PART_FACTS}, array_agg(position ORDER BY position)
  FROM added GROUP BY contact_id, lane, nth / {PART_FACTS}
    ON CONFLICT (contact_id, lane, part)
    DO UPDATE SET positions = contact_positions.positions || excluded.positions
"""

_SELECT_EXTENT = """
SELECT epoch, position,
       EXISTS (SELECT FROM contact_positions_parked WHERE contact_id = $1) AS parked
  FROM contact_positions_checkpoint
"""

_SELECT = """
SELECT position FROM contact_positions CROSS JOIN unnest(positions) AS position
 WHERE contact_id = $1 AND ($2::text[] IS NULL OR lane = ANY($2::text[]))
   AND position > $3 AND position <= $4
 ORDER BY position LIMIT $5
"""


class Positions(Struct, frozen=True, kw_only=True):
    """Where the wanted facts of a contact stand: all of them up to `upto`, and no others."""

    epoch: Epoch
    shown_upto: Position  # how far the read model is
    upto: Position  # as asked for; less where the read model, or what is told at once, ends before
    positions: tuple[Position, ...]  # in order


async def positions_of(
    connection: Connection,
    contact_id: ContactId,
    *,
    lanes: Collection[str] | None,
    after: Position,
    upto: Position | None,
    positions_max: int,
) -> Positions | None:
    """Return where a contact's facts stand after one position, up to another.

    `lanes` None: every lane, also those that this version does not know. `positions_max` are
    told at once. None where the contact is parked: what is known of it is not all.

    Raises:
        StoreUnavailable: the read model was never built here.
    """

    async def read() -> Positions | None:
        extent = await connection.fetchrow(_SELECT_EXTENT, contact_id)
        if extent is None or extent["parked"]:
            return None
        shown_upto = Position(extent["position"])
        end = max(after, shown_upto if upto is None else Position(min(upto, shown_upto)))
        wanted = None if lanes is None else list(lanes)
        rows = await connection.fetch(_SELECT, contact_id, wanted, after, end, positions_max)
        found = tuple(Position(row["position"]) for row in rows)
        return Positions(
            epoch=Epoch(extent["epoch"]),
            shown_upto=shown_upto,
            upto=found[-1] if len(found) == positions_max else end,
            positions=found,
        )

    return await read_together(connection, (PROJECTION,), read)


async def project(connection: Connection, batch: Sequence[Recorded]) -> None:
    """Fold facts into the table. The caller owns the transaction."""
    await connection.execute(
        _ADD,
        [fact.contact.contact_id for fact in batch],
        [fact.lane for fact in batch],
        [fact.position for fact in batch],
    )


PROJECTION = Projection(
    name="contact_positions",
    version=1,
    tables=("contact_positions",),
    schema=SCHEMA,
    project=project,
    reads=frozenset(),
)
