"""Personal data: a type that no encoder can write in clear.

What a person said, and every personal detail, is a `Sealed`. Encoding one that is
still clear is a TypeError of the encoder, so a forgotten sealing step cannot leak.
AES-256-GCM under the holder's key; whoever destroys the key destroys the content.
"""

import base64
import os
from binascii import a2b_base64
from typing import TypeVar

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import Struct

from ..errors import KeyDestroyed
from .shapes import parts_of

T = TypeVar("T")

KEY_BYTES = 32  # AES-256
_NONCE_BYTES = 12  # what GCM is specified for


class Sealed:
    """A personal text: clear in memory, sealed in the log.

    Never shows its content in `repr`, so logs and tracebacks stay clean.
    """

    __slots__ = ("_cipher", "_clear", "_key_id")

    def __init__(self, clear: str) -> None:
        self._clear: str | None = clear
        self._cipher: str | None = None
        self._key_id = ""

    @classmethod
    def closed(cls, cipher: str, *, key_id: str) -> "Sealed":
        """Return a sealed text as the log holds it, to be opened with its key."""
        sealed = cls("")
        sealed._clear, sealed._cipher, sealed._key_id = None, cipher, key_id
        return sealed

    @property
    def cipher(self) -> str | None:
        """The stored form, or None while the text is clear."""
        return self._cipher

    def reveal(self) -> str:
        """Return the text.

        Raises:
            KeyDestroyed: the key is gone, and with it the text.
        """
        if self._clear is None:
            raise KeyDestroyed(self._key_id)
        return self._clear

    def reveal_or(self, otherwise: T) -> str | T:
        """Return the text, or `otherwise` when its key is gone."""
        return otherwise if self._clear is None else self._clear

    def close(self, key: bytes, *, key_id: str, about: str) -> "Sealed":
        """Return this text sealed; `about` (event id and field) is bound to it."""
        cipher = seal_bytes(self.reveal().encode(), key, about=about.encode())
        return Sealed.closed(base64.b64encode(cipher).decode(), key_id=key_id)

    def open(self, key: bytes, *, about: str) -> "Sealed":
        """Return this text in clear.

        Raises:
            ValueError: wrong key, wrong place, or a changed byte.
        """
        if self._cipher is None:
            return self
        return Sealed(open_text(self._cipher, opener(key), about))

    def settle(self, key_id: str, key: AESGCM | None, about: str) -> None:
        """Open this closed text in place, or without a key remember which one it would take.

        For the codec alone, on a text that nobody else has seen: elsewhere none ever changes.

        Raises:
            ValueError: wrong key, wrong place, or a changed byte.
        """
        self._key_id = key_id
        if key is not None and self._cipher is not None:
            self._clear = open_text(self._cipher, key, about)
            self._cipher = None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sealed):
            return NotImplemented
        return (self._clear, self._cipher) == (other._clear, other._cipher)

    def __hash__(self) -> int:
        return hash((self._clear, self._cipher))

    def __repr__(self) -> str:
        return "Sealed(closed)" if self._clear is None else "Sealed(clear)"


_SealedMap = dict[str, Sealed]
_PERSONAL = (Sealed, Sealed | None, _SealedMap)


def sealed_fields(struct: type[Struct]) -> tuple[str, ...]:
    """Return the names of the fields that hold personal texts.

    Raises:
        TypeError: one stands where nothing would seal it, in a list or a nested struct.
    """
    found: list[str] = []
    for field in msgspec.structs.fields(struct):
        if field.type in _PERSONAL:
            found.append(field.name)
        elif any(part is Sealed for part in parts_of(field.type)):
            raise TypeError(
                f"{struct.__name__}.{field.name} hides a Sealed; it can be "
                "`Sealed`, `Sealed | None` or `dict[str, Sealed]`"
            )
    return tuple(found)


def opener(secret: bytes) -> AESGCM:
    """Return what opens many texts of one key."""
    return AESGCM(secret)


def open_text(cipher: str, key: AESGCM, about: str) -> str:
    """Return a text in clear of which `cipher` is the stored form.

    Raises:
        ValueError: wrong key, wrong place, or a changed byte.
    """
    return _opened(a2b_base64(cipher), key, about.encode()).decode()


def seal_bytes(clear: bytes, key: bytes, *, about: bytes) -> bytes:
    """Return nonce and ciphertext of `clear`, bound to `about`."""
    return seal_with(opener(key), clear, about=about)


def seal_with(key: AESGCM, clear: bytes, *, about: bytes) -> bytes:
    """Do what `seal_bytes` does, for who seals many with one key."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + key.encrypt(nonce, clear, about)


def open_bytes(cipher: bytes, key: bytes, *, about: bytes) -> bytes:
    """Undo `seal_bytes`.

    Raises:
        ValueError: wrong key, wrong place, or a changed byte.
    """
    return open_with(opener(key), cipher, about=about)


def open_with(key: AESGCM, cipher: bytes, *, about: bytes) -> bytes:
    """Do what `open_bytes` does, for who opens many with one key."""
    return _opened(cipher, key, about)


def _opened(cipher: bytes, key: AESGCM, about: bytes) -> bytes:
    try:
        return key.decrypt(cipher[:_NONCE_BYTES], cipher[_NONCE_BYTES:], about)
    except InvalidTag as error:
        raise ValueError("sealed data does not open with this key in this place") from error
