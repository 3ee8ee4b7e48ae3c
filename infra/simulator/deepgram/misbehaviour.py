"""How a socket goes wrong, told before it opens. Times are of the audio it has been given."""

import asyncio

from msgspec import Struct

TIMED_OUT = (
    "Deepgram did not receive audio data or a text message within the timeout window."
    " See https://dpgr.am/net0001"
)
UNANSWERED = (
    "Deepgram did not provide a response message within the timeout window."
    " See https://dpgr.am/net0000"
)
# A close can hold 123 bytes of reason.
UNDECODABLE = "The payload cannot be decoded as audio. See https://dpgr.am/data0000"


class Misbehaviour(Struct, frozen=True, kw_only=True):
    """As it stands, none."""

    refuse: int | None = None  # the handshake is answered with this status
    opens: asyncio.Event | None = None  # the handshake is answered only then
    close_at_ms: int | None = None  # closed properly, with `code` and `reason`
    code: int = 1000
    reason: str = ""
    cut_at_ms: int | None = None  # the connection breaks off
    mute_at_ms: int | None = None  # audio is taken and nothing is said any more
    deaf_at_ms: int | None = None  # half-open: nothing is read, nothing sent, no ping answered
    delay_s: float = 0.0  # everything is said so much later
    unknown: bool = False  # messages of a type nobody knows, and one that is no JSON, in between
    twice: bool = False  # every message comes twice
    stale: bool = False  # after each final, what stood in it comes again as an interim result
    ignores_close: bool = False  # CloseStream is not answered


GOOD = Misbehaviour()
