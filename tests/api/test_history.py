"""A contact's transcript and its history, as people and auditors read them."""

import json
from typing import Any

from antiphon.events.base import START, Causation, EventId, Position, UtteranceId

from ..builders import (
    CONTACT,
    SAMPLES,
    agent_connected,
    at,
    audio_gap,
    audio_stream_opened,
    contact_held,
    contact_started,
    draft,
    guidance_issued,
    utterance_finalized,
)
from .world import Api

PATH = f"/v1/contacts/{CONTACT.contact_id}"


async def lines(api: Api) -> list[dict[str, Any]]:
    answer = await api.http.get(f"{PATH}/events")
    assert answer.headers["content-type"] == "application/x-ndjson"
    return [json.loads(line) for line in answer.text.splitlines()]


async def test_the_transcript_is_given_by_speaker(api: Api) -> None:
    await api.tell(
        contact_started(),
        audio_stream_opened(clock_zero_at=at(0)),
        agent_connected(connected_at=at(0)),
        utterance_finalized("my roof leaks", started_ms=1_000),
        audio_gap(),
    )
    await api.project()

    answer = await api.http.get(f"{PATH}/transcript")

    told = answer.json()
    assert (told["contact_id"], told["state"], told["position"]) == ("c-1", "live", 5)
    (line,) = told["lines"]
    assert (
        line.items()
        >= {
            "utterance_id": "from_customer-1",
            "speaker": "customer",
            "track": "from_customer",
            "text": "my roof leaks",
            "started_ms": 1_000,
            "ended_ms": 1_850,
            "confidence": 0.9,
        }.items()
    )
    assert [gap["kind"] for gap in told["gaps"]] == ["audio_gap"]


async def test_the_transcript_is_joined_into_turns_that_name_their_utterances(api: Api) -> None:
    said = [("from_customer", 1, 1_000), ("from_customer", 2, 2_500), ("to_customer", 1, 4_000)]
    await api.tell(
        contact_started(),
        audio_stream_opened(clock_zero_at=at(0)),
        agent_connected(connected_at=at(0)),
        contact_held(held_at=at(5)),
        *(
            utterance_finalized(
                f"words {number}",
                utterance_id=UtteranceId(f"{track}-{number}"),
                track=track,
                started_ms=started_ms,
            )
            for track, number, started_ms in [*said, ("to_customer", 2, 5_000)]
        ),
    )
    await api.project()

    told = (await api.http.get(f"{PATH}/transcript")).json()

    assert [(one["speaker"], one["text"], one["utterance_ids"]) for one in told["turns"]] == [
        ("customer", "words 1 words 2", ["from_customer-1", "from_customer-2"]),
        ("agent", "words 1", ["to_customer-1"]),
        ("system", "words 2", ["to_customer-2"]),
    ]
    assert len(told["lines"]) == 4


async def test_a_contact_that_started_just_now_has_an_empty_transcript(api: Api) -> None:
    await api.tell(contact_started())
    await api.project()
    await api.http.post("/v1/contacts", json={"contact_id": "c-2", "instance_arn": "arn"})

    answer = await api.http.get("/v1/contacts/c-2/transcript")

    assert (answer.status_code, answer.json()["lines"]) == (200, [])
    assert answer.json()["turns"] == []
    assert answer.json()["state"] == "live"


async def test_an_unknown_contact_has_neither(api: Api) -> None:
    await api.tell(contact_started())
    await api.project()

    for read in ("transcript", "events"):
        answer = await api.http.get(f"/v1/contacts/never/{read}")
        assert (answer.status_code, answer.json()["code"]) == (404, "contact_unknown")


async def test_before_the_read_models_are_built_the_answer_is_to_try_again(api: Api) -> None:
    await api.tell(contact_started())

    answer = await api.http.get(f"{PATH}/transcript")

    assert (answer.status_code, answer.json()["code"]) == (503, "store_unavailable")
    assert "retry-after" in answer.headers


async def test_the_history_holds_every_fact_in_order(api: Api) -> None:
    await api.tell(*(sample() for sample in SAMPLES))

    told = await lines(api)

    assert [line["type"] for line in told] == [sample().TYPE for sample in SAMPLES]
    assert [line["position"] for line in told] == list(range(1, len(SAMPLES) + 1))
    by_type = {line["type"]: line for line in told}
    assert by_type["utterance_finalized"]["data"]["utterance_id"] == "from_customer-1"
    assert by_type["contact_started"].keys() >= {
        "recorded_at",
        "occurred_at",
        "lane",
        "actor",
        "causation",
        "data",
    }


async def test_the_history_names_the_cause(api: Api) -> None:
    await api.tell(contact_started())
    cause = Causation(EventId("e-7"), Position(7))
    await api.journal.append(CONTACT, [draft(guidance_issued(), causation=cause)], expected=START)

    told = await lines(api)

    assert told[1]["causation"] == {"event_id": "e-7", "position": 7}


async def test_the_history_of_an_erased_person_says_so(api: Api) -> None:
    await api.tell(contact_started(), utterance_finalized())
    await api.world.keys.destroy(CONTACT.tenant, f"contact/{CONTACT.contact_id}")

    told = await lines(api)

    assert told[1]["data"]["text"] == "[erased]"


async def test_the_history_is_of_one_contact_alone(api: Api) -> None:
    await api.tell(contact_started())
    await api.http.post("/v1/contacts", json={"contact_id": "c-10", "instance_arn": "arn"})

    assert [line["position"] for line in await lines(api)] == [1]
