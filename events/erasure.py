"""Erasures: which contacts, why, and that it was done. In the register, under kind `erasure`.

Also how a customer's contacts are found without anybody keeping the customer's number.
"""

import hashlib
import hmac
import re
import unicodedata
from datetime import datetime
from typing import ClassVar, Literal

from .base import ContactId, RegisterEvent
from .sealed import Sealed

KIND = "erasure"

# Whose key the index from customer endpoints to contacts is made with; never destroyed.
INDEX_HOLDER = "index/customer_endpoint"

FoundBy = Literal["contact_id", "customer_endpoint"]

_TELEPHONE = re.compile(r"(?:tel:)?\s*(\+|00)?[\d\s().\-/]*\d[\d\s().\-/]*(?:;.*)?")
_INTERNATIONAL = re.compile(r"\s*(?:\+|00)")


class ErasureRequested(RegisterEvent, frozen=True, kw_only=True):
    """Somebody asked that contacts be forgotten. Recorded before any key is destroyed.

    After a restore of the keys this is what is done again, before anything is read.
    """

    TYPE: ClassVar[str] = "erasure_requested"
    KIND: ClassVar[str] = KIND

    contact_ids: tuple[ContactId, ...]
    found_by: FoundBy
    reason: Sealed  # a person may have written a name into it


class ErasureCompleted(RegisterEvent, frozen=True, kw_only=True):
    """Every key was destroyed and every contact's history says so."""

    TYPE: ClassVar[str] = "erasure_completed"
    KIND: ClassVar[str] = KIND

    completed_at: datetime
    contacts: int


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
