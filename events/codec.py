"""The only place where events become bytes and back. Seals on the way in, opens on the way out."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Raw

from .base import (
    ContactRef,
    Draft,
    Envelope,
    Event,
    Holder,
    KeyId,
    Problem,
    RegisterEvent,
    TenantName,
    Unread,
    Unreadable,
    is_id,
)
from .catalogue import CATALOGUE
from .decoding import decoded
from .excerpts import check_excerpt
from .keys import Key
from .sealed import Sealed, sealed_fields
from .upcasting import UPCASTERS, Fields, Upcast, Upcaster, chains

# The events a reader looks at, each whole or as an excerpt of it; None: every one, whole.
Reading = frozenset[type[Event]] | None

UNREAD = Unread()

_SealedMap = dict[str, Sealed]


class _Form:
    """How one type of event is read and written: made once, used for each."""

    __slots__ = ("kind", "read", "sealed", "upcasts", "version")

    def __init__(self, kind: type[Event], upcasts: tuple[Upcast, ...]) -> None:
        self.kind = kind
        self.version = kind.VERSION
        self.read = msgspec.json.Decoder(kind, dec_hook=_dec_hook).decode
        self.upcasts = upcasts  # the nth leads on from version n
        self.sealed = sealed_fields(kind)


class Codec:
    """Writes and reads the events of one catalogue, in every version they ever had."""

    def __init__(
        self, events: Collection[type[Event]], upcasters: Collection[Upcaster] = ()
    ) -> None:
        """Check that every event can be read for ever.

        Raises:
            ValueError: two events share a type, an upcaster is missing or leads nowhere, or an
                event does not say whose key seals it.
        """
        upcasts = chains(events, upcasters)
        for event in events:
            _check(event)
        self._forms = {event.TYPE: _Form(event, upcasts[event.TYPE]) for event in events}
        if len(self._forms) < len(events):
            raise ValueError("two events of the catalogue share a type")
        # By reading, of which a program has one for each of its read models.
        self._readings: dict[Reading, Mapping[str, _Form | None]] = {None: self._forms}

    def encode(self, draft: Draft, *, tenant: TenantName, aggregate: str, key: Key | None) -> bytes:
        """Return the envelope of an event as bytes, its personal fields sealed under `key`.

        Raises:
            TypeError: the event is not in the catalogue, or has personal fields and no key was
                given.
        """
        event = draft.event
        form = self._form(event)
        if key is not None:
            event = _sealed_under(key, event, form.sealed, draft.id)
        envelope = Envelope(
            id=draft.id,
            type=event.TYPE,
            version=event.VERSION,
            occurred_at=draft.occurred_at,
            tenant=tenant,
            aggregate=aggregate,
            correlation=draft.correlation,
            actor=draft.actor,
            causation=draft.causation,
            key_id=None if key is None else key.id,
            ignorable=event.IGNORABLE,
            data=Raw(_encoder.encode(event)),
        )
        return _encoder.encode(envelope)

    def decode(self, envelope: Envelope, keys: Mapping[KeyId, Key], only: Reading = None) -> Event:
        """Return the event, opened where its key is among `keys`; `Unreadable` where it cannot be.

        Sealed fields whose key is gone stay closed: `reveal_or` says what to show instead. What
        its reader does not read, by `only`, is not looked into: it comes as `UNREAD`, and fields
        that an excerpt leaves out may hold anything.

        Raises:
            ValueError: `only` names no event of the catalogue and no excerpt of one, or two of one.
        """
        forms = self._readings.get(only) or self._forms_for(only)
        form = forms.get(envelope.type)
        if form is None:
            return UNREAD if envelope.type in forms else _unreadable(envelope, "unknown_type")
        return self._read(form, envelope, keys)

    def decode_each(
        self, envelope: Envelope, keys: Mapping[KeyId, Key], readings: Sequence[Reading]
    ) -> list[Event]:
        """Return the event as `decode` gives it to each of several readers.

        It is decoded once for all who read it alike: they get the same object.

        Raises:
            ValueError: see `decode`.
        """
        made: dict[_Form | None, Event] = {}
        events: list[Event] = []
        for only in readings:
            form = (self._readings.get(only) or self._forms_for(only)).get(envelope.type)
            event = made.get(form)
            if event is None:
                event = self.decode(envelope, keys, only)
                made[form] = event
            events.append(event)
        return events

    def _read(self, form: _Form, envelope: Envelope, keys: Mapping[KeyId, Key]) -> Event:
        version = envelope.version
        if version > form.version:
            return _unreadable(envelope, "newer_version")
        try:
            data = envelope.data if version == form.version else _upcast(envelope, form.upcasts)
            event = form.read(data)
            if form.sealed and envelope.key_id is not None:
                _settle(event, form.sealed, envelope, keys.get(envelope.key_id))
        except (msgspec.MsgspecError, ValueError, RecursionError):
            # The reader parks the contact and raises the alarm, with the position.
            return _unreadable(envelope, "undecodable")
        return event

    def is_personal(self, event: Event) -> bool:
        """Tell whether a key is needed to write this event."""
        return any(getattr(event, name) for name in self._form(event).sealed)

    def holder(self, event: Event, *, tenant: TenantName, contact_id: str = "") -> str:
        """Return whose key seals the event; `contact_id` is that of an event of a contact."""
        if event.HOLDER == "tenant":
            return f"tenant/{tenant}"
        if event.HOLDER in _OF_A_CONTACT and contact_id:
            return f"{event.HOLDER}/{contact_id}"
        return f"{event.HOLDER}/{getattr(event, _holder_field(event))}"

    def _forms_for(self, only: Reading) -> Mapping[str, _Form | None]:
        forms: dict[str, _Form | None] = dict.fromkeys(self._forms)
        for kind in only or ():
            whole = self._forms.get(kind.TYPE)
            if whole is None or forms[kind.TYPE] is not None:
                problem = "twice" if whole else "that no catalogue lists"
                raise ValueError(f"a reader names {kind.TYPE} {problem}")
            if kind is not whole.kind:
                check_excerpt(kind, whole.kind)
            forms[kind.TYPE] = whole if kind is whole.kind else _Form(kind, whole.upcasts)
        self._readings[only] = forms
        return forms

    def _form(self, event: Event) -> _Form:
        form = self._forms.get(event.TYPE)
        if form is None or type(event) is not form.kind:
            raise TypeError(f"{type(event).__name__} is not in the catalogue")
        return form


def decode_envelope(payload: bytes) -> Envelope:
    """Return the envelope, `data` still encoded.

    Raises:
        msgspec.DecodeError: the bytes are no envelope.
    """
    return decoded(_envelopes, payload)


def encode(draft: Draft, contact: ContactRef, *, key: Key | None) -> bytes:
    """Return the bytes of a contact's event; see `Codec.encode`."""
    aggregate = f"contact/{contact.contact_id}"
    return CODEC.encode(draft, tenant=contact.tenant, aggregate=aggregate, key=key)


