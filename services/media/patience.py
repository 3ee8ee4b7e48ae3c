"""How long, how often and how much: every bound of hearing a contact, in one place."""

from msgspec import Struct

# Connect's clock and the producer's differ by a second or two. Clocks that are wrong, by a minute
# or two, are borne: no margin is wider.
START_MARGIN_S = 2.0
MARGIN_S_MAX = 128.0


class Patience(Struct, frozen=True, kw_only=True):
    """In seconds, where nothing else is said."""

    # Kinesis allows five GetMedia a second and stream, over all readers.
    open_every_s: float = 0.25
    retry_longest_s: float = 5.0  # between opens that bring nothing; doubles up to this
    # Before the time that a contact tells, or that audio is stored up to: what is read of others,
    # or once more, is passed over.
    start_margin_s: float = START_MARGIN_S
    # The very first body brings nothing: perhaps its fragments bear earlier times than we asked
    # for. A fragment lasts a second, and the first is said to take longer at times.
    first_s: float = 3.0
    # An open connection that brings no audio: reopened. Fragments last a second, ten at most.
    stalled_s: float = 30.0
    # After the hang-up, caught up with it: three seconds and more of nothing were measured
    # before a body ended.
    quiet_s: float = 3.0
    quiet_behind_s: float = 15.0  # the same, where more may be on its way
    # A stream that goes on beyond the hang-up, with the contact's own audio, is cut here.
    overrun_s: float = 30.0
    # After the hang-up, failing to read the rest. Transcription waits a minute for us.
    failing_s: float = 45.0
    # After the hang-up, waiting for room to read at all. Transcription waits a minute for us.
    refused_s: float = 45.0
    # After the hang-up, nothing for so long, live, and then the body ended by itself.
    quiet_ended_s: float = 1.0
    # After the hang-up, bodies in a row that end at once with nothing, where more was expected.
    empty_max: int = 3
    # No hang-up known and nothing heard: hold music is audio, so this is no hold.
    silent_s: float = 900.0
    denied_max: int = 3  # credentials rotate, streams appear; then it will not pass
    # Reads of the same damage before it is stepped over: of a fragment whose number is known,
    # and of one that hides it, which might as well be a proxy's error page in its place.
    broken_max: int = 2
    broken_blind_max: int = 6
    broken_step_s: float = 1.1  # a little more than a fragment, where its number is unknown


PATIENCE = Patience()

PENDING_BYTES_MAX = 128 * 1024  # 4 s of both tracks wait for the log; beyond, the socket waits
CHUNK_BYTES_MAX = 256 * 1024  # a message of NATS holds 1 MB, and a block may be 512 KiB
HELD_BYTES_MAX = 1024 * 1024  # 32 s of both tracks whose caller is not known yet
RECEIVED_EVERY_SAMPLES = 80_000  # 10 s: one fact for ten seconds of audio
