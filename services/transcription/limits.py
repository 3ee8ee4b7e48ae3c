"""How long transcription is patient."""

from msgspec import Struct

_DOUBLINGS_MAX = 16  # beyond it a number only grows


class Limits(Struct, frozen=True, kw_only=True):
    """In seconds, where nothing else is said."""

    open_s: float = 10.0  # a vendor's handshake, twice retransmitted
    # Finals of 30 s turns queue behind each other on a busy machine; a hung one never moves.
    stalled_s: float = 20.0
    attempts_max: int = 3  # sessions lost on the same audio before it is given up
    hopeless_s: float = 90.0  # nor before this: an outage kills sessions too, and passes
    retry_first_s: float = 0.5  # doubles with each loss
    retry_longest_s: float = 2.0  # each loss costs a replay of what it had not finished
    # Where no session could be had there is nothing to replay, and words are waited for as soon
    # as a recogniser is back. Whether one is asked then is for the chain to say: it lets one
    # contact try for all.
    unopened_longest_s: float = 0.5
    # How long a call that is over waits for a recogniser, or for its text to come to its end;
    # its audio is kept for a day.
    unreachable_s: float = 900.0
    # After hang-up: longer than media takes to notice, even with a reconnect.
    close_deadline_s: float = 60.0

    def pause_s(self, losses: int, *, was_fed: bool) -> float:
        """Return how long to wait after the nth loss in a row, from 1.

        `was_fed`: the session had audio.
        """
        longest_s = self.retry_longest_s
        if not was_fed:
            longest_s = min(longest_s, self.unopened_longest_s)
        return min(longest_s, self.retry_first_s * 2.0 ** min(losses - 1, _DOUBLINGS_MAX))
