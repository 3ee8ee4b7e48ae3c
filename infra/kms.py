"""Tenants' keys wrapped by a key of AWS KMS, which never leaves it.

Every call names tenant and version in the encryption context: a wrapped key copied to another
tenant's database does not open there, and CloudTrail shows whose key was asked for.
botocore's client does no asyncio, and is asked a few times a minute: threads do.

Source: AWS KMS API reference: GenerateDataKey, Encrypt, Decrypt, ReEncrypt, and the errors of
each; "Encryption context" in the developer guide.
"""

import asyncio
import threading
from collections.abc import Mapping
from typing import Any

import botocore.session  # pyright: ignore[reportMissingTypeStubs]
import structlog
from botocore.config import Config  # pyright: ignore[reportMissingTypeStubs]
from botocore.exceptions import (  # pyright: ignore[reportMissingTypeStubs]
    BotoCoreError,
    ClientError,
)

from ..errors import KeysUnavailable, RootKeyMissing
from ..events.base import TenantName
from ..events.sealed import KEY_BYTES
from .settings import Settings
from .wrapping import WrappedKey, WrapperId

PREFIX = "kms:"

ATTEMPTS_MAX = 4  # of one call, the first included; botocore waits up to 1, 2, 4 s between them
CONNECT_S_MAX = 3.0
READ_S_MAX = 5.0  # KMS answers in milliseconds

# What trying again, or an administrator who enables the key or grants access, can mend. That
# is a fault: what the key seals is not gone. Everything else is not the key that wrapped it.
_LASTING = {
    "InvalidCiphertextException": "is not what wrapped them, or they were changed or moved",
    "IncorrectKeyException": "is not the key that wrapped them",
    "NotFoundException": "is not there",
    "InvalidKeyUsageException": "cannot wrap: it has to be a symmetric key for ENCRYPT_DECRYPT",
}

log = structlog.get_logger()


class KmsKey:
    """A symmetric KMS key as a `KeyWrapper`. Also unwraps what other KMS keys wrapped."""

    def __init__(self, key_id: str, *, endpoint: str | None = None) -> None:
        """`key_id`: an ARN (of a key or an alias), an id or `alias/…`; `endpoint`: not AWS's own.

        The region is the ARN's, else that of the environment; credentials are found as
        botocore does.
        """
        self._key_id = key_id
        self._endpoint = endpoint
        self._client: Any = None
        self._making = threading.Lock()
        self._arn: WrapperId | None = None

    async def current(self) -> WrapperId:
        """See `KeyWrapper.current`: the key's ARN, also where an alias names it."""
        if self._arn is None:
            described = await self._call("describe_key", KeyId=self._key_id)
            self._arn = WrapperId(PREFIX + described["KeyMetadata"]["Arn"])
        return self._arn

    def handles(self, wrapper: WrapperId) -> bool:
        """See `KeyWrapper.handles`."""
        return wrapper.startswith(PREFIX)

    async def generate(self, tenant: TenantName, version: int) -> tuple[bytes, WrappedKey]:
        """See `KeyWrapper.generate`: KMS makes it."""
        made = await self._call(
            "generate_data_key",
            KeyId=self._key_id,
            NumberOfBytes=KEY_BYTES,
            EncryptionContext=_context(tenant, version),
        )
        return made["Plaintext"], _wrapped(tenant, version, made)

    async def wrap(self, secret: bytes, tenant: TenantName, version: int) -> WrappedKey:
        """See `KeyWrapper.wrap`."""
        made = await self._call(
            "encrypt",
            KeyId=self._key_id,
            Plaintext=secret,
            EncryptionContext=_context(tenant, version),
        )
        return _wrapped(tenant, version, made)

    async def unwrap(self, key: WrappedKey) -> bytes:
        """See `KeyWrapper.unwrap`."""
        opened = await self._call(
            "decrypt",
            # Named, so that a blob made under an attacker's key is refused.
            KeyId=key.wrapper.removeprefix(PREFIX),
            CiphertextBlob=key.wrapped,
            EncryptionContext=_context(key.tenant, key.version),
        )
        return opened["Plaintext"]

    async def rewrap(self, key: WrappedKey) -> WrappedKey:
        """See `KeyWrapper.rewrap`: inside KMS, the key does not come here."""
        context = _context(key.tenant, key.version)
        made = await self._call(
            "re_encrypt",
            SourceKeyId=key.wrapper.removeprefix(PREFIX),
            CiphertextBlob=key.wrapped,
            SourceEncryptionContext=context,
            DestinationKeyId=self._key_id,
            DestinationEncryptionContext=context,
        )
        return _wrapped(key.tenant, key.version, made)

    async def _call(self, operation: str, **arguments: Any) -> Mapping[str, Any]:
        return await asyncio.to_thread(self._ask, operation, arguments)

    def _ask(self, operation: str, arguments: dict[str, Any]) -> Mapping[str, Any]:
        try:
            return getattr(self._connected(), operation)(**arguments)
        except ClientError as error:
            answer: dict[str, Any] = error.response  # pyright: ignore[reportUnknownMemberType]
            code = str(answer.get("Error", {}).get("Code", "unknown"))
            if code in _LASTING:
                raise RootKeyMissing(PREFIX + self._key_id, _LASTING[code]) from error
            log.warning("kms_failed", operation=operation, code=code)
            raise KeysUnavailable(PREFIX + self._key_id, code) from error
        except BotoCoreError as error:
            # No answer, no credentials, no region: its name says which, its text says where.
            code = type(error).__name__
            log.warning("kms_failed", operation=operation, code=code)
            raise KeysUnavailable(PREFIX + self._key_id, code) from error

    def _connected(self) -> Any:
        # botocore's clients may be shared between threads; making one may not.
        with self._making:
            if self._client is None:
                session: Any = botocore.session.get_session()  # pyright: ignore[reportUnknownMemberType]
                self._client = session.create_client(
                    "kms",
                    region_name=_region_of(self._key_id),
                    endpoint_url=self._endpoint,
                    config=Config(
                        connect_timeout=CONNECT_S_MAX,
                        read_timeout=READ_S_MAX,
                        retries={"mode": "standard", "total_max_attempts": ATTEMPTS_MAX},
                    ),
                )
            return self._client


def kms_of(settings: Settings) -> KmsKey | None:
    """Return the key that the settings name, if they name one."""
    if settings.kms_key_id is None:
        return None
    return KmsKey(settings.kms_key_id, endpoint=settings.kms_endpoint)


def _wrapped(tenant: TenantName, version: int, answer: Mapping[str, Any]) -> WrappedKey:
    return WrappedKey(
        tenant=tenant,
        version=version,
        wrapper=WrapperId(PREFIX + answer["KeyId"]),
        wrapped=answer["CiphertextBlob"],
    )


def _context(tenant: TenantName, version: int) -> dict[str, str]:
    return {"antiphon:tenant": tenant, "antiphon:version": str(version)}


def _region_of(key_id: str) -> str | None:
    # arn:aws:kms:eu-central-1:123456789012:key/…
    parts = key_id.split(":")
    _, _, _, region, *_ = [*parts, "", "", "", ""]
    return region if parts[0] == "arn" else None
