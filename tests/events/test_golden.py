"""What was stored once is understood for ever: one golden file per event and version."""

import contextlib
from typing import Any, Literal, cast

import msgspec
import pytest
from antiphon.errors import KeyDestroyed
from antiphon.events.base import Causation, Draft, Envelope, Event, EventId, Position, Unreadable
from antiphon.events.catalogue import CATALOGUE
from antiphon.events.codec import decode_envelope, decode_event, has_personal_fields
from antiphon.events.contact import ContactHeld
from antiphon.events.speech import UtteranceFinalized

from .. import builders
from ..golden import (
    DIRECTORY,
    KEY,
    STORED,
    aggregate_of,
    files_of,
    in_clear,
    meaning_of,
    name_of,
    stored,
)

VERSIONS = [(event, version) for event in CATALOGUE for version in range(1, event.VERSION + 1)]
NAMES = [name_of(event, version) for event, version in VERSIONS]
Problem = Literal["undecodable", "unknown_type", "newer_version"]
every_version = pytest.mark.parametrize(("kind", "version"), VERSIONS, ids=NAMES)


def test_every_version_of_every_event_has_its_files_and_no_file_is_without_its_event() -> None:
    wanted = {name for event in CATALOGUE for name in files_of(event)}

    found = {file.name for file in DIRECTORY.glob("*.json")}

    assert found == wanted


@every_version
def test_what_was_stored_still_means_what_it_meant(kind: type[Event], version: int) -> None:
    envelope, expected = _golden(kind, version)

    event = decode_event(envelope, keys={KEY.id: KEY})

    assert type(event) is kind
    assert holds(in_clear(event), expected)


@every_version
def test_what_surrounds_it_is_read_too(kind: type[Event], version: int) -> None:
    name = name_of(kind, version)

    envelope, _ = _golden(kind, version)

    assert (envelope.type, envelope.version) == (kind.TYPE, version)
    assert (envelope.id, envelope.occurred_at) == (f"e-{name}", builders.NOON)
    assert (envelope.tenant, envelope.aggregate) == ("demo", aggregate_of(kind))
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

    again = decode_envelope(stored(draft))

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


@pytest.mark.parametrize(
    ("now", "kept"),
    [
        ({"a": 1, "of_later": None}, True),
        ({"a": 2}, False),
        ({"b": 1}, False),
        ({"a": [1]}, False),
    ],
)
def test_a_meaning_is_kept_when_fields_are_added_and_only_then(
    now: dict[str, object],
    kept: bool,  # noqa: FBT001 (pytest names it)
) -> None:
    inner = {"of": [{"of": now}]}

    assert holds(now, {"a": 1}) is kept
    assert holds(inner, {"of": [{"of": {"a": 1}}]}) is kept
    assert not holds({"of": [now, now]}, {"of": [{"a": 1}]})


def holds(now: Any, then: Any) -> bool:
    """Tell whether all that was meant then is still meant; fields of later may stand beside it."""
    if isinstance(then, dict) and isinstance(now, dict):
        fields = cast("dict[str, Any]", now)
        before = cast("dict[str, Any]", then)
        return all(name in fields and holds(fields[name], before[name]) for name in before)
    if isinstance(then, list) and isinstance(now, list):
        ones, others = cast("list[Any]", now), cast("list[Any]", then)
        return len(ones) == len(others) and all(map(holds, ones, others))
    return bool(now == then)


def _golden(kind: type[Event], version: int) -> tuple[Envelope, dict[str, object]]:
    expected = msgspec.json.decode((DIRECTORY / meaning_of(kind, version)).read_bytes())
    payload = (DIRECTORY / f"{name_of(kind, version)}{STORED}").read_bytes()
    return decode_envelope(payload), expected


def _opened(envelope: Envelope) -> Event:
    return decode_event(envelope, keys={KEY.id: KEY})
