"""What a field's type is made of."""

from collections.abc import Iterator
from typing import Any, get_args

import msgspec
from msgspec import Struct


def parts_of(kind: Any) -> Iterator[Any]:
    """Yield a type and all that it is made of, fields of structs included, each struct once."""
    return _parts(kind, set())


def structs_in(kind: Any) -> Iterator[type[Struct]]:
    """Yield the structs among a type's parts, itself included."""
    return (part for part in parts_of(kind) if _is_struct(part))


def _parts(kind: Any, seen: set[type[Struct]]) -> Iterator[Any]:
    if _is_struct(kind):
        if kind in seen:
            return
        seen.add(kind)
        for field in msgspec.structs.fields(kind):
            yield from _parts(field.type, seen)
    yield kind
    for part in get_args(kind):
        yield from _parts(part, seen)


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Struct)
