"""What was removed of a contact and who checked it, over HTTP; and the queue of people."""

from typing import Any

import pytest
from antiphon.events.base import Event, Position, UtteranceId
from antiphon.events.speech import CardMask, PersonalSpan
from antiphon.projections import redaction

from ..builders import (
    contact,
    contact_ended,
    contact_erased,
    contact_started,
    transcript_completed,
    utterance_finalized,
)
from ..recording_builders import recording_consented, recording_stored
from ..redaction_builders import (
    audio_span,
    check,
    finding,
    original_destroyed,
    redacted_audio,
    redaction_applied,
    redaction_doubted,
    redaction_failed,
    redaction_verified,
)
from .world import Api

PATH = "/v1/contacts/c-1/privacy"
REVIEW = "/v1/contacts/c-1/redaction/review"
ADA = {"Antiphon-Actor": "ada"}

SAID = utterance_finalized(
    "my card is [card-number] and my name is [person-name]",
    masked=(CardMask("card_number", 3, 16),),
    personal=(PersonalSpan("person_name", 8, 8),),
)
OVER = (
    contact_started(), recording_consented(), SAID, contact_ended(), transcript_completed(),
    recording_stored(),
)  # fmt: skip
EVERYTHING = Position(1_000)
APPLIED = redaction_applied(heard_upto=EVERYTHING)
VERIFIED = redaction_verified(attempt=1, checks=(check(),))
FAILED = (
    *OVER,
    redaction_applied(attempt=3, heard_upto=EVERYTHING),
    redaction_doubted(attempt=3),
    redaction_failed(),
)


@pytest.fixture
async def listening(api: Api) -> None:
    """Let a policy name who may listen to what waits for people, and so decide about it."""
    await api.http.put("/v1/privacy", json={"original_readers": ["ada"]})


async def told(api: Api, *events: Event) -> dict[str, Any]:
    await api.tell(*events)
    answer = await api.http.get(PATH)
    assert answer.status_code == 200
    return answer.json()


async def test_it_tells_what_was_removed_by_kind_and_place_and_no_word(api: Api) -> None:
    known = await told(api, *OVER, APPLIED, VERIFIED)

    assert known["state"] == "verified"
    assert known["text"]["by_kind"] == {"card_number": 1, "person_name": 1}
    (utterance,) = known["text"]["masked"]
    assert [(one["kind"], one["first_word"]) for one in utterance["spans"]] == [
        ("card_number", 3),
        ("person_name", 8),
    ]
    customer, agent = known["audio"]["tracks"]
    assert (customer["covered_ms"], agent["covered_ms"]) == (3_250, 0)
    assert known["audio"]["by_kind"] == {"card_number": 1}
    assert "my card" not in str(known)


async def test_it_tells_who_checked_what_and_what_came_of_it(api: Api) -> None:
    found = finding(utterance_id=UtteranceId("from_customer-1"))
    second = redaction_applied(attempt=2, heard_upto=EVERYTHING)

    known = await told(
        api,
        *OVER,
        APPLIED,
        redaction_doubted(findings=(found,)),
        second,
        redaction_verified(checks=(check(name="covered", by="silero 1"),)),
        original_destroyed(),
    )

    first, last = known["attempts"]
    assert (first["outcome"], first["findings"][0]["kind"]) == ("doubted", "account_number")
    assert first["checks"][0]["by"] == "whisper-base ebe41f70"
    assert (last["outcome"], last["verified_by"]) == ("verified", "machine")
    assert last["checks"] == [{"name": "covered", "by": "silero 1", "findings": 0}]
    assert known["originals"] == "destroyed"
    assert known["originals_destroyed_at"] is not None


async def test_it_says_where_the_contact_stands(api: Api) -> None:
    states = [
        (await told(api, *events))["state"]
        for events in (OVER[:1], OVER[1:], (APPLIED,), FAILED[6:], (recording_stored(),))
    ]

    assert states == ["under_way", "in_quarantine", "in_quarantine", "failed", "failed"]


@pytest.mark.usefixtures("listening")
async def test_an_unknown_contact_is_404_and_an_erased_one_410(api: Api) -> None:
    unknown = await api.http.get(PATH)
    await api.tell(contact_started(), contact_erased())
    erased = await api.http.get(PATH)
    reviewed = await api.http.post(
        REVIEW, json={"decision": "confirmed", "attempt": 3}, headers=ADA
    )

    assert [(one.status_code, one.json()["code"]) for one in (unknown, erased, reviewed)] == [
        (404, "contact_unknown"),
        (410, "contact_erased"),
        (410, "contact_erased"),
    ]


@pytest.mark.usefixtures("listening")
async def test_a_person_who_may_listen_confirms_once(api: Api) -> None:
    await api.tell(*FAILED)
    body = {"decision": "confirmed", "attempt": 3}

    answers = [await api.http.post(REVIEW, json=body, headers=ADA) for _ in range(2)]

    assert [one.status_code for one in answers] == [202, 200]
    reviewed = [fact for fact in await api.facts() if fact.event.TYPE == "redaction_reviewed"]
    assert [fact.actor for fact in reviewed] == ["reader:ada"]
    known = (await api.http.get(PATH)).json()
    assert known["state"] == "in_quarantine"  # the service lets it out, not the person
    assert known["reviews"][0]["by"] == "reader:ada"


