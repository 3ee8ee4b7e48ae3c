"""What may change in an event, and what may not: one catalogue document held against another.

Whatever was stored under the older catalogue must read and mean the same under the newer. Fields
with defaults, wider enumerations, further versions and further events may come.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from .schemas import SEALED, Json, name_of

RESTORE = "put it back"
NEW_VERSION = (
    "keep this version as it was and make the change as the next: raise VERSION, and add an "
    "upcaster whose shape is the old fields"
)
NEW_EVENT = "put it back, and let a new event, with a TYPE of its own, say what is now so"
ENVELOPE = "put it back: the envelope of what is stored cannot be brought to another form"

# A bound that is new or moved inwards refuses what was stored; by keyword, which way is in.
_LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_EXACT = ("pattern", "multipleOf")


class Breakage(Struct, frozen=True, kw_only=True):
    """One thing that what is stored, or who reads it, would not survive."""

    where: str  # type and version, and the field within
    problem: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.where}: {self.problem}; {self.remedy}"


def breakages(released: Json, current: Json) -> list[Breakage]:
    """Return what breaks between the catalogue of a release and that of now; nothing: [].

    Both are documents as `catalogue_document` makes them.
    """
    now: dict[str, Json] = {name_of(entry): entry for entry in current["events"]}
    types = {entry["type"] for entry in current["events"]}
    found = [
        Breakage(where=f"envelope{path}", problem=problem, remedy=ENVELOPE)
        for path, problem, _ in _Comparison(released["envelope"], current["envelope"]).differences()
    ]
    for entry in released["events"]:
        name = name_of(entry)
        if entry["type"] not in types:
            found.append(Breakage(where=name, problem="is gone, or renamed", remedy=RESTORE))
        elif name not in now:
            problem = "its version is gone: stored ones could not be read"
            found.append(Breakage(where=name, problem=problem, remedy=RESTORE))
        else:
            found += _of_event(name, entry, now[name])
    return found


def _of_event(name: str, older: Json, newer: Json) -> Iterator[Breakage]:
    for said, what in (
        ("lane", "moved to another lane"),
        ("kind", "moved to another kind"),
        ("holder", "is sealed under another holder's key: an erasure would miss it"),
    ):
        if older.get(said) != newer.get(said):
            problem = f"{what} ({older.get(said)}, now {newer.get(said)})"
            yield Breakage(where=name, problem=problem, remedy=NEW_EVENT)
    for path, problem, remedy in _Comparison(older["schema"], newer["schema"]).differences():
        yield Breakage(where=f"{name}{path}", problem=problem, remedy=remedy)


_Difference = tuple[str, str, str]  # path, problem, remedy


class _Comparison:
    """Two schemas of one thing, walked side by side."""

    def __init__(self, older: Json, newer: Json) -> None:
        self._older = older
        self._newer = newer
        self._seen: set[tuple[int, int]] = set()  # structs that hold themselves end here

    def differences(self) -> Iterator[_Difference]:
        yield from self._objects("", self._older, self._newer)

    def _compare(self, path: str, older: Json, newer: Json) -> Iterator[_Difference]:
        before = {_kind(one): one for one in _alternatives(older, self._older)}
        after = {_kind(one): one for one in _alternatives(newer, self._newer)}
        gone = [kind for kind in before if kind not in after]
        if gone:
            yield _type_changed(path, gone, list(after))
        for kind in before.keys() & after.keys():
            yield from self._same_kind(path, before[kind], after[kind])

    def _same_kind(self, path: str, older: Json, newer: Json) -> Iterator[_Difference]:
        pair = (id(older), id(newer))
        if pair in self._seen:
            return  # told where it was first met
        self._seen.add(pair)
        lost = [value for value in older.get("enum", ()) if value not in newer.get("enum", ())]
        if lost:
            listed = ", ".join(str(value) for value in lost)
            yield path, f"no longer takes {listed}", NEW_VERSION
        yield from _bounds(path, older, newer)
        if older.get("type") == "object":
            yield from self._objects(path, older, newer)
        if older.get("type") == "array":
            yield from self._arrays(path, older, newer)

    def _objects(self, path: str, older: Json, newer: Json) -> Iterator[_Difference]:
        before, after = older.get("properties", {}), newer.get("properties", {})
        required, now_required = older.get("required", ()), newer.get("required", ())
        for name, one in before.items():
            at = f"{path}.{name}"
            if name not in after:
                yield at, "is removed, or renamed", NEW_VERSION
                continue
            if name in now_required and name not in required:
                yield at, "is now required; stored ones may lack it", NEW_VERSION
            elif name not in required and one.get("default") != after[name].get("default"):
                yield at, "has another default: what lacks it would mean something else", NEW_EVENT
            yield from self._compare(at, one, after[name])
        for name in after:
            if name not in before and name in now_required:
                problem = "is new and required; stored ones lack it"
                yield f"{path}.{name}", problem, f"give it a default, or {NEW_VERSION}"
        yield from self._parts(f"{path}.*", older, newer, "additionalProperties")

    def _arrays(self, path: str, older: Json, newer: Json) -> Iterator[_Difference]:
        before, after = older.get("prefixItems", []), newer.get("prefixItems", [])
        if len(after) < len(before):
            yield path, f"has {len(after)} elements, and had {len(before)}", NEW_VERSION
        for ordinal, (one, other) in enumerate(zip(before, after, strict=False)):
            yield from self._compare(f"{path}[{ordinal}]", one, other)
        yield from self._parts(f"{path}[]", older, newer, "items")

    def _parts(self, path: str, older: Json, newer: Json, keyword: str) -> Iterator[_Difference]:
        before: Json | None = older.get(keyword)
        after: Json | None = newer.get(keyword)
        if before is not None and after is not None:
            yield from self._compare(path, before, after)
        elif after is not None:
            yield path, f"takes other things ({keyword})", NEW_VERSION


def _alternatives(schema: Json, root: Json) -> list[Json]:
    if "$ref" in schema:
        definitions: Mapping[str, Json] = root.get("$defs", {})
        return [definitions[schema["$ref"].rpartition("/")[2]]]
    if "anyOf" in schema:
        return [one for part in schema["anyOf"] for one in _alternatives(part, root)]
    return [schema]


def _kind(schema: Json) -> str:
    if schema.get(SEALED):
        return "sealed text"
    if "enum" in schema:
        return "one of some values"
    return " ".join(str(schema[key]) for key in ("type", "format") if key in schema) or "anything"


def _type_changed(path: str, gone: list[str], now: list[str]) -> _Difference:
    told = f"was {' or '.join(gone)}, is {' or '.join(now)}"
    if "sealed text" in gone:
        return path, f"was sealed and stands in clear ({told})", NEW_EVENT
    if "sealed text" in now:
        return path, f"stood in clear and is sealed ({told})", NEW_EVENT
    return path, f"{told}: what is stored cannot be read", NEW_VERSION


def _bounds(path: str, older: Json, newer: Json) -> Iterator[_Difference]:
    def tighter(keyword: str) -> bool:
        before: Any = older.get(keyword)
        after: Any = newer.get(keyword)
        if after is None or after == before:
            return False
        if before is None or keyword in _EXACT:
            return True
        return bool(after > before) if keyword in _LOWER else bool(after < before)

    for keyword in (*_LOWER, *_UPPER, *_EXACT):
        if tighter(keyword):
            yield path, f"refuses what it took ({keyword} {newer[keyword]})", NEW_VERSION
