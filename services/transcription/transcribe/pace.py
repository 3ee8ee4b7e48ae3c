"""How fast audio may go out: at once after a pause, and on a catch-up not much above real time.

Source: the vendor asks for audio at the pace it is spoken, and refuses streams that run
minutes ahead. Pure: the clock is passed in.
"""

_BURST_S = 5.0  # of audio, at once


class Pace:
    """One session's.

    Args:
        times: how many seconds of audio may go out in a second.
    """

    def __init__(self, *, times: float) -> None:
        self._times = times
        self._ahead_s = 0.0
        self._at = 0.0

    def wait_s(self, audio_s: float, *, now: float) -> float:
        """Return how long to wait before `audio_s` more seconds of audio go out; count them."""
        self._ahead_s = max(0.0, self._ahead_s - (now - self._at) * self._times) + audio_s
        self._at = now
        return max(0.0, self._ahead_s - _BURST_S) / self._times
