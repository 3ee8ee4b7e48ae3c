"""Where in a stream the next open begins."""

from datetime import datetime, timedelta
from typing import Literal

from ...events.contact import MediaStream
from .outcomes import Lost
from .patience import MARGIN_S_MAX, START_MARGIN_S, Patience
from .source import AfterFragment, FromProducerTime, Start

# What the very first open asks for. A contact's own StartFragmentNumber is exclusive by the
# words of the API, and readers that pass it lose the first second; a time loses nothing.
First = Literal["producer_timestamp", "fragment_number"]

# Each step reads that much more of whoever had the stream before, to pass it over.
_MARGIN_TIMES = 8


class Cursor:
    """Goes on behind the last complete fragment, and round what cannot be read."""

    def __init__(
        self, media: MediaStream, *, after: str | None, first: First, patience: Patience
    ) -> None:
        self._media = media
        self._after = after  # last complete fragment
        self._first = first
        self._patience = patience
        self._margin_s = patience.start_margin_s
        self._missed_from: int | None = None  # the first fragment of a body that began too late
        self._began = after is not None  # it is known that nothing was missed before
        self._by_time = False  # the fragment to go on behind is not there
        self._cut = 0  # bodies in a row that ended within an element, and completed nothing
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
        margin_s = self._margin_s if reached_at is None else self._patience.start_margin_s
        return FromProducerTime(at - timedelta(seconds=margin_s))

    def begins_late(self, number: int) -> bool:
        """Tell whether a first body, which begins with this fragment, leaves out the beginning.

        It does when the producer's clock is behind that of whoever says when the stream
        started. Then the next open asks for earlier; once, where that brings nothing earlier.
        """
        if self._began:
            return False
        started = self._media.start_fragment_number
        is_first = not started.isdecimal() or number <= int(started)
        if is_first or number == self._missed_from or not self.asks_earlier():
            self._began = True
            return False
        self._missed_from = number
        return True

    @property
    def may_begin_earlier(self) -> bool:
        """Tell whether what there is of the stream may bear times before those asked for."""
        return not self._began and self._margin_s < MARGIN_S_MAX

    def asks_earlier(self) -> bool:
        """Ask for earlier next, if that may help, and tell whether it may."""
        if not self.may_begin_earlier:
            return False
        wider_s = max(START_MARGIN_S, self._margin_s) * _MARGIN_TIMES
        self._margin_s = min(MARGIN_S_MAX, wider_s)
        return True

    def completed(self, number: str) -> None:
        """All of a fragment was received."""
        if self._after is None or int(number) > int(self._after):
            self._after, self._by_time, self._broken, self._cut = number, False, 0, 0

    def not_found(self) -> None:
        """There is no such fragment to go on behind; a time is always found."""
        self._by_time = True

    def was_cut(self) -> bool:
        """A body ended within an element; tell whether that is damage by now.

        A sender may break off anywhere, and nothing is lost by it. Where every body ends so, an
        element lies about its size, and what it swallowed is all that came behind it.
        """
        self._cut += 1
        return self._cut >= self._patience.broken_blind_max

    def broke(self, lost: Lost) -> None:
        """The body cannot be read further. It may have been the way here: tried once more."""
        self._broken += 1
        if self._broken >= self._patience.broken_max and lost.fragment is not None:
            self.completed(lost.fragment)  # as far as it ever will be
