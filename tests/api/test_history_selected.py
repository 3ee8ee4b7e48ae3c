"""A part of a contact's history: by time, by type, by position."""

from typing import Any

import httpx

from ..builders import (
    CONTACT,
    at,
    audio_stream_opened,
    contact_ended,
    contact_started,
    utterance_finalized,
)
from .then import Then, lines_of

PATH = f"/v1/contacts/{CONTACT.contact_id}/events"


async def a_call(api: Then) -> None:
    await api.record(contact_started(), at_s=0)
    await api.record(audio_stream_opened(), at_s=2)
    await api.record(utterance_finalized(), at_s=10)
    await api.record(contact_ended(), at_s=60)


async def types(api: Then, **parameters: Any) -> list[str]:
    return [line["type"] for line in lines_of(await api.get(PATH, **parameters))]


async def test_from_is_within_and_to_is_not_so_that_days_join(then: Then) -> None:
    await a_call(then)

    before = await types(then, to="2026-03-02T12:00:10Z")
    after = await types(then, **{"from": "2026-03-02T12:00:10Z"})

    assert before == ["contact_started", "audio_stream_opened"]
    assert after == ["utterance_finalized", "contact_ended"]


async def test_an_instant_may_have_any_offset_even_with_an_unescaped_plus(then: Then) -> None:
    await a_call(then)

    escaped = await types(then, **{"from": "2026-03-02T13:00:10+01:00"})
    raw = await then.http.get(f"{PATH}?from=2026-03-02T13:00:10+01:00")

    assert escaped == ["utterance_finalized", "contact_ended"]
    assert [line["type"] for line in lines_of(raw)] == escaped


async def test_types_and_lanes_can_be_named_more_than_once(then: Then) -> None:
    await a_call(then)

    assert await types(then, type=["contact_ended", "contact_started"]) == [
        "contact_started",
        "contact_ended",
    ]
    assert await types(then, lane=["media", "speech"]) == [
        "audio_stream_opened",
        "utterance_finalized",
    ]


async def test_positions_go_on_exactly_after_what_was_read(then: Then) -> None:
    await a_call(then)
    whole = await then.get(PATH)
    epoch = whole.headers["antiphon-epoch"]

    for line in lines_of(whole):
        rest = await then.get(PATH, after=f"{epoch}-{line['position']}")
        first = await then.get(PATH, upto=f"{epoch}-{line['position']}")

        assert lines_of(first) + lines_of(rest) == lines_of(whole)


async def test_a_contact_without_such_facts_is_not_an_unknown_contact(then: Then) -> None:
    await a_call(then)

    assert await types(then, type="guidance_used") == []
    answer = await then.http.get("/v1/contacts/never/events", params={"type": "guidance_used"})
    assert (answer.status_code, answer.json()["code"]) == (404, "contact_unknown")


REFUSED = (
    ("from=yesterday", "from"),
    ("from=2026-03-02T12:00:00", "from"),
    ("from=0001-01-01T00:00:00%2B23:00", "from"),
    ("to=2026-13-02T12:00:00Z", "to"),
    ("from=2026-03-02T13:00:00Z&to=2026-03-02T12:00:00Z", "to"),
    ("from=2026-03-02T13:00:00Z&to=2026-03-02T13:00:00Z", "to"),
    ("from=2026-03-02T13:00:00Z&from=2026-03-02T14:00:00Z", "from"),
    ("type=contact_vanished", "type"),
    ("type=contact_ended&type=", "type"),
    ("type=history_read", "type"),
    ("lane=fast", "lane"),
    ("after=17", "after"),
    ("after=-17", "after"),
    ("after=abc-" + "9" * 5_000, "after"),
    ("upto=x-1.5", "upto"),
    ("texts=loud", "texts"),
    ("form=2026-03-02T12:00:00Z", "form"),
    ("contact=c-2", "contact"),
    ("%3Cscript%3E=1", "query"),
)


async def test_what_cannot_be_asked_is_refused_by_name(then: Then) -> None:
    await a_call(then)

    for query, field in REFUSED:
        answer = await then.http.get(f"{PATH}?{query}")

        assert answer.headers["content-type"] == "application/problem+json", query
        assert (answer.status_code, answer.json()["code"]) == (422, "malformed"), query
        assert [error["field"] for error in answer.json()["errors"]] == [field], query

    assert await then.accesses() == []


async def test_a_reversed_range_of_positions_is_refused(then: Then) -> None:
    await a_call(then)
    epoch = await then.epoch()

    answer = await then.get(PATH, after=f"{epoch}-3", upto=f"{epoch}-2")

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "upto")


async def test_positions_of_another_stream_are_refused(then: Then) -> None:
    await a_call(then)

    other = await then.get(PATH, after="feed-1")
    beyond = await then.get(PATH, upto=f"{await then.epoch()}-5")

    assert _refusal(other) == (409, "epoch_changed")
    assert _refusal(beyond) == (409, "position_beyond_end")


async def test_texts_can_be_left_as_they_are_stored(then: Then) -> None:
    await then.record(contact_started(), utterance_finalized(), at_s=0)

    sealed = lines_of(await then.get(PATH, texts="sealed"))
    opened = lines_of(await then.get(PATH))

    (told,) = [line for line in sealed if line["type"] == "utterance_finalized"]
    assert "roof" not in str(sealed)
    assert told["key_id"]
    stored = told["data"] | {"text": "my roof leaks"}
    assert stored == next(line["data"] for line in opened if line["position"] == told["position"])
    assert [line["position"] for line in sealed] == [line["position"] for line in opened]


async def test_the_instants_are_those_of_the_log(then: Then) -> None:
    await then.record(contact_started(), at_s=3_600)

    (line,) = lines_of(await then.get(PATH))

    assert line["recorded_at"] == at(3_600).isoformat().replace("+00:00", "Z")
    assert line["occurred_at"] == at(0).isoformat().replace("+00:00", "Z")


def _refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]
