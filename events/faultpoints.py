"""Places between two side effects where a test may let a fault strike.

A process that nobody armed passes them by. `infra/faults` arms one, lets it die there, and says
what must hold afterwards; `tests/faults` sees that every place is struck and none is forgotten.
"""

from collections.abc import Awaitable, Callable
from enum import StrEnum


class FaultPoint(StrEnum):
    """Named after what was just done; what comes next has not been."""

    APPEND_SENT = "append_sent"  # publisher: on its way, nobody knows whether stored
    APPEND_STORED = "append_stored"  # publisher: acknowledged, the caller does not know
    ROWS_WRITTEN = "rows_written"  # projection: within the transaction
    BATCH_COMMITTED = "batch_committed"  # projection: the store knows, the loop does not
    FACT_HANDED_OUT = "fact_handed_out"  # reactor: the bookmark does not say so yet
    BOOKMARK_SAVED = "bookmark_saved"  # reactor: the lease's record moved
    SEGMENT_PUT = "segment_put"  # archiver: not in the chain yet
    LINK_PUT = "link_put"  # archiver: the chain moved, the loop does not know
    ERASURE_RECORDED = "erasure_recorded"  # erasure: asked for, and nothing done
    ERASURE_APPROVED = "erasure_approved"  # erasure: agreed to, and nothing done
    DESTRUCTION_BEGUN = "destruction_begun"  # erasure: the register says whose keys go
    ERASURE_TAKEN_UP = "erasure_taken_up"  # its service: found open, and nothing done
    KEY_DESTROYED = "key_destroyed"  # erasure: of one contact, others have theirs
    CONTACT_TOLD = "contact_told"  # erasure: one history says so, others do not
    AUDIO_PURGED = "audio_purged"  # erasure: recent audio is gone, recordings are not
    OBJECTS_DELETED = "objects_deleted"  # erasure: recordings are gone, letters are not
    LETTERS_WITHDRAWN = "letters_withdrawn"  # erasure: stores are clear, nothing says so
    COPIES_FORGOTTEN = "copies_forgotten"  # erasure: resting copies are gone, others show people
    ERASURE_COMPLETED = "erasure_completed"  # erasure: the register says so, no receipt is signed
    RECEIPT_SIGNED = "receipt_signed"  # erasure: all is done, the caller does not know
    ROTATION_BEGUN = "rotation_begun"  # keys: a new version, which wraps nothing yet
    KEYS_WRITTEN = "keys_written"  # keys: within the transaction that wraps some anew
    KEYS_REWRAPPED = "keys_rewrapped"  # keys: some under the new version, some under the old
    VERSION_DESTROYED = "version_destroyed"  # keys: the old one is gone, the caller does not know
    REDACTED_PUT = "redacted_put"  # redaction: the object is stored, no fact tells of it
    REDACTION_STATED = "redaction_stated"  # redaction: an attempt is a fact, nobody checked it
    VERDICT_REACHED = "verdict_reached"  # redaction: checked, and the log does not say so
    VERDICT_STATED = "verdict_stated"  # redaction: the log says so, the driver does not know
    ORIGINAL_PROPOSED = "original_proposed"  # redaction: about to go, unless it is held
    ORIGINAL_DECIDED = "original_decided"  # redaction: the register says so, its key is there
    ORIGINAL_GONE = "original_gone"  # redaction: destroyed, and the log does not say so


Strike = Callable[[FaultPoint], Awaitable[None]]


class _Armed:
    strike: Strike | None = None


def arm(strike: Strike | None) -> None:
    """Let `strike` happen at every point from now on; None: nothing. For fault tests alone."""
    _Armed.strike = strike


async def reach(point: FaultPoint) -> None:
    """Pass a point; return unless a fault test says otherwise."""
    if _Armed.strike is not None:
        await _Armed.strike(point)


def is_armed() -> bool:
    """Tell whether points may strike: what passes none of them steps aside for what does."""
    return _Armed.strike is not None
