"""What was said before an utterance, as far as it bears on what is personal in it."""

from msgspec import Struct

from ..cards.judging import Situation
from .kinds import PersonalKind

NO_CARDS = Situation()


class PersonalSituation(Struct, frozen=True, gc=False):
    """See `PersonalContext.situation`, which makes it."""

    cards: Situation = NO_CARDS
    asked: tuple[PersonalKind, ...] = ()  # what the last question, or promise, named; not yet told
    asked_by_other: bool = True  # the other side asked, so that any part of this may answer
    is_fine: bool = False  # the last question was for a number that identifies nobody
    open_kind: PersonalKind | None = None  # of what this side's last utterance ended with
    open_digits: int = 0  # how many digits it had
    recent: PersonalKind | None = None  # of the number told last, by either side: it is read back


NOTHING_SAID = PersonalSituation()
