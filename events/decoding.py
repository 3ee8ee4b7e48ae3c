"""JSON that somebody else wrote, and one way for it to be none."""

from typing import TypeVar

import msgspec

_Kind = TypeVar("_Kind")


def decoded(decoder: msgspec.json.Decoder[_Kind], content: bytes | str | msgspec.Raw) -> _Kind:
    """Return what JSON says, as the decoder's type.

    Raises:
        msgspec.DecodeError: it is no JSON, no UTF-8, nested too deeply, or of another type.
    """
    try:
        return decoder.decode(content)
    except (UnicodeDecodeError, RecursionError):
        # msgspec lets these two through as they are. The first would show what was sent.
        raise msgspec.DecodeError("no text, or nested too deeply") from None
