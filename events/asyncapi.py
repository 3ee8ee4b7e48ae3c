"""The catalogue as an AsyncAPI 3 document: which facts stand on which subjects, written by whom.

Source: AsyncAPI 3.0.0, whose schemas are those of JSON Schema draft 07.
"""

import sys
from collections.abc import Collection, Iterator, Sequence
from typing import Any, cast

from msgspec import Struct

from .base import LANES, Event, Lane, RegisterEvent
from .catalogue import CATALOGUE
from .schemas import Json, catalogue_document, name_of, summary_of
from .upcasting import UPCASTERS, Upcaster

VERSION = "3.0.0"

_DESCRIPTION = """\
The facts in Antiphon's log on NATS JetStream. A message is an envelope whose `data` holds the \
fields of one event. Sealed fields hold ciphertext. Readers ignore fields they do not know, and \
pass over types and versions they do not know only where the envelope says `ignorable`. Partial \
transcripts and audio are no facts and stand elsewhere."""


class Flow(Struct, frozen=True):
    """Who appends to a lane, one writer each, and who follows it."""

    writer: str
    readers: tuple[str, ...]


FLOWS: dict[Lane, Flow] = {
    "life": Flow(
        "commands",
        (
            "media",
            "transcription",
            "guidance",
            "recording",
            "knowledge",
            "translation",
            "insights",
            "summary",
            "webhooks",
            "redaction",
            "projections",
        ),
    ),
    "media": Flow(
        "media",
        (
            "media",
            "transcription",
            "guidance",
            "recording",
            "translation",
            "insights",
            "summary",
            "projections",
        ),
    ),
    "speech": Flow(
        "transcription",
        (
            "transcription",
            "guidance",
            "knowledge",
            "translation",
            "insights",
            "summary",
            "redaction",
            "projections",
        ),
    ),
    "guidance": Flow("guidance", ("guidance", "projections")),
    "recording": Flow("recording", ("recording", "redaction", "projections")),
    "knowledge": Flow("knowledge", ("knowledge", "projections")),
    "summary": Flow(
        "summary",
        (
            "summary",
            "webhooks",
            "projections",
        ),
    ),
    "insights": Flow("insights", ("insights", "projections")),
    "translation": Flow("translation", ("translation", "projections")),
    "redaction": Flow("redaction", ("webhooks", "redaction", "projections")),
    # The service `retention` reads it, and does not follow.
    "retention": Flow("retention", ("webhooks", "redaction", "projections")),
}

_PARAMETERS: dict[str, Json] = {
    "tenant": {"description": "The customer whose facts these are."},
    "partition": {"description": "crc32 of the contact's id modulo 64, as two digits."},
    "contact": {"description": "The contact: one leg of a conversation."},
    "id": {"description": "What of this kind the fact is about."},
}


def asyncapi_document(
    *,
    version: str,
    events: Collection[type[Event]] = CATALOGUE,
    upcasters: Collection[Upcaster] = UPCASTERS,
) -> Json:
    """Return the whole document; `version` is that of the program that would serve it."""
    catalogue = catalogue_document(events, upcasters)
    entries: list[Json] = catalogue["events"]
    schemas = _schemas("envelope", catalogue["envelope"])
    for entry in entries:
        schemas |= _schemas(name_of(entry), entry["schema"])
    return {
        "asyncapi": VERSION,
        "info": {
            "title": "Antiphon",
            "version": version,
            "description": _DESCRIPTION,
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": _channels(events, entries),
        "operations": _operations(events, entries),
        "components": {
            "messages": {name_of(entry): _message(entry) for entry in entries},
            "schemas": schemas,
        },
    }


def _channels(events: Collection[type[Event]], entries: Sequence[Json]) -> Json:
    channels: Json = {
        lane: {
            "address": f"ev.{{tenant}}.{{partition}}.contact.{{contact}}.{lane}",
            "title": f"Lane {lane}",
            "summary": _told(one for one in events if getattr(one, "LANE", None) == lane),
            "parameters": {name: _PARAMETERS[name] for name in ("tenant", "partition", "contact")},
            "messages": _references(entries, "lane", lane),
        }
        for lane in LANES
    }
    for kind in _kinds(events):
        channels[kind] = {
            "address": f"cf.{{tenant}}.{kind}.{{id}}",
            "title": f"Register, kind {kind}",
            "summary": _told(one for one in events if getattr(one, "KIND", None) == kind),
            "parameters": {name: _PARAMETERS[name] for name in ("tenant", "id")},
            "messages": _references(entries, "kind", kind),
        }
    return channels


def _told(events: Iterator[type[Event]]) -> str:
    """Return what the module of these events says that it holds; nothing where there are none."""
    return next((summary_of(sys.modules[one.__module__]) for one in events), "")


def _operations(events: Collection[type[Event]], entries: Sequence[Json]) -> Json:
    operations: Json = {}
    for lane, flow in FLOWS.items():
        operations[f"{flow.writer}_append_{lane}"] = _operation(
            "send", lane, f"{flow.writer} append: no other writes to this lane.", entries
        )
        for reader in flow.readers:
            operations[f"{reader}_follow_{lane}"] = _operation(
                "receive", lane, f"{reader} follow this lane.", entries
            )
    for kind in _kinds(events):
        operations[f"append_{kind}"] = _operation(
            "send", kind, f"The register of kind {kind} is appended to.", entries
        )
        operations[f"read_{kind}"] = _operation(
            "receive", kind, f"The register of kind {kind} is read.", entries
        )
    return operations


def _operation(action: str, channel: str, summary: str, entries: Sequence[Json]) -> Json:
    names = [name_of(one) for one in entries if channel in (one.get("lane"), one.get("kind"))]
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "summary": summary,
        "messages": [{"$ref": f"#/channels/{channel}/messages/{name}"} for name in names],
    }


def _references(entries: Sequence[Json], where: str, wanted: str) -> Json:
    names = [name_of(entry) for entry in entries if entry.get(where) == wanted]
    return {name: {"$ref": f"#/components/messages/{name}"} for name in names}


def _message(entry: Json) -> Json:
    name = name_of(entry)
    return {
        "name": entry["type"],
        "title": name,
        "summary": entry["summary"],
        "description": entry["schema"].get("description", entry["summary"]),
        "contentType": "application/json",
        "payload": {
            "allOf": [
                {"$ref": "#/components/schemas/envelope"},
                {
                    "type": "object",
                    "properties": {
                        "type": {"const": entry["type"]},
                        "version": {"const": entry["version"]},
                        "data": {"$ref": f"#/components/schemas/{name}"},
                    },
                },
            ]
        },
    }


def _schemas(name: str, schema: Json) -> Json:
    """Return a schema and its definitions as components, in draft 07."""
    found: Json = {name: _draft_07(schema, name)}
    for inner, one in schema.get("$defs", {}).items():
        found[f"{name}.{inner}"] = _draft_07(one, name)
    return found


def _draft_07(schema: Any, name: str) -> Any:
    if isinstance(schema, list):
        return [_draft_07(one, name) for one in cast("list[Any]", schema)]
    if not isinstance(schema, dict):
        return schema
    told = cast("Json", schema)
    if "$ref" in told:
        return {"$ref": f"#/components/schemas/{name}.{told['$ref'].rpartition('/')[2]}"}
    return {
        "items" if key == "prefixItems" else key: _draft_07(value, name)
        for key, value in told.items()
        if key not in ("$schema", "$defs")
    }


def _kinds(events: Collection[type[Event]]) -> list[str]:
    kinds = (event.KIND for event in events if issubclass(event, RegisterEvent))
    return list(dict.fromkeys(kinds))