def decode_event(envelope: Envelope, *, keys: Mapping[KeyId, Key]) -> Event:
    """Return the event; see `Codec.decode`."""
    return CODEC.decode(envelope, keys=keys)


def has_personal_fields(event: Event) -> bool:
    """Tell whether a key is needed to write this event."""
    return CODEC.is_personal(event)


def _enc_hook(value: Any) -> Any:
    if isinstance(value, Sealed) and value.cipher is not None:
        return value.cipher
    # No content in the message: it would end in a log.
    raise TypeError(f"a {type(value).__name__} cannot be written in clear")


def _dec_hook(wanted: type, value: Any) -> Any:
    if wanted is Sealed and type(value) is str:
        return Sealed.closed(value, key_id="")
    raise TypeError(f"no way to decode {wanted}")


_encoder = msgspec.json.Encoder(enc_hook=_enc_hook)
_envelopes = msgspec.json.Decoder(Envelope)


def _upcast(envelope: Envelope, upcasts: tuple[Upcast, ...]) -> bytes:
    if envelope.version < 1:
        raise ValueError("versions begin at 1")
    fields: Fields = msgspec.json.decode(envelope.data, type=dict[str, Any])
    try:
        for change in upcasts[envelope.version - 1 :]:
            fields = change(fields)
        return msgspec.json.encode(fields)
    except Exception as error:
        # Whatever an upcaster trips over, this event cannot be read: its reader parks it.
        raise ValueError(f"{envelope.type} {envelope.version} cannot be upcast") from error


def _sealed_under(key: Key, event: Event, names: tuple[str, ...], event_id: str) -> Event:
    # Field and event id are bound to the ciphertext: moving it elsewhere breaks it.
    changed: dict[str, Sealed | _SealedMap] = {}
    for name in names:
        value: Sealed | _SealedMap | None = getattr(event, name)
        about = f"{event_id}/{name}"
        if isinstance(value, Sealed):
            changed[name] = value.close(key.secret, key_id=key.id, about=about)
        elif value:
            changed[name] = {
                item: text.close(key.secret, key_id=key.id, about=f"{about}/{item}")
                for item, text in value.items()
            }
    return msgspec.structs.replace(event, **changed) if changed else event


def _settle(event: Event, names: tuple[str, ...], envelope: Envelope, key: Key | None) -> None:
    """Open the texts of an event just decoded, which nobody else has seen, or name their key."""
    key_id = envelope.key_id or ""
    opens = None if key is None else key.opener
    for name in names:
        value: Sealed | _SealedMap | None = getattr(event, name)
        if isinstance(value, Sealed):
            value.settle(key_id, opens, f"{envelope.id}/{name}")
        elif value:
            for item, text in value.items():
                text.settle(key_id, opens, f"{envelope.id}/{name}/{item}")


def _unreadable(envelope: Envelope, problem: Problem) -> Unreadable:
    return Unreadable(
        type=envelope.type,
        version=envelope.version,
        problem=problem,
        # What a reader ought to know and cannot decode is never passed over.
        ignorable=envelope.ignorable and problem != "undecodable",
    )


_OF_A_CONTACT: frozenset[Holder] = frozenset({"contact", "original"})


def _check(event: type[Event]) -> None:
    of_contact = not issubclass(event, RegisterEvent)
    if issubclass(event, RegisterEvent) and not is_id(event.KIND):
        raise ValueError(f"{event.TYPE} has a kind that cannot stand in a subject")
    if event.HOLDER == "tenant" or (event.HOLDER in _OF_A_CONTACT and of_contact):
        return
    if _holder_field(event) not in {field.name for field in msgspec.structs.fields(event)}:
        raise ValueError(f"{event.TYPE} has no {_holder_field(event)} to say whose key seals it")


def _holder_field(event: type[Event] | Event) -> str:
    return f"{event.HOLDER}_id"


CODEC = Codec(CATALOGUE, UPCASTERS)
