"""The catalogue as a document: what each event of each version looks like in the log.

Built from the structs, so that it cannot say anything else than what is stored. Served by the
API, committed under `docs/events/`, and compared there with the structs and with the last
release. JSON Schema 2020-12.
"""

from collections.abc import Callable, Collection, Iterator
from datetime import datetime
from inspect import cleandoc
from typing import Any, get_args

import msgspec
from msgspec import Struct

from .base import Envelope, Event, Holder, RegisterEvent
from .catalogue import CATALOGUE
from .sealed import Sealed, sealed_fields
from .shapes import structs_in
from .upcasting import UPCASTERS, Upcaster

Json = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
SEALED = "x-sealed"  # marks a field whose text stands in the log sealed

_HOLDERS: dict[Holder, str] = {
    "contact": "the contact's key",
    "original": "the key of the contact's originals",
    "agent": "the agent's key",
    "tenant": "a key of the tenant",
}


def catalogue_document(
    events: Collection[type[Event]] = CATALOGUE, upcasters: Collection[Upcaster] = UPCASTERS
) -> Json:
    """Return the envelope's schema and one entry an event and version, in the catalogue's order."""
    return {
        "description": cleandoc(
            """
            Every event that can stand in the log, in every version. `schema` describes the
            envelope's `data`.
            """
        ).replace("\n", " "),
        "envelope": envelope_schema(),
        "events": [entry for event in events for entry in _entries(event, upcasters)],
    }


def envelope_schema() -> Json:
    """Return the schema of what surrounds an event's fields."""
    return _schema(Envelope, title="envelope", holder="contact")


def event_schema(event: type[Event], shape: type[Struct] | None = None) -> Json:
    """Return the schema of an event's fields; `shape` has those of an older version."""
    title = event.TYPE if shape is None else f"{event.TYPE}, an older version"
    return _schema(shape or event, title=title, holder=event.HOLDER)


def name_of(entry: Json) -> str:
    """Return what an entry of the catalogue is called: type and version."""
    return f"{entry['type']}_v{entry['version']}"


def summary_of(documented: Any) -> str:
    """Return the first line of a docstring."""
    return cleandoc(documented.__doc__).partition("\n")[0]


def _entries(event: type[Event], upcasters: Collection[Upcaster]) -> Iterator[Json]:
    shapes = {one.version: one.shape for one in upcasters if one.type == event.TYPE}
    for version in range(1, event.VERSION + 1):
        shape = None if version == event.VERSION else shapes[version]
        if issubclass(event, RegisterEvent):
            stands: Json = {"kind": event.KIND}
        else:
            stands = {"lane": event.LANE}
        yield {
            "type": event.TYPE,
            "version": version,
            "summary": summary_of(event),
            **stands,
            "holder": event.HOLDER,
            "ignorable": event.IGNORABLE,
            "sealed": list(sealed_fields(shape or event)),
            "schema": event_schema(event, shape),
        }


def _schema(struct: type[Struct], *, title: str, holder: Holder) -> Json:
    described = msgspec.json.schema_components([struct], schema_hook=_hook(holder))
    # As JSON has it: a default that is an empty tuple is an empty array in what was released.
    [root], components = msgspec.json.decode(msgspec.json.encode(described))
    structs = {one.__name__: one for one in structs_in(struct)}
    tidy = {name: _tidy(one, structs.get(name)) for name, one in sorted(components.items())}
    schema = {"$schema": DIALECT, **tidy.pop(root["$ref"].rpartition("/")[2]), "title": title}
    return {**schema, "$defs": tidy} if tidy else schema


def _hook(holder: Holder) -> Callable[[type], Json]:
    def describe(kind: type) -> Json:
        if kind is not Sealed:
            raise NotImplementedError  # msgspec knows the others
        return {
            "type": "string",
            "contentEncoding": "base64",
            "description": f"Sealed under {_HOLDERS[holder]}, which `key_id` of the envelope "
            "names: nonce (12 bytes), AES-256-GCM ciphertext and tag. Bound to "
            "`<event id>/<field>`, in a map to `<event id>/<field>/<name>`.",
            SEALED: True,
        }

    return describe


def _tidy(schema: Json, struct: type[Struct] | None) -> Json:
    """Return a struct's schema without the indentation of its docstring, its instants marked."""
    tidy = {**schema}
    if "description" in schema:
        tidy["description"] = cleandoc(schema["description"])
    if struct is not None and "properties" in schema:
        instants = {
            field.encode_name
            for field in msgspec.structs.fields(struct)
            if field.type is datetime or datetime in get_args(field.type)
        }
        tidy["properties"] = {
            name: _as_instant(one) if name in instants else one
            for name, one in schema["properties"].items()
        }
    return tidy


def _as_instant(schema: Json) -> Json:
    # msgspec says so only of fields that refuse naive ones; ours are written aware, in UTC.
    if "anyOf" in schema:
        return {**schema, "anyOf": [_as_instant(one) for one in schema["anyOf"]]}
    return {**schema, "format": "date-time"} if schema.get("type") == "string" else schema
