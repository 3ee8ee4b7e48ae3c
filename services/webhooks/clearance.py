"""What of a contact's words may be told now: looked up before each attempt, never remembered.

What a receiver was told cannot be called back. So words wait until every check after the call
passed, or a person confirmed it, and are told without what was found by then.
"""

from functools import reduce

from msgspec import Struct

from ...events.base import START, ContactRef, Lane, Position, Recorded
from ...events.journal import Journal
from ...events.quarantine import Standing, stand
from ...events.untold import Untold, untold_in
from ..inbox import ContactInbox

# What says whether anything may be let out, and every lane that the service hears: the newest
# fact it heard has to be among those that are read.
LANES: tuple[Lane, ...] = ("life", "speech", "recording", "summary", "redaction", "retention")


class Clearance(Struct, frozen=True, kw_only=True):
    """What may be told of one contact at one moment."""

    is_released: bool
    untold: Untold  # what is not, of that


class Clearances:
    """Looks at one contact's facts, as often as it is asked."""

    def __init__(
        self, contact: ContactRef, journal: Journal, *, unverified_allowed: bool = False
    ) -> None:
        self._contact = contact
        self._journal = journal
        self._unverified_allowed = unverified_allowed
        self._reach: Position = START

    def heard(self, recorded: Recorded) -> None:
        """Take note of a fact: whoever looks from now on has to be shown it."""
        self._reach = max(self._reach, recorded.position)

    async def look(self) -> Clearance:
        """Return what may be told now.

        Raises:
            KeyDestroyed: nothing, for the person was erased.
            HistoryUnreadable: this version cannot say.
            LogUnavailable: no answer.
        """
        inbox = ContactInbox(self._contact, self._journal, LANES)
        await inbox.open(reach=self._reach)
        state = reduce(stand, inbox.history, Standing()).state
        untold = untold_in(inbox.history)
        # Even where nobody has to have looked: who looked and doubted is heeded.
        passed = state == "verified" or (self._unverified_allowed and state != "failed")
        return Clearance(is_released=passed and not untold.is_unknown, untold=untold)
