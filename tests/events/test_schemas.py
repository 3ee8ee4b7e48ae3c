"""The schemas say what the log really holds: the golden bytes are held against them."""

from typing import Any

import msgspec
import pytest
from antiphon.events.base import Event, RegisterEvent
from antiphon.events.catalogue import CATALOGUE
from antiphon.events.schemas import (
    DIALECT,
    SEALED,
    catalogue_document,
    envelope_schema,
    event_schema,
    name_of,
)
from jsonschema import Draft202012Validator as Validator

from ..golden import DIRECTORY, STORED
from . import test_upcasting
from .invented import BadgeIssued, DoorOpened
from .schema_checks import problems

ENTRIES = catalogue_document()["events"]
every_entry = pytest.mark.parametrize("entry", ENTRIES, ids=name_of)
Json = dict[str, Any]


def stored_of(name: str) -> Json:
    envelope: Json = msgspec.json.decode((DIRECTORY / f"{name}{STORED}").read_bytes())
    return envelope


@every_entry
def test_what_was_stored_is_what_the_schema_says(entry: Json) -> None:
    envelope = stored_of(name_of(entry))

    Validator.check_schema(entry["schema"])

    assert entry["schema"]["$schema"] == DIALECT
    assert problems(envelope_schema(), envelope) == []
    assert problems(entry["schema"], envelope["data"]) == []


@every_entry
def test_what_lacks_a_field_or_has_another_kind_of_it_is_refused(entry: Json) -> None:
    schema, data = entry["schema"], stored_of(name_of(entry))["data"]

    for field in schema["required"]:
        lacking = {name: value for name, value in data.items() if name != field}
        assert problems(schema, lacking)
    for field in schema["properties"]:
        # An object, or a list of them: no field may be both.
        wrong = ({"of": ["another", "kind"]}, [{"of": "another kind"}])
        assert any(problems(schema, {**data, field: value}) for value in wrong), field


@pytest.mark.parametrize("part", ["id", "occurred_at", "data", "aggregate"])
def test_an_envelope_that_lacks_a_part_is_refused(part: str) -> None:
    envelope = stored_of("contact_held_v1")

    del envelope[part]

    assert problems(envelope_schema(), envelope)


@pytest.mark.parametrize("event", CATALOGUE, ids=lambda event: event.TYPE)
def test_every_event_is_told_with_where_it_stands_and_what_is_so(event: type[Event]) -> None:
    newest = (event.TYPE, event.VERSION)
    [entry] = [one for one in ENTRIES if (one["type"], one["version"]) == newest]

    where = {"kind": event.KIND} if issubclass(event, RegisterEvent) else {"lane": event.LANE}
    assert where.items() <= entry.items()
    assert entry["holder"] == event.HOLDER
    assert entry["ignorable"] is event.IGNORABLE
    assert entry["summary"].endswith((".", ":"))
    assert entry["schema"]["description"].startswith(entry["summary"])
    assert tuple(entry["schema"]["properties"]) == event.__struct_fields__


@pytest.mark.parametrize(
    ("schema", "key"),
    [
        (event_schema(DoorOpened)["properties"]["why"]["anyOf"][0], "a key of the tenant"),
        (event_schema(BadgeIssued)["properties"]["printed_name"], "the agent's key"),
    ],
)
def test_a_sealed_field_is_told_as_what_stands_in_the_log(schema: Json, key: str) -> None:
    told = schema["description"]

    assert schema[SEALED] is True
    assert (schema["type"], schema["contentEncoding"]) == ("string", "base64")
    assert f"Sealed under {key}" in told


def test_instants_are_told_as_such_wherever_they_stand() -> None:
    schemas = {name_of(entry): entry["schema"] for entry in ENTRIES}
    started = schemas["contact_started_v1"]

    assert schemas["contact_held_v1"]["properties"]["held_at"]["format"] == "date-time"
    assert started["properties"]["initiated_at"]["anyOf"][0]["format"] == "date-time"
    assert started["$defs"]["MediaStream"]["properties"]["started_at"]["format"] == "date-time"
    assert "format" not in started["properties"]["queue"]["anyOf"][0]


def test_older_versions_are_told_from_the_shapes_their_upcasters_keep() -> None:
    upcasters = (test_upcasting.FIRST, test_upcasting.SECOND)

    entries = catalogue_document((test_upcasting.LampLit,), upcasters)["events"]

    assert [name_of(entry) for entry in entries] == ["lamp_lit_v1", "lamp_lit_v2", "lamp_lit_v3"]
    fields = [set(entry["schema"]["properties"]) for entry in entries]
    assert fields == [
        {"lamp", "after_s", "by"},
        {"lamp", "after_s", "by", "colour"},
        {"lamp", "after_ms", "by", "colour"},
    ]
    assert all(entry["sealed"] == ["by"] for entry in entries)
