"""All of a tenant's facts, for whoever audits them: filtered, resumable, bounded."""

import socket
from typing import Any

import httpx
import pytest
from antiphon.api.ports import Limits
from antiphon.events.log import Entry
from antiphon.events.sealed import Sealed

from ..builders import (
    agent_connected,
    audio_gap,
    contact,
    contact_ended,
    contact_started,
    utterance_finalized,
)
from ..projections.world import STREAM
from ..waiting import until
from .then import Then, lines_of
from .then import then as make_then

PATH = "/v1/audit/events"


async def two_calls(then: Then) -> None:
    await then.record(contact_started(), at_s=0)
    await then.record(contact_started(), at_s=1, contact=contact("c-2"))
    await then.record(agent_connected(), audio_gap(), at_s=100)
    await then.record(utterance_finalized(), at_s=200, contact=contact("c-2"))
    await then.record(contact_ended(), at_s=3_000)


def facts_of(answer: httpx.Response) -> list[dict[str, Any]]:
    *facts, last = lines_of(answer)
    assert last.keys() >= {"next", "complete"}
    return facts


async def positions(then: Then, **parameters: Any) -> list[int]:
    return [line["position"] for line in facts_of(await then.get(PATH, **parameters))]


async def test_every_fact_of_every_contact_is_told_in_order(then: Then) -> None:
    await two_calls(then)

    answer = await then.get(PATH)

    facts = facts_of(answer)
    assert [fact["position"] for fact in facts] == [1, 2, 3, 4, 5, 6]
    assert [fact["contact_id"] for fact in facts] == ["c-1", "c-2", "c-1", "c-1", "c-2", "c-1"]
    assert facts[1]["data"]["customer_endpoint"] == "+4930901820"
    assert facts[4]["withheld"] == "in_quarantine"  # see test_quarantined.py
    assert answer.headers["cache-control"] == "no-store"


async def test_it_is_narrowed_by_time_type_lane_and_contact(then: Then) -> None:
    await two_calls(then)

    assert await positions(then, **{"from": "2026-03-02T12:01:40Z"}) == [3, 4, 5, 6]
    assert await positions(then, to="2026-03-02T12:01:40Z") == [1, 2]
    assert await positions(then, type=["contact_started", "audio_gap"]) == [1, 2, 4]
    assert await positions(then, lane="speech") == [5]
    assert await positions(then, contact="c-2") == [2, 5]
    assert await positions(then, contact="c-2", lane="life", to="2026-03-02T12:00:01Z") == []


async def test_a_reader_that_goes_on_after_any_line_misses_nothing(then: Then) -> None:
    await two_calls(then)
    whole = await then.get(PATH)
    epoch = whole.headers["antiphon-epoch"]

    for fact in facts_of(whole):
        rest = await then.get(PATH, after=f"{epoch}-{fact['position']}")

        assert facts_of(rest) == facts_of(whole)[fact["position"] :]


async def test_the_last_line_says_where_to_go_on(then: Then) -> None:
    await two_calls(then)

    last = lines_of(await then.get(PATH, lane="speech"))[-1]
    await then.record(utterance_finalized(), at_s=4_000)
    rest = await then.get(PATH, lane="speech", after=last["next"])

    assert last == {"next": f"{await then.epoch()}-6", "complete": True}
    assert [fact["position"] for fact in facts_of(rest)] == [7]


async def test_an_answer_ends_after_a_bounded_time_and_can_be_gone_on_with(
    postgres_url: str,
) -> None:
    async with make_then(postgres_url, limits=Limits(lifetime_s=0.0)) as then:
        for number in range(600):  # more than one batch
            await then.record(contact_started(), at_s=number, contact=contact(f"c-{number}"))

        told, given, rounds = list[int](), dict[str, str](), 0
        is_complete = False
        while not is_complete:
            *facts, last = lines_of(await then.get(PATH, **given))
            told += [fact["position"] for fact in facts]
            given, is_complete = {"after": last["next"]}, last["complete"]
            rounds += 1

        assert told == list(range(1, 601))
        assert rounds > 1


async def test_positions_of_another_stream_are_refused_by_name(then: Then) -> None:
    await two_calls(then)

    other = await then.get(PATH, after="feed-1")
    beyond = await then.get(PATH, after=f"{await then.epoch()}-7")

    assert (other.status_code, other.json()["code"]) == (409, "epoch_changed")
    assert (beyond.status_code, beyond.json()["code"]) == (409, "position_beyond_end")


@pytest.mark.parametrize(
    ("query", "field"),
    [("contact=a.b", "contact"), ("type=nothing", "type"), ("limit=10", "limit")],
)
async def test_what_cannot_be_asked_is_refused_by_name(then: Then, query: str, field: str) -> None:
    answer = await then.http.get(f"{PATH}?{query}")

    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)


