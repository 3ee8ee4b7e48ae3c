"""Changes of an event that break what is stored: by rule, with what is told of them."""

from typing import Annotated, Any, Literal

import msgspec
from antiphon.events.base import Event, RegisterEvent
from antiphon.events.sealed import Sealed
from msgspec import Meta, Struct


class Place(Struct):
    street: str
    floor: int = 0


class Pair(Struct, array_like=True):
    first: int
    second: int


class Movable(Struct):
    street: str
    floor: int = 0
    door: str | None = None


class Renumbered(Struct):
    street: int
    floor: int = 0


class Triple(Struct, array_like=True):
    first: int
    second: int
    third: int = 0


class Single(Struct, array_like=True):
    first: int


class Chain(Struct):
    name: str
    next: "Chain | None" = None


class ChainOfNumbers(Struct):
    name: int
    next: "ChainOfNumbers | None" = None


def event(*fields: Any, base: type[Event] = Event, **named: Any) -> type[Event]:
    """Return an event with a required text `who` and these fields beside it."""
    namespace = {"TYPE": "seen", "LANE": "life", "KIND": "sight", "__doc__": "Seen."} | named
    if base is RegisterEvent:
        del namespace["LANE"]
    made: Any = msgspec.defstruct(
        "Seen",
        [("who", str), *fields],
        bases=(base,),
        namespace=namespace,
        frozen=True,
        kw_only=True,
    )
    return made


KEEP_AND_RAISE = "raise VERSION, and add an upcaster"
ANOTHER_EVENT = "let a new event, with a TYPE of its own"

BREAKING: list[tuple[str, type[Event], type[Event], str, str]] = [
    ("a field is removed", event(("at_ms", int)), event(), ".at_ms: is removed", KEEP_AND_RAISE),
    (
        "a field is renamed",
        event(("at_ms", int, 0)),
        event(("at_s", int, 0)),
        ".at_ms: is removed, or renamed",
        KEEP_AND_RAISE,
    ),
    (
        "a type is changed",
        event(("at_ms", int)),
        event(("at_ms", str)),
        ".at_ms: was integer, is string",
        KEEP_AND_RAISE,
    ),
    (
        "a type is widened to another",
        event(("at_ms", int)),
        event(("at_ms", float)),
        ".at_ms: was integer, is number",
        KEEP_AND_RAISE,
    ),
    (
        "none is no longer taken",
        event(("at_ms", int | None)),
        event(("at_ms", int)),
        ".at_ms: was null, is integer",
        KEEP_AND_RAISE,
    ),
    (
        "a required field is added",
        event(),
        event(("at_ms", int)),
        ".at_ms: is new and required",
        "give it a default",
    ),
    (
        "a field becomes required",
        event(("at_ms", int, 0)),
        event(("at_ms", int)),
        ".at_ms: is now required",
        KEEP_AND_RAISE,
    ),
    (
        "a default is changed",
        event(("at_ms", int, 0)),
        event(("at_ms", int, 1)),
        ".at_ms: has another default",
        ANOTHER_EVENT,
    ),
    (
        "an enumeration is narrowed",
        event(("why", Literal["a", "b", "c"])),
        event(("why", Literal["a", "d"])),
        ".why: no longer takes b, c",
        KEEP_AND_RAISE,
    ),
    (
        "an optional enumeration is narrowed",
        event(("why", Literal["a", "b"] | None, None)),
        event(("why", Literal["a"] | None, None)),
        ".why: no longer takes b",
        KEEP_AND_RAISE,
    ),
    ("a type is renamed", event(), event(TYPE="spotted"), "seen_v1: is gone", "put it back"),
    ("a lane is moved", event(), event(LANE="speech"), "another lane (life, now", ANOTHER_EVENT),
    (
        "a kind is moved",
        event(base=RegisterEvent),
        event(base=RegisterEvent, KIND="view"),
        "another kind (sight, now view)",
        ANOTHER_EVENT,
    ),
    (
        "another holder's key seals it",
        event(base=RegisterEvent),
        event(base=RegisterEvent, HOLDER="contact"),
        "(tenant, now contact)",
        ANOTHER_EVENT,
    ),
    (
        "a sealed text is bared",
        event(("text", Sealed)),
        event(("text", str)),
        ".text: was sealed and stands in clear",
        ANOTHER_EVENT,
    ),
    (
        "an optional sealed text is bared",
        event(("text", Sealed | None, None)),
        event(("text", str | None, None)),
        ".text: was sealed and stands in clear",
        ANOTHER_EVENT,
    ),
    (
        "a map of sealed texts is bared",
        event(("texts", dict[str, Sealed])),
        event(("texts", dict[str, str])),
        ".texts.*: was sealed and stands in clear",
        ANOTHER_EVENT,
    ),
    (
        "a clear text is sealed",
        event(("text", str)),
        event(("text", Sealed)),
        ".text: stood in clear and is sealed",
        ANOTHER_EVENT,
    ),
    (
        "a nested type is changed",
        event(("place", Place | None, None)),
        event(("place", Renumbered | None, None)),
        ".place.street: was string, is integer",
        KEEP_AND_RAISE,
    ),
    (
        "a type in a list is changed",
        event(("places", tuple[Place, ...])),
        event(("places", tuple[Renumbered, ...])),
        ".places[].street: was string, is integer",
        KEEP_AND_RAISE,
    ),
    (
        "a struct that holds itself is changed",
        event(("chain", Chain)),
        event(("chain", ChainOfNumbers)),
        ".chain.name: was string, is integer",
        KEEP_AND_RAISE,
    ),
    (
        "an element is removed",
        event(("pair", Pair)),
        event(("pair", Single)),
        ".pair: has 1 elements, and had 2",
        KEEP_AND_RAISE,
    ),
    (
        "a list becomes pairs",
        event(("pair", tuple[int, ...])),
        event(("pair", Pair)),
        ".pair: refuses what it took (minItems 2)",
        KEEP_AND_RAISE,
    ),
    (
        "a map takes one kind only",
        event(("counts", dict[str, Any])),
        event(("counts", dict[str, int])),
        ".counts.*: takes other things",
        KEEP_AND_RAISE,
    ),
    (
        "a bound is moved inwards",
        event(("share", Annotated[float, Meta(ge=0, le=2)])),
        event(("share", Annotated[float, Meta(ge=0, le=1)])),
        ".share: refuses what it took (maximum 1)",
        KEEP_AND_RAISE,
    ),
    (
        "a bound is new",
        event(("share", float)),
        event(("share", Annotated[float, Meta(ge=0)])),
        ".share: refuses what it took (minimum 0)",
        KEEP_AND_RAISE,
    ),
    (
        "a pattern is changed",
        event(("code", Annotated[str, Meta(pattern="^a")])),
        event(("code", Annotated[str, Meta(pattern="^b")])),
        ".code: refuses what it took (pattern ^b)",
        KEEP_AND_RAISE,
    ),
]
