"""How long recording is patient."""

from msgspec import Struct


class Limits(Struct, frozen=True, kw_only=True):
    """In seconds."""

    # After hang-up: longer than media takes to notice, even with a reconnect.
    close_deadline_s: float = 60.0
    store_again_s: float = 0.5  # doubles with each try
    store_again_longest_s: float = 30.0
    # As long as the audio stream keeps what could not be stored.
    store_unreachable_s: float = 24 * 3_600.0
