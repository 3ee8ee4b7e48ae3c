"""The KeyStore port: who holds the keys of personal data, and can destroy them.

A holder is `contact/<id>`, `original/<contact id>`, `agent/<id>`, `tenant/<name>`,
`erasure/<id>` or `index/<of what>`. Adapters:
`infra/key_store.py`, `infra/memory_keys.py`, and `infra/erased_first.py` in front of either; one
contract suite for all: `tests/contracts/key_store.py`.
"""

from collections.abc import Collection
from functools import cached_property
from typing import Protocol

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .base import ContactId, KeyId, TenantName
from .sealed import opener


def holders_of(contact_id: ContactId) -> tuple[str, str]:
    """Return the holders of a contact's keys; when both are destroyed, the contact is erased."""
    return f"contact/{contact_id}", f"original/{contact_id}"


ORIGINAL = "original/"  # how holders of keys begin that open what was masked since


class Key:
    """A secret and its public id. Never shows the secret in `repr`."""

    def __init__(self, id: KeyId, secret: bytes) -> None:  # noqa: A002 (it is the key's id)
        self.id = id
        self.secret = secret

    @cached_property
    def opener(self) -> AESGCM:
        """What opens texts sealed under this key; to set it up costs more than to open one."""
        return opener(self.secret)

    def __repr__(self) -> str:
        return f"Key({self.id})"


class KeyStore(Protocol):
    """Keys by holder, wrapped at rest by the tenant's key."""

    async def obtain(self, tenant: TenantName, holder: str) -> Key:
        """Return the holder's key, made now if there was none.

        Raises:
            KeyDestroyed: the holder was erased; there will be no other key.
        """
        ...

    def held(self, tenant: TenantName, holder: str) -> Key | None:
        """Return the holder's key if this process has it at hand; None: `obtain` knows."""
        ...

    async def find(self, tenant: TenantName, ids: Collection[KeyId]) -> dict[KeyId, Key]:
        """Return the keys that exist; destroyed and unknown ones are left out.

        Those of originals are never found so: whoever reads the log, for whatever purpose, reads
        what was left after masking. Who may read more obtains the key of that holder.
        """
        ...

    async def destroy(self, tenant: TenantName, holder: str) -> KeyId | None:
        """Destroy the holder's key for good; harmless when repeated or when there is none.

        Returns the id of the key that is gone, repeats included; None: the holder never had one.
        """
        ...

    def forget(self, tenant: TenantName, holder: str) -> None:
        """Keep nothing of the holder's key in this process: it was destroyed, here or elsewhere.

        Destroys nothing. Whoever reads from the log that a contact was erased calls it.
        """
        ...
