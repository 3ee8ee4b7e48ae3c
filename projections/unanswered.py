"""Questions that no article answered: where the knowledge has gaps. Erased with their contacts."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from ..events.base import ContactId, Position, Recorded
from ..events.codec import Reading
from ..events.knowledge import AnswerRefused, KnowledgeAsked
from .generations import read_together
from .past import ENDING, ends_texts
from .projection import Projection, checkpoint_of
from .store import Connection, write_rows

QUESTIONS_MAX = 500  # told at once

SCHEMA = """
CREATE TABLE IF NOT EXISTS unanswered_question (
    contact_id  text        NOT NULL,
    question_id text        NOT NULL,
    question    text        NOT NULL,
    asked_by    text        NOT NULL,
    reason      text        NOT NULL,
    asked_at    timestamptz NOT NULL,
    position    bigint      NOT NULL,
    PRIMARY KEY (contact_id, question_id)
);
CREATE INDEX IF NOT EXISTS unanswered_question_position ON unanswered_question (position);
CREATE TABLE IF NOT EXISTS unanswered_erased (
    contact_id text PRIMARY KEY
);
"""

_INSERT = """
INSERT INTO unanswered_question
SELECT * FROM unnest(
    $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::bigint[]
)
ON CONFLICT (contact_id, question_id) DO NOTHING
"""

_ERASED = """
INSERT INTO unanswered_erased (contact_id) SELECT * FROM unnest($1::text[]) ON CONFLICT DO NOTHING
"""

# Also what is told after the erasure, by a reader whose key was not forgotten yet.
_DELETE = """
DELETE FROM unanswered_question
 WHERE contact_id = ANY($1::text[])
   AND contact_id IN (SELECT contact_id FROM unanswered_erased WHERE contact_id = ANY($1::text[]))
"""

_SELECT = """
SELECT contact_id, question_id, question, asked_by, reason, asked_at, position
  FROM unanswered_question
 WHERE position < $1
 ORDER BY position DESC
 LIMIT $2
"""

_EVER = 2**63 - 1

# An answer that is on the desk already, or a store that was away, shows no gap.
_GAPS = frozenset({"no_article", "elsewhere"})


class Unanswered(Struct, frozen=True, kw_only=True):
    """A question without an article."""

    contact_id: ContactId
    question_id: str
    question: str
    asked_by: str  # `customer` or `agent`
    reason: str
    asked_at: datetime
    position: Position


async def unanswered(
    connection: Connection, *, before: Position | None = None, questions_max: int = QUESTIONS_MAX
) -> list[Unanswered]:
    """Return questions without an answer, the newest first; those before a position.

    Raises:
        StoreUnavailable: the read model was never built here.
    """

    async def read() -> list[Unanswered]:
        rows = await connection.fetch(_SELECT, before or _EVER, questions_max)
        return [Unanswered(**row) for row in rows]

    return await read_together(connection, (PROJECTION,), read)


async def shows(connection: Connection, position: Position) -> bool:
    """Tell whether the read model shows the log up to a position."""
    checkpoint = await checkpoint_of(connection, PROJECTION)
    return checkpoint is not None and checkpoint.position >= position


async def project(connection: Connection, batch: Sequence[Recorded]) -> None:
    """Fold facts into the tables; see `Projection`."""
    rows: list[tuple[object, ...]] = []
    erased: list[ContactId] = []
    for fact in batch:
        match fact.event:
            case AnswerRefused() as refused if refused.reason in _GAPS:
                rows.append(_row(fact, refused, refused.reason, "customer"))
            case KnowledgeAsked() as asked if asked.refusal in _GAPS:
                rows.append(_row(fact, asked, str(asked.refusal), "agent"))
            case event if ends_texts(event):
                erased.append(fact.contact.contact_id)
            case _:
                pass  # was answered, or asks nothing
    shown = [one for one in rows if one[2] is not None]
    await write_rows(connection, _INSERT, shown)
    await write_rows(connection, _ERASED, [(one,) for one in erased])
    if touched := [*(str(one[0]) for one in shown), *erased]:
        await connection.execute(_DELETE, touched)


def _row(
    fact: Recorded, event: AnswerRefused | KnowledgeAsked, reason: str, by: str
) -> tuple[object, ...]:
    # A text whose key is gone is not listed: it says nothing any more.
    question = event.question.reveal_or(None)
    return (
        fact.contact.contact_id,
        event.question_id,
        question,
        by,
        reason,
        fact.occurred_at,
        fact.position,
    )


_READS: Reading = frozenset((AnswerRefused, KnowledgeAsked, *ENDING))

PROJECTION = Projection(
    name="unanswered",
    version=1,
    tables=("unanswered_question", "unanswered_erased"),
    schema=SCHEMA,
    project=project,
    reads=_READS,
    skips_unread=True,
)
