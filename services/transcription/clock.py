"""Where on the contact clock a channel's audio stood that was sent. Pure.

A socket's clock counts what was sent since it opened; the contact clock goes on through gaps and
reconnects. Each channel has its own way from one to the other, in pieces.
"""

from collections import deque

from msgspec import Struct

from ...events.base import SAMPLE_RATE_HZ, SAMPLES_PER_MS

_PIECES_MAX = 4_096  # 0.2 MB; a piece ends with a gap, and finals let go of them


class ChannelClock:
    """One channel's."""

    def __init__(self) -> None:
        self._pieces: deque[_Piece] = deque()

    def note(self, *, sent: int, contact: int, length: int) -> None:
        """Remember that `length` samples from `contact` on go out as sample `sent` and after."""
        newest = self._pieces[-1] if self._pieces else None
        if newest and (newest.sent_end, newest.contact_end) == (sent, contact):
            newest.length += length
            return
        self._pieces.append(_Piece(sent, contact, length))
        if len(self._pieces) > _PIECES_MAX:
            self._pieces.popleft()

    def contact_ms(self, sent_s: float) -> int:
        """Return where on the contact clock, in ms, the channel stood `sent_s` into the socket.

        Never goes back, and never beyond the track's audio: within silence that was put in, it
        goes on to where the audio after it begins, and no further. 0 before any audio.
        """
        sent = round(sent_s * SAMPLE_RATE_HZ)
        before: _Piece | None = None
        for piece in self._pieces:
            if sent < piece.sent:
                if before is None:
                    return piece.contact // SAMPLES_PER_MS
                beyond = before.contact_end + sent - before.sent_end
                return min(beyond, piece.contact) // SAMPLES_PER_MS
            if sent <= piece.sent_end:
                return (piece.contact + sent - piece.sent) // SAMPLES_PER_MS
            before = piece
        return before.contact_end // SAMPLES_PER_MS if before else 0

    def forget(self, before_s: float) -> None:
        """Let go of what lies wholly before `before_s`: nothing will be said of it."""
        before = round(before_s * SAMPLE_RATE_HZ)
        while len(self._pieces) > 1 and self._pieces[1].sent <= before:
            self._pieces.popleft()


class _Piece(Struct):
    sent: int
    contact: int
    length: int

    @property
    def sent_end(self) -> int:
        return self.sent + self.length

    @property
    def contact_end(self) -> int:
        return self.contact + self.length
