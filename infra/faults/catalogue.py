"""Every fault there is: where it strikes, and what is the work it interrupts."""

from typing import Literal

from msgspec import Struct

from ...events.faultpoints import FaultPoint
from .roles import Role

Trouble = Literal[
    "killed", "broker_killed", "acks_lost", "delivered_twice", "database_slow", "two_at_once"
]


class Fault(Struct, frozen=True, kw_only=True):
    """One fault, and the role it strikes."""

    name: str
    role: Role
    trouble: Trouble
    point: FaultPoint | None = None  # where it strikes, if it waits for that
    nth: int = 1  # time it gets there
    what: str  # in words, for the table
    outcome: str  # what holds afterwards, beside what always holds

    @property
    def strikes_all(self) -> bool:
        """Whether it strikes a server that other trials use too."""
        return self.trouble == "broker_killed"


def _killed(role: Role, point: FaultPoint, nth: int, *, what: str, outcome: str) -> Fault:
    return Fault(
        name=f"{role}_killed_at_{point}",
        role=role,
        trouble="killed",
        point=point,
        nth=nth,
        what=f"kill -9 {what}",
        outcome=outcome,
    )


FAULTS: tuple[Fault, ...] = (
    _killed(
        "publish",
        FaultPoint.APPEND_SENT,
        40,
        what="with an append on its way",
        outcome="repeated under the same id: stored once",
    ),
    _killed(
        "publish",
        FaultPoint.APPEND_STORED,
        40,
        what="when the broker had answered",
        outcome="the lane says how far it was; the writer goes on there",
    ),
    _killed(
        "project",
        FaultPoint.ROWS_WRITTEN,
        2,
        what="before the commit",
        outcome="the transaction is undone, and done again",
    ),
    _killed(
        "project",
        FaultPoint.BATCH_COMMITTED,
        2,
        what="after the commit",
        outcome="the checkpoint moved with the rows: nothing is applied twice",
    ),
    _killed(
        "react",
        FaultPoint.FACT_HANDED_OUT,
        60,
        what="with a fact handed out",
        outcome="handed out again; what was answered is recognised",
    ),
    _killed(
        "react",
        FaultPoint.BOOKMARK_SAVED,
        1,
        what="when a bookmark was saved",
        outcome="the next holder goes on from the bookmark",
    ),
    _killed(
        "react",
        FaultPoint.APPEND_STORED,
        60,
        what="when an answer was stored",
        outcome="found in the own lane: not answered again",
    ),
    _killed(
        "archive",
        FaultPoint.SEGMENT_PUT,
        1,
        what="with a segment that no link names",
        outcome="recognised and linked",
    ),
    _killed(
        "archive",
        FaultPoint.LINK_PUT,
        1,
        what="when the chain had moved",
        outcome="goes on behind the link",
    ),
    _killed(
        "erase",
        FaultPoint.ERASURE_RECORDED,
        1,
        what="when an erasure was asked for",
        outcome="nothing goes before a second person says so; then all does",
    ),
    _killed(
        "erase",
        FaultPoint.ERASURE_APPROVED,
        1,
        what="when an erasure was approved",
        outcome="whoever comes next carries it out",
    ),
    _killed(
        "erase",
        FaultPoint.ERASURE_TAKEN_UP,
        1,
        what="of who takes an erasure up",
        outcome="taken up by the next",
    ),
    _killed(
        "erase",
        FaultPoint.DESTRUCTION_BEGUN,
        1,
        what="when the register says whose keys go",
        outcome="they go, and are counted once",
    ),
    _killed(
        "erase",
        FaultPoint.KEY_DESTROYED,
        2,
        what="with keys destroyed, and one not",
        outcome="the last one goes too; nobody else's does",
    ),
    _killed(
        "erase",
        FaultPoint.CONTACT_TOLD,
        2,
        what="with histories told, and one not",
        outcome="each is told, and once",
    ),
    _killed(
        "erase",
        FaultPoint.AUDIO_PURGED,
        1,
        what="with recent audio purged",
        outcome="recordings and letters go, too",
    ),
    _killed(
        "erase",
        FaultPoint.OBJECTS_DELETED,
        1,
        what="with recordings deleted",
        outcome="letters go, too; what was deleted is on the receipt",
    ),
    _killed(
        "erase",
        FaultPoint.LETTERS_WITHDRAWN,
        1,
        what="with every store clear",
        outcome="cleared again, which changes nothing",
    ),
    _killed(
        "erase",
        FaultPoint.COPIES_FORGOTTEN,
        1,
        what="with resting copies gone",
        outcome="done again, which changes nothing",
    ),
    _killed(
        "erase",
        FaultPoint.ERASURE_COMPLETED,
        1,
        what="before the receipt is signed",
        outcome="signed by the next, once",
    ),
    _killed(
        "erase",
        FaultPoint.RECEIPT_SIGNED,
        1,
        what="when the receipt was signed",
        outcome="one receipt, and nothing left to do",
    ),
    _killed(
        "rotate",
        FaultPoint.ROTATION_BEGUN,
        1,
        what="with a new tenant's key that wraps nothing",
        outcome="the same rotation goes on, no third key",
    ),
    _killed(
        "rotate",
        FaultPoint.KEYS_WRITTEN,
        2,
        what="before keys wrapped anew are committed",
        outcome="undone, and wrapped again",
    ),
    _killed(
        "rotate",
        FaultPoint.KEYS_REWRAPPED,
        2,
        what="with keys under the new one and the old",
        outcome="all readable meanwhile; the rest follow",
    ),
    _killed(
        "rotate",
        FaultPoint.VERSION_DESTROYED,
        1,
        what="when the old one was destroyed",
        outcome="nothing needed it any more",
    ),
    Fault(
        name="broker_killed_while_publishing",
        role="publish",
        trouble="broker_killed",
        point=FaultPoint.APPEND_SENT,
        nth=90,
        what="kill -9 of the broker, started again",
        outcome="what was acknowledged is there, what was not is sent again",
    ),
    Fault(
        name="acks_lost",
        role="publish",
        trouble="acks_lost",
        what="the broker's answers are lost, the cable cut, again and again",
        outcome="looked up by id before it is sent again",
    ),
    Fault(
        name="delivered_twice",
        role="project",
        trouble="delivered_twice",
        what="every seventh message is delivered twice, twelve times",
        outcome="seen by its consumer sequence: the cursor begins anew",
    ),
    Fault(
        name="database_slow",
        role="project",
        trouble="database_slow",
        what="every answer of the database takes 20 ms longer",
        outcome="larger batches, the same rows",
    ),
    Fault(
        name="two_projectors",
        role="project",
        trouble="two_at_once",
        what="two processes project at once",
        outcome="the checkpoint's row lets one in at a time",
    ),
    Fault(
        name="two_reactors",
        role="react",
        trouble="two_at_once",
        point=FaultPoint.FACT_HANDED_OUT,
        nth=5,
        what="two processes react at once, and one is killed",
        outcome="the other takes its ranges over",
    ),
)
