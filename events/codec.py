"""The only place where events become bytes and back. Seals on the way in, opens on the way out."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from msgspec import Raw

from .base import ContactRef, Draft, Envelope, Event, KeyId, Unreadable
from .catalogue import EVENTS
from .keys import Key
from .sealed import Sealed

_BY_TYPE: dict[str, type[Event]] = {event.TYPE: event for event in EVENTS}


def _enc_hook(value: Any) -> Any:
    if isinstance(value, Sealed) and value.cipher is not None:
        return value.cipher
    # No content in the message: it would end in a log.
    raise TypeError(f"a {type(value).__name__} cannot be written in clear")


def _dec_hook_for(key_id: KeyId | None) -> Callable[[type, Any], Any]:
    def dec_hook(wanted: type, value: Any) -> Any:
        if wanted is Sealed:
            return Sealed.closed(value, key_id=key_id or "")
        raise TypeError(f"no way to decode {wanted}")

    return dec_hook


_encoder = msgspec.json.Encoder(enc_hook=_enc_hook)
_envelopes = msgspec.json.Decoder(Envelope)

_SealedMap = dict[str, Sealed]
_SEALED_TYPES = (Sealed, Sealed | None, _SealedMap)
_SEALED_FIELDS: dict[type[Event], tuple[str, ...]] = {
    event: tuple(
        field.name for field in msgspec.structs.fields(event) if field.type in _SEALED_TYPES
    )
    for event in EVENTS
}


def encode(draft: Draft, contact: ContactRef, *, key: Key | None) -> bytes:
    """Return the envelope of an event as bytes, its personal fields sealed under `key`.

    Raises:
        TypeError: the event has personal fields and no key was given.
    """
    event = draft.event
    if key is not None:
        event = _map_sealed(
            event, lambda text, about: text.close(key.secret, key_id=key.id, about=about), draft.id
        )
    envelope = Envelope(
        id=draft.id,
        type=event.TYPE,
        version=event.VERSION,
        occurred_at=draft.occurred_at,
        tenant=contact.tenant,
        aggregate=f"contact/{contact.contact_id}",
        correlation=draft.correlation,
        actor=draft.actor,
        causation=draft.causation,
        key_id=None if key is None else key.id,
        data=Raw(_encoder.encode(event)),
    )
    return _encoder.encode(envelope)


def decode_envelope(payload: bytes) -> Envelope:
    """Return the envelope, `data` still encoded.

    Raises:
        msgspec.DecodeError: the bytes are no envelope.
    """
    return _envelopes.decode(payload)


def decode_event(envelope: Envelope, *, keys: Mapping[KeyId, Key]) -> Event:
    """Return the event, opened where its key is among `keys`; `Unreadable` where it cannot be.

    Sealed fields whose key is gone stay closed: `reveal_or` says what to show instead.
    """
    wanted = _BY_TYPE.get(envelope.type)
    if wanted is None:
        return _unreadable(envelope, "unknown_type")
    if envelope.version > wanted.VERSION:
        return _unreadable(envelope, "newer_version")
    try:
        event = msgspec.json.decode(
            envelope.data, type=wanted, dec_hook=_dec_hook_for(envelope.key_id)
        )
        key = keys.get(envelope.key_id) if envelope.key_id else None
        if key is not None:
            event = _map_sealed(
                event, lambda text, about: text.open(key.secret, about=about), envelope.id
            )
    except (msgspec.MsgspecError, ValueError):
        # The reader parks the contact and raises the alarm, with the position.
        return _unreadable(envelope, "undecodable")
    return event


def has_personal_fields(event: Event) -> bool:
    """Tell whether a key is needed to write this event."""
    return bool(_sealed_values(event))


def _sealed_values(event: Event) -> dict[str, Sealed | _SealedMap]:
    found: dict[str, Sealed | _SealedMap] = {}
    for name in _SEALED_FIELDS.get(type(event), ()):
        value: Sealed | _SealedMap | None = getattr(event, name)
        if value:
            found[name] = value
    return found


def _map_sealed(event: Event, change: Callable[[Sealed, str], Sealed], event_id: str) -> Event:
    # Field and event id are bound to the ciphertext: moving it elsewhere breaks it.
    changed: dict[str, Sealed | _SealedMap] = {}
    for name, value in _sealed_values(event).items():
        if isinstance(value, Sealed):
            changed[name] = change(value, f"{event_id}/{name}")
        else:
            changed[name] = {
                key: change(item, f"{event_id}/{name}/{key}") for key, item in value.items()
            }
    return msgspec.structs.replace(event, **changed) if changed else event


def _unreadable(envelope: Envelope, problem: Any) -> Unreadable:
    return Unreadable(type=envelope.type, version=envelope.version, problem=problem)
