"""Which command it is: told by the client, or worked out from what it asks for."""

import hashlib
import uuid
from typing import Any

import msgspec

from ..errors import Malformed
from ..events.base import TenantName

HEADER = "Idempotency-Key"
KEY_LENGTH_MAX = 255


def command_id(
    key: str | None, *, tenant: TenantName, path: str, told: Any, tells_when: bool
) -> str:
    """Return the id of a command; the same request gives the same, where that is right.

    `told` is the body as understood. Without a key a request is told from its repeats only
    where it can be meant but once (`tells_when`: it names its instant, or can happen only
    once). Else the id is new, and the contact's state decides what is a repeat: two holds
    with equal bodies are two holds.

    Raises:
        Malformed: the key is no key.
    """
    if key is not None:
        if not 1 <= len(key) <= KEY_LENGTH_MAX or not key.isprintable():
            raise Malformed(HEADER, f"has to be 1 to {KEY_LENGTH_MAX} printable characters")
        return _digest("key", tenant, path, key)
    if tells_when:
        return _digest("content", tenant, path, told)
    return uuid.uuid4().hex


def _digest(*parts: Any) -> str:
    canonical = msgspec.json.encode(parts, order="deterministic")
    return hashlib.sha256(canonical).hexdigest()
