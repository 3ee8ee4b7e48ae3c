"""What is told of a fact, and how it is signed: by the specification Standard Webhooks. Pure.

Source: the specification of standardwebhooks, 1.0: `webhook-id`, `webhook-timestamp`,
`webhook-signature: v1,<base64 of HMAC-SHA256 over "id.timestamp.body">`, several by a space.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from ...commands.webhook import SECRET_PREFIX
from ...events.base import Event, Recorded, service_event_id
from ...events.contact import ContactEnded
from ...events.redaction import RedactionFailed
from ...events.sealed import sealed_fields
from ...events.summary import (
    DispositionChosen,
    SummaryEdited,
    SummaryFailed,
    SummaryPart,
    SummaryWritten,
)
from ...events.webhook import WebhookTopic

SERVICE = "webhooks"


class Message(Struct, frozen=True, kw_only=True):
    """One thing to tell at one address. The same fact has the same id there, always."""

    id: str
    topic: WebhookTopic
    body: bytes


def topic_of(event: Event) -> WebhookTopic | None:  # noqa: PLR0911 (a return a case)
    """Return what a fact is told as; None: it is not told. Of summaries the final one is."""
    match event:
        case ContactEnded():
            return "contact.ended"
        case SummaryWritten(kind="final"):
            return "summary.written"
        case SummaryFailed(kind="final"):
            return "summary.failed"
        case SummaryEdited():
            return "summary.edited"
        case DispositionChosen():
            return "disposition.chosen"
        case RedactionFailed():
            return "redaction.failed"
        case _:
            return None


def has_words(event: Event) -> bool:
    """Tell whether a fact has a text, which may repeat what was said."""
    return any(getattr(event, name) for name in sealed_fields(type(event)))


def message_id_of(recorded: Recorded, webhook_id: str) -> str:
    """Return the `webhook-id` under which an endpoint is told of a fact, each time."""
    return f"msg_{service_event_id(SERVICE, recorded.contact, recorded.id, webhook_id)}"


def message_of(recorded: Recorded, webhook_id: str) -> Message:
    """Return what an endpoint is told of a fact.

    Raises:
        KeyDestroyed: the person was erased.
    """
    topic = topic_of(recorded.event)
    assert topic is not None, "only what has a topic is told"
    told = {
        "type": topic,
        "timestamp": recorded.occurred_at,
        "data": {
            "contact_id": recorded.contact.contact_id,
            "conversation_id": recorded.correlation,
            "event_id": recorded.id,
            **_told(recorded.event),
        },
    }
    id_ = message_id_of(recorded, webhook_id)
    return Message(id=id_, topic=topic, body=msgspec.json.encode(told))


def headers_of(message: Message, secrets: Sequence[str], *, at: datetime) -> Mapping[str, str]:
    """Return what a message is sent with, signed with each secret."""
    timestamp = str(int(at.timestamp()))
    return {
        "content-type": "application/json",
        "webhook-id": message.id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(_signature(secret, message, timestamp) for secret in secrets),
    }


def _signature(secret: str, message: Message, timestamp: str) -> str:
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    signed = f"{message.id}.{timestamp}.".encode() + message.body
    return f"v1,{base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()}"


def _told(event: Event) -> dict[str, Any]:
    match event:
        case ContactEnded(ended_at=ended_at, reason=reason):
            return {"ended_at": ended_at, "reason": reason}
        case SummaryWritten():
            return _summary(event)
        case SummaryFailed(reason=reason):
            return {"reason": reason}
        case SummaryEdited(agent_id=agent_id, summary_id=summary_id, text=text):
            return {"agent_id": agent_id, "summary_id": summary_id, "text": text.reveal()}
        case DispositionChosen(agent_id=agent_id, code=code, note=note):
            clear = None if note is None else note.reveal()
            return {"agent_id": agent_id, "code": code, "note": clear}
        case RedactionFailed(attempts=attempt, reason=reason, problem=problem):
            return {"attempt": attempt, "reason": reason, "problem": problem or None}
        case _:
            raise AssertionError("only what has a topic is told")


def _summary(event: SummaryWritten) -> dict[str, Any]:
    entries = [_entry(event, part) for part in event.parts]
    return {
        "summary_id": event.summary_id,
        "sentences": [
            {"text": entry["text"], "utterance_ids": entry["utterance_ids"]}
            for entry, part in zip(entries, event.parts, strict=True)
            if part.in_text
        ],
        "entries": entries,
        "resolution": event.resolution,
        "disposition": event.disposition,
        "language": event.language,
        "generator": event.generator,
    }


def _entry(event: SummaryWritten, part: SummaryPart) -> dict[str, Any]:
    return {
        "field": part.field,
        "text": event.texts[part.name].reveal(),
        "utterance_ids": part.utterance_ids,
        "owner": part.owner,
        "due": None if part.due is None else event.texts[part.due].reveal(),
    }
