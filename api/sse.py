"""Server-Sent Events on the wire: frames, and the ids from which a client resumes.

Source: HTML Living Standard, section 9.2, for the format.
"""

from ..errors import Malformed
from ..events.base import Epoch, Position
from .bounded import BoundedStream, Feed

RETRY = b"retry: 1000\n\n"  # milliseconds; browsers differ when they are not told

_DIGITS_MAX = 19  # of a position: 64 bits

_HEADERS = {
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",  # nginx would hold frames back
}


def frame(event: str, payload: bytes, *, id: str | None = None) -> bytes:  # noqa: A002 (SSE's word)
    """Return an event as bytes. `payload` has no line breaks: it is JSON."""
    head = f"id: {id}\nevent: {event}\n" if id is not None else f"event: {event}\n"
    return head.encode() + b"data: " + payload + b"\n\n"


def event_id(epoch: Epoch, position: Position) -> str:
    """Return the id of a fact's event, from which a client resumes."""
    return f"{epoch}-{position}"


def parse_event_id(text: str, *, field: str = "Last-Event-ID") -> tuple[Epoch, Position]:
    """Undo `event_id`.

    Raises:
        Malformed: it was never an id of ours; names `field`.
    """
    epoch, _, position = text.rpartition("-")
    is_number = position.isascii() and position.isdigit() and len(position) <= _DIGITS_MAX
    if not epoch or not is_number:
        raise Malformed(field, "has to be `<epoch>-<position>`, as it was given before")
    return Epoch(epoch), Position(int(position))


class EventStream(BoundedStream):
    """A stream of Server-Sent Events."""

    def __init__(self, feed: Feed, *, send_s: float) -> None:
        super().__init__(feed, send_s=send_s, media_type="text/event-stream", headers=_HEADERS)
