"""The receipt of an erasure: drawn up from its facts, signed, and what a stranger can check.

Canonical JSON (keys sorted, no spaces) under a JWS of Ed25519, which any JOSE library verifies.
Says nothing about the person. Source: RFC 7515 (compact serialisation), RFC 8037 (EdDSA).
"""

import base64
import binascii
import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Literal

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from msgspec import Struct

from ..errors import ReceiptDamaged, ReceiptRefused
from ..events.base import ContactId, Epoch, KeyId, Position, TenantName
from ..events.erasure import Counted, Held, ReceiptSigned
from .erasure import Erasure

FORMAT = 2  # what is signed now; what was signed in an older one is told as it was
FORMATS = {n: f"antiphon-erasure-receipt/{n}" for n in (1, FORMAT)}
TYPE = "antiphon-erasure-receipt+jws"

How = Literal["deleted", "keys_destroyed", "dropped"]
Why = Literal[
    "unreadable",  # sealed under keys that are destroyed
    "names_nobody",  # or a contact's id alone
    "sealed_for_tenant",  # what people wrote; under the tenant's key, which stays
    "written_later",  # by a process that had not heard yet; sealed under keys that are destroyed
    "overwritten_in_time",  # rows that nobody can ask for any more, in large tables
    "legal_hold",
    "restore_replays",  # this erasure, before anything is read
    "reopens_if_restored",  # until it is asked for and done again
]

# What is sealed stays where it is, and nobody can open it; the rest is deleted.
_HOW: dict[str, How] = {"facts": "keys_destroyed", "archive": "keys_destroyed", "copies": "dropped"}
_WHY: dict[str, Why] = {
    "facts": "unreadable",
    "archive": "unreadable",
    "read_models": "names_nobody",
    "dead_rows": "overwritten_in_time",
}


class Destroyed(Struct, frozen=True, kw_only=True):
    """What is gone, of one store."""

    store: str
    what: str
    number: int
    how: How


class Remains(Struct, frozen=True, kw_only=True):
    """What is still there, and why that tells of nobody."""

    store: str
    what: str
    number: int | None  # None: it was not counted
    why: Why


class Kept(Struct, frozen=True, kw_only=True):
    """A contact that was not erased, because it has to be kept."""

    contact_id: ContactId
    hold_ids: tuple[str, ...]
    why: Why = "legal_hold"


class InRegister(Struct, frozen=True, kw_only=True):
    """Where the register tells of it."""

    epoch: Epoch
    requested: Position
    approved: Position
    completed: Position


class Receipt(Struct, frozen=True, kw_only=True):
    """What was destroyed, what remains and why, who asked for it and who agreed."""

    format: str
    tenant: TenantName
    erasure_id: str
    found_by: str
    identity_proof_sha256: str  # of erasure id, line feed, reference; "": none was asked for
    requested_by: str
    requested_at: datetime
    approved_by: str
    approved_at: datetime
    completed_at: datetime
    contacts_destroyed: tuple[ContactId, ...]
    contacts_kept: tuple[Kept, ...]
    key_ids_destroyed: tuple[KeyId, ...]
    destroyed: tuple[Destroyed, ...]
    remains: tuple[Remains, ...]
    register: InRegister


class SignedReceipt(Struct, frozen=True, kw_only=True):
    """A receipt as people read it, and as it was signed: `jws` holds the same once more."""

    receipt: Receipt
    jws: str


_REGISTER = Remains(store="register", what="facts_of_this_erasure", number=None, why="names_nobody")
_ANALYTICS = Remains(store="analytics", what="sums_over_calls", number=None, why="names_nobody")
_ARCHIVE = Remains(store="archive", what="sealed_facts", number=None, why="unreadable")
_BACKUPS = Remains(store="backups", what="made_before", number=None, why="restore_replays")

# Of every erasure in the first format.
_ALWAYS = (_ARCHIVE, _REGISTER, _ANALYTICS, _BACKUPS)

# Of every erasure since, beside what depends on it. Nobody can count these.
_WRITTEN = Remains(
    store="register", what="reasons_of_holds_and_readings", number=None, why="sealed_for_tenant"
)


def receipt_of(erasure: Erasure, *, tenant: TenantName, epoch: Epoch, form: int) -> Receipt:
    """Return the receipt of a completed erasure in one of `FORMATS`; the same facts, the same."""
    requested_at, approved_at = erasure.requested_at, erasure.approved_at
    assert requested_at is not None, "it was requested"
    assert approved_at is not None, "it was approved"
    assert erasure.completed_at is not None, "it is completed"
    return Receipt(
        format=FORMATS[form],
        tenant=tenant,
        erasure_id=erasure.erasure_id,
        found_by=erasure.found_by,
        identity_proof_sha256=erasure.identity_proof_sha256,
        requested_by=erasure.requested_by,
        requested_at=requested_at,
        approved_by=erasure.approved_by,
        approved_at=approved_at,
        completed_at=erasure.completed_at,
        contacts_destroyed=erasure.destroyed,
        contacts_kept=_kept(erasure.held),
        key_ids_destroyed=_key_ids(erasure),
        destroyed=_destroyed(erasure.found, erasure.left),
        remains=(
            *_remaining(erasure.left),
            *(_ALWAYS if form == 1 else _beside(erasure)),
        ),
        register=InRegister(
            epoch=epoch,
            requested=erasure.requested,
            approved=erasure.approved,
            completed=erasure.completed,
        ),
    )


