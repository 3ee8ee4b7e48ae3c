"""What was translated in a contact, and what became of the replies that were typed in it."""

from typing import Any, Literal

from msgspec import Struct

from ..events.base import ContactId, Position, Track, UtteranceId
from ..events.translation import ReplyId, Wish
from .generations import read_together
from .projection import Projection
from .store import Connection
from .transcript_rows import ERASED
from .translation_rows import READS, SCHEMA, TABLES, project

# `off`: nobody wants a translation. `unconfigured`: it is wanted, and nothing can translate.
State = Literal["off", "unconfigured", "on"]
ReplyState = Literal["typed", "translated", "spoken", "failed"]

_SELECT_CONTACT = "SELECT * FROM translation_contact WHERE contact_id = $1"
_SELECT_LANGUAGES = "SELECT * FROM translation_language WHERE contact_id = $1 ORDER BY track"
_SELECT_LINES = "SELECT * FROM translation_line WHERE contact_id = $1 ORDER BY position, target"
_SELECT_REPLIES = "SELECT * FROM translation_reply WHERE contact_id = $1 ORDER BY typed_at"


class VoiceLanguage(Struct, frozen=True, kw_only=True):
    """What a voice was found to speak."""

    track: Track
    language: str
    confidence: float  # 0 to 1


class TranslatedLine(Struct, frozen=True, kw_only=True):
    """An utterance in another language, or why it is not."""

    utterance_id: UtteranceId
    target: str
    source: str | None
    text: str | None  # None: it was dropped
    model: str | None
    dropped: str | None  # snake_case
    position: Position


class TypedReply(Struct, frozen=True, kw_only=True):
    """A reply, and how far it came."""

    reply_id: ReplyId
    state: ReplyState
    typed: str
    source: str | None
    target: str | None
    text: str | None  # as it is told, where that is not as it was typed
    model: str | None
    language: str | None  # that was spoken
    duration_ms: int | None  # of its audio; None: there is none
    failed: str | None  # the step: `translation` or `speech`
    reason: str | None
    position: Position


class Translation(Struct, frozen=True, kw_only=True):
    """A contact's translation. `position` is of the last fact it shows."""

    contact_id: ContactId
    state: State
    targets: tuple[str, ...]
    wish: Wish | None
    stated: str | None
    languages: tuple[VoiceLanguage, ...]
    lines: tuple[TranslatedLine, ...]
    replies: tuple[TypedReply, ...]
    position: Position


async def translation_of(connection: Connection, contact_id: ContactId) -> Translation | None:
    """Return a contact's translation, as of one moment; None if it is unknown.

    Raises:
        StoreUnavailable: the read model was never built here.
    """

    async def read() -> Translation | None:
        contact = await connection.fetchrow(_SELECT_CONTACT, contact_id)
        if contact is None:
            return None
        return Translation(
            contact_id=contact_id,
            state=_state(contact),
            targets=tuple(contact["targets"] or ()),
            wish=contact["wish"],
            stated=contact["stated"],
            languages=tuple(
                VoiceLanguage(
                    track=row["track"], language=row["language"], confidence=row["confidence"]
                )
                for row in await connection.fetch(_SELECT_LANGUAGES, contact_id)
            ),
            lines=tuple(
                _shown_line(row) for row in await connection.fetch(_SELECT_LINES, contact_id)
            ),
            replies=tuple(
                _shown_reply(row) for row in await connection.fetch(_SELECT_REPLIES, contact_id)
            ),
            position=contact["position"],
        )

    return await read_together(connection, (PROJECTION,), read)


def _state(contact: Any) -> State:
    if not contact["targets"]:
        return "off"
    return "on" if contact["configured"] else "unconfigured"


def _shown_line(row: Any) -> TranslatedLine:
    is_erased = row["dropped"] is None and row["text"] is None
    return TranslatedLine(
        utterance_id=row["utterance_id"],
        target=row["target"],
        source=row["source"],
        text=ERASED if is_erased else row["text"],
        model=row["model"],
        dropped=row["dropped"],
        position=row["position"],
    )


def _shown_reply(row: Any) -> TypedReply:
    is_erased = row["model"] is not None and row["text"] is None
    return TypedReply(
        reply_id=row["reply_id"],
        state=_reply_state(row),
        typed=ERASED if row["typed"] is None else row["typed"],
        source=row["source"],
        target=row["target"],
        text=ERASED if is_erased else row["text"],
        model=row["model"],
        language=row["language"],
        duration_ms=row["duration_ms"],
        failed=row["failed"],
        reason=row["reason"],
        position=row["position"],
    )


def _reply_state(row: Any) -> ReplyState:
    if row["failed"] is not None:
        return "failed"
    if row["language"] is not None:
        return "spoken"
    return "typed" if row["model"] is None else "translated"


PROJECTION = Projection(
    name="translation",
    version=1,
    tables=TABLES,
    schema=SCHEMA,
    project=project,
    reads=READS,
)
