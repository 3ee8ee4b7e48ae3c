"""What was stored once is understood for ever: one golden file per event and version."""

import contextlib
from typing import Literal

import msgspec
import pytest
from antiphon.errors import KeyDestroyed
from antiphon.events.base import Causation, Draft, Envelope, Event, EventId, Position, Unreadable
from antiphon.events.catalogue import EVENTS
from antiphon.events.codec import decode_envelope, decode_event, encode, has_personal_fields
from antiphon.events.contact import ContactHeld
from antiphon.events.speech import UtteranceFinalized

from .. import builders
from ..golden import (
    CONTACT,
    DIRECTORY,
    EXPECTED,
    KEY,
    STORED,
    expected_file,
    in_clear,
    name_of,
    stored_file,
)

VERSIONS = [(event, version) for event in EVENTS for version in range(1, event.VERSION + 1)]
NAMES = [name_of(event, version) for event, version in VERSIONS]
Problem = Literal["undecodable", "unknown_type", "newer_version"]
every_version = pytest.mark.parametrize(("kind", "version"), VERSIONS, ids=NAMES)


def test_every_version_of_every_event_has_its_files_and_no_file_is_without_its_event() -> None:
    wanted = {f"{name}{ending}" for name in NAMES for ending in (STORED, EXPECTED)}

    found = {file.name for file in DIRECTORY.glob("*.json")}

    assert found == wanted


@every_version
def test_what_was_stored_still_means_what_it_meant(kind: type[Event], version: int) -> None:
    envelope, expected = _golden(kind, version)

    event = decode_event(envelope, keys={KEY.id: KEY})

    assert type(event) is kind
    assert expected.items() <= in_clear(event).items()
    assert (version != kind.VERSION) or in_clear(event) == expected


@every_version
def test_what_surrounds_it_is_read_too(kind: type[Event], version: int) -> None:
    name = name_of(kind, version)

    envelope, _ = _golden(kind, version)

    assert (envelope.type, envelope.version) == (kind.TYPE, version)
    assert (envelope.id, envelope.occurred_at) == (f"e-{name}", builders.NOON)
    assert (envelope.tenant, envelope.aggregate) == ("demo", "contact/c-golden")
    assert (envelope.actor, envelope.correlation) == ("service:golden", "c-first")
    assert envelope.causation == Causation(EventId("e-cause"), Position(41))
    assert (envelope.key_id is not None) == (has_personal_fields(_opened(envelope)))


@every_version
def test_it_survives_being_written_again(kind: type[Event], version: int) -> None:
    envelope, _ = _golden(kind, version)
    event = _opened(envelope)
    draft = Draft(
        event=event,
        id=EventId("e-again"),
        occurred_at=envelope.occurred_at,
        actor=envelope.actor,
        correlation=envelope.correlation,
        causation=envelope.causation,
    )

    payload = encode(draft, CONTACT, key=KEY if has_personal_fields(event) else None)
    again = decode_envelope(payload)

    assert _opened(again) == event
    assert (again.version, again.causation) == (kind.VERSION, envelope.causation)


@every_version
def test_without_its_key_it_is_read_with_closed_texts(kind: type[Event], version: int) -> None:
    envelope, _ = _golden(kind, version)
    personal = has_personal_fields(_opened(envelope))

    event = decode_event(envelope, keys={})

    assert type(event) is kind
    with pytest.raises(KeyDestroyed) if personal else contextlib.nullcontext():
        in_clear(event)


@pytest.mark.parametrize(
    ("named", "version", "problem"),
    [
        ("of_tomorrow", 1, "unknown_type"),
        ("contact_held", 2, "newer_version"),
        ("contact_held", 1, "undecodable"),
    ],
)
def test_what_cannot_be_read_says_why(named: str, version: int, problem: Problem) -> None:
    envelope, _ = _golden(ContactHeld, 1)
    other = msgspec.structs.replace(
        envelope, type=named, version=version, data=msgspec.Raw(b'{"held_at": "soon"}')
    )

    event = decode_event(other, keys={})

    assert event == Unreadable(type=named, version=version, problem=problem)


@pytest.mark.parametrize("part", ["id", "data"])
def test_a_sealed_text_opens_only_where_it_was_sealed(part: str) -> None:
    envelope, _ = _golden(UtteranceFinalized, 1)
    if part == "id":
        moved = msgspec.structs.replace(envelope, id=EventId("e-another"))
    else:
        changed = bytes(envelope.data).replace(b'"text":"', b'"text":"AAAA')
        moved = msgspec.structs.replace(envelope, data=msgspec.Raw(changed))

    event = decode_event(moved, keys={KEY.id: KEY})

    assert event == Unreadable(type="utterance_finalized", version=1, problem="undecodable")


def _golden(kind: type[Event], version: int) -> tuple[Envelope, dict[str, object]]:
    name = name_of(kind, version)
    expected = msgspec.json.decode(expected_file(name).read_bytes())
    return decode_envelope(stored_file(name).read_bytes()), expected


def _opened(envelope: Envelope) -> Event:
    return decode_event(envelope, keys={KEY.id: KEY})
