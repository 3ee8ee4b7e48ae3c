"""What a contact's readers are not told any more: looked up in its facts, taken out of answers.

`events/untold.py` decides; here it is asked for each contact of which anything is answered.
"""

from collections.abc import Sequence
from contextlib import aclosing
from functools import reduce
from typing import Any, TypeVar, cast

import msgspec
from msgspec import Struct

from ..errors import PastRetention
from ..events.base import ContactRef, Lane, Recorded, TenantName
from ..events.catalogue import CATALOGUE
from ..events.quarantine import Standing, stand
from ..events.retention import DataDeleted, DataKind
from ..events.sealed import sealed_fields
from ..events.untold import Untold, named_by, named_in, untold_in
from ..projections.desk import Desk, DeskContact
from ..projections.transcript import Line
from .ports import Ports

T = TypeVar("T")

# In answers, fields of these names are texts; all else is ids, codes, and what playbooks say.
TEXTS = frozenset({"due", "evidence", "note", "question", "text", "typed"})

# What says how a contact's redaction stands, and what is not told of it.
_STANDING: tuple[Lane, ...] = ("life", "speech", "recording", "redaction", "retention")

_SEALED = {event.TYPE: sealed_fields(event) for event in CATALOGUE}


async def untold_of(contact: ContactRef, ports: Ports, *, wanted: DataKind | None = None) -> Untold:
    """Return what is not to be told of a contact.

    Raises:
        PastRetention: `wanted` was deleted when its time was over.
    """
    facts = await _read(contact, ports, lanes=("redaction", "retention"))
    for fact in facts:
        if isinstance(fact.event, DataDeleted) and fact.event.kind == wanted:
            raise PastRetention(contact.contact_id, kind=fact.event.kind)
    untold = untold_in(facts)
    if not untold.masks:
        return untold
    return untold_in([*facts, *await _read(contact, ports, lanes=("speech",))])


async def looked_at(contact: ContactRef, ports: Ports) -> tuple[Standing, Untold]:
    """Return how a contact's redaction stands by its facts, and what is not to be told of it."""
    facts = await _read(contact, ports, lanes=_STANDING)
    return reduce(stand, facts, Standing()), untold_in(facts)


def is_open(standing: Standing, *, reads_originals: bool) -> bool:
    """Tell whether who looks back is told words: while a contact goes on what its desk shows.

    Then what was passed; whom the tenant's policy names, what is in quarantine, too.
    """
    return reads_originals or not standing.ended or standing.state == "verified"


async def untold_of_past(contact: ContactRef, ports: Ports, *, reads_originals: bool) -> Untold:
    """Return what is not to be told of a contact to who looks back at it."""
    standing, untold = await looked_at(contact, ports)
    if is_open(standing, reads_originals=reads_originals):
        return untold
    return msgspec.structs.replace(untold, is_unknown=True)


async def desk_as_told(desk: Desk, tenant: TenantName, ports: Ports) -> Desk:
    """Return a desk as it may be shown. A call under way is: no check was made of it yet."""
    contacts = [
        contact_as_told(one, await untold_of(ContactRef(tenant, one.contact_id), ports))
        if one.state == "completed"
        else one
        for one in desk.contacts
    ]
    return msgspec.structs.replace(desk, contacts=tuple(contacts))


def contact_as_told(contact: DeskContact, untold: Untold) -> DeskContact:
    """Return a contact of a desk as it may be shown."""
    return as_told(contact, untold)


def as_told(answer: T, untold: Untold) -> T:
    """Return an answer about one contact with its texts as they may be told."""
    return _told(answer, untold) if untold else answer


async def _read(contact: ContactRef, ports: Ports, *, lanes: Sequence[Lane]) -> list[Recorded]:
    facts = ports.history.read(contact, lanes=lanes)
    async with aclosing(facts):
        return [fact async for fact in facts]


def _told(value: Any, untold: Untold) -> Any:
    match value:
        case Line():
            text = untold.line(value.utterance_id, value.text)
            return msgspec.structs.replace(value, text=text)
        case Struct():
            changed = {
                name: _field(name, getattr(value, name), value, untold)
                for name in value.__struct_fields__
            }
            return msgspec.structs.replace(value, **changed)
        case dict():
            return _fact({**cast("dict[str, Any]", value)}, untold)
        case tuple() | list():
            return tuple(_told(one, untold) for one in cast("Sequence[Any]", value))
        case _:
            return value  # an id, a code, an instant


def _field(name: str, value: Any, of: Struct, untold: Untold) -> Any:
    if name in TEXTS and isinstance(value, str):
        return untold.without(value, rests_on=named_in(of))
    return _told(value, untold)


def _fact(fields: dict[str, Any], untold: Untold) -> dict[str, Any]:
    """Return the fields of a fact that a desk shows as it was told; see `desk_facts`."""
    for name in _SEALED.get(fields.get("type", ""), ()):
        value = fields.get(name)
        if isinstance(value, str):
            fields[name] = untold.without(value, rests_on=named_in(fields))
        elif isinstance(value, dict):
            texts = cast("dict[str, str]", value)
            fields[name] = {
                one: untold.without(text, rests_on=named_by(one, fields))
                for one, text in texts.items()
            }
    return fields
