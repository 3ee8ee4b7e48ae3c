"""Whatever somebody sends, there is one way for it to be no JSON, and it repeats nothing."""

import msgspec
import pytest
from antiphon.events.decoding import decoded
from msgspec import Struct


class Told(Struct):
    """A form."""

    number: int


DEEP = b'{"number": 1, "x": ' + b"[" * 3_000 + b"]" * 3_000 + b"}"


def test_json_of_the_form_is_read() -> None:
    assert decoded(msgspec.json.Decoder(Told), '{"number": 7}') == Told(7)


@pytest.mark.parametrize("content", [b"", b"{", b'{"number": "secret"}', b'"secret\xff"', DEEP])
def test_anything_else_is_refused_without_repeating_it(content: bytes) -> None:
    with pytest.raises(msgspec.DecodeError) as refused:
        decoded(msgspec.json.Decoder(Told), content)

    assert "secret" not in str(refused.value)
    assert refused.value.__cause__ is None
