"""The key that every tenant's key comes from: a file of ours, backed up apart from the database."""

import hashlib
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ..errors import RootKeyMissing
from ..events.base import TenantName
from ..events.sealed import KEY_BYTES
from ..projections.store import store_faults
from .embedded.secret import create_private
from .postgres import Databases

FILE = "root.key"
_TENANT_CONTEXT = b"antiphon/tenant-key/1/"
_FINGERPRINT_CONTEXT = b"antiphon/root-key-fingerprint/1"


class RootKey:
    """Derives tenants' keys. Never shows itself in `repr`."""

    __slots__ = ("_secret", "path")

    def __init__(self, secret: bytes, path: Path) -> None:
        self._secret = secret
        self.path = path

    def tenant_key(self, tenant: TenantName) -> bytes:
        """Return the key that wraps the keys of one tenant; always the same."""
        return self._derive(_TENANT_CONTEXT + tenant.encode())

    def fingerprint(self) -> bytes:
        """Return what tells this key from another and gives nothing of it away."""
        return hashlib.sha256(self._derive(_FINGERPRINT_CONTEXT)).digest()

    def _derive(self, context: bytes) -> bytes:
        return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=context).derive(
            self._secret
        )


async def root_key(databases: Databases, path: Path, *, fresh: bytes) -> RootKey:
    """Return the installation's root key, made from `fresh` (random bytes) the first time.

    Raises:
        RootKeyMissing: the control database was used with a key that is not in the file.
            Nothing sealed so far could be read, and what is written now not later.
        StoreUnavailable: the control database does not answer.
    """
    control = await databases.control()
    with store_faults():
        known = await control.fetchval("SELECT fingerprint FROM root_key")
        if known is None:
            create_private(path, fresh.hex().encode())
        key = _read(path)
        if known is None:
            # Two processes may both be first; only one fingerprint stays.
            await control.execute(
                "INSERT INTO root_key (fingerprint) VALUES ($1) ON CONFLICT DO NOTHING",
                key.fingerprint(),
            )
            known = await control.fetchval("SELECT fingerprint FROM root_key")
    if known != key.fingerprint():
        raise RootKeyMissing(
            str(path), "is another key than the one in use; put the right file back"
        )
    return key


def _read(path: Path) -> RootKey:
    try:
        secret = bytes.fromhex(path.read_text())
    except FileNotFoundError as error:
        problem = "is missing, and everything personal is sealed under it; put the file back"
        raise RootKeyMissing(str(path), problem) from error
    except ValueError as error:
        raise RootKeyMissing(str(path), "does not hold a key") from error
    if len(secret) < KEY_BYTES:
        raise RootKeyMissing(str(path), f"is shorter than {KEY_BYTES} bytes")
    return RootKey(secret, path)