async def test_who_may_not_listen_lets_nothing_out_and_has_nothing_removed(api: Api) -> None:
    await api.tell(*FAILED)
    bodies = (CONFIRMED, {**MARKED, "spans": [SPAN]})
    without = [await api.http.post(REVIEW, json=body, headers=ADA) for body in bodies]
    await api.http.put("/v1/privacy", json={"original_readers": ["bob"]})

    others = [await api.http.post(REVIEW, json=body, headers=ADA) for body in bodies]

    answers = (*without, *others)
    assert [(one.status_code, one.json()["code"]) for one in answers] == [
        (403, "review_forbidden")
    ] * 4
    assert "original_readers" in answers[0].json()["detail"]
    assert (await api.http.get(PATH)).json()["reviews"] == []
    assert (await api.http.get(PATH)).json()["state"] == "failed"


@pytest.mark.usefixtures("listening")
async def test_marked_stretches_are_kept_as_they_were_marked(api: Api) -> None:
    await api.tell(*FAILED)
    span = {"track": "to_customer", "from_ms": 100, "until_ms": 900, "kind": "person_name"}

    answer = await api.http.post(
        REVIEW, json={"decision": "marked", "attempt": 3, "spans": [span]}, headers=ADA
    )

    assert answer.status_code == 202
    fact = (await api.facts())[-1]
    assert fact.event.spans == (
        audio_span(
            track="to_customer", from_ms=100, until_ms=900, kind="person_name", ground="review"
        ),
    )


SPAN = {"track": "to_customer", "from_ms": 100, "until_ms": 900}
CONFIRMED = {"decision": "confirmed", "attempt": 3}
MARKED = {"decision": "marked", "attempt": 3}
REFUSED: list[tuple[dict[str, Any], dict[str, str], int, str]] = [
    ({**CONFIRMED, "attempt": 2}, ADA, 409, "review_stale"),
    ({**CONFIRMED, "round": 2}, ADA, 409, "review_stale"),
    (CONFIRMED, {}, 409, "reviewer_unnamed"),
    ({**CONFIRMED, "spans": [SPAN]}, ADA, 422, "malformed"),
    (MARKED, ADA, 422, "malformed"),
    ({**MARKED, "spans": [{**SPAN, "until_ms": 999_999}]}, ADA, 422, "malformed"),
    ({**MARKED, "spans": [{**SPAN, "until_ms": 100}]}, ADA, 422, "malformed"),
    ({**MARKED, "spans": [SPAN] * 501}, ADA, 422, "malformed"),
    ({**CONFIRMED, "decision": "perhaps"}, ADA, 422, "malformed"),
    ({**CONFIRMED, "attempt": 0}, ADA, 422, "malformed"),
]


@pytest.mark.usefixtures("listening")
async def test_a_review_that_cannot_be_taken_changes_nothing(api: Api) -> None:
    await api.tell(*FAILED)

    answers = [
        await api.http.post(REVIEW, json=body, headers=headers) for body, headers, _, _ in REFUSED
    ]

    assert [(one.status_code, one.json()["code"]) for one in answers] == [
        (status, code) for _, _, status, code in REFUSED
    ]
    assert (await api.http.get(PATH)).json()["reviews"] == []


@pytest.mark.usefixtures("listening")
async def test_nobody_reviews_what_machines_settled(api: Api) -> None:
    await api.tell(*OVER, APPLIED, VERIFIED)

    answer = await api.http.post(REVIEW, json={"decision": "confirmed", "attempt": 1}, headers=ADA)

    assert (answer.status_code, answer.json()["code"]) == (409, "review_unwanted")


async def test_the_queue_shows_who_waits_for_people_page_by_page(api: Api) -> None:
    for number in range(3):
        await api.tell(*FAILED, contact=contact(f"f-{number}"))
    await api.tell(*OVER, contact=contact("q-1"))
    await api.world.project(redaction.PROJECTION)

    first = (await api.http.get("/v1/redactions", params={"state": "failed", "limit": 2})).json()
    rest = (
        await api.http.get(
            "/v1/redactions", params={"state": "failed", "limit": 2, "before": first["before"]}
        )
    ).json()

    assert first["counts"] == {"failed": 3, "in_quarantine": 1}
    assert [one["contact_id"] for one in first["contacts"]] == ["f-2", "f-1"]
    assert [one["contact_id"] for one in rest["contacts"]] == ["f-0"]
    assert rest["before"] is None
    assert rest["contacts"][0]["reason"] == "found_again"
    assert rest["contacts"][0]["findings"] == 1


async def test_a_queue_that_is_asked_for_wrongly_says_so(api: Api) -> None:
    for query in ("state=lost", "limit=0", "limit=501", "stat=failed", "before=x"):
        answer = await api.http.get(f"/v1/redactions?{query}")

        assert answer.status_code in {400, 422}, query


async def test_no_recording_is_no_audio(api: Api) -> None:
    text_only = redaction_applied(audio=None, reason="not_recorded", heard_upto=EVERYTHING)

    known = await told(
        api, contact_started(), contact_ended(), transcript_completed(), text_only, VERIFIED
    )

    assert (known["state"], known["audio"]) == ("verified", None)
    assert redacted_audio().key not in str(known)
