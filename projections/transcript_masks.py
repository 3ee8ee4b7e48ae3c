"""Words that were found to be personal only after the call are taken out of its lines."""

from collections.abc import Iterator, Sequence

from ..events.base import ContactId, Recorded, UtteranceId
from ..events.redaction import RedactionApplied, TextMask
from ..events.untold import masked
from .store import Connection

_SELECT = """
SELECT contact_id, utterance_id, text FROM transcript_line
 WHERE contact_id = ANY($1::text[]) AND utterance_id = ANY($2::text[]) AND text IS NOT NULL
"""
_UPDATE = """
UPDATE transcript_line AS line SET text = told.text
  FROM unnest($1::text[], $2::text[], $3::text[]) AS told (contact_id, utterance_id, text)
 WHERE line.contact_id = told.contact_id AND line.utterance_id = told.utterance_id
   AND line.text IS NOT NULL
"""

_Line = tuple[ContactId, UtteranceId]


async def mask_lines(connection: Connection, applied: Sequence[Recorded]) -> None:
    """Mask what redactions say in lines that are there; the same again changes nothing."""
    masks: dict[_Line, list[TextMask]] = {}
    for line, mask in _masks(applied):
        masks.setdefault(line, []).append(mask)
    if not masks:
        return
    contact_ids, utterance_ids = zip(*masks, strict=True)
    rows = await connection.fetch(_SELECT, list(contact_ids), list(utterance_ids))
    told = {
        line: masked(row["text"], masks[line])
        for row in rows
        if (line := (row["contact_id"], row["utterance_id"])) in masks
    }
    ids = list(told)
    await connection.execute(
        _UPDATE, [one for one, _ in ids], [one for _, one in ids], list(told.values())
    )


def _masks(applied: Sequence[Recorded]) -> Iterator[tuple[_Line, TextMask]]:
    for fact in applied:
        if isinstance(fact.event, RedactionApplied):
            for mask in fact.event.masks:
                yield (fact.contact.contact_id, mask.utterance_id), mask