def signed(receipt: Receipt, *, sign: Callable[[bytes], bytes], public_key: bytes) -> ReceiptSigned:
    """Return the fact that a receipt was signed."""
    payload = canonical(receipt)
    header = {"alg": "EdDSA", "kid": public_key.hex(), "typ": TYPE}
    protected = _base64url(msgspec.json.encode(header, order="sorted"))
    return ReceiptSigned(
        epoch=receipt.register.epoch,
        sha256=hashlib.sha256(payload).hexdigest(),
        protected=protected,
        signature=_base64url(sign(f"{protected}.{_base64url(payload)}".encode())),
        format=next(n for n, name in FORMATS.items() if name == receipt.format),
    )


def signed_receipt(erasure: Erasure, *, tenant: TenantName) -> SignedReceipt:
    """Return the receipt of an erasure that was signed.

    Raises:
        ReceiptDamaged: the facts do not give what was signed, or a newer version signed it.
    """
    fact = erasure.signed
    assert fact is not None, "it was signed"
    if fact.format not in FORMATS:
        raise ReceiptDamaged(erasure.erasure_id)
    receipt = receipt_of(erasure, tenant=tenant, epoch=fact.epoch, form=fact.format)
    payload = canonical(receipt)
    if hashlib.sha256(payload).hexdigest() != fact.sha256:
        raise ReceiptDamaged(erasure.erasure_id)
    jws = f"{fact.protected}.{_base64url(payload)}.{fact.signature}"
    return SignedReceipt(receipt=receipt, jws=jws)


def verified(body: bytes, *, public_key: bytes) -> Receipt:
    """Return what a receipt says, once the tenant's key has vouched for every byte of it.

    Raises:
        ReceiptRefused: it is none, was changed, or somebody else signed it.
    """
    try:
        given = msgspec.json.decode(body, type=SignedReceipt)
        protected, encoded, signature = given.jws.split(".")
        header = msgspec.json.decode(_bytes_of(protected), type=dict[str, str])
        payload, signed_by = _bytes_of(encoded), _bytes_of(signature)
        receipt = msgspec.json.decode(payload, type=Receipt)
    except (ValueError, binascii.Error, msgspec.MsgspecError) as error:
        raise ReceiptRefused("it cannot be read") from error
    is_ours = header.get("alg") == "EdDSA" and header.get("typ") == TYPE
    if not is_ours or receipt.format not in FORMATS.values():
        raise ReceiptRefused("it is signed as something else")
    try:
        message = f"{protected}.{encoded}".encode()
        Ed25519PublicKey.from_public_bytes(public_key).verify(signed_by, message)
    except InvalidSignature as error:
        raise ReceiptRefused("the tenant's key did not sign it") from error
    # What a person reads has to be what was signed.
    if canonical(given.receipt) != payload:
        raise ReceiptRefused("what it says is not what was signed")
    return receipt


def canonical(receipt: Receipt) -> bytes:
    """Return a receipt as it is signed."""
    return msgspec.json.encode(receipt, order="sorted")


def _destroyed(found: Sequence[Counted], left: Sequence[Counted]) -> tuple[Destroyed, ...]:
    before, after = _sums(found), _sums(left)
    gone = {
        # What cannot be opened is gone, though its bytes are there.
        (store, what): number - (0 if store in _HOW else after[store, what])
        for (store, what), number in before.items()
    }
    return tuple(
        Destroyed(store=store, what=what, number=number, how=_HOW.get(store, "deleted"))
        for (store, what), number in sorted(gone.items())
        if number > 0
    )


def _remaining(left: Sequence[Counted]) -> tuple[Remains, ...]:
    return tuple(
        Remains(store=store, what=what, number=number, why=_WHY.get(store, "written_later"))
        for (store, what), number in sorted(_sums(left).items())
        if number > 0 and store != _ARCHIVE.store
    )


def _beside(erasure: Erasure) -> tuple[Remains, ...]:
    """Return what stays beside what was counted when it was cleared, and why."""
    archived = [one.number for one in erasure.left if one.store == _ARCHIVE.store]
    own: Why = "sealed_for_tenant" if erasure.own_key_id is None else "unreadable"
    both = Remains(
        store="backups",
        what="of_log_and_keys_together",
        number=None,
        why="restore_replays" if erasure.is_archived else "reopens_if_restored",
    )
    return (
        # As many as it held then; what the log still had comes to it later, sealed likewise.
        Remains(
            store=_ARCHIVE.store,
            what=_ARCHIVE.what,
            number=sum(archived) if archived else None,
            why=_ARCHIVE.why,
        ),
        _REGISTER,
        Remains(store="register", what="reason_and_proof", number=None, why=own),
        _WRITTEN,
        _ANALYTICS,
        Remains(store="backups", what="of_keys", number=None, why="restore_replays"),
        both,
    )


def _key_ids(erasure: Erasure) -> tuple[KeyId, ...]:
    own = erasure.own_key_id
    return erasure.key_ids if own is None else (*erasure.key_ids, own)


def _kept(held: Sequence[Held]) -> tuple[Kept, ...]:
    return tuple(Kept(contact_id=one.contact_id, hold_ids=one.hold_ids) for one in held)


def _sums(counted: Sequence[Counted]) -> Counter[tuple[str, str]]:
    sums: Counter[tuple[str, str]] = Counter()
    for one in counted:
        sums[one.store, one.what] += one.number
    return sums


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes_of(text: str) -> bytes:
    padded = text + "=" * (-len(text) % 4)
    # urlsafe_b64decode passes over what is no base64.
    return base64.b64decode(padded.encode("ascii"), altchars=b"-_", validate=True)
