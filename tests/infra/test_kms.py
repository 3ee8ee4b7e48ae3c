"""Tenants' keys wrapped by AWS KMS, spoken to over its own protocol."""

import pytest
from antiphon.errors import KeysUnavailable, RootKeyMissing
from antiphon.events.base import TenantName
from antiphon.infra.kms import ATTEMPTS_MAX, KmsKey
from antiphon.infra.wrapping import WrappedKey
from msgspec.structs import replace

from .. import kms_server
from ..kms_server import KmsServer

ACME = TenantName("acme")


@pytest.fixture
def arn(kms: KmsServer) -> str:
    return kms.create_key("antiphon")


@pytest.fixture
def key(kms: KmsServer, arn: str) -> KmsKey:
    return KmsKey(arn, endpoint=kms.url)


async def test_a_key_that_kms_made_is_the_one_it_unwraps(
    key: KmsKey, kms: KmsServer, arn: str
) -> None:
    secret, wrapped = await key.generate(ACME, 1)

    assert await key.unwrap(wrapped) == secret
    assert secret not in wrapped.wrapped
    assert (wrapped.wrapper, key.handles(wrapped.wrapper)) == (f"kms:{arn}", True)
    assert kms.contexts == [{"antiphon:tenant": "acme", "antiphon:version": "1"}] * 2


async def test_an_alias_names_the_key_behind_it(
    kms: KmsServer, arn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", kms_server.REGION)
    key = KmsKey("alias/antiphon", endpoint=kms.url)

    wrapped = await key.wrap(b"k" * 32, ACME, 1)

    assert wrapped.wrapper == await key.current() == f"kms:{arn}"
    assert await key.unwrap(wrapped) == b"k" * 32


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"tenant": TenantName("other")}, id="another tenant's"),
        pytest.param({"version": 2}, id="another version"),
        pytest.param({"wrapped": b"garbage"}, id="garbage"),
        pytest.param({"wrapper": "kms:arn:aws:kms:eu-central-1:1:key/gone"}, id="a key not there"),
    ],
)
async def test_a_wrapped_key_opens_only_where_it_belongs(
    key: KmsKey, changed: dict[str, object]
) -> None:
    _, wrapped = await key.generate(ACME, 1)

    with pytest.raises(RootKeyMissing):
        await key.unwrap(replace(wrapped, **changed))


async def test_a_changed_byte_is_found(key: KmsKey) -> None:
    _, wrapped = await key.generate(ACME, 1)
    flipped = bytearray(wrapped.wrapped)
    flipped[-1] ^= 1

    with pytest.raises(RootKeyMissing, match="changed"):
        await key.unwrap(replace(wrapped, wrapped=bytes(flipped)))


async def test_a_blob_of_another_key_than_named_is_refused(kms: KmsServer, key: KmsKey) -> None:
    other = KmsKey(kms.create_key(), endpoint=kms.url)
    _, theirs = await other.generate(ACME, 1)
    _, ours = await key.generate(ACME, 1)

    with pytest.raises(RootKeyMissing, match="is not the key"):
        await key.unwrap(
            WrappedKey(tenant=ACME, version=1, wrapper=ours.wrapper, wrapped=theirs.wrapped)
        )


async def test_it_is_wrapped_by_a_new_key_without_leaving_kms(kms: KmsServer, key: KmsKey) -> None:
    secret, wrapped = await key.generate(ACME, 1)
    newer_arn = kms.create_key()
    newer = KmsKey(newer_arn, endpoint=kms.url)
    before = kms.calls["Decrypt"]

    moved = await newer.rewrap(wrapped)

    assert (moved.wrapper, kms.calls["Decrypt"]) == (f"kms:{newer_arn}", before)
    assert await newer.unwrap(moved) == secret


async def test_throttling_is_outlasted(kms: KmsServer, key: KmsKey) -> None:
    kms.fail("ThrottlingException", times=1)

    secret, wrapped = await key.generate(ACME, 1)

    assert await key.unwrap(wrapped) == secret
    assert kms.calls["GenerateDataKey"] == 2


async def test_tries_are_bounded(
    kms: KmsServer, key: KmsKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    kms.fail("KMSInternalException", times=100, status=500)

    with pytest.raises(KeysUnavailable, match="KMSInternalException"):
        await key.generate(ACME, 1)

    assert kms.calls["GenerateDataKey"] == ATTEMPTS_MAX


@pytest.mark.parametrize(
    ("state", "code"),
    [("Disabled", "DisabledException"), ("PendingDeletion", "KMSInvalidStateException")],
)
async def test_a_key_that_is_not_in_use_is_a_fault_that_passes(
    kms: KmsServer, key: KmsKey, arn: str, state: str, code: str
) -> None:
    secret, wrapped = await key.generate(ACME, 1)
    kms.set_state(arn, state)

    with pytest.raises(KeysUnavailable, match=code):
        await key.unwrap(wrapped)
    kms.set_state(arn, "Enabled")

    assert await key.unwrap(wrapped) == secret


async def test_no_access_is_a_fault(kms: KmsServer, key: KmsKey) -> None:
    kms.fail("AccessDeniedException")

    with pytest.raises(KeysUnavailable, match="AccessDeniedException"):
        await key.current()


async def test_no_server_is_a_fault(kms: KmsServer) -> None:
    nowhere = KmsKey("arn:aws:kms:eu-central-1:1:key/k", endpoint="http://127.0.0.1:9")

    with pytest.raises(KeysUnavailable):
        await nowhere.current()


async def test_a_wrong_signature_is_refused(
    kms: KmsServer, arn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not the secret")

    with pytest.raises(KeysUnavailable, match="InvalidSignatureException"):
        await KmsKey(arn, endpoint=kms.url).current()
