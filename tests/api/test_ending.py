"""A contact's stream is over once it is summed up, or nobody seems to sum it up."""

import asyncio
from datetime import timedelta

import pytest
from antiphon.api.ending import Ending, Step, step_of
from antiphon.api.ports import Limits
from antiphon.events.base import Event

from ..builders import (
    CONTACT,
    at,
    audio_stream_opened,
    contact_ended,
    contact_started,
    transcript_completed,
)
from ..guidance_builders import checklist_item_missed
from ..summary_builders import summary_failed, summary_written
from .screen import Served, facts, serving
from .sse_client import listening

WAIT_S = 10.0
SETTLE_S = 1.0
PATIENT = Limits(heartbeat_s=0.2, summary_s=60.0, settle_s=0.0)


def after(*steps: tuple[Step, float]) -> Ending:
    ending = Ending()
    for step, seconds in steps:
        ending.note(step, at=at(seconds))
    return ending


@pytest.mark.parametrize(
    ("steps", "rest_s"),
    [
        pytest.param([], None, id="under way"),
        pytest.param([("ended", 60)], None, id="words still come"),
        pytest.param([("completed", 60)], None, id="nobody hung up"),
        pytest.param([("ended", 60), ("completed", 62)], 8.0, id="being summed up"),
        pytest.param([("completed", 50), ("ended", 60)], 0.0, id="ended long after"),
        pytest.param([("ended", 60), ("completed", 54)], 0.0, id="nobody sums it up"),
        pytest.param([("ended", 60), ("completed", 62), ("summed_up", 63)], 0.0, id="all was told"),
        pytest.param(
            [("ended", 60), ("completed", 62), ("summed_up", 63.5)], 0.5, id="others say theirs"
        ),
        pytest.param(
            [("ended", 54), ("completed", 54.5), ("summed_up", 64)], 0.5, id="summed up very late"
        ),
        pytest.param([("ended", 60), ("summed_up", 62)], None, id="completion is yet to be told"),
    ],
)
def test_a_summary_is_waited_for_after_the_last_word_and_not_for_ever(
    steps: list[tuple[Step, float]], rest_s: float | None
) -> None:
    assert after(*steps).rest_s(at(64), summary_s=WAIT_S, settle_s=SETTLE_S) == rest_s


def test_a_clock_that_was_set_back_makes_nobody_wait_longer() -> None:
    ending = after(("ended", 60), ("completed", 62))

    earlier = at(62) - timedelta(hours=1)
    assert ending.rest_s(earlier, summary_s=WAIT_S, settle_s=SETTLE_S) == WAIT_S
    ending.note("summed_up", at=at(63))
    assert ending.rest_s(earlier, summary_s=WAIT_S, settle_s=SETTLE_S) == SETTLE_S


@pytest.mark.parametrize(
    ("event", "step"),
    [
        (contact_ended(), "ended"),
        (transcript_completed(), "completed"),
        (summary_written(), "summed_up"),
        (summary_failed(), "summed_up"),
        (summary_written(kind="so_far"), None),
        (summary_failed(kind="so_far"), None),
        (contact_started(), None),
    ],
)
def test_only_a_final_summary_is_the_last_step(event: Event, step: Step | None) -> None:
    assert step_of(event) == step


async def test_who_looks_on_is_told_the_summary_and_then_that_it_is_over(
    postgres_url: str,
) -> None:
    async with serving(postgres_url, PATIENT) as served:
        await served.show(contact_started(), audio_stream_opened())
        async with listening(served.contact()) as stream:
            await stream.until("snapshot")
            await served.tell(contact_ended(), transcript_completed())
            await stream.until("transcript_completed")
            await served.tell(summary_written(kind="so_far"), summary_written())
            told = await stream.rest()

    assert facts(told) == ["summary_written", "summary_written"]
    assert told[-1].event == "stream_closed"


@pytest.mark.parametrize("resumed", [False, True], ids=["afresh", "resumed"])
async def test_who_comes_between_the_last_word_and_the_summary_is_told_it_too(
    postgres_url: str, *, resumed: bool
) -> None:
    async with serving(postgres_url, PATIENT) as served:
        end = await served.show(contact_started(), contact_ended(), transcript_completed())
        epoch = (await served.api.journal.state(CONTACT.tenant)).epoch
        last_id = f"{epoch}-{end}" if resumed else None
        async with listening(served.contact(), last_event_id=last_id) as stream:
            await stream.until("heartbeat")
            await served.tell(summary_failed())
            told = await stream.rest()

    assert facts(told) == ["summary_failed"]
    assert told[-1].event == "stream_closed"


async def test_what_others_say_of_the_whole_call_is_told_though_the_summary_was_quicker(
    postgres_url: str,
) -> None:
    async with serving(postgres_url, Limits(heartbeat_s=0.2, settle_s=0.6)) as served:
        await served.show(contact_started(), contact_ended())
        async with listening(served.contact()) as stream:
            await stream.until("snapshot")
            await served.tell(transcript_completed(), summary_written(), checklist_item_missed())
            told = await stream.rest()

    assert facts(told)[-2:] == ["summary_written", "checklist_item_missed"]
    assert told[-1].event == "stream_closed"


async def test_where_nobody_sums_up_the_stream_ends_by_itself(served: Served) -> None:
    await served.show(contact_started(), contact_ended(), transcript_completed())

    async with asyncio.timeout(WAIT_S), listening(served.contact()) as stream:
        told = await stream.rest()

    assert facts(told) == []
    assert told[-1].event == "stream_closed"
