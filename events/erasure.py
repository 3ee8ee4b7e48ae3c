"""Erasures: who asked, who agreed, what was destroyed. In the register, under kind `erasure`.

Requested, approved by a second person, carried out a few contacts at a time, completed, signed.
Also how a customer's contacts are found without anybody keeping the customer's number.
"""

import hashlib
import hmac
import re
import unicodedata
from datetime import datetime
from typing import ClassVar, Literal

from msgspec import Struct

from .base import ContactId, Epoch, KeyId, RegisterEvent
from .sealed import Sealed

KIND = "erasure"

# Whose key the index from customer endpoints to contacts is made with; never destroyed.
INDEX_HOLDER = "index/customer_endpoint"

FoundBy = Literal["contact_id", "customer_endpoint"]

_TELEPHONE = re.compile(r"(?:tel:)?\s*(\+|00)?[\d\s().\-/]*\d[\d\s().\-/]*(?:;.*)?")
_INTERNATIONAL = re.compile(r"\s*(?:\+|00)")


class Held(Struct, frozen=True, array_like=True):
    """A contact that may not be erased now, and whose word that is."""

    contact_id: ContactId
    hold_ids: tuple[str, ...]


class Counted(Struct, frozen=True, array_like=True):
    """How many of something a store keeps of some contacts."""

    store: str  # `facts`, `audio`, `objects`, `letters`, `read_models`, ...
    what: str  # `recordings`; of a read model its table
    number: int


class ErasureRequested(RegisterEvent, frozen=True, kw_only=True):
    """Somebody asked that contacts be forgotten; several, where there are many contacts.

    Erases nothing: a second person has to approve it. What was recorded in version 1 needed no
    approval: it counts as approved by who asked (`upcasting.py`).
    """

    TYPE: ClassVar[str] = "erasure_requested"
    VERSION: ClassVar[int] = 2
    KIND: ClassVar[str] = KIND

    contact_ids: tuple[ContactId, ...]
    found_by: FoundBy  # how these were
    reason: Sealed  # a person may have written a name into it
    identity_proof: (
        Sealed | None
    )  # where it stands that the person is who they say; None: version 1
    identity_proof_sha256: str  # of the erasure's id, a line feed and the reference; "": version 1
    expires_at: datetime | None  # nobody can approve it any more; None: it needs no approval


class ErasureApproved(RegisterEvent, frozen=True, kw_only=True):
    """A second person agreed: these contacts are to be erased. Several, where there are many.

    They are those of the person at that moment, but the held ones: these stay.
    """

    TYPE: ClassVar[str] = "erasure_approved"
    KIND: ClassVar[str] = KIND

    contact_ids: tuple[ContactId, ...]
    held: tuple[Held, ...] = ()


class ErasureRefused(RegisterEvent, frozen=True, kw_only=True):
    """A second person did not agree. It cannot be approved any more."""

    TYPE: ClassVar[str] = "erasure_refused"
    KIND: ClassVar[str] = KIND

    reason: Sealed


class ErasureWithdrawn(RegisterEvent, frozen=True, kw_only=True):
    """Who asked for it does not any more. It cannot be approved any more."""

    TYPE: ClassVar[str] = "erasure_withdrawn"
    KIND: ClassVar[str] = KIND

    reason: Sealed


class ContactsSpared(RegisterEvent, frozen=True, kw_only=True):
    """A hold was placed after the approval and before these contacts' keys went: they stay."""

    TYPE: ClassVar[str] = "contacts_spared"
    KIND: ClassVar[str] = KIND

    held: tuple[Held, ...]


class DestructionBegun(RegisterEvent, frozen=True, kw_only=True):
    """No hold covered these contacts a moment ago, and from here on their keys go.

    After a restore of the keys this is what is done again, before anything is read: a hold that
    is placed later finds nothing to hold.
    """

    TYPE: ClassVar[str] = "destruction_begun"
    KIND: ClassVar[str] = KIND

    contact_ids: tuple[ContactId, ...]
    found: tuple[Counted, ...]  # before anything was destroyed


class ContactsDestroyed(RegisterEvent, frozen=True, kw_only=True):
    """These contacts' keys are gone, their histories say so, and stores were cleared of them."""

    TYPE: ClassVar[str] = "contacts_destroyed"
    KIND: ClassVar[str] = KIND

    contact_ids: tuple[ContactId, ...]
    key_ids: tuple[KeyId, ...]
    left: tuple[Counted, ...]  # counted anew


class ErasureCompleted(RegisterEvent, frozen=True, kw_only=True):
    """Every key was destroyed, every contact's history says so, and every reader has read it."""

    TYPE: ClassVar[str] = "erasure_completed"
    KIND: ClassVar[str] = KIND

    completed_at: datetime
    contacts: int
    found: tuple[Counted, ...] = ()  # in read models and their copies, before these forgot
    left: tuple[Counted, ...] = ()  # in read models, of what names the contacts and not the person
    # Of the key that sealed why it was asked for, gone too; None: the tenant's key sealed that.
    own_key_id: KeyId | None = None
    is_archived: bool = False  # the archive says that these keys are gone; False: there is none


class ReceiptSigned(RegisterEvent, frozen=True, kw_only=True):
    """The receipt was drawn up and signed. What it says follows from the facts before."""

    TYPE: ClassVar[str] = "receipt_signed"
    KIND: ClassVar[str] = KIND

    epoch: Epoch  # of the register whose positions it tells
    sha256: str  # of the receipt, as it was signed
    protected: str  # the header of the signature, as JWS has it
    signature: str  # likewise; Ed25519
    format: int = 1  # of the receipt, whose later forms say more


def own_holder(erasure_id: str) -> str:
    """Return the holder of the key that seals why an erasure was asked for.

    People write names there. The key goes when the erasure is completed.
    """
    return f"{KIND}/{erasure_id}"


def normalised_endpoint(endpoint: str) -> str:
    """Return a customer endpoint in the one form that the index knows.

    Of a telephone number digits remain, after `+` where it was international (`+` or `00`);
    a national number is not guessed to be of some country. Other addresses are compared
    regardless of case, of spaces around them and of how their characters are composed.
    """
    text = unicodedata.normalize("NFKC", endpoint).strip().casefold()
    if not _TELEPHONE.fullmatch(text):
        return text
    number = text.removeprefix("tel:").split(";")[0].strip()
    sign = _INTERNATIONAL.match(number)
    digits = re.sub(r"\D", "", number[sign.end() :] if sign else number)
    return f"+{digits}" if sign else digits


def endpoint_token(index_key: bytes, endpoint: str) -> bytes:
    """Return what stands for an endpoint in the index; tells nothing without the key."""
    normalised = normalised_endpoint(endpoint).encode()
    return hmac.digest(index_key, normalised, hashlib.sha256)
