"""When to try again with audio that sessions died on, and when to give it up. Pure."""

from collections.abc import Callable

from .limits import Limits


class Patience:
    """Of one contact, for one stretch of its audio.

    Args:
        now: seconds of a clock that never goes back.
    """

    def __init__(self, limits: Limits, *, now: Callable[[], float]) -> None:
        self._limits = limits
        self._now = now
        self._pauses = 0
        self._was_fed = False  # the last that was lost
        self._unopened_since: float | None = None
        self._died_since: float | None = None
        self.deaths = 0  # sessions lost in a row on the same audio

    def lost(self, *, got_on: bool, was_fed: bool) -> None:
        """Take note of a lost session: whether finals came of it, and whether it had audio."""
        if got_on:
            self._pauses, self.deaths, self._died_since = 0, 0, None
        self._pauses += 1
        self._was_fed = was_fed
        if was_fed:
            self._unopened_since = None
            self.deaths += 1
            if self._died_since is None:
                self._died_since = self._now()
        elif self._unopened_since is None:
            self._unopened_since = self._now()

    def give_up(self) -> None:
        """Begin anew with the audio after what was given up."""
        self.deaths, self._died_since = 0, None

    @property
    def pause_s(self) -> float:
        """How long to wait before the next session."""
        return self._limits.pause_s(self._pauses, was_fed=self._was_fed)

    @property
    def is_audio_hopeless(self) -> bool:
        """Whether sessions died on this audio so often, and for so long, that it is its fault.

        An outage kills sessions too, and is over at some time.
        """
        if self.deaths < self._limits.attempts_max or self._died_since is None:
            return False
        return self._now() - self._died_since >= self._limits.hopeless_s

    @property
    def is_nobody_there(self) -> bool:
        """Whether no session could be had for longer than a finished call is kept open."""
        since = self._unopened_since
        return since is not None and self._now() - since >= self._limits.unreachable_s
