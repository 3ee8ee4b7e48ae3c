"""A contact played again, as its stream told it: same events, same pace or a multiple of it."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from antiphon.api.ports import Limits
from antiphon.events.base import Event, UtteranceId

from ..builders import (
    CONTACT,
    agent_connected,
    at,
    audio_stream_opened,
    contact_ended,
    contact_held,
    contact_started,
    guidance_issued,
    guidance_used,
    transcript_completed,
    utterance_finalized,
)
from ..waiting import until
from .sse_client import Heard, Listener, listening
from .then import Then
from .then import then as make_then

FRAMING = ("snapshot", "heartbeat", "replay_started", "replay_completed", "stream_closed")

# What was recorded when, in seconds after noon; the contact's clock begins at 10.
CALL: tuple[tuple[float, Event], ...] = (
    (5, contact_started()),
    (11, audio_stream_opened(clock_zero_at=at(10))),
    (12, utterance_finalized("welcome", track="to_customer", utterance_id=UtteranceId("t-1"))),
    (14, agent_connected(connected_at=at(10))),
    (15, utterance_finalized("my roof leaks", utterance_id=UtteranceId("c-1"))),
    (16, guidance_issued()),
    (20, guidance_used()),
    (30, contact_held(held_at=at(29))),
    (60, contact_ended(ended_at=at(60))),
    (61, transcript_completed()),
)


async def a_call(then: Then, *, parts: int = len(CALL)) -> None:
    for at_s, event in CALL[:parts]:
        await then.record(event, at_s=at_s)


@asynccontextmanager
async def playing(then: Then, query: str = "speed=100", **given: Any) -> AsyncGenerator[Listener]:
    async with then.serving() as url:
        path = f"{url}/v1/contacts/{CONTACT.contact_id}/replay?{query}"
        async with listening(path, **given) as stream:
            yield stream


async def played(then: Then, query: str = "speed=100", **given: Any) -> list[Heard]:
    async with playing(then, query, **given) as stream:
        return await stream.rest()


def facts(heard: list[Heard]) -> list[str]:
    return [one.event for one in heard if one.event not in FRAMING]


async def test_events_are_those_of_the_live_stream(then: Then) -> None:
    await then.let_in("officer-7")
    async with then.serving() as url, then.projecting():
        end = await then.record(contact_started(), at_s=5)
        for progress in then.shown:
            await progress.until(end)
        live_path = f"{url}/v1/contacts/{CONTACT.contact_id}/stream"
        async with listening(live_path) as stream:
            await stream.until("snapshot")
            for at_s, event in CALL[1:]:
                await then.record(event, at_s=at_s)
                await stream.until(event.TYPE)
            await stream.rest()
            live = stream.heard

    again = await played(then, actor="officer-7")

    told = _facts_told(live)
    assert _facts_told(again)[1:] == told
    assert len(told) == len(CALL) - 1
    assert _snapshots(again) == _snapshots(live)


async def test_it_begins_and_ends_by_saying_so(then: Then) -> None:
    await a_call(then)

    first, *_, completed, last = await played(then)

    assert first.event == "replay_started"
    assert first.data.items() >= {"speed": 100.0, "partials": "never_stored"}.items()
    assert (completed.event, completed.data["facts"]) == ("replay_completed", len(CALL))
    assert completed.data["finished"] is True
    assert (last.event, last.data) == ("stream_closed", {"reason": "replay_completed"})


async def test_a_contact_that_goes_on_is_played_as_far_as_it_is(then: Then) -> None:
    await a_call(then, parts=6)

    heard = await played(then)

    assert facts(heard) == [event.TYPE for _, event in CALL[:6]]
    assert heard[-2].data["finished"] is False


async def test_the_pace_is_that_of_recording_divided_by_speed(then: Then) -> None:
    await a_call(then)

    took_s = {}
    for speed in (100, 50):
        began_s = time.monotonic()
        await played(then, f"speed={speed}")
        took_s[speed] = time.monotonic() - began_s

    assert took_s[100] >= 56 / 100
    assert took_s[50] >= 56 / 50


async def test_long_silences_are_cut_short_where_that_is_asked_for(then: Then) -> None:
    await then.record(contact_started(), at_s=0)
    await then.record(contact_ended(), at_s=86_400)

    async with asyncio.timeout(10):
        heard = await played(then, "speed=10&silence_ms_max=500")

    assert facts(heard) == ["contact_started", "contact_ended"]


async def test_silence_is_filled_with_signs_of_life(postgres_url: str) -> None:
    async with make_then(postgres_url, limits=Limits(heartbeat_s=0.05)) as then:
        await then.record(contact_started(), at_s=0)
        await then.record(contact_ended(), at_s=30)

        heard = await played(then)

    beats = [one for one in heard if one.event == "heartbeat"]
    assert len(beats) >= 2
    assert beats[0].data == {
        "server_time": "2026-03-02T12:00:00Z",
        "late": False,
        "late_s": 0.0,
        "stalled": [],
    }


async def test_it_may_begin_in_the_middle_with_the_desk_of_that_moment(then: Then) -> None:
    await a_call(then)

    heard = await played(then, "speed=100&from_ms=6000")

    (snapshot,) = [one for one in heard if one.event == "snapshot" and one.id]
    then_shown = (await then.get("/v1/contacts/c-1/desk", at_ms=6_000)).json()["contact"]
    assert snapshot.data["contact"] == then_shown
    assert snapshot.data["server_time"] == "2026-03-02T12:00:16Z"
    assert facts(heard) == [event.TYPE for _, event in CALL[6:]]


async def test_words_known_before_the_beginning_decide_who_speaks_after_it(then: Then) -> None:
    await a_call(then, parts=5)
    later = utterance_finalized(
        "let me see", track="to_customer", utterance_id=UtteranceId("t-2"), started_ms=9_000
    )
    await then.record(later, at_s=22)

    heard = await played(then, "speed=100&from_ms=6000")

    (told,) = [one for one in heard if one.event == "utterance_finalized"]
    assert told.data["speaker"] == "agent"


async def test_an_agent_who_comes_late_relabels_what_was_said(then: Then) -> None:
    await a_call(then)

    heard = await played(then)

    names = [one.event for one in heard]
    here = names.index("agent_connected")
    assert names[here - 1] == "snapshot"
    assert [line["speaker"] for line in heard[here - 1].data["contact"]["lines"]] == ["agent"]
    (first, *_) = [one for one in heard if one.event == "utterance_finalized"]
    assert first.data["speaker"] == "system"  # so it was told then


async def test_a_player_that_is_cut_goes_on_where_it_was(then: Then) -> None:
    await a_call(then)

    async with then.serving() as url:
        path = f"{url}/v1/contacts/{CONTACT.contact_id}/replay?speed=100&silence_ms_max=100"
        for cut_after in range(1, len(CALL)):
            async with listening(path) as stream:
                while len(facts(stream.heard)) < cut_after:
                    assert await stream.next() is not None
                first, last_id = facts(stream.heard), stream.last_id
            async with listening(path, last_event_id=last_id) as stream:
                rest = facts(await stream.rest())

            assert first + rest == [event.TYPE for _, event in CALL]


async def test_who_has_heard_it_all_is_told_not_to_come_back(then: Then) -> None:
    await a_call(then)
    async with playing(then) as stream:
        await stream.rest()

    async with playing(then, last_event_id=stream.last_id) as again:
        status = again.response.status_code

    assert status == 204


async def test_it_lasts_for_a_bounded_time(postgres_url: str) -> None:
    async with make_then(postgres_url, limits=Limits(lifetime_s=0.1)) as then:
        await then.record(contact_started(), at_s=0)
        await then.record(contact_ended(), at_s=86_400)

        heard = await played(then)

    assert facts(heard) == ["contact_started"]
    assert "replay_completed" not in {one.event for one in heard}


async def test_a_player_that_leaves_ends_the_work(then: Then) -> None:
    await then.record(contact_started(), at_s=0)
    await then.record(contact_ended(), at_s=86_400)

    async with then.serving() as url:
        path = f"{url}/v1/contacts/{CONTACT.contact_id}/replay"
        async with listening(path) as stream:
            await stream.until("contact_started")
            assert _requests() == 1
        await until(lambda: _requests() == 0, what="ended")

    assert then.kept.open == 0


REFUSED = (
    ("speed=0", "speed"),
    ("speed=nan", "speed"),
    ("speed=inf", "speed"),
    ("speed=-1", "speed"),
    ("speed=101", "speed"),
    ("speed=fast", "speed"),
    ("from_ms=-1", "from_ms"),
    ("from_ms=99999999999999999999", "from_ms"),
    ("silence_ms_max=-1", "silence_ms_max"),
    ("last_event_id=17", "Last-Event-ID"),
    ("sped=4", "sped"),
)


async def test_what_cannot_be_played_is_refused_by_name(then: Then) -> None:
    await a_call(then)

    for query, field in REFUSED:
        answer = await then.http.get(f"/v1/contacts/c-1/replay?{query}")

        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field), query

    assert await then.accesses() == []


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("last_event_id=feed-1", 409, "epoch_changed"),
        ("last_event_id={epoch}-11", 409, "position_beyond_end"),
    ],
)
async def test_positions_of_another_stream_are_refused(
    then: Then, query: str, status: int, code: str
) -> None:
    await a_call(then)

    answer = await then.http.get(
        f"/v1/contacts/c-1/replay?{query.format(epoch=await then.epoch())}"
    )

    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_an_unknown_contact_cannot_be_played(then: Then) -> None:
    answer = await then.get("/v1/contacts/never/replay")

    assert (answer.status_code, answer.json()["code"]) == (404, "contact_unknown")


def _facts_told(heard: list[Heard]) -> list[Any]:
    return [(one.event, one.id, one.data) for one in heard if one.id and one.event != "snapshot"]


def _snapshots(heard: list[Heard]) -> list[Any]:
    """Return contacts as they were told in the middle: those have no id."""
    return [one.data["contact"] for one in heard if one.event == "snapshot" and not one.id]


def _requests() -> int:
    """Return how many requests a server of ours is answering."""
    return sum("run_asgi" in repr(task.get_coro()) for task in asyncio.all_tasks())
