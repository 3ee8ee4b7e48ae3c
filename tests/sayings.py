"""Events whose every personal text says the same: for whoever looks for it afterwards."""

from typing import Any, TypeVar, cast

from antiphon.events.base import Event
from antiphon.events.sealed import Sealed, sealed_fields
from msgspec.structs import replace

E = TypeVar("E", bound=Event)


def saying(event: E, words: str) -> E:
    """Return an event of which every personal text says the same."""
    told: dict[str, Any] = {}
    for name in sealed_fields(type(event)):
        value: Any = getattr(event, name)
        named = cast("dict[str, Sealed]", value) if isinstance(value, dict) else None
        told[name] = Sealed(words) if named is None else dict.fromkeys(named, Sealed(words))
    return replace(event, **told)
