"""What a contact's readers are not told any more: looked up in its facts, taken out of answers.

`events/untold.py` decides; here it is asked for each contact of which anything is answered.
"""

from collections.abc import Sequence
from contextlib import aclosing
from typing import Any, TypeVar, cast

import msgspec
from msgspec import Struct

from ..errors import PastRetention
from ..events.base import ContactRef, TenantName, Unreadable, UtteranceId
from ..events.catalogue import CATALOGUE
from ..events.privacy.places import shown_in
from ..events.redaction import RedactionApplied, TextMask
from ..events.retention import DataDeleted, DataKind
from ..events.sealed import sealed_fields
from ..events.speech import UtteranceFinalized
from ..events.untold import NOTHING, Untold, by_utterance, named_by, named_in
from ..projections.desk import Desk, DeskContact
from ..projections.transcript import Line
from .ports import Ports

T = TypeVar("T")

# In answers, fields of these names are texts; all else is ids, codes, and what playbooks say.
TEXTS = frozenset({"due", "evidence", "note", "question", "text", "typed"})

_SEALED = {event.TYPE: sealed_fields(event) for event in CATALOGUE}


async def untold_of(contact: ContactRef, ports: Ports, *, wanted: DataKind | None = None) -> Untold:
    """Return what is not to be told of a contact.

    Raises:
        PastRetention: `wanted` was deleted when its time was over.
    """
    masks: list[TextMask] = []
    is_unknown = is_past = False
    facts = ports.history.read(contact, lanes=("redaction", "retention"))
    async with aclosing(facts):
        async for fact in facts:
            match fact.event:
                case DataDeleted(kind=kind):
                    if kind == wanted:
                        raise PastRetention(contact.contact_id, kind=kind)
                    is_past = is_past or kind == "annotations"
                case RedactionApplied():
                    masks += fact.event.masks
                case Unreadable():
                    is_unknown = is_unknown or fact.lane == "redaction"
                case _:
                    pass  # takes nothing out
    if not (masks or is_unknown or is_past):
        return NOTHING
    said = await _said(contact, ports) if masks else {}
    return Untold(masks=by_utterance(masks), said=said, is_unknown=is_unknown, is_past=is_past)


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


async def _said(contact: ContactRef, ports: Ports) -> dict[UtteranceId, str | None]:
    said: dict[UtteranceId, str | None] = {}
    facts = ports.history.read(contact, lanes=("speech",))
    async with aclosing(facts):
        async for fact in facts:
            if isinstance(fact.event, UtteranceFinalized):
                shown = shown_in("transcript", fact.event)
                said[fact.event.utterance_id] = shown.text.reveal_or(None)
    return said


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
