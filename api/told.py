"""Facts as clients are told them: JSON, opened, with the speaker derived."""

from datetime import datetime
from typing import Any

import msgspec

from ..events.base import Position, Recorded
from ..events.live import UtterancePartial
from ..events.privacy.places import shown_in
from ..events.sealed import Sealed
from ..events.speech import UtteranceFinalized
from ..events.untold import COUNTED, NOTHING, Untold, fact_as_told
from ..events.voices import Voices, speaker_of
from ..projections.desk import DeskContact
from ..projections.transcript_rows import ERASED


def fact_json(fact: Recorded, voices: Voices, *, untold: Untold = NOTHING) -> bytes:
    """Return what a stream says of a fact: its fields, where and when it was recorded."""
    event = fact_as_told(fact.event, untold)
    if isinstance(event, UtteranceFinalized):
        event = shown_in("desk", event)
    is_over = untold.is_uncounted and fact.lane == COUNTED
    told = {"withheld": "past_retention"} if is_over else fields_of(event)
    if isinstance(fact.event, UtteranceFinalized):
        told["speaker"] = speaker_of(voices, fact.event.track, fact.event.started_ms)
    told |= {
        "contact_id": fact.contact.contact_id,
        "position": fact.position,
        "recorded_at": fact.recorded_at,
        "occurred_at": fact.occurred_at,
    }
    return to_json(told)


def partial_json(partial: UtterancePartial, voices: Voices) -> bytes:
    """Return what a stream says of a partial."""
    speaker = speaker_of(voices, partial.track, partial.started_ms)
    return to_json(fields_of(partial) | {"speaker": speaker})


def snapshot_json(contact: DeskContact, *, position: Position, server_time: datetime) -> bytes:
    """Return what a stream says of a whole contact, as it stands at a position."""
    told = {
        "contact_id": contact.contact_id,
        "position": position,
        "server_time": server_time,
        "contact": fields_of(contact),
    }
    return to_json(told)


def fields_of(struct: msgspec.Struct) -> dict[str, Any]:
    """Return a struct's fields by name, its personal texts still sealed types."""
    return {name: getattr(struct, name) for name in struct.__struct_fields__}


def _in_clear(value: Any) -> Any:
    if isinstance(value, Sealed):
        return value.reveal_or(ERASED)
    raise TypeError(f"no way to tell a {type(value).__name__}")


_encoder = msgspec.json.Encoder(enc_hook=_in_clear)
to_json = _encoder.encode
to_lines = _encoder.encode_lines  # each object of a list on a line of its own, the last too
