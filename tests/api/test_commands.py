"""Commands over HTTP: what is taken, what is a repeat, what is refused and how it is named."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ..builders import FRAGMENT, INSTANCE_ARN, STREAM_ARN, guidance_issued
from .world import Api

# A start whose audio is older than a day is refused, whatever day this is.
RECENTLY = (datetime.now(UTC) - timedelta(minutes=1)).isoformat()
START: dict[str, Any] = {"contact_id": "c-1", "instance_arn": INSTANCE_ARN}
MEDIA = {
    "stream_arn": STREAM_ARN,
    "start_fragment_number": FRAGMENT,
    "started_at": RECENTLY,
}


async def started(api: Api) -> None:
    assert (await api.http.post("/v1/contacts", json=START)).status_code == 201


async def types(api: Api) -> list[str]:
    return [fact.event.TYPE for fact in await api.facts()]


async def test_a_start_is_recorded_with_everything_it_tells(api: Api) -> None:
    body = START | {
        "initial_contact_id": "c-0",
        "initiated_at": RECENTLY,
        "queue": "sales",
        "profile": "gold",
        "language": "de-DE",
        "customer_endpoint": "+49301234567",
        "attributes": {"tier": "gold"},
        "something_newer": {"ignored": True},
    }

    answer = await api.http.post("/v1/contacts", json=body)

    assert (answer.status_code, answer.json()) == (
        201,
        {"contact_id": "c-1", "position": 1, "repeated": False},
    )
    (fact,) = await api.facts()
    assert (fact.event.queue, fact.event.profile, fact.event.language) == (
        "sales",
        "gold",
        "de-DE",
    )
    assert fact.event.customer_endpoint.reveal() == "+49301234567"
    assert fact.event.attributes["tier"].reveal() == "gold"
    assert (fact.correlation, fact.actor) == ("c-0", "machine")


async def test_a_repeated_start_answers_as_the_first_did(api: Api) -> None:
    await started(api)
    await api.http.post("/v1/contacts/c-1/agent", json={"agent_id": "ada"})

    answer = await api.http.post("/v1/contacts", json=START)

    assert (answer.status_code, answer.json()["position"]) == (200, 1)
    assert await types(api) == ["contact_started", "agent_connected"]


async def test_a_call_is_told_from_start_to_end(api: Api) -> None:
    await started(api)
    await api.tell(guidance_issued())

    answers = [
        await api.http.post(f"/v1/contacts/c-1/{path}", json=body)
        for path, body in [
            ("agent", {"agent_id": "ada", "agent_name": "Ada"}),
            ("attributes", {"tier": "gold"}),
            ("hold", None),
            ("resume", {}),
            ("guidance/g-1/shown", None),
            ("guidance/g-1/use", None),
            ("end", {"reason": "customer_disconnect"}),
            ("end/correction", {"ended_at": "2026-01-02T03:04:05+01:00", "told_at": None}),
        ]
    ]

    assert {answer.status_code for answer in answers} == {202}
    assert (await types(api))[2:] == [
        "agent_connected",
        "attributes_set",
        "contact_held",
        "contact_resumed",
        "guidance_shown",
        "guidance_used",
        "contact_ended",
        "contact_end_corrected",
    ]


async def test_a_cue_can_be_put_away(api: Api) -> None:
    await started(api)
    await api.tell(guidance_issued())

    first = await api.http.post("/v1/contacts/c-1/guidance/g-1/dismiss")
    again = await api.http.post("/v1/contacts/c-1/guidance/g-1/dismiss")

    assert (first.status_code, again.status_code) == (202, 200)
    assert again.json()["position"] == first.json()["position"]


async def test_holds_without_an_instant_are_as_many_as_are_told(api: Api) -> None:
    await started(api)

    answers = [
        (await api.http.post(f"/v1/contacts/c-1/{path}")).status_code
        for path in ("hold", "hold", "resume", "hold", "resume")
    ]

    assert answers == [202, 200, 202, 202, 202]


async def test_setting_an_attribute_back_is_not_taken_for_a_repeat(api: Api) -> None:
    await started(api)

    answers = [
        (await api.http.post("/v1/contacts/c-1/attributes", json={"tier": value})).status_code
        for value in ("gold", "gold", "silver", "gold")
    ]

    assert answers == [202, 200, 202, 202]


async def test_the_same_key_is_the_same_command(api: Api) -> None:
    await started(api)
    key = {"Idempotency-Key": "hold-7"}
    first = await api.http.post("/v1/contacts/c-1/hold", headers=key)
    await api.http.post("/v1/contacts/c-1/resume")

    again = await api.http.post("/v1/contacts/c-1/hold", headers=key)

    assert (again.status_code, again.json()["position"]) == (200, first.json()["position"])
    assert (await types(api)).count("contact_held") == 1


async def test_the_same_news_sent_by_many_at_once_is_recorded_once(api: Api) -> None:
    answers = await asyncio.gather(
        *(api.http.post("/v1/contacts", json=START | {"media": MEDIA}) for _ in range(5))
    )

    # Those that race are answered by one append, and cannot tell which of them it was.
    assert {answer.status_code for answer in answers} <= {200, 201}
    assert {answer.json()["position"] for answer in answers} == {1}
    assert await types(api) == ["contact_started"]


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        pytest.param({"contact_id": None}, ["contact_id"], id="null id"),
        pytest.param({"contact_id": "c 1"}, ["contact_id"], id="blank in id"),
        pytest.param({"contact_id": "c.1"}, ["contact_id"], id="dot in id"),
        pytest.param({"contact_id": "c*"}, ["contact_id"], id="star in id"),
        pytest.param({"contact_id": ">"}, ["contact_id"], id="wildcard id"),
        pytest.param({"contact_id": "c-1\n"}, ["contact_id"], id="line break in id"),
        pytest.param({"contact_id": "x" * 129}, ["contact_id"], id="long id"),
        pytest.param({"contact_id": 7}, ["contact_id"], id="number for id"),
        pytest.param({"instance_arn": ""}, ["instance_arn"], id="empty arn"),
        pytest.param({"instance_arn": []}, ["instance_arn"], id="list for arn"),
        pytest.param({"initial_contact_id": "a.b"}, ["initial_contact_id"], id="initial id"),
        pytest.param({"initiated_at": "noon"}, ["initiated_at"], id="no time"),
        pytest.param(
            {"initiated_at": "2026-11-22T12:00:00"}, ["initiated_at"], id="time without offset"
        ),
        pytest.param({"queue": 1}, ["queue"], id="queue"),
        pytest.param({"profile": {}}, ["profile"], id="profile"),
        pytest.param({"language": "?"}, ["language"], id="language"),
        pytest.param({"customer_endpoint": 49}, ["customer_endpoint"], id="endpoint"),
        pytest.param({"queue": "a\x00b"}, ["queue"], id="NUL"),
        pytest.param({"attributes": {"tier": 1}}, ["attributes.tier"], id="attribute"),
        pytest.param({"attributes": ["tier"]}, ["attributes"], id="attributes as a list"),
        pytest.param(
            {"media": {}},
            ["media.stream_arn", "media.start_fragment_number", "media.started_at"],
            id="empty media",
        ),
        pytest.param({"media": "kvs"}, ["media"], id="media as text"),
        pytest.param(
            {"media": MEDIA | {"start_fragment_number": "x1"}},
            ["media.start_fragment_number"],
            id="fragment number",
        ),
        pytest.param(
            {"media": MEDIA | {"started_at": 5.5}}, ["media.started_at"], id="media start"
        ),
        pytest.param(
            {"contact_id": "c 1", "instance_arn": 5, "queue": 1},
            ["contact_id", "instance_arn", "queue"],
            id="several at once",
        ),
    ],
)
async def test_a_malformed_field_is_named_and_nothing_is_recorded(
    api: Api, change: dict[str, Any], fields: list[str]
) -> None:
    answer = await api.http.post("/v1/contacts", json=START | change)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["status"], problem["code"]) == (422, "malformed")
    assert [error["field"] for error in problem["errors"]] == fields
    assert await api.facts() == []


@pytest.mark.parametrize("field", ["contact_id", "instance_arn"])
async def test_a_missing_field_is_named_and_nothing_is_recorded(api: Api, field: str) -> None:
    body = {name: value for name, value in START.items() if name != field}

    answer = await api.http.post("/v1/contacts", json=body)

    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"field": field, "problem": "is missing"}]
    assert await api.facts() == []


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("agent", {}, "agent_id"),
        ("agent", {"agent_id": "a b"}, "agent_id"),
        ("agent", {"agent_id": "ada", "agent_name": 5}, "agent_name"),
        ("agent", {"agent_id": "ada", "connected_at": "soon"}, "connected_at"),
        ("hold", {"at": "later"}, "at"),
        ("resume", {"at": 12.5}, "at"),
        ("end", {"ended_at": "never"}, "ended_at"),
        ("end", {"reason": 3}, "reason"),
        ("end/correction", {}, "ended_at"),
        ("end/correction", {"ended_at": "2026-01-02T03:04:05"}, "ended_at"),
        ("end/correction", {"ended_at": "2026-01-02T03:04:05Z", "told_at": 1}, "told_at"),
        ("attributes", {"tier": None}, "tier"),
        ("attributes", [], "body"),
        ("attributes", {"": "x"}, "body"),
    ],
)
async def test_every_command_names_the_field_that_is_wrong(
    api: Api, path: str, body: Any, field: str
) -> None:
    await started(api)

    answer = await api.http.post(f"/v1/contacts/c-1/{path}", json=body)

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert await types(api) == ["contact_started"]


async def test_at_no_depth_does_a_nested_body_fail_the_server(api: Api) -> None:
    depths = (*range(900, 1_000, 2), 30_000)  # Python gives up at about 950

    nested = [b'{"x": %s}' % (b"[" * depth + b"]" * depth) for depth in depths]
    answers = [await api.http.post("/v1/contacts/c-1/end", content=body) for body in nested]

    assert {answer.status_code for answer in answers} == {404, 422}
    assert answers[0].json()["code"] == "contact_unknown"  # what is not known is not looked into
    assert answers[-1].json()["errors"] == [{"field": "body", "problem": "is not JSON"}]


@pytest.mark.parametrize("instant", ["0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00"])
async def test_an_instant_that_utc_does_not_have_is_refused(api: Api, instant: str) -> None:
    await started(api)

    answer = await api.http.post("/v1/contacts/c-1/end", json={"ended_at": instant})

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["ended_at"]
    assert await types(api) == ["contact_started"]


@pytest.mark.parametrize("body", [b"{", b"nonsense", b"\xff\xfe", b'{"contact_id": "\\ud800"}'])
async def test_a_body_that_is_no_json_is_refused(api: Api, body: bytes) -> None:
    answer = await api.http.post("/v1/contacts", content=body)

    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"field": "body", "problem": "is not JSON"}]
    assert await api.facts() == []


@pytest.mark.parametrize("key", ["", "x" * 256])
async def test_a_key_that_is_no_key_is_refused(api: Api, key: str) -> None:
    answer = await api.http.post("/v1/contacts", json=START, headers={"Idempotency-Key": key})

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "Idempotency-Key")
    assert await api.facts() == []


@pytest.mark.parametrize(
    "path", ["agent", "hold", "resume", "attributes", "end", "guidance/g-1/use"]
)
async def test_an_unknown_contact_is_not_found(api: Api, path: str) -> None:
    body = {"agent_id": "ada"} if path == "agent" else {"some": "body"}

    answer = await api.http.post(f"/v1/contacts/never/{path}", json=body)

    assert (answer.status_code, answer.json()["code"]) == (404, "contact_unknown")
    assert await api.facts() == []


async def test_a_cue_that_was_never_issued_is_not_found(api: Api) -> None:
    await started(api)

    answer = await api.http.post("/v1/contacts/c-1/guidance/g-9/use")

    assert (answer.status_code, answer.json()["code"]) == (404, "guidance_unknown")


@pytest.mark.parametrize(
    ("path", "body"),
    [("agent", {"agent_id": "ada"}), ("hold", None), ("attributes", {"tier": "gold"})],
)
async def test_a_finished_contact_takes_no_more(api: Api, path: str, body: Any) -> None:
    await started(api)
    await api.http.post("/v1/contacts/c-1/end")

    answer = await api.http.post(f"/v1/contacts/c-1/{path}", json=body)

    assert (answer.status_code, answer.json()["code"]) == (409, "contact_finished")
    assert await types(api) == ["contact_started", "contact_ended"]


async def test_ending_twice_answers_as_the_first_did(api: Api) -> None:
    await started(api)

    answers = [await api.http.post("/v1/contacts/c-1/end") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [202, 200]
    assert answers[0].json()["position"] == answers[1].json()["position"]


async def test_a_body_beyond_all_measure_is_refused(api: Api) -> None:
    answer = await api.http.post("/v1/contacts", content=b" " * 300_000)

    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert await api.facts() == []
