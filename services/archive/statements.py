"""What the archive says of itself, signed: a link for every segment, a head for every day.

An object of the archive that is no segment is one statement: its JSON, a newline, the signature
in hexadecimal, a newline. The signature covers the JSON's bytes; whoever changes one of them,
anywhere, is found. Private keys never come near: a `Signer` signs, wherever it keeps its key.
"""

import hashlib
from collections.abc import Collection
from datetime import date, datetime
from typing import Protocol, TypeVar

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from msgspec import Struct

from ...errors import ArchiveCorrupt
from ...events.base import Epoch, Position
from ...events.decoding import decoded

# Tells these signatures from any other that the same key may make.
_CONTEXT = b"antiphon/archive/1\n"
_KEY_ID_CHARACTERS = 16

NOTHING = "0" * 64  # stands where the first link or head would name the one before it


class Signer(Protocol):
    """Signs with Ed25519."""

    @property
    def public_key(self) -> bytes:
        """The 32 bytes that verify what `sign` signs."""
        ...

    def sign(self, message: bytes) -> bytes:
        """Return the 64 bytes of a signature."""
        ...


class Beginning(Struct, frozen=True, kw_only=True, tag="beginning", forbid_unknown_fields=True):
    """An epoch of a stream that is archived, written before its first segment."""

    stream: str
    epoch: Epoch
    first: Position  # the oldest that the log still held
    began_at: datetime
    signed_by: str  # id of the key


class Link(Struct, frozen=True, kw_only=True, tag="link", forbid_unknown_fields=True):
    """One segment, and the link before it: together they are the chain."""

    stream: str
    epoch: Epoch
    ordinal: int  # from 0, without holes
    previous: str  # SHA-256 of the whole object of the link before
    segment: str  # its key
    first: Position
    last: Position  # both archived, and everything between
    sha256: str  # of the segment's bytes
    size: int  # bytes
    # Two sums over the segment's bytes, by which a single wrong byte is found: see `wrong_byte`.
    byte_sum: int
    weighted_sum: int
    index: str  # who is in the segment: see `index.py`
    recorded_until: datetime  # of the last fact
    archived_at: datetime
    signed_by: str  # id of the key


class Head(Struct, frozen=True, kw_only=True, tag="head", forbid_unknown_fields=True):
    """The chain's end on a day: who keeps a copy elsewhere can tell a shortened archive."""

    stream: str
    epoch: Epoch
    day: date  # UTC; the first moment of it that the archiver ran
    previous: str  # SHA-256 of the whole object of the head before
    ordinal: int  # of the last link
    link: str  # SHA-256 of that link's object
    last: Position
    signed_at: datetime
    signed_by: str


Statement = Beginning | Link | Head
S = TypeVar("S", Beginning, Link, Head)

_encode = msgspec.json.Encoder(order="deterministic").encode


def digest_of(body: bytes) -> str:
    """Return the SHA-256 of an object, in hexadecimal."""
    return hashlib.sha256(body).hexdigest()


def key_id(public_key: bytes) -> str:
    """Return the short name of a public key."""
    return hashlib.sha256(public_key).hexdigest()[:_KEY_ID_CHARACTERS]


def signed(statement: Statement, signer: Signer) -> bytes:
    """Return the object of a statement."""
    content = _encode(statement)
    return b"%s\n%s\n" % (content, signer.sign(_CONTEXT + content).hex().encode())


def opened(body: bytes, kind: type[S], *, key: str, trusted: Collection[bytes]) -> S:
    """Return the statement in an object.

    Args:
        body: the object.
        kind: what it has to be.
        key: where it was found, for the error.
        trusted: the public keys whose signatures count.

    Raises:
        ArchiveCorrupt: it was not signed so by any of them.
    """
    content, _, tail = body.partition(b"\n")
    try:
        statement = decoded(msgspec.json.Decoder(kind), content)
        signature = bytes.fromhex(tail.removesuffix(b"\n").decode())
    except (msgspec.MsgspecError, ValueError) as error:
        raise ArchiveCorrupt(key, f"is no signed {kind.__name__.lower()}") from error
    # The one way to write it, or a changed letter's case would pass.
    if tail != b"%s\n" % signature.hex().encode():
        raise ArchiveCorrupt(key, "its signature is not written as it was")
    public_keys = {key_id(one): one for one in trusted}
    public_key = public_keys.get(statement.signed_by)
    if public_key is None:
        problem = f"is signed by key {statement.signed_by}, which is not trusted here"
        raise ArchiveCorrupt(key, problem)
    if not is_signed(content, signature, public_key):
        raise ArchiveCorrupt(key, "its signature does not fit its content")
    return statement


def is_signed(content: bytes, signature: bytes, public_key: bytes) -> bool:
    """Tell whether `signature` was made over `content` with the private half of this key."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, _CONTEXT + content)
    except InvalidSignature:
        return False
    return True
