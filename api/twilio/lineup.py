"""Messages in the order in which Twilio numbered them, with what is missing told."""

from collections.abc import Generator

from .messages import Media

# Waiting for one that is missing: 0.3 s of both tracks in messages of 20 ms. What comes by one
# socket is seldom out of order at all, and what Twilio threw away never comes.
WAITING_MAX = 32


class Lineup:
    """Puts one stream's messages in order. Those that carry no sound only count."""

    def __init__(self, last: int) -> None:
        """Go on behind the message that has the number `last`."""
        self._next = last + 1
        self._waiting: dict[int, Media | None] = {}
        self.missing = 0  # that were given up so far
        self.dropped = 0  # that came twice, or after they had been given up

    def take(self, number: int, media: Media | None) -> Generator[Media]:
        """Take a message and yield the sounds whose turn it is; `missing` holds for each."""
        if number < self._next or number in self._waiting:
            self.dropped += 1
            return
        self._waiting[number] = media
        yield from self._due()
        if len(self._waiting) > WAITING_MAX:
            self._give_up()
            yield from self._due()

    def rest(self) -> Generator[Media]:
        """Yield what still waits: nothing else will come."""
        while self._waiting:
            self._give_up()
            yield from self._due()

    def _due(self) -> Generator[Media]:
        while self._next in self._waiting:
            media = self._waiting.pop(self._next)
            self._next += 1
            if media is not None:
                yield media

    def _give_up(self) -> None:
        first = min(self._waiting)
        self.missing += first - self._next
        self._next = first
