"""The AsyncAPI document is one, and says what runs."""

import hashlib
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest
from antiphon.events.asyncapi import FLOWS, asyncapi_document
from antiphon.events.base import LANES, ContactId, ContactRef, RegisterEvent, TenantName
from antiphon.events.catalogue import CATALOGUE
from antiphon.events.schemas import catalogue_document, name_of
from antiphon.events.subjects import fact_subject, partition_of, register_subject
from antiphon.services.guidance.service import Guidance
from antiphon.services.insights.service import Insights
from antiphon.services.knowledge.service import Knowledge
from antiphon.services.media.service import Media
from antiphon.services.recording.service import Recording
from antiphon.services.redaction.service import Redaction
from antiphon.services.summary.service import Summarising
from antiphon.services.transcription.service import Transcription
from antiphon.services.translation.service import Translation
from antiphon.services.webhooks.service import Telling

from ..golden import DIRECTORY, STORED
from .schema_checks import problems_draft_07

VENDOR = Path(__file__).parent / "vendor"
STANDARD: dict[str, Any] = msgspec.json.decode((VENDOR / "asyncapi-3.0.0.json").read_bytes())
DOCUMENT = asyncapi_document(version="1.2.3")
ENTRIES = catalogue_document()["events"]
Json = dict[str, Any]


def test_the_standards_schema_is_the_one_that_was_vendored() -> None:
    digest = hashlib.sha256((VENDOR / "asyncapi-3.0.0.json").read_bytes()).hexdigest()

    assert digest in (VENDOR / "README.md").read_text()


def test_it_is_an_asyncapi_3_document() -> None:
    assert problems_draft_07(STANDARD, DOCUMENT) == []
    assert (DOCUMENT["asyncapi"], DOCUMENT["info"]["version"]) == ("3.0.0", "1.2.3")


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        (("operations", "commands_append_life", "action"), "publish"),
        (("channels", "life", "messages"), []),
        (("channels", "life", "adress"), "ev.>"),
        (("components", "schemas", "envelope", "type"), "thing"),
        (("info",), {}),
    ],
)
def test_a_document_that_is_none_is_found(path: tuple[str, ...], wrong: Any) -> None:
    document: Any = deepcopy(DOCUMENT)
    place = document

    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = wrong

    assert problems_draft_07(STANDARD, document)


def test_every_reference_leads_somewhere() -> None:
    references = list(references_in(DOCUMENT))

    assert len(references) > len(CATALOGUE)
    for reference in references:
        assert isinstance(resolved(reference), dict), reference


def test_every_event_is_a_message_of_the_channel_it_stands_in() -> None:
    contact = ContactRef(TenantName("demo"), ContactId("c-1"))
    values = {"tenant": "demo", "partition": f"{partition_of('c-1'):02d}", "contact": "c-1"}

    for event in CATALOGUE:
        register = issubclass(event, RegisterEvent)
        channel = DOCUMENT["channels"][event.KIND if register else event.LANE]
        address = channel["address"].format(**values, id="x")

        assert f"{event.TYPE}_v{event.VERSION}" in channel["messages"]
        if register:
            assert address == register_subject(contact.tenant, kind=event.KIND, id="x")
        else:
            assert address == fact_subject(contact, event.LANE)


@pytest.mark.parametrize("entry", ENTRIES, ids=name_of)
def test_what_was_stored_is_what_the_message_says(entry: Json) -> None:
    message = DOCUMENT["components"]["messages"][name_of(entry)]
    payload = msgspec.json.decode((DIRECTORY / f"{name_of(entry)}{STORED}").read_bytes())
    # References lead into the document: the validator gets both.
    schema = {**message["payload"], "components": DOCUMENT["components"]}

    assert message["name"] == entry["type"]
    assert problems_draft_07(schema, payload) == []
    assert problems_draft_07(schema, {**payload, "type": "another"})
    assert problems_draft_07(schema, {**payload, "version": 99})
    assert problems_draft_07(schema, {**payload, "data": {}})


def test_it_names_the_one_writer_and_every_reader_of_a_lane() -> None:
    services = (
        Media,
        Transcription,
        Guidance,
        Recording,
        Redaction,
        Knowledge,
        Translation,
        Insights,
        Summarising,
        Telling,
    )
    follow = {lane: [one.name for one in services if lane in one.lanes] for lane in LANES}

    operations = DOCUMENT["operations"]
    for lane in LANES:
        sends = [
            name
            for name, one in operations.items()
            if one["action"] == "send" and one["channel"]["$ref"] == f"#/channels/{lane}"
        ]
        assert sends == [f"{FLOWS[lane].writer}_append_{lane}"]
        assert set(FLOWS[lane].readers) == {*follow[lane], "projections"}
        for reader in FLOWS[lane].readers:
            assert operations[f"{reader}_follow_{lane}"]["action"] == "receive"


def test_every_operation_lists_the_messages_of_its_channel() -> None:
    for operation in DOCUMENT["operations"].values():
        channel = resolved(operation["channel"]["$ref"])

        listed = [one["$ref"].rpartition("/")[2] for one in operation["messages"]]

        assert listed == list(channel["messages"])


def references_in(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        for key, value in cast("dict[str, Any]", part).items():
            if key == "$ref":
                yield value
            else:
                yield from references_in(value)
    elif isinstance(part, list):
        for one in cast("list[Any]", part):
            yield from references_in(one)


def resolved(reference: str) -> Any:
    found: Any = DOCUMENT
    for token in reference.removeprefix("#/").split("/"):
        found = found[token]
    return found
