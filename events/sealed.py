"""Personal data: a type that no encoder can write in clear.

What a person said, and every personal detail, is a `Sealed`. Encoding one that is
still clear is a TypeError of the encoder, so a forgotten sealing step cannot leak.
AES-256-GCM under the holder's key; whoever destroys the key destroys the content.
"""

import base64
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ..errors import KeyDestroyed

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

    def reveal_or(self, otherwise: str) -> str:
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
        clear = open_bytes(base64.b64decode(self._cipher), key, about=about.encode())
        return Sealed(clear.decode())

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sealed):
            return NotImplemented
        return (self._clear, self._cipher) == (other._clear, other._cipher)

    def __hash__(self) -> int:
        return hash((self._clear, self._cipher))

    def __repr__(self) -> str:
        return "Sealed(closed)" if self._clear is None else "Sealed(clear)"


def seal_bytes(clear: bytes, key: bytes, *, about: bytes) -> bytes:
    """Return nonce and ciphertext of `clear`, bound to `about`."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, clear, about)


def open_bytes(cipher: bytes, key: bytes, *, about: bytes) -> bytes:
    """Undo `seal_bytes`.

    Raises:
        ValueError: wrong key, wrong place, or a changed byte.
    """
    try:
        return AESGCM(key).decrypt(cipher[:_NONCE_BYTES], cipher[_NONCE_BYTES:], about)
    except InvalidTag as error:
        raise ValueError("sealed data does not open with this key in this place") from error
