"""What Twilio says over a media stream's socket: JSON, as text. It is told nothing.

Source: Twilio, "Media Streams: WebSocket messages". Numbers come as strings. Fields that are not
read here are never decoded: of a `dtmf` message that is the digit, which may be of a card.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from ...errors import IngestRefused
from ...events.base import SAMPLE_RATE_HZ
from ...events.decoding import decoded
from ..ingest.messages import FRAME_SAMPLES_MAX

ENCODING = "audio/x-mulaw"
MESSAGE_BYTES_MAX = 128 * 1024  # a start with 99 parameters of 500 characters, some escaped
COUNT_MAX = 2**53  # what a number in JSON holds exactly

Side = Literal["inbound", "outbound"]  # of Twilio: what it receives from the caller, and sends

_Count = Annotated[int, Meta(ge=0, le=COUNT_MAX)]
_Sid = Annotated[str, Meta(pattern=r"^[A-Za-z0-9]{1,64}$")]  # `CA` and 32 hexadecimal digits


class MediaFormat(Struct, frozen=True, rename="camel"):
    """How the payloads of a stream are to be read."""

    encoding: str
    sample_rate: int
    channels: int


class Metadata(Struct, frozen=True, kw_only=True, rename="camel"):
    """Which call a stream is of, and what its TwiML said of it."""

    account_sid: _Sid
    call_sid: _Sid
    tracks: tuple[str, ...]
    media_format: MediaFormat
    custom_parameters: dict[str, str] = {}


class Sound(Struct, frozen=True, gc=False):
    """Consecutive samples of one side."""

    track: Side
    chunk: _Count
    timestamp: _Count  # ms since the stream's start
    payload: bytes  # one byte a sample


class Connected(Struct, frozen=True, tag_field="event", tag="connected"):
    """The first message: which protocol follows."""

    protocol: str
    version: str


class Start(Struct, frozen=True, kw_only=True, tag_field="event", tag="start", rename="camel"):
    """The second, once: what is streamed."""

    sequence_number: _Count
    stream_sid: _Sid
    start: Metadata


class Media(Struct, frozen=True, kw_only=True, tag_field="event", tag="media", rename="camel"):
    """Some sound."""

    sequence_number: _Count
    stream_sid: _Sid
    media: Sound


class Mark(Struct, frozen=True, kw_only=True, tag_field="event", tag="mark", rename="camel"):
    """What was sent to the call was played. We send nothing."""

    sequence_number: _Count
    stream_sid: _Sid


class Dtmf(Struct, frozen=True, kw_only=True, tag_field="event", tag="dtmf", rename="camel"):
    """A key was pressed; which one is not for us."""

    sequence_number: _Count
    stream_sid: _Sid


class Stop(Struct, frozen=True, kw_only=True, tag_field="event", tag="stop", rename="camel"):
    """The stream was stopped, or the call is over: Twilio does not say which."""

    sequence_number: _Count
    stream_sid: _Sid


Message = Connected | Start | Media | Mark | Dtmf | Stop


class _Event(Struct, frozen=True):
    event: str


_KNOWN = frozenset({"connected", "start", "media", "mark", "dtmf", "stop"})
# Not strict: "3" is 3.
_message = msgspec.json.Decoder(Message, strict=False)
_event = msgspec.json.Decoder(_Event)


def message_in(text: str | bytes) -> Message | None:
    """Return what was said; None of an event that is unknown here, as newer ones are.

    Raises:
        IngestRefused: it is no message, or larger than one can be.
    """
    if isinstance(text, bytes):
        raise IngestRefused("message_malformed")
    if len(text) > MESSAGE_BYTES_MAX:
        raise IngestRefused("message_oversized")
    try:
        message = decoded(_message, text)
    except msgspec.DecodeError:
        if _is_unknown(text):
            return None
        # What is wrong with which field would repeat what was sent.
        raise IngestRefused("message_malformed") from None
    if isinstance(message, Media) and len(message.media.payload) > FRAME_SAMPLES_MAX:
        raise IngestRefused("frame_oversized")
    return message


def checked(connected: Connected) -> None:
    """Do nothing if this is the protocol that is spoken here.

    Raises:
        IngestRefused: it is another.
    """
    if connected.protocol != "Call" or connected.version.partition(".")[0] not in ("0", "1"):
        raise IngestRefused("protocol_unsupported")


def sides_of(start: Start) -> frozenset[Side]:
    """Return which sides a stream brings.

    Raises:
        IngestRefused: there is nothing in it that could be heard here; says why.
    """
    told = start.start.media_format
    if told.encoding != ENCODING:
        raise IngestRefused("encoding_unsupported")
    if told.sample_rate != SAMPLE_RATE_HZ:
        raise IngestRefused("rate_unsupported")
    if told.channels != 1:
        raise IngestRefused("channels_unsupported")
    sides: set[Side] = set()
    for track in start.start.tracks:
        if track not in ("inbound", "outbound"):
            raise IngestRefused("tracks_unsupported")
        sides.add(track)
    if not sides:
        raise IngestRefused("tracks_unsupported")
    return frozenset(sides)


def _is_unknown(text: str) -> bool:
    try:
        return decoded(_event, text).event not in _KNOWN
    except msgspec.DecodeError:
        return False
