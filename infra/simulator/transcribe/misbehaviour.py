"""How a session goes wrong, told before it opens. Times are of the audio it has been given."""

import asyncio

from msgspec import Struct

TIMED_OUT = "Your request timed out because no new audio was received for 15 seconds."


class Misbehaviour(Struct, frozen=True, kw_only=True):
    """As it stands, none."""

    refuse: int | None = None  # the handshake is answered with this status
    error: str = ""  # and this exception, if any
    opens: asyncio.Event | None = None  # the handshake is answered only then
    raise_at_ms: int | None = None  # the exception `error` comes, and the end
    message: str = ""
    close_at_ms: int | None = None  # closed with 1000, nothing said
    cut_at_ms: int | None = None  # the connection breaks off
    mute_at_ms: int | None = None  # audio is taken and nothing is said any more
    deaf_at_ms: int | None = None  # half-open: nothing is read, nothing sent
    damaged_at_ms: int | None = None  # from then on a bit of each frame is wrong
    unknown: bool = False  # events nobody knows, and empty transcripts, in between
    twice: bool = False  # every event comes twice
    stale: bool = False  # after each final, what stood in it comes again as a partial result
    ignores_end: bool = False  # the empty frame is not answered


GOOD = Misbehaviour()