async def test_the_first_day_wanted_is_found_far_into_the_log(then: Then) -> None:
    count = 12_000
    subject = "ev.demo.00.contact.c-9.media"
    payload = b'{"id":"e","type":"audio_gap"}'
    for number in range(count):
        then.recorded_at = then.recorded_at.replace(microsecond=number)
        await then.world.log.append(STREAM, subject, [Entry(f"e-{number}", payload)], expected=None)
    end = await then.record(contact_ended(), at_s=86_400)

    told = await positions(then, **{"from": "2026-03-03T12:00:00Z"})

    assert told == [end]
    assert then.kept.entries_read < count / 2


async def test_what_is_no_longer_kept_anywhere_is_told_as_missing(then: Then) -> None:
    await two_calls(then)
    then.kept.gone = {1, 2, 4, 6}

    lines = lines_of(await then.get(PATH))

    assert [line.get("missing") or line.get("position") for line in lines[:-1]] == [
        {"first": 1, "last": 2},
        3,
        {"first": 4, "last": 4},
        5,
        {"first": 6, "last": 6},
    ]


@pytest.mark.parametrize(
    ("payload", "kind", "problem"),
    [
        (b"no envelope", "unreadable", "undecodable"),
        (
            '"type":"contact_vanished","version":1,"data":{"why":1}',
            "contact_vanished",
            "unknown_type",
        ),
        ('"type":"contact_held","version":9,"data":{"why":1}', "contact_held", "newer_version"),
        ('"type":"contact_held","version":1,"data":{"why":1}', "contact_held", "undecodable"),
    ],
)
async def test_a_fact_that_cannot_be_read_is_told_with_what_is_the_matter(
    then: Then, payload: bytes | str, kind: str, problem: str
) -> None:
    await then.record(contact_started(), at_s=0)
    around = (
        '"id":"e","occurred_at":"2026-03-02T12:00:00Z","tenant":"demo",'
        '"aggregate":"contact/c-1","correlation":"c-1","actor":"machine"'
    )
    raw = payload if isinstance(payload, bytes) else f"{{{around},{payload}}}".encode()
    subject = "ev.demo.00.contact.c-1.life"
    await then.world.log.append(STREAM, subject, [Entry("e", raw)], expected=None)

    fact = facts_of(await then.get(PATH))[1]

    assert (fact["type"], fact["problem"], fact["contact_id"]) == (kind, problem, "c-1")
    assert fact["data"] == ({"why": 1} if isinstance(payload, str) else None)


async def test_a_fact_written_over_several_lines_stays_on_one(then: Then) -> None:
    pretty = b"""{"id": "e", "type": "audio_gap", "version": 1, "tenant": "demo",
      "occurred_at": "2026-03-02T12:00:00Z", "aggregate": "contact/c-1",
      "correlation": "c-1", "actor": "machine",
      "data": {"track": "from_customer", "from_ms": 1,\r
               "until_ms": null, "reason": "missing"}}"""
    subject = "ev.demo.00.contact.c-1.media"
    await then.world.log.append(STREAM, subject, [Entry("e", pretty)], expected=None)

    (fact,) = facts_of(await then.get(PATH))

    assert fact["data"]["reason"] == "missing"


async def test_where_the_log_fails_in_the_middle_the_last_line_says_so(then: Then) -> None:
    for number in range(600):
        await then.record(contact_started(), at_s=number, contact=contact(f"c-{number}"))
    then.kept.breaks_after = 1

    *facts, last = lines_of(await then.get(PATH))

    assert [fact["position"] for fact in facts] == list(range(1, 257))
    assert last == {
        "next": f"{await then.epoch()}-256",
        "complete": False,
        "why": "log_unavailable",
        "detail": "the event log does not answer: it was taken away",
    }


async def test_a_reader_that_does_not_read_is_cut_and_nothing_is_made_for_it(
    postgres_url: str,
) -> None:
    async with make_then(postgres_url, limits=Limits(send_s=0.3)) as then:
        endpoint = Sealed("9" * 20_000)
        for number in range(2_000):
            event = contact_started(customer_endpoint=endpoint)
            await then.record(event, at_s=number, contact=contact(f"c-{number}"))
        async with then.serving() as url:
            host, port = url.removeprefix("http://").split(":")
            with socket.socket() as deaf:
                deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
                deaf.connect((host, int(port)))
                deaf.sendall(f"GET {PATH} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
                await until(lambda: then.kept.open == 1, what="being read")
                await until(lambda: then.kept.open == 0, what="cut")

        assert 0 < then.kept.entries_read < 2_000


async def test_a_reader_that_leaves_ends_the_reading(then: Then) -> None:
    for number in range(2_000):
        event = contact_started(customer_endpoint=Sealed("9" * 20_000))
        await then.record(event, at_s=number, contact=contact(f"c-{number}"))

    async with (
        then.serving() as url,
        httpx.AsyncClient() as http,
        http.stream("GET", f"{url}{PATH}") as answer,
    ):
        await anext(answer.aiter_bytes())
        assert then.kept.open == 1
        await answer.aclose()
        await until(lambda: then.kept.open == 0, what="ended")

    assert then.kept.entries_read < 2_000
