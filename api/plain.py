"""Events with their personal texts as plain strings: what a line of an audit is made of.

A plain form has an event's fields, in its order, with a `str` wherever that has a `Sealed`. It
takes what the codec takes and refuses what the codec refuses, for a third of the time: no object
is made for a text. Of the newest version alone; whatever else is stored, the codec reads.
"""

from collections.abc import Collection, Mapping
from typing import Any

import msgspec
from msgspec import NODEFAULT, Struct

from ..events.base import Envelope, Event, KeyId
from ..events.catalogue import CATALOGUE
from ..events.keys import Key
from ..events.sealed import Sealed, open_text, sealed_fields
from ..projections.transcript_rows import ERASED


class PlainForms:
    """Reads what events hold."""

    def __init__(self, events: Collection[type[Event]]) -> None:
        self._forms = {event.TYPE: _Form(event) for event in events}

    def read(self, envelope: Envelope) -> Struct | None:
        """Return an event's fields, sealed texts as stored; None where the codec has to look."""
        form = self._forms.get(envelope.type)
        if form is None or form.version != envelope.version:
            return None
        try:
            return form.read(envelope.data)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return None  # the codec finds out what is the matter with it

    def opened(self, envelope: Envelope, keys: Mapping[KeyId, Key]) -> Struct | None:
        """Return the same with its texts in clear, or the word for erased ones; else None."""
        fields = self.read(envelope)
        if fields is None or envelope.key_id is None:
            return fields
        key = keys.get(envelope.key_id)
        try:
            for name in self._forms[envelope.type].texts:
                value: str | dict[str, str] | None = getattr(fields, name)
                if isinstance(value, str):
                    setattr(fields, name, _in_clear(value, key, f"{envelope.id}/{name}"))
                elif value is not None:
                    texts = {
                        item: _in_clear(text, key, f"{envelope.id}/{name}/{item}")
                        for item, text in value.items()
                    }
                    setattr(fields, name, texts)
        except ValueError:
            return None  # one does not open
        return fields


class _Form:
    """How one type of event is read: made once, used for each."""

    __slots__ = ("read", "texts", "version")

    def __init__(self, event: type[Event]) -> None:
        self.version = event.VERSION
        self.texts = sealed_fields(event)
        self.read = msgspec.json.Decoder(_plain(event)).decode


def _plain(event: type[Event]) -> type[Struct]:
    return msgspec.defstruct(
        f"Plain{event.__name__}",
        [_field_of(field) for field in msgspec.structs.fields(event)],
        kw_only=True,
        gc=False,  # made and told a moment later; nothing in it leads back to it
    )


def _field_of(field: msgspec.structs.FieldInfo) -> tuple[str, Any, Any]:
    kind, name = _without_sealed(field.type), field.encode_name
    if field.default is not NODEFAULT:
        return field.name, kind, msgspec.field(name=name, default=field.default)
    if field.default_factory is not NODEFAULT:
        return field.name, kind, msgspec.field(name=name, default_factory=field.default_factory)
    return field.name, kind, msgspec.field(name=name)


def _without_sealed(kind: Any) -> Any:
    """Return a field's type with strings for its texts; see `sealed_fields` for what there is."""
    if kind is Sealed:
        return str
    if kind == dict[str, Sealed]:
        return dict[str, str]
    if kind == Sealed | None:
        return str | None
    return kind


def _in_clear(cipher: str, key: Key | None, about: str) -> str:
    if key is None:
        return ERASED
    return open_text(cipher, key.opener, about)


PLAIN = PlainForms(CATALOGUE)
