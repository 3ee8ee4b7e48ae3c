"""Contacts are read as the API tells them, and found where their beginnings stand."""

import json
from collections.abc import AsyncGenerator, Sequence
from typing import Any

import pytest
from antiphon.errors import HistoryUnreadable, LogUnavailable
from antiphon.events.base import ContactId, Recorded, TenantName
from antiphon.events.contact import ContactStarted
from antiphon.events.guidance import ChecklistItemTicked
from antiphon.events.speech import UtteranceFinalized
from antiphon.infra.evaluating import stored
from antiphon.infra.evaluating.finding import Found, find_contacts
from antiphon.infra.evaluating.stored import read_contact

C1, DEMO = ContactId("c-1"), TenantName("demo")
FINAL: dict[str, Any] = {
    "utterance_id": "from_customer-1",
    "track": "from_customer",
    "text": "my roof leaks",
    "words": [[0, 250, 0.9]],
    "started_ms": 0,
    "ended_ms": 900,
    "confidence": 0.9,
    "recognizer": "whisper-tiny.en/1",
    "audio_upto": 5,
}


TICKED: dict[str, Any] = {
    "item": "greeting",
    "title": "Greet the customer",
    "heard": None,
    "evidence": "hello",
    "playbook": "claims",
    "playbook_version": "1",
}


def line(position: int = 1, **given: Any) -> bytes:
    fact = {
        "position": position,
        "type": "utterance_finalized",
        "version": 1,
        "recorded_at": "2026-03-02T12:00:00Z",
        "occurred_at": "2026-03-02T12:00:00Z",
        "id": f"r-{position}",
        "contact_id": "c-1",
        "lane": "speech",
        "actor": "machine",
        "correlation": "c-0",
        "causation": None,
        "data": FINAL,
    }
    return json.dumps(fact | given).encode()


async def each(lines: Sequence[bytes]) -> AsyncGenerator[bytes]:
    for one in lines:
        yield one


async def read(*lines: bytes) -> list[Recorded] | None:
    return await read_contact(each(lines), C1, tenant=DEMO)


async def test_facts_are_facts_again_their_texts_in_clear() -> None:
    facts = await read(line(2), line(1))

    assert facts is not None
    assert [one.position for one in facts] == [1, 2]
    event = facts[0].event
    assert isinstance(event, UtteranceFinalized)
    assert event.text.reveal() == "my roof leaks"
    assert (facts[0].lane, facts[0].correlation) == ("speech", "c-0")


@pytest.mark.parametrize(
    "gone",
    [
        {"type": "contact_erased", "lane": "life", "data": {"erasure_id": "er-1"}},
        {"data": FINAL | {"text": "[erased]"}},
    ],
    ids=["it is told", "its key is gone already"],
)
async def test_who_was_erased_is_nobody_any_more(gone: dict[str, Any]) -> None:
    assert await read(line(1), line(2, **gone)) is None


@pytest.mark.parametrize(
    ("broken", "problem"),
    [
        ({"problem": "undecodable"}, "undecodable"),
        ({"version": 2}, "newer_version"),
        ({"withheld": "in_quarantine"}, "in_quarantine"),
        ({"type": "seen_by_nobody"}, "unknown_type"),
        ({"data": {"text": 7}}, "undecodable"),
    ],
)
async def test_what_cannot_be_read_names_its_place(broken: dict[str, Any], problem: str) -> None:
    with pytest.raises(HistoryUnreadable) as refusal:
        await read(line(1), line(7, **broken))

    assert (refusal.value.contact_id, refusal.value.position) == ("c-1", 7)
    assert refusal.value.problem == problem


async def test_what_was_made_of_words_that_a_check_found_has_none() -> None:
    told = {"type": "checklist_item_ticked", "data": TICKED}

    facts = await read(line(1, **told), line(2, **told, withheld="masked_later"), line(3))

    assert facts is not None
    *ticks, final = (one.event for one in facts)
    assert [one.evidence.reveal() for one in ticks if isinstance(one, ChecklistItemTicked)] == [
        "hello",
        "",
    ]
    assert isinstance(final, UtteranceFinalized)
    assert final.text.reveal() == "my roof leaks"


async def test_a_contact_without_end_is_not_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "FACTS_MAX", 3)

    with pytest.raises(HistoryUnreadable, match="more than 3 facts"):
        await read(*(line(n) for n in range(1, 6)))


# Which contacts there are


def began(contact_id: str, queue: str | None = "claims") -> bytes:
    told = {"type": ContactStarted.TYPE, "contact_id": contact_id, "data": {"queue": queue}}
    return json.dumps(told).encode()


def control(**told: Any) -> bytes:
    return json.dumps(told).encode()


async def find(
    pages: dict[str | None, list[bytes]], *, queue: str | None = None, most: int = 10
) -> Found:
    return await find_contacts(lambda after: each(pages[after]), queue=queue, contacts_max=most)


async def test_contacts_are_found_from_page_to_page_and_the_newest_are_taken() -> None:
    pages: dict[str | None, list[bytes]] = {
        None: [
            began("c-1"),
            control(missing={"first": 4, "last": 6}),
            began("c-2", "sales"),
            control(next="e-9", complete=False, why="bound_reached", detail="long enough"),
        ],
        "e-9": [began("c-3"), control(next="e-20", complete=True)],
    }

    assert await find(pages) == Found(contact_ids=_ids(1, 2, 3), beyond=0, missing=3)
    assert (await find(pages, queue="claims")).contact_ids == _ids(1, 3)
    assert await find(pages, most=2) == Found(contact_ids=_ids(2, 3), beyond=1, missing=3)


@pytest.mark.parametrize(
    "page",
    [
        [began("c-1")],
        [control(next="e-9", complete=False, why="log_unavailable", detail="it went away")],
    ],
    ids=["cut", "no further"],
)
async def test_a_log_that_is_not_read_to_its_end_is_not_taken_for_all(page: list[bytes]) -> None:
    with pytest.raises(LogUnavailable):
        await find({None: page, "e-9": page})


def _ids(*numbers: int) -> tuple[ContactId, ...]:
    return tuple(ContactId(f"c-{number}") for number in numbers)
