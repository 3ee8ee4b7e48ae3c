"""Where in a stream the next open begins."""

from datetime import datetime, timedelta
from typing import Literal

from ...events.contact import MediaStream
from .outcomes import Lost
from .patience import Patience
from .source import AfterFragment, FromProducerTime, Start

# What the very first open asks for. A contact's own StartFragmentNumber is exclusive by the
# words of the API, and readers that pass it lose the first second; a time loses nothing.
First = Literal["producer_timestamp", "fragment_number"]


class Cursor:
    """Goes on behind the last complete fragment, and round what cannot be read."""

    def __init__(
        self, media: MediaStream, *, after: str | None, first: First, patience: Patience
    ) -> None:
        self._media = media
        self._after = after  # last complete fragment
        self._first = first
        self._patience = patience
        self._by_time = False  # the fragment to go on behind is not there
        self._broken = 0  # bodies in a row that broke at the same place

    def start(self, reached_at: datetime | None) -> Start:
        """Return what to ask for; `reached_at` is the producer time audio is stored up to."""
        at = reached_at or self._media.started_at
        beyond = self._broken - self._patience.broken_blind_max + 1
        if beyond > 0:
            # The damage hides the fragment's number: step over it in time, ever further.
            return FromProducerTime(at + timedelta(seconds=beyond * self._patience.broken_step_s))
        if not self._by_time:
            if self._after is not None:
                return AfterFragment(self._after)
            number = self._media.start_fragment_number
            if self._first == "fragment_number" and number.isdecimal():
                return AfterFragment(str(int(number) - 1))
        return FromProducerTime(at - timedelta(seconds=self._patience.start_margin_s))

    def completed(self, number: str) -> None:
        """All of a fragment was received."""
        if self._after is None or int(number) > int(self._after):
            self._after, self._by_time, self._broken = number, False, 0

    def not_found(self) -> None:
        """There is no such fragment to go on behind; a time is always found."""
        self._by_time = True

    def broke(self, lost: Lost) -> None:
        """The body cannot be read further. It may have been the way here: tried once more."""
        self._broken += 1
        if self._broken >= self._patience.broken_max and lost.fragment is not None:
            self.completed(lost.fragment)  # as far as it ever will be
