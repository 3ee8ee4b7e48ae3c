"""Genesys proves who it is: an API key, and an HTTP message signature of the handshake by it.

Source: draft-ietf-httpbis-message-signatures-11 and RFC 8941, as far as AudioHook uses them:
one signature, of these components, by HMAC-SHA256.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from ...errors import SignatureRefused

API_KEY = "x-api-key"
ORGANIZATION = "audiohook-organization-id"
SESSION = "audiohook-session-id"
CORRELATION = "audiohook-correlation-id"
REQUIRED = frozenset({"@request-target", "@authority", ORGANIZATION, SESSION, CORRELATION, API_KEY})

AGE_S_MAX = 30  # a signature is made for one handshake; Genesys has it expire after 30 s
SKEW_S = 10  # between two clocks that are both kept
NONCE_CHARS_MIN = 22  # 128 bits in base64
_HEADER_CHARS_MAX = 4_096  # what AudioHook sends has about 400

_NAME = r"[a-z*][a-z0-9_.*-]*"
_STRING = r'"[\x20\x21\x23-\x5b\x5d-\x7e]*"'  # nothing that is sent needs an escape
_PARAMETER = rf"; *({_NAME})=({_STRING}|[0-9]{{1,15}})"
_INPUT = re.compile(
    rf"({_NAME})=\( *({_STRING}(?: +{_STRING})*) *\)((?:; *{_NAME}=(?:{_STRING}|[0-9]{{1,15}}))*)"
)
_SIGNATURE = re.compile(rf"({_NAME})=:([A-Za-z0-9+/]+={{0,2}}):")


class _Input(Struct, frozen=True):
    label: str
    components: tuple[str, ...]
    parameters: Mapping[str, str]
    written: str  # as it is signed


def check(
    headers: Mapping[str, str], keys: Mapping[str, bytes], *, target: str, now: datetime
) -> None:
    """Do nothing if a handshake is signed, by one of the keys and now.

    `headers` by their names in small letters; `target` is the path with its query.

    Raises:
        SignatureRefused: it is not.
    """
    given = _input_in(headers.get("signature-input", ""))
    signature = _signature_in(headers.get("signature", ""), given.label)
    if len(set(given.components)) < len(given.components):
        raise SignatureRefused("a component is signed twice")
    if missing := REQUIRED - set(given.components):
        raise SignatureRefused(f"the signature does not cover {', '.join(sorted(missing))}")
    base = _base(given, headers, target)
    key = keys.get(given.parameters.get("keyid", ""), b"")
    mac = hmac.new(key, base.encode(), hashlib.sha256).digest()
    if not key or not hmac.compare_digest(mac, signature):
        raise SignatureRefused("the signature is not of this handshake by a known key")
    # What follows is said of whoever has the key only.
    if given.parameters["keyid"] != headers[API_KEY]:
        raise SignatureRefused("the key that signed is not the API key")
    if given.parameters.get("alg", "hmac-sha256") != "hmac-sha256":
        raise SignatureRefused("the algorithm is not hmac-sha256")
    if len(given.parameters.get("nonce", "")) < NONCE_CHARS_MIN:
        raise SignatureRefused(f"the nonce has fewer than {NONCE_CHARS_MIN} characters")
    _check_age(given.parameters, now.timestamp())


def _input_in(header: str) -> _Input:
    form = _INPUT.fullmatch(header.strip()) if len(header) <= _HEADER_CHARS_MAX else None
    if form is None:
        raise SignatureRefused("the header Signature-Input is missing, or is none")
    components = tuple(re.findall(_STRING, form[2]))
    pairs: list[tuple[str, str]] = re.findall(_PARAMETER, form[3])
    parameters = {name: value.strip('"') for name, value in pairs}
    if len(parameters) < len(pairs):
        raise SignatureRefused("a parameter of the signature stands there twice")
    # Spaces may be left out or doubled on the way; what is signed has one form.
    tail = "".join(f";{name}={value}" for name, value in pairs)
    return _Input(
        label=form[1],
        components=tuple(component.strip('"') for component in components),
        parameters=parameters,
        written=f"({' '.join(components)}){tail}",
    )


def _signature_in(header: str, label: str) -> bytes:
    form = _SIGNATURE.fullmatch(header.strip()) if len(header) <= _HEADER_CHARS_MAX else None
    if form is None or form[1] != label:
        raise SignatureRefused("the header Signature is missing, or is none")
    try:
        return base64.b64decode(form[2], validate=True)
    except binascii.Error:
        raise SignatureRefused("the header Signature is no base64") from None


def _base(given: _Input, headers: Mapping[str, str], target: str) -> str:
    lines = [f'"{name}": {_value(name, headers, target)}' for name in given.components]
    return "\n".join([*lines, f'"@signature-params": {given.written}'])


def _value(name: str, headers: Mapping[str, str], target: str) -> str:
    if name == "@request-target":
        return target
    if name == "@authority":
        return headers.get("host", "").strip().lower().removesuffix(":443")
    value = headers.get(name)
    if name.startswith("@") or name in ("signature", "signature-input") or value is None:
        raise SignatureRefused("the signature covers what is not there")
    return value.strip()


def _check_age(parameters: Mapping[str, str], now_s: float) -> None:
    created, expires = parameters.get("created", ""), parameters.get("expires", "")
    if not created.isdecimal() or (expires and not expires.isdecimal()):
        raise SignatureRefused("the signature does not tell when it was made")
    if not -SKEW_S <= now_s - int(created) <= AGE_S_MAX + SKEW_S:
        raise SignatureRefused(f"it was signed more than {AGE_S_MAX} s from now; set the clock")
    if expires and now_s > int(expires) + SKEW_S:
        raise SignatureRefused("the signature has expired")
