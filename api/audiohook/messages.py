"""What is said over an AudioHook socket, version 2: JSON as text.

Source: the message types of Genesys's reference implementation,
github.com/purecloudlabs/audiohook-reference-implementation, app/audiohook/src/protocol.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct, field

from ...errors import IngestRefused
from ...events.decoding import decoded
from .media import Media

VERSION = "2"
NOBODY = "00000000-0000-0000-0000-000000000000"  # conversation and participant of a probe
MESSAGE_CHARS_MAX = 65_535  # as the reference implementation allows
OFFERS_MAX = 64  # the protocol has two formats of three channel sets
CONTINUED_MAX = 64  # each is one cut of a session; what cuts it more often is broken

COUNT_MAX = 9_007_199_254_740_991  # the largest that JavaScript counts exactly

_HEX = "[0-9a-fA-F]"
_UUID = rf"^{_HEX}{{8}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{12}}\Z"
Uuid = Annotated[str, Meta(pattern=_UUID)]
Count = Annotated[int, Meta(ge=0, le=COUNT_MAX)]
Reason = Literal["end", "error", "disconnect", "reconnect"]


class Participant(Struct, frozen=True, kw_only=True):
    """The party at the other end. Their name is not read."""

    id: Uuid
    ani: Annotated[str, Meta(max_length=2_048)] = ""


class Continued(Struct, frozen=True, kw_only=True):
    """An earlier session of the same audio."""

    id: Uuid


class Open(Struct, frozen=True, kw_only=True, rename="camel"):
    """A session begins, or goes on in place of another."""

    organization_id: Uuid
    conversation_id: Uuid
    participant: Participant
    media: Annotated[tuple[Media, ...], Meta(max_length=OFFERS_MAX)]
    language: str | None = None
    continued_sessions: Annotated[tuple[Continued, ...], Meta(max_length=CONTINUED_MAX)] = ()
    custom_config: Any = None

    @property
    def is_probe(self) -> bool:
        """Whether somebody only tries whether we answer: no contact stands behind it."""
        return self.conversation_id == NOBODY


class Skipped(Struct, frozen=True, kw_only=True):
    """Audio from a position on that will never be sent."""

    start: str
    discarded: str


class Discarded(Skipped, frozen=True, kw_only=True):
    """Audio was thrown away."""


class Resumed(Skipped, frozen=True, kw_only=True):
    """A pause has ended, and that was the audio of it."""


class Paused(Struct, frozen=True):
    """Audio stops until it is resumed."""


class Ping(Struct, frozen=True):
    """The client asks whether we are there."""


class Update(Struct, frozen=True, kw_only=True):
    """The language has changed."""

    language: str


class Failed(Struct, frozen=True, kw_only=True):
    """Something went wrong at the client."""

    code: int


class Close(Struct, frozen=True, kw_only=True):
    """The session ends."""

    reason: Reason


class Unknown(Struct, frozen=True):
    """A type that we do not know, of a version to come: harmless."""


Told = Open | Close | Discarded | Resumed | Paused | Ping | Update | Failed | Unknown


class Envelope(Struct, frozen=True, kw_only=True):
    """What every message of a client carries."""

    version: Literal["2"]
    id: Uuid
    type: Annotated[str, Meta(max_length=64)]
    seq: Count
    serverseq: Count
    position: str
    parameters: msgspec.Raw = field(default_factory=lambda: msgspec.Raw(b"{}"))


class Said(Struct, frozen=True, kw_only=True):
    """A message of ours."""

    version: str = VERSION
    type: str
    id: str
    seq: int
    clientseq: int
    parameters: Mapping[str, Any]


_uuid = re.compile(_UUID)
_envelope = msgspec.json.Decoder(Envelope)
_parameters: Mapping[str, msgspec.json.Decoder[Told]] = {
    "open": msgspec.json.Decoder(Open),
    "close": msgspec.json.Decoder(Close),
    "discarded": msgspec.json.Decoder(Discarded),
    "resumed": msgspec.json.Decoder(Resumed),
    "paused": msgspec.json.Decoder(Paused),
    "ping": msgspec.json.Decoder(Ping),
    "update": msgspec.json.Decoder(Update),
    "error": msgspec.json.Decoder(Failed),
}


def uuid_in(header: str | None) -> str | None:
    """Return a header's UUID as we write it; None where there is none."""
    return header.lower() if header is not None and _uuid.match(header) else None


def envelope_in(message: str) -> Envelope:
    """Return a message with what it carries unread.

    Raises:
        IngestRefused: it is none.
    """
    if len(message) > MESSAGE_CHARS_MAX:
        raise IngestRefused("message_oversized")
    try:
        return decoded(_envelope, message)
    except msgspec.DecodeError:
        # What is wrong with which field would repeat what was sent.
        raise IngestRefused("message_malformed") from None


def told_in(envelope: Envelope) -> Told:
    """Return what a message carries.

    Raises:
        IngestRefused: it is not of its type's form.
    """
    decoder = _parameters.get(envelope.type)
    if decoder is None:
        return Unknown()
    try:
        return decoded(decoder, envelope.parameters)
    except msgspec.DecodeError:
        raise IngestRefused("parameters_malformed") from None
