"""What the register says of keys that are to be gone, in whatever order its facts are read."""

from collections.abc import Iterable

from ..errors import HistoryUnreadable
from ..events.base import ContactId, Unreadable
from ..events.erasure import (
    KIND,
    ContactsSpared,
    DestructionBegun,
    ErasureCompleted,
    ErasureRequested,
    own_holder,
)
from ..events.keys import holders_of
from ..events.register import Registered
from ..events.retention import EXPIRY_KIND, KeysExpired, expiry_id

KINDS = (KIND, EXPIRY_KIND)  # of the register: what destroys keys


class Destroyed:
    """Takes in facts of the log and of the archive, and says what they come to.

    What a person asked for and nobody approved is not destroyed, nor what a hold stopped.
    """

    def __init__(self) -> None:
        self._going: set[tuple[str, str]] = set()  # what for, and the holder
        self._spared: set[tuple[str, str]] = set()
        self._for: dict[ContactId, str] = {}  # whose own keys go; what for

    @property
    def holders(self) -> set[str]:
        """Whose keys are gone."""
        # A hold was seen before their keys went. Another erasure's are not spared.
        return {holder for _, holder in self._going - self._spared}

    @property
    def contacts(self) -> dict[ContactId, str]:
        """The contacts that nobody can read any more, and what their history names for that."""
        gone = self.holders
        return {one: why for one, why in self._for.items() if holders_of(one)[0] in gone}

    def take(self, fact: Registered) -> None:
        """Take in a fact of one of `KINDS`.

        Raises:
            HistoryUnreadable: this version cannot read it. Nobody passes over one: whom it names
                would stay.
        """
        match fact.event:
            case ErasureRequested(contact_ids=contact_ids, expires_at=None):
                self._erased(fact.subject_id, contact_ids)  # nobody had to approve it
            case DestructionBegun(contact_ids=contact_ids):
                self._erased(fact.subject_id, contact_ids)
            case ContactsSpared(held=held):
                self._spared |= _both(fact.subject_id, (one.contact_id for one in held))
            case ErasureCompleted():
                self._going.add((fact.subject_id, own_holder(fact.subject_id)))
            case KeysExpired(holders=holders):
                self._going |= {(fact.kind, f"{one}/{fact.subject_id}") for one in holders}
                contact_id = ContactId(fact.subject_id)
                if "contact" in holders:
                    self._for.setdefault(contact_id, expiry_id(contact_id))
            case Unreadable(problem=problem):
                raise HistoryUnreadable(
                    f"{fact.kind}/{fact.subject_id}", position=fact.position, problem=problem
                )
            case _:
                pass  # says what people decided, or that it was done

    def _erased(self, erasure_id: str, contact_ids: tuple[ContactId, ...]) -> None:
        self._going |= _both(erasure_id, contact_ids)
        self._going.add((erasure_id, own_holder(erasure_id)))  # it goes last, whatever is spared
        for one in contact_ids:
            self._for[one] = erasure_id


def _both(erasure_id: str, contact_ids: Iterable[ContactId]) -> set[tuple[str, str]]:
    return {(erasure_id, holder) for one in contact_ids for holder in holders_of(one)}
