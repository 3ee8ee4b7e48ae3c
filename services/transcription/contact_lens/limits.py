"""How long, and for how much, the text of a stream is waited for."""

from msgspec import Struct


class Limits(Struct, frozen=True, kw_only=True):
    """In seconds, where nothing else is said."""

    # Kinesis lets a shard be asked five times a second, by all who read it together.
    poll_s: float = 0.4
    poll_behind_s: float = 0.25  # while there is more than one answer holds
    list_s: float = 30.0  # how often new shards are looked for, beside when one ends
    retry_first_s: float = 0.5  # doubles with each failure in a row
    retry_longest_s: float = 10.0
    denied_s: float = 30.0  # what a person has to mend is asked for more seldom, and loudly
    tick_s: float = 1.0  # how often those who wait are looked at
    save_s: float = 4.0  # after a crash, so much is read again and recognised
    look_s: float = 1.0  # whether the stream is ours to read; sooner when somebody came or went

    # Stream time, not ours: a reader that catches up does not take its own haste for silence.
    # Longer than a pause within a number, and than Contact Lens takes for the next words.
    quiet_s: float = 6.0
    # A contact is told to us by its flow, and its first words may be here sooner.
    unknown_s: float = 60.0
    unknown_look_s: float = 1.0  # between looks for its start; doubles
    unknown_look_longest_s: float = 8.0

    untold_max: int = 2_000  # records read and not told, before reading waits for the log
    waiting_max: int = 10_000  # records of contacts that are not known; 1 KB each, as a rule
    contacts_max: int = 5_000  # held in memory; who is not is read again from the log
    contacts_at_once: int = 16  # appended to, of one batch
    attempts_max: int = 8  # at one contact's records, where no outage is to blame

    def pause_s(self, failures: int) -> float:
        """Return how long to wait after the nth failure in a row, from 1."""
        return min(self.retry_longest_s, self.retry_first_s * 2 ** min(failures - 1, 30))
