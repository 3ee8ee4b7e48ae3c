"""What of a channel's audio may hold speech that nobody told of yet. Pure.

The vendor says nothing of silence, not even that it hears. So what is quiet counts as heard when
it was sent, what is loud when something is told of it or of what follows. A line's click or a
tune waits for no answer for ever: only much of it, unanswered, means that nobody listens.
"""

from collections import deque

from msgspec import Struct

# Results of both channels are made from the same audio, the one a little before the other.
_SKEW_S = 5.0
# Told words end a little before their sound does.
_TAIL_S = 0.5
# Loud audio so long on its way, with nothing told of it, held no words.
_WORDLESS_S = 20.0
_STRETCHES_MAX = 2_048


class Loudness:
    """One channel of one session. Times in s of the session's audio, `now` of a clock's.

    Args:
        patience_s: loud audio without any answer after which the channel counts as unheard.
        believes: earlier sessions told nothing of this audio either, so it holds no words.
    """

    def __init__(self, *, patience_s: float, believes: bool) -> None:
        self._patience_s = patience_s
        self._believes = believes
        self._stretches: deque[_Stretch] = deque(maxlen=_STRETCHES_MAX)
        self._answered_s = 0.0
        self.sent_s = 0.0

    def sent(self, *, until_s: float, is_loud: bool, now: float) -> None:
        """Take note of the next piece of audio."""
        newest = self._stretches[-1] if self._stretches else None
        if is_loud and newest and newest.end_s >= self.sent_s - _TAIL_S:
            newest.end_s, newest.loud_s = until_s, newest.loud_s + until_s - self.sent_s
            newest.sent_at = now
        elif is_loud:
            self._stretches.append(_Stretch(self.sent_s, until_s, until_s - self.sent_s, now))
        self.sent_s = until_s

    def answered(self, until_s: float) -> None:
        """Take note that something was told of either channel, up to there."""
        self._answered_s = max(self._answered_s, until_s)
        self._believes = False  # it talks: should it fall silent again, that is news

    def told(self, until_s: float) -> None:
        """Take note that all of this channel's words up to there were told."""
        while self._stretches and self._stretches[0].end_s <= until_s + _TAIL_S:
            self._stretches.popleft()

    @property
    def heard_s(self) -> float:
        """Up to where the vendor can be taken to be listening."""
        unanswered_s = 0.0
        for stretch in self._stretches:
            after_s = max(stretch.start_s, self._answered_s)
            if stretch.end_s <= after_s:
                continue
            unanswered_s += min(stretch.loud_s, stretch.end_s - after_s)
            if unanswered_s > self._patience_s and not self._believes:
                return after_s
        return self.sent_s

    @property
    def unanswered_s(self) -> float:
        """How much loud audio there is behind the last answer about either channel."""
        return (
            0.0
            if self._believes
            else sum(
                min(stretch.loud_s, max(0.0, stretch.end_s - self._answered_s))
                for stretch in self._stretches
            )
        )

    def wordless_s(self, *, now: float) -> float:
        """Return up to where no words will come any more that were not told."""
        for stretch in self._stretches:
            passed = self._answered_s >= stretch.end_s + _SKEW_S
            if not passed and not (self._believes and now - stretch.sent_at >= _WORDLESS_S):
                return max(0.0, stretch.start_s - _TAIL_S)
        return max(0.0, self.sent_s - _TAIL_S)


class _Stretch(Struct):
    start_s: float
    end_s: float
    loud_s: float
    sent_at: float
