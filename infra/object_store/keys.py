"""What every adapter checks before it asks its store."""

import re

from ...services.archive.store import KEY_CHARACTERS_MAX, KEY_PATTERN, OBJECT_BYTES_MAX


def checked_key(key: str) -> str:
    """Return the key.

    Raises:
        ValueError: it is none: it could leave the store's own place, or be read as another.
    """
    if len(key) > KEY_CHARACTERS_MAX or re.fullmatch(KEY_PATTERN, key) is None:
        raise ValueError(f"{key!r} is no key of an object")
    return key


def checked_size(key: str, size: int) -> int:
    """Return the size.

    Raises:
        ValueError: it is more than an object may have.
    """
    if size > OBJECT_BYTES_MAX:
        raise ValueError(f"object {key} has {size} bytes, more than {OBJECT_BYTES_MAX}")
    return size
