"""What wraps the tenants' keys: a root key in a file of ours, or a key of AWS KMS."""

from typing import NewType, Protocol

from msgspec import Struct

from ..events.base import TenantName

WrapperId = NewType("WrapperId", str)  # `root:<fingerprint>` or `kms:<arn>`; kept beside the key


class WrappedKey(Struct, frozen=True, kw_only=True):
    """A version of a tenant's key as the database holds it."""

    tenant: TenantName
    version: int
    wrapper: WrapperId
    wrapped: bytes


class KeyWrapper(Protocol):
    """Wraps and unwraps tenants' keys, each bound to its tenant and version.

    Every method may raise `RootKeyMissing` (this is not the key that wrapped it, or the bytes
    were changed or moved: trying again does not help) and `KeysUnavailable` (it does).
    """

    async def current(self) -> WrapperId:
        """Return what wraps new keys, and may lately have changed."""
        ...

    def handles(self, wrapper: WrapperId) -> bool:
        """Tell whether such a wrapper's keys are unwrapped here."""
        ...

    async def generate(self, tenant: TenantName, version: int) -> tuple[bytes, WrappedKey]:
        """Return a new key (32 random bytes), in clear and wrapped."""
        ...

    async def wrap(self, secret: bytes, tenant: TenantName, version: int) -> WrappedKey:
        """Return a key that another wrapper held, wrapped by the current one."""
        ...

    async def unwrap(self, key: WrappedKey) -> bytes:
        """Return a key in clear."""
        ...

    async def rewrap(self, key: WrappedKey) -> WrappedKey:
        """Return a key that is handled here, wrapped by the current wrapper."""
        ...
