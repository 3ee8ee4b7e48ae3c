"""One record of Contact Lens as it came off the stream, told apart into what is of use. Pure.

Records are made by somebody else and come from a customer's account: nothing in them is taken
for granted, and a segment that cannot be read does not take the others of its record with it.

Source: Amazon Connect administrator guide, "Data model for Contact Lens real-time contact
analysis segment streams".
"""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Raw, Struct

from ....events.base import ContactId, Track, UtteranceId, is_id
from ..port import Hypothesis
from .spreading import spread

RECOGNIZER = "contact-lens"

# Kinds of segments that say nothing of the words themselves: a tenant's own playbook decides
# what matters in them. So do `Sentiment` and `IssuesDetected` beside a transcript's words.
IGNORED_SEGMENTS = frozenset({"Categories", "PostContactSummary"})

TEXT_CHARACTERS_MAX = 20_000  # a turn is some hundreds; an hour without a pause would be 50,000
OFFSET_MS_MAX = 7 * 24 * 3_600_000  # no contact lasts a week

Unread = Literal["unreadable", "other_channel", "segment_unreadable", "segment_unknown"]

# Contact Lens says of no word how sure it is.
_CONFIDENCE = 1.0

_Offset = Annotated[int, Meta(ge=0, le=OFFSET_MS_MAX)]
_Text = Annotated[str, Meta(max_length=TEXT_CHARACTERS_MAX)]


class Said(Struct, frozen=True, kw_only=True):
    """Words of a contact: on their way while `heard.is_final` is false."""

    utterance_id: UtteranceId
    heard: Hypothesis


class Over(Struct, frozen=True, kw_only=True):
    """Nothing follows. With `failed` because Contact Lens could not go on."""

    failed: bool


Told = Said | Over


class Read(Struct, frozen=True, kw_only=True):
    """What a record says of one contact, and what in it was of no use."""

    contact_id: ContactId
    recognizer: str  # name and version
    told: tuple[Told, ...]
    unread: tuple[Unread, ...] = ()

    @property
    def newest_ms(self) -> int | None:
        """How far into the contact its words go; None: there are none."""
        ends = [one.heard.ended_ms for one in self.told if isinstance(one, Said)]
        return max(ends, default=None)


class Unusable(Struct, frozen=True):
    """A record that says nothing of any contact we could know."""

    reason: Unread


def read(content: bytes) -> Read | Unusable:
    """Return what a record says."""
    try:
        record = _decode(content)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return Unusable("unreadable")
    if record.channel.upper() != "VOICE":
        return Unusable("other_channel")
    if not is_id(record.contact_id):
        return Unusable("unreadable")
    told, unread = _segments(record.segments or ())
    if record.event_type in ("COMPLETED", "FAILED"):
        told = [*told, Over(failed=record.event_type == "FAILED")]
    return Read(
        contact_id=ContactId(record.contact_id),
        recognizer=f"{RECOGNIZER}/{record.version}",
        told=tuple(told),
        unread=tuple(unread),
    )


def _segments(segments: Sequence[Raw]) -> tuple[list[Told], list[Unread]]:
    told: list[Told] = []
    unread: list[Unread] = []
    for raw in segments:
        try:
            said = _said(_decode_segment(raw))
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            unread.append("segment_unreadable")
            continue
        if isinstance(said, Said):
            told.append(said)
        elif said is not None:
            unread.append(said)
    return told, unread


def _said(kinds: dict[str, Raw]) -> Said | Unread | None:
    """Return the words of a segment; None where it is of a kind that is left out on purpose."""
    if "Transcript" in kinds:
        final = _decode_transcript(kinds["Transcript"])
        return _words(final, UtteranceId(final.id), final.content, is_final=True)
    if "Utterance" in kinds:
        partial = _decode_utterance(kinds["Utterance"])
        return _words(
            partial, UtteranceId(partial.transcript_id), partial.partial_content, is_final=False
        )
    return None if kinds.keys() <= IGNORED_SEGMENTS else "segment_unknown"


def _words(
    timed: "_Timed", utterance_id: UtteranceId, content: str, *, is_final: bool
) -> Said | Unread | None:
    if not is_id(utterance_id):
        return "segment_unreadable"
    text = " ".join(content.split())
    if not text:
        return None
    started_ms = timed.begin_offset_millis
    ended_ms = max(started_ms, timed.end_offset_millis)
    words = spread(text, started_ms=started_ms, ended_ms=ended_ms, confidence=_CONFIDENCE)
    heard = Hypothesis(
        track=_track_of(timed.participant_role),
        is_final=is_final,
        text=text,
        words=words,
        stable_words=len(words) if is_final else 0,
        started_ms=started_ms,
        ended_ms=ended_ms,
        confidence=_CONFIDENCE,
        heard_ms=ended_ms,
    )
    return Said(utterance_id=utterance_id, heard=heard)


def _track_of(role: str) -> Track:
    """Return the track. Whoever is not the customer is heard by them: agents, bots, prompts."""
    return "from_customer" if role.upper() == "CUSTOMER" else "to_customer"


class _Record(Struct, rename="pascal"):
    version: Annotated[str, Meta(pattern=r"^[0-9A-Za-z._-]{1,32}\Z")]
    contact_id: str
    event_type: Literal["STARTED", "SEGMENTS", "COMPLETED", "FAILED"]
    channel: str = "VOICE"
    segments: list[Raw] | None = None


class _Timed(Struct, rename="pascal"):
    participant_role: Annotated[str, Meta(min_length=1)]
    begin_offset_millis: _Offset
    end_offset_millis: _Offset


class _Transcript(_Timed, rename="pascal"):
    id: str
    content: _Text


class _Utterance(_Timed, rename="pascal"):
    transcript_id: str
    partial_content: _Text


_decode: Any = msgspec.json.Decoder(_Record).decode
_decode_segment: Any = msgspec.json.Decoder(dict[str, Raw]).decode
_decode_transcript: Any = msgspec.json.Decoder(_Transcript).decode
_decode_utterance: Any = msgspec.json.Decoder(_Utterance).decode
