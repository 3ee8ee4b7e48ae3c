"""Whoever reads of the past is recorded first: who, what and why."""

from typing import Any

import pytest
from antiphon.events.access import Selected
from antiphon.events.base import Position
from antiphon.events.subjects import configuration_stream

from ..builders import CONTACT, at, contact_started, utterance_finalized
from ..projections.world import TENANT
from .then import Log, Then, lines_of

EVENTS = f"/v1/contacts/{CONTACT.contact_id}/events"
DESK = f"/v1/contacts/{CONTACT.contact_id}/desk?at_ms=1000"
REPLAY = f"/v1/contacts/{CONTACT.contact_id}/replay?speed=100"
ACCESS = "/v1/audit/access"
EVERY_WAY = pytest.mark.parametrize(
    ("path", "kind"),
    [
        (EVENTS, "history_read"),
        ("/v1/audit/events", "history_read"),
        (DESK, "desk_recalled"),
        (REPLAY, "contact_replayed"),
        ("/v1/audit/access", "access_read"),
    ],
    ids=["contact", "tenant", "desk", "replay", "access"],
)
WHO = {"Antiphon-Actor": "ada-7", "Antiphon-Reason": "complaint 4711"}


@EVERY_WAY
async def test_who_read_what_and_why_is_recorded(then: Then, path: str, kind: str) -> None:
    await then.record(contact_started(), at_s=0)

    answer = await then.http.get(path, headers=WHO)

    assert answer.status_code == 200
    (access,) = await then.accesses()
    assert (access["type"], access["actor"]) == (kind, "reader:ada-7")
    assert access["reason"].reveal() == "complaint 4711"


@EVERY_WAY
async def test_what_cannot_be_recorded_is_not_read(then: Then, path: str, kind: str) -> None:
    await then.record(contact_started(), at_s=0)
    log = then.world.log
    assert isinstance(log, Log)
    log.refuses = configuration_stream(TENANT)

    answer = await then.http.get(path, headers=WHO)

    assert (answer.status_code, answer.json()["code"]) == (503, "log_unavailable")
    assert "retry-after" in answer.headers
    assert then.kept.entries_read == 0
    assert kind not in answer.text


async def test_an_attempt_on_an_unknown_contact_is_recorded_too(then: Then) -> None:
    answer = await then.get("/v1/contacts/never/events")

    assert answer.status_code == 404
    assert [access["contact_id"] for access in await then.accesses()] == ["never"]


async def test_what_was_asked_for_is_recorded_exactly(then: Then) -> None:
    await then.record(contact_started(), utterance_finalized(), at_s=0)
    epoch = await then.epoch()

    await then.get(
        EVENTS,
        **{"from": "2026-03-02T13:00:00+01:00", "to": "2026-03-02T13:00:00Z"},
        type=["utterance_finalized", "contact_started"],
        lane="speech",
        after=f"{epoch}-1",
        texts="sealed",
    )

    (access,) = await then.accesses()
    assert access["selected"] == Selected(
        recorded_from=at(0),
        recorded_to=at(3_600),
        types=("contact_started", "utterance_finalized"),
        lanes=("speech",),
        after=Position(1),
        upto=Position(2),
        texts_open=False,
    )


async def test_the_reason_is_sealed_in_the_log(then: Then) -> None:
    await then.record(contact_started(), at_s=0)

    await then.get(EVENTS, reason="Frau Sommer fragt nach – Müller")

    (access,) = await then.accesses()
    assert access["reason"].reveal() == "Frau Sommer fragt nach – Müller"
    stored = then.world.log.read(configuration_stream(TENANT), ["cf.demo.access.*"])
    payloads = [entry.payload async for batch in stored for entry in batch]
    assert len(payloads) == 1
    assert b"Sommer" not in payloads[0]


async def test_a_header_in_utf_8_is_understood(then: Then) -> None:
    await then.record(contact_started(), at_s=0)

    await then.http.get(EVENTS, headers={b"Antiphon-Reason": "Prüfung".encode()})

    (access,) = await then.accesses()
    assert access["reason"].reveal() == "Prüfung"


async def test_who_says_nothing_is_anonymous(then: Then) -> None:
    await then.record(contact_started(), at_s=0)

    await then.get(EVENTS)

    (access,) = await then.accesses()
    assert (access["actor"], access["reason"]) == ("reader:anonymous", None)


REFUSED: tuple[tuple[dict[str, str], str, str], ...] = (
    ({"Antiphon-Actor": "Ada Winter"}, "", "Antiphon-Actor"),
    ({"Antiphon-Actor": "ada@example.org"}, "", "Antiphon-Actor"),
    ({"Antiphon-Actor": ""}, "", "Antiphon-Actor"),
    ({}, "?reason=", "reason"),
    ({}, "?reason=%20", "reason"),
    ({}, "?reason=a%0Ab", "reason"),
    ({}, "?reason=a%00b", "reason"),
    ({}, "?reason=" + "x" * 1_001, "reason"),
)


async def test_a_reader_without_an_id_or_a_sentence_is_refused(then: Then) -> None:
    await then.record(contact_started(), at_s=0)

    for headers, query, field in REFUSED:
        answer = await then.http.get(f"{EVENTS}{query}", headers=headers)

        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field), query

    assert await then.accesses() == []


async def test_who_read_can_be_read_back(then: Then) -> None:
    await then.record(contact_started(), at_s=0)
    await then.http.get(EVENTS, headers=WHO)
    await then.http.get(DESK, headers={"Antiphon-Actor": "bo"})
    await then.http.get("/v1/contacts/never/events", headers=WHO)
    await then.http.get("/v1/audit/events", headers=WHO)

    every = lines_of(await then.get(ACCESS))
    of_ada = lines_of(await then.get(ACCESS, actor="ada-7"))
    of_contact = lines_of(await then.get(ACCESS, contact="c-1", to="2026-03-03T00:00:00Z"))

    assert [_who_what(line) for line in every[:-1]] == [
        ("reader:ada-7", "history_read", "c-1"),
        ("reader:bo", "desk_recalled", "c-1"),
        ("reader:ada-7", "history_read", "never"),
        ("reader:ada-7", "history_read", None),
    ]
    assert every[0]["data"]["reason"] == "complaint 4711"
    assert [line["position"] for line in of_ada[:-1]] == [1, 3, 4]
    assert [line["position"] for line in of_contact[:-1]] == [1, 2, 4]


async def test_reading_who_read_goes_on_where_it_ended(then: Then) -> None:
    for _ in range(3):
        await then.get(EVENTS)

    *first, last = lines_of(await then.get(ACCESS))
    *rest, _ = lines_of(await then.get(ACCESS, after=last["next"]))

    assert [line["type"] for line in first] == ["history_read"] * 3
    assert [line["type"] for line in rest] == ["access_read"]


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("from=now", 422, "malformed"),
        ("contact=a.b", 422, "malformed"),
        ("actor=a%20b", 422, "malformed"),
        ("lane=life", 422, "malformed"),
        ("after=feed-1", 409, "epoch_changed"),
    ],
)
async def test_reading_who_read_refuses_what_cannot_be_asked(
    then: Then, query: str, status: int, code: str
) -> None:
    answer = await then.http.get(f"{ACCESS}?{query}")

    assert (answer.status_code, answer.json()["code"]) == (status, code)


def _who_what(line: dict[str, Any]) -> tuple[str, str, str | None]:
    return line["actor"], line["type"], line["data"]["contact_id"]
