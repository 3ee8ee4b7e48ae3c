"""What an agent types for the customer to hear. Part of the contact: its fact stands in `life`."""

import uuid

from msgspec import Struct

from ..errors import Malformed
from ..events.base import ContactId
from ..events.cards.masking import mask_text
from ..events.sealed import Sealed
from ..events.translation import ReplyId, ReplyTyped

# Characters: about a minute of speech, and half of what a voice of Deepgram takes at once.
TEXT_MAX = 1_000

_REPLY_IDS = uuid.UUID("5b7b6b0e-6b07-4c1e-8f0c-0b0f6f5a2f61")


class TypeReply(Struct, frozen=True, kw_only=True):
    """Have a text told to the customer: translated, and spoken as audio the agent can play."""

    contact_id: ContactId
    reply_id: ReplyId
    text: Sealed
    language: str | None = None  # to be told in; None: the one the customer speaks


def reply_id_of(command_id: str) -> ReplyId:
    """Return the id of the reply that a command types; a repeat of it gives the same."""
    return ReplyId(uuid.uuid5(_REPLY_IDS, command_id).hex)


def typed(command: TypeReply) -> ReplyTyped:
    """Return the fact that a reply was typed, without card data.

    Raises:
        Malformed: it says nothing, or more than a voice takes at once.
    """
    text = " ".join(command.text.reveal().split())
    if not 1 <= len(text) <= TEXT_MAX:
        raise Malformed("text", f"has to be 1 to {TEXT_MAX} characters")
    return ReplyTyped(
        reply_id=command.reply_id, text=Sealed(mask_text(text)), language=command.language
    )
