"""The key that signs a tenant's archive, and the public half of it that others pin.

The secret is a key of the tenant's key store, wrapped as all of those are: by the tenant's key,
and that by the root key or by KMS. So it is rotated and restored with them, and it is never
where the archive is.
"""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ..errors import SettingWrong
from ..events.base import TenantName
from ..events.keys import KeyStore

HOLDER = "archive/signing"
PUBLIC_KEY_BYTES = 32


class Ed25519Signer:
    """See `Signer`. Never shows its secret in `repr`."""

    __slots__ = ("_private", "public_key")

    def __init__(self, seed: bytes) -> None:
        """Make a signer of 32 random bytes; the same bytes give the same key."""
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self.public_key = self._private.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """See `Signer.sign`."""
        return self._private.sign(message)


async def archive_signer(keys: KeyStore, tenant: TenantName) -> Ed25519Signer:
    """Return what signs a tenant's archive, made the first time.

    Raises:
        StoreUnavailable: the key store does not answer.
    """
    return Ed25519Signer((await keys.obtain(tenant, HOLDER)).secret)


def public_key_in(path: Path) -> bytes:
    """Return the public key in a file as the archive publishes it: a line of hexadecimal.

    Raises:
        SettingWrong: there is no such file, or it holds something else.
    """
    try:
        public_key = bytes.fromhex(path.read_text())
    except (OSError, ValueError) as error:
        raise SettingWrong("--public-key", f"{path} cannot be read as a public key") from error
    if len(public_key) != PUBLIC_KEY_BYTES:
        raise SettingWrong("--public-key", f"{path} is no public key of Ed25519")
    return public_key
