"""Contacts as this process left them: a command on one of them needs no reading first.

What is known here is only ever an assumption. It is believed when the log confirms it, by taking
an append on the condition that nothing was written to the contact since; whatever else comes of
a decision on it (a refusal, nothing new) is decided again on what the log says.
"""

from collections import OrderedDict
from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from ..events.base import START, ContactRef, Draft, EventId, Position
from ..events.sealed import Sealed
from .contact import (
    ConnectAgent,
    Contact,
    ContactCommand,
    EndContact,
    HoldContact,
    ResumeContact,
    StartContact,
    evolve,
)

CONTACTS_MAX = 10_000  # about 40 MB; a cell's contacts of a busy hour
_FACTS_MAX = 500  # of one contact; a usual one has ten or twenty on its `life` lane

# Of their decisions an append on `life` proves all: they look at no other lane, nor at the
# attributes, which are personal and not kept here.
_DECIDABLE = ConnectAgent | HoldContact | ResumeContact | EndContact


class Assumption(Struct, frozen=True, kw_only=True):
    """A contact's `life` lane as somebody last saw it: the fold, and every fact's id."""

    contact: Contact = Contact()
    life_end: Position = START
    facts: frozenset[EventId] = frozenset()


_NOTHING_YET = Assumption()


class KnownContacts:
    """The contacts that commands of this process appended to, the least recent ones forgotten."""

    def __init__(self, *, writer: str, contacts_max: int = CONTACTS_MAX) -> None:
        """`writer` is unlike that of any other process, at any time."""
        self._writer = writer
        self._contacts_max = contacts_max
        self._attempts = 0
        self._contacts: OrderedDict[ContactRef, Assumption] = OrderedDict()

    def assume(self, contact: ContactRef, command: ContactCommand) -> Assumption | None:
        """Return what to decide the command on; None if only the log will do."""
        if isinstance(command, StartContact):
            return None if contact in self._contacts else _NOTHING_YET
        if not isinstance(command, _DECIDABLE):
            return None
        known = self._contacts.get(contact)
        if known is not None:
            self._contacts.move_to_end(contact)
        return known

    def attempt(self) -> str:
        """Return a word for one append, unlike that of every other."""
        self._attempts += 1
        return f"{self._writer}-{self._attempts}"

    def keep(
        self,
        contact: ContactRef,
        assumed: Assumption,
        drafts: Sequence[Draft],
        *,
        life_end: Position,
    ) -> None:
        """Remember that `drafts`, up to `life_end`, follow directly on what was assumed."""
        state = assumed.contact
        for draft in drafts:
            state = evolve(state, draft.event)
        facts = assumed.facts.union(draft.id for draft in drafts)
        if state.phase == "ended" or len(facts) > _FACTS_MAX:
            self.forget(contact)
            return
        state = replace(state, attributes=dict[str, Sealed]())
        self._contacts[contact] = Assumption(contact=state, life_end=life_end, facts=facts)
        self._contacts.move_to_end(contact)
        if len(self._contacts) > self._contacts_max:
            self._contacts.popitem(last=False)

    def forget(self, contact: ContactRef) -> None:
        """Assume nothing of a contact; harmless when nothing is known of it."""
        self._contacts.pop(contact, None)
